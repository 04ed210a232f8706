/* SPDX-License-Identifier: MIT */
/*
 * Which addresses a process may use, and how: reservations, mappings, protection; frames come on first touch.
 * Invariant: every mapped page lies in a range and has that range's protection; no range is writable and
 * executable; pages of reservations and mappings together stay within the limit; an operation that fails has
 * changed nothing.
 */
#include "abi/errno.h"
#include "kernel/process.h"
#include "kernel/region.h"
#include "kernel/textcache.h"

#define USER_LOW  CAPBENCH_VM_LOW          /* where ranges are placed, and the lowest hint */
#define USER_TOP  UINT64_C(0x7ffffffff000) /* one page below the end of the user half */
#define PAGE_MASK ((uint64_t)PAGE_SIZE - 1)

struct vm {
    struct region_set set;
    struct region *last; /* where the last lookup ended; NULL after any removal */
    uint64_t reserved_pages;
    uint64_t search_from; /* below it no gap is larger than search_hole */
    uint64_t search_hole;
};

int vm_create(struct process *p)
{
    p->vm = heap_alloc(sizeof(*p->vm));
    if (p->vm == NULL)
        return -ENOMEM;
    p->vm->search_from = USER_LOW;
    return 0;
}

/* find: the range that holds va, or NULL. */
static struct region *find(struct vm *vm, uint64_t va)
{
    struct region *r = vm->last;
    if (r == NULL || va < r->start || va >= r->end) {
        r = region_at(&vm->set, va);
        if (r == NULL || va < r->start)
            return NULL;
        vm->last = r;
    }
    return r;
}

static void drop(struct vm *vm, struct region *r)
{
    region_remove(&vm->set, r);
    vm->last = NULL;
    if (r->owner != NULL)
        cap_unref(r->owner);
    heap_free(r);
}

/* ---- frames ---- */

struct release {
    struct process *p;
    bool charged;
};

static void release_page(void *ctx, uint64_t va, paddr_t pa)
{
    struct release *r = ctx;
    aspace_unmap(r->p->aspace, va);
    frame_unref(pa);
    if (r->charged)
        process_uncharge(r->p, 1);
}

static void release_pages(struct process *p, uint64_t start, uint64_t end, bool charged)
{
    struct release r = {p, charged};
    aspace_each(p->aspace, start, end, release_page, &r);
}

struct reprotect {
    struct process *p;
    unsigned prot;
};

static void reprotect_page(void *ctx, uint64_t va, paddr_t pa)
{
    struct reprotect *r = ctx;
    (void)pa;
    aspace_protect(r->p->aspace, va, r->prot);
}

static void reprotect_pages(struct process *p, uint64_t start, uint64_t end, unsigned prot)
{
    struct reprotect r = {p, prot};
    aspace_each(p->aspace, start, end, reprotect_page, &r);
}

void vm_destroy(struct process *p)
{
    struct vm *vm = p->vm;
    if (vm == NULL)
        return;
    for (struct region *r = vm->set.first, *next; r != NULL; r = next) {
        next = r->next;
        if (r->owner != NULL)
            cap_unref(r->owner);
        heap_free(r);
    }
    process_uncharge(p, p->frames);
    heap_free(vm);
    p->vm = NULL;
}

bool vm_fault(struct process *p, uint64_t va, unsigned access)
{
    struct region *r = find(p->vm, va);
    if (r == NULL || (access & ~(unsigned)r->prot) != 0 || r->kind == REGION_RESERVED ||
        r->kind == REGION_FRAMES)
        return false;
    va &= ~PAGE_MASK;
    if (!process_charge(p, 1)) {
        p->out_of_frames = true;
        return false;
    }
    paddr_t pa = frame_alloc();
    if (pa == 0 && textcache_drop())
        pa = frame_alloc();
    if (pa != 0) {
        if (aspace_map(p->aspace, va, pa, r->prot) == 0)
            return true;
        unsigned prot; /* there already: a page whose protection allows it was not flushed, or no memory for a
                          table */
        bool there = aspace_lookup(p->aspace, va, &prot) != 0;
        frame_unref(pa);
        process_uncharge(p, 1);
        p->out_of_frames = !there;
        return false;
    }
    process_uncharge(p, 1);
    p->out_of_frames = true;
    return false;
}

int vm_check(struct process *p, uint64_t addr, uint64_t size, unsigned prot)
{
    uint64_t end = addr + size;
    if (end < addr)
        return -EFAULT;
    while (addr < end) {
        struct region *r = find(p->vm, addr);
        if (r == NULL || r->kind == REGION_RESERVED || (prot & ~(unsigned)r->prot) != 0)
            return -EFAULT;
        addr = r->end;
    }
    return 0;
}

/* ---- ranges ---- */

static bool prot_is_fine(unsigned prot)
{
    return (prot & ~(PROT_R | PROT_W | PROT_X)) == 0 && (prot & (PROT_W | PROT_X)) != (PROT_W | PROT_X);
}

/* range_end: the end of a page-aligned range inside the user half, or 0. */
static uint64_t range_end(uint64_t addr, uint64_t size)
{
    if ((addr & PAGE_MASK) != 0 || size == 0 || size > USER_TOP || addr > USER_TOP)
        return 0;
    uint64_t end = addr + ((size + PAGE_MASK) & ~PAGE_MASK);
    return end > USER_TOP ? 0 : end;
}

static bool range_is_free(const struct vm *vm, uint64_t start, uint64_t end)
{
    const struct region *r = region_at(&vm->set, start);
    return r == NULL || r->start >= end;
}

/* place: a free range of that size, as low as it can be found without walking past small gaps again; 0 when
 * there is none. */
static uint64_t place(struct vm *vm, uint64_t size)
{
    uint64_t at = size > vm->search_hole ? vm->search_from : USER_LOW;
    uint64_t hole = size > vm->search_hole ? vm->search_hole : 0;
    for (struct region *r = region_at(&vm->set, at); r != NULL; r = r->next) {
        if (r->start >= at && r->start - at >= size)
            break;
        if (r->start > at && r->start - at > hole)
            hole = r->start - at;
        at = r->end;
    }
    if (at + size > USER_TOP)
        return 0;
    if (at >= vm->search_from) {
        vm->search_from = at;
        vm->search_hole = hole;
    }
    return at;
}

/* gap_made: r is about to go: later searches must see the gap it leaves. */
static void gap_made(struct vm *vm, const struct region *r)
{
    uint64_t low = r->prev != NULL ? r->prev->end : USER_LOW;
    uint64_t high = r->next != NULL ? r->next->start : USER_TOP;
    if (low < vm->search_from && high - low > vm->search_hole)
        vm->search_hole = high - low;
}

/* range_new: a node for a free range at hint or at a place of our choice. */
static int range_new(struct process *p, uint64_t hint, uint64_t size, enum region_kind kind, unsigned prot,
                     struct region **out)
{
    struct vm *vm = p->vm;
    uint64_t start = hint, pages = (size + PAGE_MASK) / PAGE_SIZE;
    if (!prot_is_fine(prot) || range_end(hint != 0 ? hint : USER_LOW, size) == 0)
        return -EINVAL;
    if (kind != REGION_FRAMES && pages > CAPOS_MAX_RESERVED_PAGES - vm->reserved_pages)
        return -ENOMEM;
    if (hint != 0 && hint < USER_LOW)
        return -EINVAL;
    if (hint != 0 && !range_is_free(vm, hint, hint + pages * PAGE_SIZE))
        return -EEXIST;
    if (hint == 0)
        start = place(vm, pages * PAGE_SIZE);
    struct region *r = start != 0 ? heap_alloc(sizeof(*r)) : NULL;
    if (r == NULL)
        return -ENOMEM;
    r->start = start;
    r->end = start + pages * PAGE_SIZE;
    r->kind = (uint8_t)kind;
    r->prot = (uint8_t)prot;
    region_insert(&vm->set, r);
    if (kind != REGION_FRAMES)
        vm->reserved_pages += pages;
    *out = r;
    return 0;
}

/* joins: two neighbours that say the same and may be one. */
static bool joins(const struct region *a, const struct region *b)
{
    return a->end == b->start && a->kind == b->kind && a->prot == b->prot && a->owner == NULL &&
           b->owner == NULL && a->kind != REGION_FIXED;
}

/* join_before: makes r part of the range before it if both say the same. */
static void join_before(struct vm *vm, struct region *r)
{
    struct region *before = r->prev;
    if (before == NULL || !joins(before, r))
        return;
    uint64_t end = r->end;
    drop(vm, r);
    before->end = end;
}

/* join_around: the same on both sides of a new range. */
static void join_around(struct vm *vm, struct region *r)
{
    if (r->next != NULL)
        join_before(vm, r->next);
    join_before(vm, r);
}

static bool is_border(struct vm *vm, uint64_t at)
{
    const struct region *r = find(vm, at);
    return r == NULL || r->start == at;
}

/* cut: splits the range around `at` there; `upper` becomes its upper part. */
static void cut(struct vm *vm, uint64_t at, struct region *upper)
{
    struct region *r = find(vm, at);
    upper->start = at;

    upper->end = r->end;
    upper->kind = r->kind;
    upper->prot = r->prot;
    upper->owner = r->owner;
    if (upper->owner != NULL)
        cap_ref(upper->owner);
    r->end = at;
    region_insert(&vm->set, upper);
}

/* What an operation does to each range in its span. */
enum change { CHANGE_UNMAP, CHANGE_COMMIT, CHANGE_DECOMMIT, CHANGE_PROTECT };

static bool change_allowed(const struct region *r, enum change what, const struct cap_object *owner)
{
    if (owner != NULL || r->kind == REGION_FRAMES)
        return r->kind == REGION_FRAMES && r->owner == owner && what != CHANGE_COMMIT &&
               what != CHANGE_DECOMMIT;
    switch (what) {
    case CHANGE_UNMAP:
        return r->kind != REGION_FIXED;
    case CHANGE_PROTECT:
        return r->kind == REGION_MAP || r->kind == REGION_COMMITTED;
    default:
        return r->kind == REGION_RESERVED || r->kind == REGION_COMMITTED;
    }
}

static void change_apply(struct process *p, struct region *r, enum change what, unsigned prot)
{
    struct vm *vm = p->vm;
    switch (what) {
    case CHANGE_UNMAP:
        if (r->kind != REGION_RESERVED)
            release_pages(p, r->start, r->end, r->kind != REGION_FRAMES);
        if (r->kind != REGION_FRAMES)
            vm->reserved_pages -= (r->end - r->start) / PAGE_SIZE;
        gap_made(vm, r);
        drop(vm, r);
        return;
    case CHANGE_DECOMMIT:
        if (r->kind == REGION_COMMITTED)
            release_pages(p, r->start, r->end, true);
        r->kind = REGION_RESERVED;
        r->prot = 0;
        return;
    case CHANGE_COMMIT:
    case CHANGE_PROTECT:
        if (r->kind != REGION_RESERVED && r->prot != prot)
            reprotect_pages(p, r->start, r->end, prot);
        if (what == CHANGE_COMMIT)
            r->kind = REGION_COMMITTED;
        r->prot = (uint8_t)prot;
    }
}

/* change_range: checks the whole span, then cuts at its ends and changes each range in it. */
static int change_range(struct process *p, uint64_t addr, uint64_t size, enum change what, unsigned prot,
                        struct cap_object *owner)
{
    struct vm *vm = p->vm;
    uint64_t end = range_end(addr, size), at = addr;
    if (end == 0 || !prot_is_fine(prot))
        return -EINVAL;
    while (at < end) {
        struct region *r = find(vm, at);
        if (r == NULL || !change_allowed(r, what, owner))
            return -EINVAL;
        at = r->end;
    }
    struct region *low = NULL, *high = NULL;
    bool cut_low = !is_border(vm, addr), cut_high = !is_border(vm, end);
    if ((cut_low && (low = heap_alloc(sizeof(*low))) == NULL) ||
        (cut_high && (high = heap_alloc(sizeof(*high))) == NULL)) {
        heap_free(low);
        return -ENOMEM;
    }
    if (cut_low)
        cut(vm, addr, low);
    if (cut_high)
        cut(vm, end, high);
    struct region *r = find(vm, addr);
    while (r != NULL && r->start < end) {
        struct region *next = r->next;
        change_apply(p, r, what, prot);
        if (what != CHANGE_UNMAP)
            join_before(vm, r);
        r = next;
    }
    r = find(vm, end);
    if (r != NULL && r->start == end)
        join_before(vm, r);
    return 0;
}

/* ---- the operations ---- */

int vm_fixed(struct process *p, uint64_t addr, uint64_t size, unsigned prot)
{
    uint64_t end = range_end(addr, size);
    if (end == 0 || !prot_is_fine(prot))
        return -EINVAL;
    if (!range_is_free(p->vm, addr, end))
        return -EEXIST;
    struct region *r = heap_alloc(sizeof(*r));
    if (r == NULL)
        return -ENOMEM;
    r->start = addr;
    r->end = end;
    r->kind = REGION_FIXED;
    r->prot = (uint8_t)prot;
    region_insert(&p->vm->set, r);
    return 0;
}

int vm_fixed_page(struct process *p, uint64_t va, paddr_t pa, unsigned prot)
{
    if (!process_charge(p, 1)) {
        frame_unref(pa);
        return -ENOMEM;
    }
    int r = aspace_map(p->aspace, va, pa, prot);
    if (r != 0) {
        frame_unref(pa);
        process_uncharge(p, 1);
    }
    return r;
}

int vm_fixed_shared(struct process *p, uint64_t va, const paddr_t *frames, uint32_t n, unsigned prot)
{
    if (!process_charge(p, n))
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        int r = aspace_map(p->aspace, va + (uint64_t)i * PAGE_SIZE, frames[i], prot);
        if (r != 0) {
            process_uncharge(p, n - i);
            return r;
        }
        frame_ref(frames[i]);
    }
    return 0;
}

int vm_map(struct process *p, uint64_t hint, uint64_t size, unsigned prot, uint64_t *addr)
{
    struct region *r;
    int err = range_new(p, hint, size, REGION_MAP, prot, &r);
    if (err != 0)
        return err;
    *addr = r->start;
    join_around(p->vm, r);
    return 0;
}

int vm_reserve(struct process *p, uint64_t hint, uint64_t size, uint64_t *addr)
{
    struct region *r;
    int err = range_new(p, hint, size, REGION_RESERVED, 0, &r);
    if (err != 0)
        return err;
    *addr = r->start;
    join_around(p->vm, r);
    return 0;
}

int vm_commit(struct process *p, uint64_t addr, uint64_t size, unsigned prot)
{
    return change_range(p, addr, size, CHANGE_COMMIT, prot, NULL);
}

int vm_decommit(struct process *p, uint64_t addr, uint64_t size)
{
    return change_range(p, addr, size, CHANGE_DECOMMIT, 0, NULL);
}

int vm_protect(struct process *p, uint64_t addr, uint64_t size, unsigned prot)
{
    return change_range(p, addr, size, CHANGE_PROTECT, prot, NULL);
}

int vm_unmap(struct process *p, uint64_t addr, uint64_t size)
{
    return change_range(p, addr, size, CHANGE_UNMAP, 0, NULL);
}

int vm_map_frames(struct process *p, uint64_t hint, const paddr_t *frames, uint32_t n, unsigned prot,
                  struct cap_object *owner, uint64_t *addr)
{
    struct region *r;
    int err = range_new(p, hint, (uint64_t)n * PAGE_SIZE, REGION_FRAMES, prot, &r);
    if (err != 0)
        return err;
    r->owner = owner;
    cap_ref(owner);
    for (uint32_t i = 0; i < n; i++) {
        err = aspace_map(p->aspace, r->start + (uint64_t)i * PAGE_SIZE, frames[i], prot);
        if (err != 0) {
            release_pages(p, r->start, r->start + (uint64_t)i * PAGE_SIZE, false);
            gap_made(p->vm, r);
            drop(p->vm, r);
            return err;
        }
        frame_ref(frames[i]);
    }
    *addr = r->start;
    return 0;
}

int vm_unmap_frames(struct process *p, uint64_t addr, uint64_t size, struct cap_object *owner)
{
    return change_range(p, addr, size, CHANGE_UNMAP, 0, owner);
}

int vm_protect_frames(struct process *p, uint64_t addr, uint64_t size, unsigned prot,
                      struct cap_object *owner)
{
    return change_range(p, addr, size, CHANGE_PROTECT, prot, owner);
}
