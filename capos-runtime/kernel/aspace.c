/* SPDX-License-Identifier: MIT */
/*
 * The user half of an address space: four levels of page tables.
 * Invariant: an entry is 0 or has PTE_USED, the frame and its PROT_* bits; it is present unless the
 * protection is 0. Tables live until the whole space goes, so the last one found can be remembered. What
 * changes in the loaded space is flushed at once.
 */
#include "abi/errno.h"
#include "kernel/paging.h"
#include "kernel/string.h"
#include "kernel/x86.h"

struct aspace {
    paddr_t root;
    uint64_t last_base; /* va >> 21 of last_table, ~0 when none */
    uint64_t *last_table;
};

struct aspace *aspace_create(void)
{
    struct aspace *as = heap_alloc(sizeof(*as));

    if (!as)
        return NULL;
    as->root = frame_alloc();
    if (!as->root) {
        heap_free(as);
        return NULL;
    }
    as->last_base = UINT64_MAX;
    memcpy((uint64_t *)frame_ptr(as->root) + 256, (uint64_t *)frame_ptr(paging_root) + 256, PAGE_SIZE / 2);
    return as;
}

static bool aspace_is_loaded(const struct aspace *as)
{
    return (x86_read_cr3() & PTE_ADDR) == as->root;
}

void aspace_load(struct aspace *as)
{
    if (!aspace_is_loaded(as))
        x86_write_cr3(as->root);
}

static void table_free(paddr_t pa, unsigned level, unsigned entries)
{
    const uint64_t *t = frame_ptr(pa);

    if (level > 1)
        for (unsigned i = 0; i < entries; i++)
            if (t[i])
                table_free(t[i] & PTE_ADDR, level - 1, 512);
    frame_unref(pa);
}

void aspace_destroy(struct aspace *as)
{
    if (!as)
        return;
    if (aspace_is_loaded(as))
        x86_write_cr3(paging_root);
    table_free(as->root, 4, 256);
    heap_free(as);
}

/* The last-level table for va, made on the way if make is set; NULL if absent or no memory. */
static uint64_t *leaf_table(struct aspace *as, uint64_t va, bool make)
{
    uint64_t *t;

    if (va >> 21 == as->last_base)
        return as->last_table;
    t = frame_ptr(as->root);
    for (unsigned l = 4; l > 1; l--) {
        uint64_t *e = &t[va >> (12 + 9 * (l - 1)) & 511];
        if (!*e) {
            paddr_t pa = make ? frame_alloc() : 0;
            if (!pa)
                return NULL;
            *e = pa | PTE_P | PTE_W | PTE_U;
        }
        t = frame_ptr(*e & PTE_ADDR);
    }
    as->last_base = va >> 21;
    as->last_table = t;
    return t;
}

static uint64_t entry_make(paddr_t pa, unsigned prot)
{
    uint64_t e = pa | PTE_USED | (uint64_t)prot << PTE_PROT;

    if (prot)
        e |= PTE_P | PTE_U;
    if (prot & PROT_W)
        e |= PTE_W;
    if (!(prot & PROT_X))
        e |= PTE_NX;
    return e;
}

int aspace_map(struct aspace *as, uint64_t va, paddr_t pa, unsigned prot)
{
    uint64_t *t;

    if ((prot & (PROT_W | PROT_X)) == (PROT_W | PROT_X) || prot > 7 || va >= USER_END ||
        (va | pa) % PAGE_SIZE || !pa)
        return -EINVAL;
    t = leaf_table(as, va, true);
    if (!t)
        return -ENOMEM;
    if (t[va >> 12 & 511])
        return -EEXIST;
    t[va >> 12 & 511] = entry_make(pa, prot);
    return 0;
}

static uint64_t *entry_find(struct aspace *as, uint64_t va)
{
    uint64_t *t = va < USER_END ? leaf_table(as, va, false) : NULL;

    return t && t[va >> 12 & 511] ? &t[va >> 12 & 511] : NULL;
}

paddr_t aspace_unmap(struct aspace *as, uint64_t va)
{
    uint64_t *e = entry_find(as, va), old;

    if (!e)
        return 0;
    old = *e;
    *e = 0;
    if ((old & PTE_P) && aspace_is_loaded(as))
        x86_invlpg(va);
    return old & PTE_ADDR;
}

int aspace_protect(struct aspace *as, uint64_t va, unsigned prot)
{
    uint64_t *e, old;

    if ((prot & (PROT_W | PROT_X)) == (PROT_W | PROT_X) || prot > 7)
        return -EINVAL;
    e = entry_find(as, va);
    if (!e)
        return -ENOENT;
    old = *e;
    *e = entry_make(old & PTE_ADDR, prot);
    if ((old & PTE_P) && *e != old && aspace_is_loaded(as))
        x86_invlpg(va);
    return 0;
}

paddr_t aspace_lookup(struct aspace *as, uint64_t va, unsigned *prot)
{
    const uint64_t *e = entry_find(as, va);

    if (!e)
        return 0;
    if (prot)
        *prot = (unsigned)(*e >> PTE_PROT & 7);
    return *e & PTE_ADDR;
}

void aspace_each(struct aspace *as, uint64_t start, uint64_t end,
                 void (*f)(void *ctx, uint64_t va, paddr_t pa), void *ctx)
{
    uint64_t va = start & ~(uint64_t)(PAGE_SIZE - 1);

    if (end > USER_END)
        end = USER_END;
    while (va < end) {
        const uint64_t *t = frame_ptr(as->root);
        unsigned l = 4;
        for (; l > 1; l--) {
            uint64_t e = t[va >> (12 + 9 * (l - 1)) & 511];
            if (!e)
                break;
            t = frame_ptr(e & PTE_ADDR);
        }
        if (l > 1) { /* nothing below this entry: to the next one */
            uint64_t span = (uint64_t)1 << (12 + 9 * (l - 1));
            va = (va | (span - 1)) + 1;
            continue;
        }
        do {
            uint64_t e = t[va >> 12 & 511];
            if (e)
                f(ctx, va, e & PTE_ADDR);
            va += PAGE_SIZE;
        } while (va < end && (va >> 12 & 511));
    }
}
