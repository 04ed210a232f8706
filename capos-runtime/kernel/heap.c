/* SPDX-License-Identifier: MIT */
/*
 * The kernel heap. Small blocks come from pages of one size class, large ones are runs of frames.
 * Invariant: a small block never begins on a page boundary, a large one always does; each class keeps at most
 * one empty page, which counts as free and is given back when frames run out.
 */
#include "kernel/frame.h"
#include "kernel/string.h"

#define CLASSES     11u
#define SLAB_HEADER 64u
#define SMALL_MAX   2016u

struct slab {
    struct slab *next, **prev; /* the class's pages with room; prev NULL when full */
    void *free;                /* blocks given back, linked through their first word */
    uint16_t cls, used, fresh; /* fresh: blocks never handed out yet start here (byte offset) */
};
_Static_assert(sizeof(struct slab) <= SLAB_HEADER, "slab header");

static const uint16_t class_size[CLASSES] = {32, 64, 96, 128, 192, 256, 384, 512, 800, 1344, 2016};
static struct slab *class_room[CLASSES];
static struct slab *class_empty[CLASSES];

static paddr_t slab_frame(struct slab *s)
{
    return (paddr_t)((uintptr_t)s - (uintptr_t)FRAME_DIRECT_BASE);
}

static bool heap_reclaim(void)
{
    bool any = false;

    for (unsigned i = 0; i < CLASSES; i++) {
        if (!class_empty[i])
            continue;
        frame_cached--;
        frame_unref(slab_frame(class_empty[i]));
        class_empty[i] = NULL;
        any = true;
    }
    return any;
}

static void room_push(struct slab *s)
{
    s->next = class_room[s->cls];
    s->prev = &class_room[s->cls];
    if (s->next)
        s->next->prev = &s->next;
    class_room[s->cls] = s;
}

static void room_remove(struct slab *s)
{
    *s->prev = s->next;
    if (s->next)
        s->next->prev = s->prev;
    s->prev = NULL;
}

static struct slab *slab_new(unsigned cls)
{
    struct slab *s = class_empty[cls];

    if (s) {
        class_empty[cls] = NULL;
        frame_cached--;
    } else {
        paddr_t pa;
        frame_on_shortage(heap_reclaim);
        pa = frame_alloc_dirty();
        if (!pa)
            return NULL;
        s = frame_ptr(pa);
    }
    *s = (struct slab){.cls = (uint16_t)cls, .fresh = SLAB_HEADER};
    room_push(s);
    return s;
}

static void *small_alloc(unsigned cls)
{
    struct slab *s = NULL;
    const uint16_t size = class_size[cls];
    void *p;

    if (!frame_fail("heap"))
        s = class_room[cls] ? class_room[cls] : slab_new(cls);
    if (!s)
        return NULL;
    if (s->free) {
        p = s->free;
        memcpy(&s->free, p, sizeof(s->free));
    } else {
        p = (uint8_t *)s + s->fresh;
        s->fresh = (uint16_t)(s->fresh + size);
    }
    s->used++;
    if (!s->free && s->fresh + size > PAGE_SIZE)
        room_remove(s);
    memset(p, 0, size);
    return p;
}

static void *large_alloc(size_t bytes)
{
    const size_t n = (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
    paddr_t pa;

    if (n == 0 || n > UINT32_MAX)
        return NULL;
    frame_on_shortage(heap_reclaim);
    pa = frame_alloc_contiguous((uint32_t)n);
    if (!pa)
        return NULL;
    frame_note_set(pa, (uint32_t)n);
    return frame_ptr(pa);
}

void *heap_alloc(size_t bytes)
{
    unsigned cls = 0;

    if (bytes > SMALL_MAX)
        return bytes > SIZE_MAX - PAGE_SIZE ? NULL : large_alloc(bytes);
    while (class_size[cls] < bytes)
        cls++;
    return small_alloc(cls);
}

static void large_free(void *p)
{
    const paddr_t pa = (paddr_t)((uintptr_t)p - (uintptr_t)FRAME_DIRECT_BASE);
    const uint32_t n = frame_note(pa);

    KASSERT(n > 0);
    for (uint32_t i = n; i-- > 0;)
        frame_unref(pa + (paddr_t)i * PAGE_SIZE);
}

void heap_free(void *p)
{
    struct slab *s;

    if (!p)
        return;
    if (((uintptr_t)p & (PAGE_SIZE - 1)) == 0) {
        large_free(p);
        return;
    }
    s = (struct slab *)((uintptr_t)p & ~(uintptr_t)(PAGE_SIZE - 1));
    KASSERT(s->cls < CLASSES && s->used > 0);
    memcpy(p, &s->free, sizeof(s->free));
    s->free = p;
    if (!s->prev)
        room_push(s);
    if (--s->used)
        return;
    room_remove(s);
    if (class_empty[s->cls]) {
        frame_unref(slab_frame(s));
    } else {
        class_empty[s->cls] = s;
        frame_cached++;
    }
}
