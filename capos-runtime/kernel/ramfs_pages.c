/* SPDX-License-Identifier: MIT */
/*
 * The radix tree of ramfs_pages.h. A file of one page has no table at all; each further level of 512-entry
 * tables multiplies its reach by 512. The leaf table met last is remembered, so that sequential reading and
 * writing does not walk. Invariant: a table in the tree has at least one entry, except while an allocation
 * below it has just failed (it is cut later).
 */
#include "kernel/ramfs_pages.h"

#define FANOUT_BITS 9u
#define FANOUT      (1u << FANOUT_BITS)
#define MAX_HEIGHT  5u

bool ramfs_has_room(void)
{
    return frames_spare();
}

static paddr_t page_alloc(void)
{
    return ramfs_has_room() ? frame_alloc() : 0;
}

/* Pages reached by a tree of this height. */
static uint64_t reach(unsigned height)
{
    return UINT64_C(1) << (FANOUT_BITS * height);
}

static uint8_t *leaf_page(struct ramfs_pages *p, paddr_t *leaf, uint64_t index)
{
    paddr_t pa = leaf[index % FANOUT];

    p->leaf = leaf;
    p->leaf_base = index - index % FANOUT;
    return pa == 0 ? NULL : frame_ptr(pa);
}

uint8_t *ramfs_pages_at(struct ramfs_pages *p, uint64_t index)
{
    paddr_t at = p->root;

    if (p->leaf != NULL && index - p->leaf_base < FANOUT)
        return leaf_page(p, p->leaf, index);
    if (at == 0 || index >= reach(p->height))
        return NULL;
    for (unsigned level = p->height; level > 0; level--) {
        paddr_t *table = frame_ptr(at);

        if (level == 1)
            return leaf_page(p, table, index);
        at = table[index >> (FANOUT_BITS * (level - 1)) & (FANOUT - 1)];
        if (at == 0)
            return NULL;
    }
    return frame_ptr(at);
}

/* Adds levels on top until index is in reach. False: no space (the tree is still sound). */
static bool pages_grow(struct ramfs_pages *p, uint64_t index)
{
    while (index >= reach(p->height)) {
        if (p->height == MAX_HEIGHT)
            return false;
        if (p->root != 0) {
            paddr_t top = page_alloc();

            if (top == 0)
                return false;
            *(paddr_t *)frame_ptr(top) = p->root;
            p->root = top;
        }
        p->height++;
    }
    return true;
}

uint8_t *ramfs_pages_make(struct ramfs_pages *p, uint64_t index)
{
    uint8_t *page = ramfs_pages_at(p, index);
    paddr_t *slot = &p->root;

    if (page != NULL)
        return page;
    if (!pages_grow(p, index))
        return NULL;
    for (unsigned level = p->height; level > 0; level--) {
        if (*slot == 0 && (*slot = page_alloc()) == 0)
            return NULL;
        slot = (paddr_t *)frame_ptr(*slot) + (index >> (FANOUT_BITS * (level - 1)) & (FANOUT - 1));
    }
    *slot = page_alloc();
    return *slot == 0 ? NULL : frame_ptr(*slot);
}

/* Frees what lies at or behind `first` (relative to this subtree) and returns what is left of the subtree:
 * itself or 0. */
static paddr_t subtree_cut(paddr_t at, unsigned level, uint64_t first)
{
    bool keep = false;

    if (at == 0)
        return 0;
    if (level == 0) {
        if (first > 0)
            return at;
        frame_unref(at);
        return 0;
    }
    paddr_t *table = frame_ptr(at);
    uint64_t step = reach(level - 1);
    for (uint64_t i = 0; i < FANOUT; i++) {
        uint64_t begin = i * step;

        if (table[i] != 0 && first < begin + step)
            table[i] = subtree_cut(table[i], level - 1, first > begin ? first - begin : 0);
        keep = keep || table[i] != 0;
    }
    if (keep)
        return at;
    frame_unref(at);
    return 0;
}

void ramfs_pages_cut(struct ramfs_pages *p, uint64_t first)
{
    p->leaf = NULL;
    if (p->root != 0 && first < reach(p->height))
        p->root = subtree_cut(p->root, p->height, first);
    if (p->root == 0)
        p->height = 0;
}
