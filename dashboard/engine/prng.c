/* SPDX-License-Identifier: MIT */
/*
 * Seeded generator; see prng.h.
 * Invariant: the state is never all zeros, since splitmix64 seeds it.
 */
#include "prng.h"

#include <errno.h>
#include <sys/random.h>

static uint64_t prng_rotl(uint64_t x, unsigned k)
{
    return x << k | x >> (64 - k);
}

void prng_seed(struct prng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        r->s[i] = z ^ z >> 31;
    }
}

uint64_t prng_next(struct prng *r)
{
    uint64_t *s = r->s, result = prng_rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = prng_rotl(s[3], 45);
    return result;
}

uint64_t prng_below(struct prng *r, uint64_t n)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % n, x;

    do {
        x = prng_next(r);
    } while (x >= limit);
    return x % n;
}

int prng_fresh(uint64_t *out)
{
    ssize_t n;

    do {
        n = getrandom(out, sizeof *out, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return n == (ssize_t)sizeof *out ? 0 : -EIO;
}
