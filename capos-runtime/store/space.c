/* SPDX-License-Identifier: MIT */
/*
 * Which blocks are in use: bitmaps in memory, made at mount from what the tree refers to. Invariant: a block
 * that is pending is in use; nfree is the number of blocks not in use.
 */
#include "store/core.h"

static uint64_t bit(uint32_t block)
{
    return UINT64_C(1) << block % 64;
}

static uint32_t count_bits(uint64_t v)
{
    uint32_t n = 0;

    for (; v != 0; v &= v - 1)
        n++;
    return n;
}

int store_space_open(struct store *s)
{
    struct store_space *sp = &s->space;

    sp->blocks = s->blocks;
    sp->words = (s->blocks + 63) / 64;
    sp->chunks = (sp->words + STORE_SPACE_CHUNK - 1) / STORE_SPACE_CHUNK;
    sp->used = store_alloc(s, sp->words * sizeof *sp->used);
    for (unsigned i = 0; i < 2; i++) {
        sp->pending[i] = store_alloc(s, sp->words * sizeof *sp->used);
        sp->flags[i] = store_alloc(s, sp->chunks);
    }
    if (sp->used == NULL || sp->pending[0] == NULL || sp->pending[1] == NULL || sp->flags[0] == NULL ||
        sp->flags[1] == NULL)
        return -ENOMEM;
    sp->nfree = sp->words * 64;
    for (uint32_t b = s->blocks; b < sp->words * 64; b++) { /* the last word's rest */
        sp->used[b / 64] |= bit(b);
        sp->nfree--;
    }
    for (uint32_t b = 0; b < s->log_start + s->log_blocks; b++)
        (void)store_space_mark(sp, b);
    sp->cursor = s->log_start + s->log_blocks;
    return 0;
}

void store_space_close(struct store *s)
{
    struct store_space *sp = &s->space;

    store_free(s, sp->used, sp->words * sizeof *sp->used);
    for (unsigned i = 0; i < 2; i++) {
        store_free(s, sp->pending[i], sp->words * sizeof *sp->used);
        store_free(s, sp->flags[i], sp->chunks);
    }
}

bool store_space_mark(struct store_space *sp, uint32_t block)
{
    if (block >= sp->blocks || (sp->used[block / 64] & bit(block)) != 0)
        return false;
    sp->used[block / 64] |= bit(block);
    sp->nfree--;
    return true;
}

uint32_t store_space_take(struct store_space *sp)
{
    uint32_t word = sp->cursor / 64;
    uint64_t mask = ~UINT64_C(0) << sp->cursor % 64;

    if (sp->nfree == 0)
        return 0;
    for (uint32_t n = 0; n <= sp->words; n++) {
        uint64_t open = ~sp->used[word] & mask;

        if (open != 0) {
            uint32_t block = word * 64;

            for (; (open & 1) == 0; open >>= 1)
                block++;
            (void)store_space_mark(sp, block);
            sp->cursor = block + 1 < sp->blocks ? block + 1 : 0;
            return block;
        }
        mask = ~UINT64_C(0);
        word = word + 1 < sp->words ? word + 1 : 0;
    }
    return 0;
}

void store_space_drop(struct store_space *sp, uint32_t block)
{
    sp->used[block / 64] &= ~bit(block);
    sp->nfree++;
}

void store_space_later(struct store_space *sp, uint32_t block, enum store_release when)
{
    sp->pending[when][block / 64] |= bit(block);
    sp->flags[when][block / 64 / STORE_SPACE_CHUNK] = 1;
}

void store_space_release(struct store_space *sp, enum store_release when)
{
    for (uint32_t c = 0; c < sp->chunks; c++) {
        uint32_t end = (c + 1) * STORE_SPACE_CHUNK;

        if (sp->flags[when][c] == 0)
            continue;
        sp->flags[when][c] = 0;
        for (uint32_t w = c * STORE_SPACE_CHUNK; w < end && w < sp->words; w++) {
            sp->nfree += count_bits(sp->pending[when][w]);
            sp->used[w] &= ~sp->pending[when][w];
            sp->pending[when][w] = 0;
        }
    }
}

uint32_t store_space_left(const struct store *s)
{
    return s->space.nfree > s->tree.unplaced ? s->space.nfree - s->tree.unplaced : 0;
}

uint32_t store_space_reserve(const struct store *s)
{
    return 64 + s->blocks / 64;
}
