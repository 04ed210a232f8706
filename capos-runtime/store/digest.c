/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 in pieces. The 64 round constants and 8 initial words are the fractional parts of roots of primes.
 * Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.1.1 and 6.2. Invariant: hash.h's;
 * tests/unit/test_store_parts.c holds known digests.
 */
#include "store/hash.h"

#include "store/port.h"

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static void digest_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64], s[8];

    for (unsigned i = 0; i < 16; i++)
        w[i] = load_be32(block + 4 * i);
    for (unsigned i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];

        w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    memcpy(s, state, sizeof s);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                      ((s[4] & s[5]) ^ (~s[4] & s[6])) + round_constants[i] + w[i];
        uint32_t t2 = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
                      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

        s[7] = s[6]; /* by hand: a call of memmove every round is half the time */
        s[6] = s[5];
        s[5] = s[4];
        s[4] = s[3] + t1;
        s[3] = s[2];
        s[2] = s[1];
        s[1] = s[0];
        s[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] += s[i];
}

void store_digest_start(struct store_digest *d)
{
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    memcpy(d->state, first, sizeof first);
    d->total = 0;
}

void store_digest_add(struct store_digest *d, const void *data, size_t n)
{
    const uint8_t *p = data;
    size_t held = (size_t)(d->total % 64);

    d->total += n;
    if (held > 0 && held + n >= 64) {
        memcpy(d->block + held, p, 64 - held);
        digest_block(d->state, d->block);
        p += 64 - held;
        n -= 64 - held;
        held = 0;
    }
    if (held == 0)
        for (; n >= 64; n -= 64, p += 64)
            digest_block(d->state, p);
    if (n > 0)
        memcpy(d->block + held, p, n);
}

void store_digest_end(struct store_digest *d, uint8_t out[32])
{
    uint64_t total = d->total;
    size_t held = (size_t)(total % 64);

    d->block[held++] = 0x80;
    if (held > 56) {
        memset(d->block + held, 0, 64 - held);
        digest_block(d->state, d->block);
        held = 0;
    }
    memset(d->block + held, 0, 56 - held);
    store_be32(d->block + 56, (uint32_t)(total >> 29));
    store_be32(d->block + 60, (uint32_t)(total << 3));
    digest_block(d->state, d->block);
    for (unsigned i = 0; i < 8; i++)
        store_be32(out + 4 * i, d->state[i]);
}

void store_digest_of(const void *data, size_t n, uint8_t out[32])
{
    struct store_digest d;

    store_digest_start(&d);
    store_digest_add(&d, data, n);
    store_digest_end(&d, out);
}
