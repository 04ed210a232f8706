/* SPDX-License-Identifier: MIT */
/*
 * Physical frames: reference counts, a list of free ones, and what was never used yet.
 * Invariant: a frame is either beyond its range's mark (never used, its entry is not even read), or has
 * references, or is on the free list with none. The list is doubly linked so that a run of frames can be
 * taken out of its middle.
 */
#include "kernel/frame.h"
#include "kernel/string.h"

#define NONE UINT32_MAX

struct range {
    uint64_t start, mark, end; /* frame numbers; [start, mark) have been handed out at least once */
    struct frame_meta *meta;
};

static struct range ranges[FRAME_RANGES];
static unsigned nranges;
static uint32_t free_head = NONE;
static uint64_t nfree, ntotal;
uint64_t frame_fail_after;
bool (*frame_fail_for)(void);
const char *frame_failed = "";
uint64_t frame_cached;
static bool (*givers[4])(void);

static inline struct range *range_of(uint64_t pfn)
{
    for (unsigned i = 0; i < nranges; i++)
        if (pfn >= ranges[i].start && pfn < ranges[i].end)
            return &ranges[i];
    return NULL;
}

static inline struct frame_meta *meta_of(uint64_t pfn)
{
    struct range *r = range_of(pfn);

    return r && pfn < r->mark ? &r->meta[pfn - r->start] : NULL;
}

void *frame_ptr(paddr_t pa)
{
    return (void *)(pa + (uintptr_t)FRAME_DIRECT_BASE);
}

void frame_add_range(paddr_t start, paddr_t end, struct frame_meta *meta)
{
    KASSERT(nranges < FRAME_RANGES && (start | end) % PAGE_SIZE == 0 && start < end && start);
    ranges[nranges++] = (struct range){start / PAGE_SIZE, start / PAGE_SIZE, end / PAGE_SIZE, meta};
    nfree += (end - start) / PAGE_SIZE;
    ntotal += (end - start) / PAGE_SIZE;
}

static void list_push(uint32_t pfn, struct frame_meta *m)
{
    m->prev = NONE;
    m->next = free_head;
    if (free_head != NONE)
        meta_of(free_head)->prev = pfn;
    free_head = pfn;
}

static void list_remove(const struct frame_meta *m)
{
    if (m->next != NONE)
        meta_of(m->next)->prev = m->prev;
    if (m->prev != NONE)
        meta_of(m->prev)->next = m->next;
    else
        free_head = m->next;
}

bool frame_fail(const char *allocator)
{
    if (!frame_fail_after || (frame_fail_for && !frame_fail_for()) || --frame_fail_after > 0)
        return false;
    frame_failed = allocator;
    return true;
}

void frame_on_shortage(bool (*f)(void))
{
    unsigned i = 0;

    while (i < sizeof(givers) / sizeof(givers[0]) && givers[i] && givers[i] != f)
        i++;
    KASSERT(i < sizeof(givers) / sizeof(givers[0]));
    givers[i] = f;
}

static bool shortage(void)
{
    bool any = false;

    for (unsigned i = 0; i < sizeof(givers) / sizeof(givers[0]) && givers[i]; i++)
        any |= givers[i]();
    return any;
}

static paddr_t frame_hand_out(uint64_t pfn, struct frame_meta *m)
{
    m->refs = 1;
    m->next = 0;
    nfree--;
    return pfn * PAGE_SIZE;
}

paddr_t frame_alloc_dirty(void)
{
    if (frame_fail("frame"))
        return 0;
    if (free_head == NONE) {
        for (unsigned i = 0; i < nranges; i++) {
            struct range *r = &ranges[i];
            if (r->mark < r->end) {
                uint64_t pfn = r->mark++;
                return frame_hand_out(pfn, &r->meta[pfn - r->start]);
            }
        }
        if (!shortage())
            return 0;
    }
    uint32_t pfn = free_head;
    struct frame_meta *m = meta_of(pfn);
    free_head = m->next;
    if (free_head != NONE)
        meta_of(free_head)->prev = NONE;
    return frame_hand_out(pfn, m);
}

paddr_t frame_alloc(void)
{
    paddr_t pa = frame_alloc_dirty();

    if (pa)
        memset(frame_ptr(pa), 0, PAGE_SIZE);
    return pa;
}

/* First frame number of n free ones in a row below the range's mark, or 0. */
static uint64_t run_find(const struct range *r, uint32_t n)
{
    uint64_t length = 0;

    for (uint64_t pfn = r->start; pfn < r->mark; pfn++) {
        length = r->meta[pfn - r->start].refs ? 0 : length + 1;
        if (length == n)
            return pfn + 1 - n;
    }
    return 0;
}

static paddr_t run_hand_out(struct range *r, uint64_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        frame_hand_out(first + i, &r->meta[first + i - r->start]);
    memset(frame_ptr(first * PAGE_SIZE), 0, (size_t)n * PAGE_SIZE);
    return first * PAGE_SIZE;
}

paddr_t frame_alloc_contiguous(uint32_t n)
{
    if (n <= 1)
        return n ? frame_alloc() : 0;
    if (frame_fail("frame"))
        return 0;
    for (unsigned i = 0; i < nranges; i++) {
        struct range *r = &ranges[i];
        if (r->end - r->mark >= n) {
            uint64_t first = r->mark;
            r->mark += n;
            return run_hand_out(r, first, n);
        }
    }
    for (unsigned i = 0; i < nranges; i++) {
        struct range *r = &ranges[i];
        uint64_t first = run_find(r, n);
        if (!first)
            continue;
        for (uint32_t k = 0; k < n; k++)
            list_remove(&r->meta[first + k - r->start]);
        return run_hand_out(r, first, n);
    }
    return 0;
}

void frame_ref(paddr_t pa)
{
    struct frame_meta *m = meta_of(pa / PAGE_SIZE);

    if (!m)
        return;
    KASSERT(m->refs > 0 && m->refs < UINT32_MAX);
    m->refs++;
}

void frame_unref(paddr_t pa)
{
    uint64_t pfn = pa / PAGE_SIZE;
    struct frame_meta *m = meta_of(pfn);

    if (!m) {
        KASSERT(!range_of(pfn)); /* ours, but never handed out */
        return;
    }
    KASSERT(m->refs > 0);
    if (--m->refs)
        return;
    list_push((uint32_t)pfn, m);
    nfree++;
}

void frame_note_set(paddr_t pa, uint32_t note)
{
    struct frame_meta *m = meta_of(pa / PAGE_SIZE);

    KASSERT(m && m->refs);
    m->next = note;
}

uint32_t frame_note(paddr_t pa)
{
    const struct frame_meta *m = meta_of(pa / PAGE_SIZE);

    KASSERT(m && m->refs);
    return m->next;
}

uint64_t frame_free_count(void)
{
    return nfree + frame_cached;
}

uint64_t frame_total_count(void)
{
    return ntotal;
}
