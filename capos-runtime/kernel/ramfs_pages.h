/* SPDX-License-Identifier: MIT */
/*
 * Sparse page store of one RAM file: page index to frame, a radix tree of frames that grows upwards with the
 * highest index. Invariant: every frame in the tree is owned by it alone; a page that was never made is a
 * hole. The file system as a whole leaves a reserve of free frames to the rest of the kernel.
 */
#ifndef KERNEL_RAMFS_PAGES_H
#define KERNEL_RAMFS_PAGES_H

#include "kernel/machine.h"

struct ramfs_pages {
    paddr_t root;       /* height 0: the page with index 0; else a table of 512 entries; 0: empty */
    unsigned height;    /* levels of tables */
    uint64_t leaf_base; /* leaf table met last: first index it covers (valid when leaf is not NULL) */
    paddr_t *leaf;
};

/* True when a frame may be taken without touching the kernel's reserve. */
bool ramfs_has_room(void);
/* The page's bytes, or NULL for a hole. */
uint8_t *ramfs_pages_at(struct ramfs_pages *p, uint64_t index);
/* The page's bytes, made (zeroed) if it was a hole. NULL: no space. */
uint8_t *ramfs_pages_make(struct ramfs_pages *p, uint64_t index);
/* Frees every page with index >= first, and tables that became empty. */
void ramfs_pages_cut(struct ramfs_pages *p, uint64_t first);

#endif
