/* SPDX-License-Identifier: MIT */
/*
 * Numbers for the storage workloads, whole ones only, so that every machine and C library draws the same.
 * Invariant: a sequence depends on its seed alone.
 */
#ifndef STORAGE_PRNG_H
#define STORAGE_PRNG_H

#include <stdint.h>

/* The next 64 bits of the sequence whose state is *s (a Weyl sequence through a mixing function). */
static inline uint64_t prng_next(uint64_t *s)
{
    uint64_t x = *s += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}

/* Below n, which is far below 2^64. */
static inline uint64_t prng_below(uint64_t *s, uint64_t n)
{
    return prng_next(s) % n;
}

/* Fills n bytes, a multiple of 8 little-endian words, from a seed. */
static inline void prng_fill(unsigned char *out, uint64_t n, uint64_t seed)
{
    for (uint64_t i = 0; i < n; i += 8) {
        uint64_t x = prng_next(&seed);

        for (unsigned k = 0; k < 8; k++)
            out[i + k] = (unsigned char)(x >> (8 * k));
    }
}

#endif
