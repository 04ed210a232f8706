/* SPDX-License-Identifier: MIT */
/*
 * An ordered set of address ranges: the memory map of a process.
 * Invariant: ranges are page-aligned, not empty, never overlap; the tree (a treap, ordered by start) and the
 * list hold the same nodes. Finding, inserting and removing take logarithmic time; neighbours are reached by
 * the list. Source: ours.
 */
#ifndef KERNEL_REGION_H
#define KERNEL_REGION_H

#include <stddef.h>
#include <stdint.h>

enum region_kind {
    REGION_FIXED,     /* layout of the process: image, stack, TLS, ring, CapSet */
    REGION_MAP,       /* VirtualMemory.map */
    REGION_RESERVED,  /* VirtualMemory.reserve, not committed */
    REGION_COMMITTED, /* the same, committed */
    REGION_FRAMES     /* frames of a MemoryObject */
};

struct cap_object;

struct region {
    uint64_t start, end; /* end exclusive */
    uint8_t kind;        /* enum region_kind */
    uint8_t prot;        /* PROT_* */
    uint32_t priority;
    struct cap_object *owner; /* REGION_FRAMES */
    struct region *left, *right, *prev, *next;
};

struct region_set {
    struct region *root, *first;
    uint32_t seed;
};

/* region_at: the first range that ends above va (so it holds va, or is the next one), or NULL. */
struct region *region_at(const struct region_set *s, uint64_t va);
/* region_insert: adds a node whose range is free; start, end and the rest are set by the caller, who keeps
 * owning the memory. */
void region_insert(struct region_set *s, struct region *r);
/* region_remove: takes a node out of the set; the caller frees it. */
void region_remove(struct region_set *s, struct region *r);

#endif
