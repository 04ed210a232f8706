/* SPDX-License-Identifier: MIT */
/* See paging.h. */
#include "kernel/paging.h"
#include "kernel/cpu.h"
#include "kernel/frame.h"
#include "kernel/string.h"
#include "kernel/x86.h"

#define LARGE_PAGE   0x200000ul
#define EARLY_END    0x40000000ul /* what boot.S has mapped */
#define STACKS_READY 4u

extern char kernel_text_start[], kernel_text_end[], kernel_rodata_end[], kernel_end[];
extern char boot_stack_guard[], boot_stack_top[];

paddr_t paging_root;
static bool direct_ready; /* the direct map is in force */
static struct memory_map *early_map;
static uint32_t stack_free[STACK_SLOTS]; /* a stack of free slots */
static unsigned stack_nfree;
static unsigned stack_ready; /* of the slots freed last: they still have their frames, which count as free */

static uint64_t *table_at(paddr_t pa)
{
    return direct_ready ? phys_to_virt(pa) : (void *)(pa + KERNEL_VMA);
}

paddr_t memory_take(struct memory_map *map, uint64_t n)
{
    for (unsigned i = 0; i < map->nranges; i++) {
        struct memory_range *r = &map->ranges[i];
        paddr_t pa = r->start;
        if (r->end - r->start < n * PAGE_SIZE || (!direct_ready && pa + n * PAGE_SIZE > EARLY_END))
            continue;
        r->start += n * PAGE_SIZE;
        return pa;
    }
    panic("no room for %lu boot frames", n);
}

static paddr_t table_new(void)
{
    paddr_t pa = early_map ? memory_take(early_map, 1) : frame_alloc();

    if (!pa)
        panic("no frame for a kernel page table");
    if (early_map)
        memset(table_at(pa), 0, PAGE_SIZE);
    return pa;
}

/* The entry for va at the given level (1: 4 KiB, 2: 2 MiB), with the tables above it. */
static uint64_t *entry_make(uint64_t va, unsigned level)
{
    uint64_t *table = table_at(paging_root);

    for (unsigned l = 4; l > level; l--) {
        uint64_t *e = &table[va >> (12 + 9 * (l - 1)) & 511];
        if (!*e)
            *e = table_new() | PTE_P | PTE_W;
        table = table_at(*e & PTE_ADDR);
    }
    return &table[va >> (12 + 9 * (level - 1)) & 511];
}

static void pages_map(uint64_t va, paddr_t pa, uint64_t bytes, uint64_t flags)
{
    for (uint64_t off = 0; off < bytes; off += PAGE_SIZE)
        *entry_make(va + off, 1) = (pa + off) | flags;
}

/* True if the frame holds kernel code or constants. */
static bool frame_is_kernel_const(paddr_t pa)
{
    return pa >= 0x100000 && pa < (paddr_t)kernel_rodata_end - KERNEL_VMA;
}

static void direct_map(const struct memory_map *map, uint64_t global)
{
    const paddr_t kernel_top = (paddr_t)kernel_end - KERNEL_VMA;

    for (paddr_t pa = 0; pa < map->top; pa += LARGE_PAGE) {
        if (pa >= map->low_top && pa < 0x100000000ul)
            continue;
        if (pa >= kernel_top) {
            *entry_make(DIRECT_BASE + pa, 2) = pa | PTE_P | PTE_W | PTE_LARGE | PTE_NX | global;
            continue;
        }
        for (paddr_t p = pa; p < pa + LARGE_PAGE; p += PAGE_SIZE)
            *entry_make(DIRECT_BASE + p, 1) =
                p | PTE_P | PTE_NX | global | (frame_is_kernel_const(p) ? 0 : PTE_W);
    }
}

static void kernel_map(uint64_t global)
{
    const uint64_t text = (uint64_t)kernel_text_start, rodata = (uint64_t)kernel_text_end;
    const uint64_t data = (uint64_t)kernel_rodata_end, end = (uint64_t)kernel_end;

    pages_map(text, text - KERNEL_VMA, rodata - text, PTE_P | global);
    pages_map(rodata, rodata - KERNEL_VMA, data - rodata, PTE_P | PTE_NX | global);
    pages_map(data, data - KERNEL_VMA, end - data, PTE_P | PTE_W | PTE_NX | global);
    *entry_make((uint64_t)boot_stack_guard, 1) = 0;
}

void paging_init(struct memory_map *map)
{
    const uint64_t global = cpu_features.pge ? PTE_G : 0;

    early_map = map;
    paging_root = table_new();
    direct_map(map, global);
    kernel_map(global);
    entry_make(MMIO_BASE, 3); /* top-level entries must be there before the first process copies them */
    for (uint64_t i = 0; i < STACK_SLOTS; i++) {
        entry_make(STACK_BASE + i * STACK_SLOT, 1);
        stack_free[i] = (uint32_t)(STACK_SLOTS - 1 - i);
    }
    stack_nfree = STACK_SLOTS;
    x86_write_cr3(paging_root);
    direct_ready = true;
    early_map = NULL;
}

volatile uint32_t *paging_map_device(paddr_t pa, uint64_t bytes)
{
    const paddr_t first = pa & ~(paddr_t)(PAGE_SIZE - 1), last = (pa + bytes - 1) & ~(paddr_t)(PAGE_SIZE - 1);

    for (paddr_t p = first; p <= last; p += PAGE_SIZE)
        *entry_make(MMIO_BASE + p, 1) = p | PTE_P | PTE_W | PTE_NX | PTE_PCD | PTE_PWT;
    return (volatile uint32_t *)(MMIO_BASE + pa);
}

static uint64_t stack_base(unsigned slot)
{
    return STACK_BASE + (uint64_t)(slot + 1) * STACK_SLOT - STACK_BYTES;
}

static void stack_unmap(unsigned slot)
{
    const uint64_t base = stack_base(slot);

    for (uint64_t off = 0; off < STACK_BYTES; off += PAGE_SIZE) {
        uint64_t *e = entry_make(base + off, 1);
        if (!*e)
            continue;
        frame_unref(*e & PTE_ADDR);
        *e = 0;
        x86_invlpg(base + off);
    }
}

/* stacks_give: the frame allocator has nothing else left. */
static bool stacks_give(void)
{
    const bool any = stack_ready > 0;

    for (; stack_ready > 0; stack_ready--) {
        stack_unmap(stack_free[stack_nfree - stack_ready]);
        frame_cached -= STACK_BYTES / PAGE_SIZE;
    }
    return any;
}

uint64_t paging_stack_alloc(unsigned *slot)
{
    uint64_t base;

    if (!stack_nfree)
        return 0;
    if (stack_ready > 0) {
        if (frame_fail("frame"))
            return 0;
        stack_ready--;
        frame_cached -= STACK_BYTES / PAGE_SIZE;
        *slot = stack_free[--stack_nfree];
        return stack_base(*slot) + STACK_BYTES;
    }
    frame_on_shortage(stacks_give);
    *slot = stack_free[--stack_nfree];
    base = stack_base(*slot);
    for (uint64_t off = 0; off < STACK_BYTES; off += PAGE_SIZE) {
        paddr_t pa = frame_alloc_dirty();
        if (!pa) {
            stack_unmap(*slot);
            stack_free[stack_nfree++] = *slot;
            return 0;
        }
        *entry_make(base + off, 1) = pa | PTE_P | PTE_W | PTE_NX;
    }
    return base + STACK_BYTES;
}

void paging_stack_free(unsigned slot)
{
    if (stack_ready < STACKS_READY) {
        stack_ready++;
        frame_cached += STACK_BYTES / PAGE_SIZE;
        stack_free[stack_nfree++] = slot;
        return;
    }
    stack_unmap(slot); /* below those that are ready */
    stack_free[stack_nfree] = stack_free[stack_nfree - stack_ready];
    stack_free[stack_nfree++ - stack_ready] = slot;
}

uint64_t paging_entry(uint64_t va)
{
    const uint64_t *table = table_at(paging_root);

    for (unsigned l = 4;; l--) {
        uint64_t e = table[va >> (12 + 9 * (l - 1)) & 511];
        if (!(e & PTE_P) || l == 1 || (l < 4 && (e & PTE_LARGE)))
            return e & PTE_P ? e : 0;
        table = table_at(e & PTE_ADDR);
    }
}

bool paging_is_stack(uint64_t va, uint64_t n)
{
    bool boot = va > (uint64_t)boot_stack_guard && va + n <= (uint64_t)boot_stack_top;
    bool data = va >= (uint64_t)kernel_rodata_end &&
                va + n <= (uint64_t)kernel_end; /* interrupt stacks are in .bss */
    bool slot = va >= STACK_BASE && va + n <= STACK_BASE + (uint64_t)STACK_SLOTS * STACK_SLOT;

    return (boot || data || slot) && paging_entry(va) && paging_entry(va + n - 1);
}
