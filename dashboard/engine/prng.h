/* SPDX-License-Identifier: MIT */
/*
 * A small seeded generator (splitmix64 feeding xoshiro256**, both public designs by Blackman and Vigna) and
 * fresh randomness from the host. Invariant: the same seed gives the same sequence on every machine.
 */
#ifndef ENGINE_PRNG_H
#define ENGINE_PRNG_H

#include <stdint.h>

struct prng {
    uint64_t s[4];
};

/* Starts the sequence of `seed`. */
void prng_seed(struct prng *r, uint64_t seed);
/* The next 64 bits. */
uint64_t prng_next(struct prng *r);
/* Uniform in 0..n-1, without bias; n > 0. */
uint64_t prng_below(struct prng *r, uint64_t n);
/* 64 bits from getrandom(2). 0 or a negative errno. */
int prng_fresh(uint64_t *out);

#endif
