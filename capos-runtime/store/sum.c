/* SPDX-License-Identifier: MIT */
/*
 * XXH64: four lanes of one multiply, rotate, multiply per eight bytes, then the tail. Chosen over a
 * table-driven CRC because it needs no table and runs at word speed without vector registers. Invariant:
 * hash.h's; tests/unit/test_store_parts.c holds known values.
 */
#include "store/hash.h"

#include "store/format.h"

#define P1 UINT64_C(0x9e3779b185ebca87)
#define P2 UINT64_C(0xc2b2ae3d27d4eb4f)
#define P3 UINT64_C(0x165667b19e3779f9)
#define P4 UINT64_C(0x85ebca77c2b2ae63)
#define P5 UINT64_C(0x27d4eb2f165667c5)

static uint64_t rotate(uint64_t v, unsigned n)
{
    return v << n | v >> (64 - n);
}

static uint64_t lane(uint64_t acc, uint64_t word)
{
    return rotate(acc + word * P2, 31) * P1;
}

static uint64_t fold(uint64_t h, uint64_t acc)
{
    return (h ^ lane(0, acc)) * P1 + P4;
}

uint64_t store_sum(const void *data, size_t n, uint64_t seed)
{
    const uint8_t *p = data;
    size_t left = n;
    uint64_t h = seed + P5;

    if (left >= 32) {
        uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;

        for (; left >= 32; left -= 32, p += 32) {
            a = lane(a, get64(p));
            b = lane(b, get64(p + 8));
            c = lane(c, get64(p + 16));
            d = lane(d, get64(p + 24));
        }
        h = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
        h = fold(fold(fold(fold(h, a), b), c), d);
    }
    h += n;
    for (; left >= 8; left -= 8, p += 8)
        h = rotate(h ^ lane(0, get64(p)), 27) * P1 + P4;
    if (left >= 4) {
        h = rotate(h ^ get32(p) * P1, 23) * P2 + P3;
        left -= 4;
        p += 4;
    }
    for (; left > 0; left--, p++)
        h = rotate(h ^ *p * P5, 11) * P1;
    h = (h ^ h >> 33) * P2;
    h = (h ^ h >> 29) * P3;
    return h ^ h >> 32;
}
