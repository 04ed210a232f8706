/* SPDX-License-Identifier: MIT */
/*
 * The two digests of the store: a fast checksum against damage, SHA-256 as the name of a blob.
 * Invariant: the result depends on the bytes (and the seed) alone, however they are divided among calls.
 */
#ifndef STORE_HASH_H
#define STORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The 64-bit checksum XXH64 of n bytes. Source: the published xxHash specification. */
uint64_t store_sum(const void *data, size_t n, uint64_t seed);

struct store_digest {
    uint32_t state[8];
    uint64_t total; /* bytes */
    uint8_t block[64];
};

/* SHA-256 in pieces. Source: FIPS 180-4. */
void store_digest_start(struct store_digest *d);
void store_digest_add(struct store_digest *d, const void *data, size_t n);
void store_digest_end(struct store_digest *d, uint8_t out[32]);
/* The same in one piece. */
void store_digest_of(const void *data, size_t n, uint8_t out[32]);

#endif
