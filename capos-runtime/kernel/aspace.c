/* SPDX-License-Identifier: MIT */
/*
 * The user half of an address space: four levels of page tables.
 * Invariant: an entry is 0 or has PTE_USED, the frame and its PROT_* bits; it is present unless the
 * protection is 0. Tables live until the whole space goes, so the last one found can be remembered. Every
 * table has a record, which its frame's note leads to, and only entries in groups that the record names were
 * ever set: so a space is given back by what was in it and not by what could have been. What changes in the
 * loaded space is flushed at once.
 */
#include "abi/errno.h"
#include "kernel/frame.h"
#include "kernel/paging.h"
#include "kernel/string.h"
#include "kernel/x86.h"

#define FIRST_TABLES 16u /* that most spaces do with */
#define GROUP        16u /* entries a bit of table.used stands for */

struct table {
    paddr_t pa;
    uint32_t used; /* groups of entries */
    bool leaf;
};

struct aspace {
    paddr_t root;
    uint64_t last_base; /* va >> 21 of last_table, ~0 when none */
    uint64_t *last_table;
    uint32_t last_record;
    uint32_t ntables, room;
    struct table *tables; /* the first is the root's; `first` until that is full, then heap memory */
    struct table first[FIRST_TABLES];
};

/* Spaces that ended, empty of pages but with their tables in place: the next one starts with them. Their
 * frames count as free. */
#define SPARES 4u
static struct spare {
    uint32_t ntables;
    struct table tables[FIRST_TABLES];
} spares[SPARES];
static unsigned nspares;

/* spares_give: the frame allocator has nothing else left. */
static bool spares_give(void)
{
    const bool any = nspares > 0;

    while (nspares > 0) {
        const struct spare *s = &spares[--nspares];
        for (uint32_t i = 0; i < s->ntables; i++)
            frame_unref(s->tables[i].pa);
        frame_cached -= s->ntables;
    }
    return any;
}

/* Room for one record more. */
static bool tables_grow(struct aspace *as)
{
    struct table *more;

    if (as->ntables < as->room)
        return true;
    more = heap_alloc(2 * as->room * sizeof(*more));
    if (!more)
        return false;
    memcpy(more, as->tables, as->ntables * sizeof(*more));
    if (as->tables != as->first)
        heap_free(as->tables);
    as->tables = more;
    as->room *= 2;
    return true;
}

/* An empty table with its record, or 0. */
static paddr_t table_new(struct aspace *as, bool leaf)
{
    paddr_t pa = tables_grow(as) ? frame_alloc() : 0;

    if (!pa)
        return 0;
    frame_note_set(pa, as->ntables);
    as->tables[as->ntables++] = (struct table){pa, 0, leaf};
    return pa;
}

static bool root_new(struct aspace *as)
{
    as->root = table_new(as, false);
    if (!as->root)
        return false;
    memcpy((uint64_t *)frame_ptr(as->root) + 256, (uint64_t *)frame_ptr(paging_root) + 256, PAGE_SIZE / 2);
    return true;
}

struct aspace *aspace_create(void)
{
    struct aspace *as = heap_alloc(sizeof(*as));

    if (!as)
        return NULL;
    as->last_base = UINT64_MAX;
    as->tables = as->first;
    as->room = FIRST_TABLES;
    frame_on_shortage(spares_give);
    if (nspares > 0 && !frame_fail("frame")) {
        const struct spare *s = &spares[--nspares];
        frame_cached -= s->ntables;
        as->ntables = s->ntables;
        memcpy(as->first, s->tables, s->ntables * sizeof(s->tables[0]));
        as->root = as->first[0].pa;
    } else if (!root_new(as)) {
        heap_free(as);
        return NULL;
    }
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

/* Gives up what a last-level table maps, and empties it. */
static void leaf_clear(struct table *t)
{
    uint64_t *entries = frame_ptr(t->pa);

    for (; t->used; t->used &= t->used - 1) {
        uint64_t *e = entries + (unsigned)__builtin_ctz(t->used) * GROUP;
        for (unsigned i = 0; i < GROUP; i++)
            if (e[i]) {
                frame_unref(e[i] & PTE_ADDR);
                e[i] = 0;
            }
    }
}

void aspace_destroy(struct aspace *as)
{
    const bool keep = as && as->ntables <= FIRST_TABLES && nspares < SPARES;

    if (!as)
        return;
    if (aspace_is_loaded(as))
        x86_write_cr3(paging_root);
    for (uint32_t i = 0; i < as->ntables; i++) {
        if (as->tables[i].leaf)
            leaf_clear(&as->tables[i]);
        if (!keep)
            frame_unref(as->tables[i].pa);
    }
    if (keep) {
        struct spare *s = &spares[nspares++];
        s->ntables = as->ntables;
        memcpy(s->tables, as->tables, as->ntables * sizeof(s->tables[0]));
        frame_cached += as->ntables;
    }
    if (as->tables != as->first)
        heap_free(as->tables);
    heap_free(as);
}

/* The last-level table for va, made on the way if make is set; NULL if absent or no memory. */
static uint64_t *leaf_table(struct aspace *as, uint64_t va, bool make)
{
    paddr_t at = as->root;

    if (va >> 21 == as->last_base)
        return as->last_table;
    for (unsigned l = 4; l > 1; l--) {
        uint64_t *e = (uint64_t *)frame_ptr(at) + (va >> (12 + 9 * (l - 1)) & 511);
        if (!*e) {
            paddr_t pa = make ? table_new(as, l == 2) : 0;
            if (!pa)
                return NULL;
            *e = pa | PTE_P | PTE_W | PTE_U;
        }
        at = *e & PTE_ADDR;
    }
    as->last_base = va >> 21;
    as->last_table = frame_ptr(at);
    as->last_record = frame_note(at);
    return as->last_table;
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
    as->tables[as->last_record].used |= 1u << (va >> 12 & 511) / GROUP;
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
