/* SPDX-License-Identifier: MIT */
/*
 * Anonymous memory. Invariant: in an arena a page is either handed out (used) or free; a free page that was
 * handed out before is dirty and is cleared when it is handed out again; pages below `frontier` are committed
 * read-write, except `odd` ones, whose protection was changed while handed out. A direct mapping has one
 * entry in `regions`, which never overlap.
 */
#include "posix/pages.h"

#include "capos/memory.h"
#include "posix/linux.h"

#define ARENA_PAGES 8192u
#define ARENA_MAX   12u
#define REGION_MAX  1024u
#define STEP_MIN    32u /* pages committed ahead, at least and at most */
#define STEP_MAX    1024u
#define RW          (CAPOS_PROT_READ | CAPOS_PROT_WRITE)
#define WORD_BITS   64u

struct arena {
    uint64_t base;
    uint32_t frontier, hint, used_count;
    uint64_t used[ARENA_PAGES / WORD_BITS], dirty[ARENA_PAGES / WORD_BITS], odd[ARENA_PAGES / WORD_BITS];
};

struct region {
    uint64_t base, size;
    bool reserved; /* address space only, committed by the first pages_protect */
};

static struct arena arenas[ARENA_MAX];
static unsigned narenas;
static struct region regions[REGION_MAX];
static unsigned nregions;
static uint64_t bytes_out, calls;

static uint32_t vm(void)
{
    calls++;
    return posix_caps.vm;
}

static bool bit(const uint64_t *map, uint32_t i)
{
    return map[i / WORD_BITS] >> (i % WORD_BITS) & 1;
}

static void bits_set(uint64_t *map, uint32_t from, uint32_t n, bool on)
{
    for (uint32_t i = from; i < from + n; i++) {
        uint64_t m = UINT64_C(1) << (i % WORD_BITS);
        map[i / WORD_BITS] = on ? map[i / WORD_BITS] | m : map[i / WORD_BITS] & ~m;
    }
}

static void *page_at(const struct arena *a, uint32_t page)
{
    return (void *)(uintptr_t)(a->base + (uint64_t)page * PAGES_SIZE);
}

static uint64_t round_up(uint64_t bytes)
{
    return (bytes + PAGES_SIZE - 1) & ~(uint64_t)(PAGES_SIZE - 1);
}

static uint32_t prot_of(unsigned prot)
{
    return (prot & LX_PROT_READ ? CAPOS_PROT_READ : 0) | (prot & LX_PROT_WRITE ? RW : 0) |
           (prot & LX_PROT_EXEC ? CAPOS_PROT_EXEC | CAPOS_PROT_READ : 0);
}

/* ---- arenas ---- */

/* The first run of n free pages at or after `from`, ARENA_PAGES when there is none. */
static uint32_t run_find(const struct arena *a, uint32_t from, uint32_t n)
{
    uint32_t start = from;
    for (uint32_t i = from; i < ARENA_PAGES;) {
        uint64_t word = a->used[i / WORD_BITS] >> (i % WORD_BITS);
        if (word == 0) {
            i += WORD_BITS - i % WORD_BITS;
        } else {
            uint32_t free = (uint32_t)__builtin_ctzll(word);
            if (i + free - start >= n)
                break;
            i += free;
            while (i < ARENA_PAGES && bit(a->used, i))
                i++;
            start = i;
        }
        if (i - start >= n)
            break;
    }
    return start + n <= ARENA_PAGES ? start : ARENA_PAGES;
}

/* Makes sure pages below `end` are committed, going ahead by as much as there is already, within bounds. */
static int commit_to(struct arena *a, uint32_t end)
{
    if (end <= a->frontier)
        return 0;
    uint32_t step = a->frontier < STEP_MIN ? STEP_MIN : a->frontier < STEP_MAX ? a->frontier : STEP_MAX;
    uint32_t to = a->frontier + step > end ? a->frontier + step : end;
    if (to > ARENA_PAGES)
        to = ARENA_PAGES;
    uint64_t at = a->base + (uint64_t)a->frontier * PAGES_SIZE;
    int err = capos_vm_commit(vm(), at, (uint64_t)(to - a->frontier) * PAGES_SIZE, RW);
    if (err == -ENOMEM && to > end) {
        to = end;
        err = capos_vm_commit(vm(), at, (uint64_t)(to - a->frontier) * PAGES_SIZE, RW);
    }
    if (err == 0)
        a->frontier = to;
    return err;
}

static void clear_dirty(struct arena *a, uint32_t page, uint32_t n)
{
    for (uint32_t i = page; i < page + n; i++)
        if (bit(a->dirty, i))
            __builtin_memset(page_at(a, i), 0, PAGES_SIZE);
    bits_set(a->dirty, page, n, false);
}

static int64_t arena_take_at(struct arena *a, uint32_t page, uint32_t n)
{
    int err = commit_to(a, page + n);
    if (err < 0)
        return err;
    clear_dirty(a, page, n);
    bits_set(a->used, page, n, true);
    a->used_count += n;
    a->hint = page + n < ARENA_PAGES ? page + n : 0;
    bytes_out += (uint64_t)n * PAGES_SIZE;
    return (int64_t)(uintptr_t)page_at(a, page);
}

static int64_t arena_take(uint32_t n)
{
    for (struct arena *a = arenas; a < arenas + narenas; a++) {
        if (ARENA_PAGES - a->used_count < n)
            continue;
        uint32_t page = run_find(a, a->hint, n);
        if (page == ARENA_PAGES && a->hint)
            page = run_find(a, 0, n);
        if (page < ARENA_PAGES)
            return arena_take_at(a, page, n);
    }
    if (narenas == ARENA_MAX)
        return -ENOMEM;
    struct arena *a = &arenas[narenas];
    int err = capos_vm_reserve(vm(), 0, (uint64_t)ARENA_PAGES * PAGES_SIZE, &a->base);
    if (err < 0)
        return err;
    narenas++;
    return arena_take_at(a, 0, n);
}

static struct arena *arena_of(uint64_t addr)
{
    for (struct arena *a = arenas; a < arenas + narenas; a++)
        if (addr - a->base < (uint64_t)ARENA_PAGES * PAGES_SIZE)
            return a;
    return NULL;
}

static void arena_give(struct arena *a, uint32_t page, uint32_t n)
{
    for (uint32_t i = page; i < page + n; i++) {
        if (!bit(a->used, i))
            continue;
        if (bit(a->odd, i)) {
            capos_vm_protect(vm(), (uint64_t)(uintptr_t)page_at(a, i), PAGES_SIZE, RW);
            bits_set(a->odd, i, 1, false);
        }
        bits_set(a->used, i, 1, false);
        bits_set(a->dirty, i, 1, true);
        a->used_count--;
        bytes_out -= PAGES_SIZE;
        if (i < a->hint)
            a->hint = i;
    }
}

/* Gives the frames of free dirty pages back to the kernel: only when memory is short. */
static void arenas_trim(void)
{
    for (struct arena *a = arenas; a < arenas + narenas; a++)
        for (uint32_t i = 0; i < a->frontier;) {
            uint32_t n = 0;
            while (i + n < a->frontier && bit(a->dirty, i + n) && !bit(a->used, i + n))
                n++;
            uint64_t at = (uint64_t)(uintptr_t)page_at(a, i);
            if (n && capos_vm_decommit(vm(), at, (uint64_t)n * PAGES_SIZE) == 0 &&
                capos_vm_commit(vm(), at, (uint64_t)n * PAGES_SIZE, RW) == 0)
                bits_set(a->dirty, i, n, false);
            i += n ? n : 1;
        }
}

/* ---- direct mappings ---- */

static struct region *region_of(uint64_t addr)
{
    for (struct region *r = regions; r < regions + nregions; r++)
        if (addr - r->base < r->size)
            return r;
    return NULL;
}

static int64_t direct_take(uint64_t bytes, unsigned prot)
{
    uint64_t at;
    if (nregions == REGION_MAX)
        return -ENOMEM;
    bool reserve = prot == LX_PROT_NONE;
    for (int turn = 0;; turn++) {
        int err = reserve ? capos_vm_reserve(vm(), 0, bytes, &at)
                          : capos_vm_map(vm(), 0, bytes, prot_of(prot), &at);
        if (err == 0)
            break;
        if (err != -ENOMEM || turn)
            return err;
        arenas_trim();
    }
    regions[nregions++] = (struct region){at, bytes, reserve};
    bytes_out += bytes;
    return (int64_t)at;
}

/* Takes [from, to) out of a region, which holds it whole. */
static int direct_give(struct region *r, uint64_t from, uint64_t to)
{
    uint64_t end = r->base + r->size;
    if (from > r->base && to < end && nregions == REGION_MAX)
        return -ENOMEM;
    int err = capos_vm_unmap(vm(), from, to - from);
    if (err < 0)
        return err;
    bytes_out -= to - from;
    if (from == r->base && to == end)
        *r = regions[--nregions];
    else if (from == r->base)
        *r = (struct region){to, end - to, r->reserved};
    else {
        r->size = from - r->base;
        if (to < end)
            regions[nregions++] = (struct region){to, end - to, r->reserved};
    }
    return 0;
}

/* ---- the calls ---- */

int64_t pages_map(uint64_t bytes, unsigned prot)
{
    if (bytes == 0)
        return -EINVAL;
    if ((prot & (LX_PROT_WRITE | LX_PROT_EXEC)) == (LX_PROT_WRITE | LX_PROT_EXEC))
        return -EACCES;
    if (!posix_caps.have_vm || bytes > (UINT64_C(1) << 46))
        return -ENOMEM;
    bytes = round_up(bytes);
    if (bytes >= PAGES_DIRECT || prot != (LX_PROT_READ | LX_PROT_WRITE))
        return direct_take(bytes, prot);
    int64_t at = arena_take((uint32_t)(bytes / PAGES_SIZE));
    return at < 0 ? direct_take(bytes, prot) : at;
}

/* The part of [at, end) that one arena or region holds from `at` on; or the distance to skip when none does.
 */
static uint64_t piece_end(uint64_t at, uint64_t end, struct arena **a, struct region **r)
{
    *a = arena_of(at);
    *r = *a ? NULL : region_of(at);
    uint64_t stop = *a   ? (*a)->base + (uint64_t)ARENA_PAGES * PAGES_SIZE
                    : *r ? (*r)->base + (*r)->size
                         : at + PAGES_SIZE;
    return stop < end ? stop : end;
}

static bool range_ok(uint64_t addr, uint64_t *bytes)
{
    if (addr % PAGES_SIZE || *bytes > (UINT64_C(1) << 46))
        return false;
    *bytes = round_up(*bytes);
    return addr + *bytes >= addr;
}

int64_t pages_unmap(uint64_t addr, uint64_t bytes)
{
    if (!range_ok(addr, &bytes) || bytes == 0)
        return -EINVAL;
    for (uint64_t at = addr, end = addr + bytes, to; at < end; at = to) {
        struct arena *a;
        struct region *r;
        to = piece_end(at, end, &a, &r);
        if (a)
            arena_give(a, (uint32_t)((at - a->base) / PAGES_SIZE), (uint32_t)((to - at) / PAGES_SIZE));
        else if (r) {
            int err = direct_give(r, at, to);
            if (err < 0)
                return err;
        }
    }
    return 0;
}

static int arena_protect(struct arena *a, uint32_t page, uint32_t n, unsigned prot)
{
    bool plain = prot == (LX_PROT_READ | LX_PROT_WRITE), odd = false;
    for (uint32_t i = page; i < page + n; i++) {
        if (!bit(a->used, i))
            return -ENOMEM;
        odd |= bit(a->odd, i);
    }
    if (plain && !odd)
        return 0;
    int err = capos_vm_protect(vm(), (uint64_t)(uintptr_t)page_at(a, page), (uint64_t)n * PAGES_SIZE,
                               prot_of(prot));
    if (err == 0)
        bits_set(a->odd, page, n, !plain);
    return err;
}

int64_t pages_protect(uint64_t addr, uint64_t bytes, unsigned prot)
{
    if (!range_ok(addr, &bytes))
        return -EINVAL;
    if ((prot & (LX_PROT_WRITE | LX_PROT_EXEC)) == (LX_PROT_WRITE | LX_PROT_EXEC))
        return -EACCES;
    for (uint64_t at = addr, end = addr + bytes, to; at < end; at = to) {
        struct arena *a;
        struct region *r;
        int err = -ENOMEM;
        to = piece_end(at, end, &a, &r);
        if (a)
            err = arena_protect(a, (uint32_t)((at - a->base) / PAGES_SIZE),
                                (uint32_t)((to - at) / PAGES_SIZE), prot);
        else if (r && r->reserved)
            err = prot == LX_PROT_NONE ? capos_vm_decommit(vm(), at, to - at)
                                       : capos_vm_commit(vm(), at, to - at, prot_of(prot));
        else if (r)
            err = capos_vm_protect(vm(), at, to - at, prot_of(prot));
        if (err < 0)
            return err;
    }
    return 0;
}

int64_t pages_zero(uint64_t addr, uint64_t bytes)
{
    if (!range_ok(addr, &bytes))
        return -EINVAL;
    for (uint64_t at = addr, end = addr + bytes, to; at < end; at = to) {
        struct arena *a;
        struct region *r;
        to = piece_end(at, end, &a, &r);
        if (!a && !r)
            return -ENOMEM;
        if (a) {
            uint32_t page = (uint32_t)((at - a->base) / PAGES_SIZE), n = (uint32_t)((to - at) / PAGES_SIZE);
            for (uint32_t i = page; i < page + n; i++)
                if (bit(a->used, i) && !bit(a->odd, i))
                    __builtin_memset(page_at(a, i), 0, PAGES_SIZE);
        } else if (!r->reserved) {
            uint64_t got; /* frames go back, and come again at the next touch */
            int err = capos_vm_unmap(vm(), at, to - at);
            if (err == 0)
                err = capos_vm_map(vm(), at, to - at, RW, &got);
            if (err < 0)
                return err;
        }
    }
    return 0;
}

/* Grows in place: the pages behind must be free in the arena, or free address space for a direct mapping. */
static bool grow_here(uint64_t addr, uint64_t old, uint64_t new)
{
    struct arena *a = arena_of(addr);
    if (a) {
        uint32_t page = (uint32_t)((addr + old - a->base) / PAGES_SIZE),
                 n = (uint32_t)((new - old) / PAGES_SIZE);
        if (page + n > ARENA_PAGES || run_find(a, page, n) != page)
            return false;
        return arena_take_at(a, page, n) > 0;
    }
    struct region *r = region_of(addr);
    uint64_t at;
    if (!r || r->reserved || r->base + r->size != addr + old ||
        capos_vm_map(vm(), addr + old, new - old, RW, &at) < 0)
        return false;
    if (at != addr + old) {
        capos_vm_unmap(vm(), at, new - old);
        return false;
    }
    r->size += new - old;
    bytes_out += new - old;
    return true;
}

int64_t pages_remap(uint64_t addr, uint64_t old, uint64_t new, bool may_move)
{
    if (!range_ok(addr, &old) || !range_ok(addr, &new) || old == 0 || new == 0)
        return -EINVAL;
    if (!arena_of(addr) && !region_of(addr))
        return -EFAULT;
    if (new <= old) {
        int64_t err = new < old ? pages_unmap(addr + new, old - new) : 0;
        return err < 0 ? err : (int64_t)addr;
    }
    if (grow_here(addr, old, new))
        return (int64_t)addr;
    if (!may_move)
        return -ENOMEM;
    int64_t to = pages_map(new, LX_PROT_READ | LX_PROT_WRITE);
    if (to < 0)
        return to;
    __builtin_memcpy((void *)(uintptr_t)to, (const void *)(uintptr_t)addr, old);
    pages_unmap(addr, old);
    return to;
}

uint64_t pages_bytes(void)
{
    return bytes_out;
}

uint64_t pages_calls(void)
{
    return calls;
}
