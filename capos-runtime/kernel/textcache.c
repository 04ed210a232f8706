/* SPDX-License-Identifier: MIT */
/*
 * The frames of read-only segments: see textcache.h.
 * Invariant: a segment is known by where its bytes lie, its address and its size.
 */
#include "kernel/string.h"
#include "kernel/textcache.h"

struct text_segment {
    struct text_segment *next;
    const uint8_t *data;
    uint64_t vaddr, filesz;
    uint32_t n;
    paddr_t frames[];
};

static struct text_segment *kept;

static void segment_free(struct text_segment *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        frame_unref(t->frames[i]);
    heap_free(t);
}

/* segment_make: copies the bytes page by page; NULL when memory runs out. */
static struct text_segment *segment_make(const struct elf_segment *s)
{
    uint64_t in_page = s->vaddr % PAGE_SIZE;
    uint32_t pages = (uint32_t)((in_page + s->filesz + PAGE_SIZE - 1) / PAGE_SIZE);
    struct text_segment *t = heap_alloc(sizeof(*t) + pages * sizeof(t->frames[0]));
    const uint8_t *from = s->data;
    uint64_t left = s->filesz;
    if (t == NULL)
        return NULL;
    t->data = s->data;
    t->vaddr = s->vaddr;
    t->filesz = s->filesz;
    for (; t->n < pages; t->n++) {
        paddr_t pa = frame_alloc();
        if (pa == 0) {
            segment_free(t);
            return NULL;
        }
        uint64_t part = PAGE_SIZE - in_page < left ? PAGE_SIZE - in_page : left;
        memcpy((uint8_t *)frame_ptr(pa) + in_page, from, part);
        t->frames[t->n] = pa;
        from += part;
        left -= part;
        in_page = 0;
    }
    return t;
}

const paddr_t *textcache_get(const struct elf_segment *s, uint32_t *n)
{
    struct text_segment *t = kept;
    while (t != NULL && (t->data != s->data || t->vaddr != s->vaddr || t->filesz != s->filesz))
        t = t->next;
    if (t == NULL) {
        t = segment_make(s);
        if (t == NULL)
            return NULL;
        t->next = kept;
        kept = t;
    }
    *n = t->n;
    return t->frames;
}

bool textcache_drop(void)
{
    bool any = kept != NULL;
    while (kept != NULL) {
        struct text_segment *t = kept;
        kept = t->next;
        segment_free(t);
    }
    return any;
}
