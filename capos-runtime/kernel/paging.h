/* SPDX-License-Identifier: MIT */
/*
 * The kernel's half of every address space, and the bits of a page-table entry.
 * Invariant: built once at boot; afterwards its top level never changes, so that each process may copy it. No
 * page is writable and executable, and kernel code and constants are writable through no address at all.
 *
 *   0xffff800000000000  all RAM, 2 MiB pages, no execute            (direct map)
 *   0xfffffe0000000000  kernel stacks, each below an unmapped page
 *   0xffffff0000000000  device registers, at their physical offset
 *   0xffffffff80000000  the kernel itself
 */
#ifndef KERNEL_PAGING_H
#define KERNEL_PAGING_H

#include "kernel/machine.h"

#define DIRECT_BASE 0xffff800000000000ul
#define STACK_BASE  0xfffffe0000000000ul
#define MMIO_BASE   0xffffff0000000000ul
#define KERNEL_VMA  0xffffffff80000000ul
#define USER_END    0x0000800000000000ul

#define PTE_P     (1ul << 0)
#define PTE_W     (1ul << 1)
#define PTE_U     (1ul << 2)
#define PTE_PWT   (1ul << 3)
#define PTE_PCD   (1ul << 4)
#define PTE_LARGE (1ul << 7)
#define PTE_G     (1ul << 8)
#define PTE_USED  (1ul << 9) /* ours: the entry holds a frame, even with no access */
#define PTE_PROT  52         /* ours: PROT_* in three bits from here */
#define PTE_NX    (1ul << 63)
#define PTE_ADDR  0x000ffffffffff000ul

/* Kernel stacks: a slot of STACK_SLOT bytes, the upper STACK_BYTES mapped. */
#define STACK_SLOT  32768u
#define STACK_BYTES 24576u
#define STACK_SLOTS 1024u

struct memory_range {
    paddr_t start, end; /* page-aligned, end exclusive */
};
struct memory_map {
    struct memory_range ranges[32];
    unsigned nranges;
    paddr_t low_top; /* end of the RAM below 4 GiB */
    paddr_t top;     /* end of the highest RAM */
    uint64_t ram;    /* bytes of RAM in all */
};

/* Builds the tables from frames it takes off the map's ranges, and switches to them. */
void paging_init(struct memory_map *map);
/* Takes n frames off the map before frame.c rules: zeroed when zero is set; panics when there are none. */
paddr_t memory_take(struct memory_map *map, uint64_t n);
extern paddr_t paging_root;

/* Registers of a device: returns where they are mapped, uncached. At boot only. */
volatile uint32_t *paging_map_device(paddr_t pa, uint64_t bytes);
/* A kernel stack: its top, or 0 when memory or slots are out. Give the slot back with the free call. */
uint64_t paging_stack_alloc(unsigned *slot);
void paging_stack_free(unsigned slot);
/* True if [va, va + n) lies in a stack the kernel may run on and is mapped. */
bool paging_is_stack(uint64_t va, uint64_t n);
/* The leaf entry that maps a kernel address, 0 if none. For the self-test. */
uint64_t paging_entry(uint64_t va);

/* aspace.c */
void aspace_load(struct aspace *as);

static inline void *phys_to_virt(paddr_t pa)
{
    return (void *)(pa + DIRECT_BASE);
}

#endif
