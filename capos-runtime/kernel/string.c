/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions for the kernel. Invariant: bulk goes through bulk.S, the rest by words; nothing
 * here becomes a call of itself (see rules.mk).
 */
#include "kernel/string.h"
#include "kernel/bulk.h"
#include <stdint.h>

typedef uint64_t __attribute__((may_alias, aligned(1))) word_t;

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    uint8_t *d = dst;
    const uint8_t *s = src;

    if (n >= BULK_BYTES) {
        const size_t bulk = n & ~(size_t)(BULK_BYTES - 1);
        bulk_copy(d, s, bulk);
        d += bulk;
        s += bulk;
        n -= bulk;
    }
    for (; n >= 8; n -= 8, d += 8, s += 8)
        *(word_t *)(void *)d = *(const word_t *)(const void *)s;
    while (n--)
        *d++ = *s++;
    return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
    uint8_t *d = dst;
    const uint8_t *s = src;

    if ((uintptr_t)d - (uintptr_t)s >= n)
        return memcpy(dst, src, n);
    for (; n >= 8; n -= 8) { /* overlapping, dst above src: from the end */
        word_t w = *(const word_t *)(const void *)(s + n - 8);
        *(word_t *)(void *)(d + n - 8) = w;
    }
    while (n--)
        d[n] = s[n];
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    uint8_t *d = dst;
    uint64_t v = (uint8_t)c * UINT64_C(0x0101010101010101);

    if (n >= BULK_BYTES) {
        const size_t bulk = n & ~(size_t)(BULK_BYTES - 1);
        bulk_fill(d, v, bulk);
        d += bulk;
        n -= bulk;
    }
    for (; n >= 8; n -= 8, d += 8)
        *(word_t *)(void *)d = v;
    while (n--)
        *d++ = (uint8_t)v;
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;

    for (; n >= 8 && *(const word_t *)(const void *)x == *(const word_t *)(const void *)y; n -= 8) {
        x += 8;
        y += 8;
    }
    for (; n; n--, x++, y++)
        if (*x != *y)
            return *x < *y ? -1 : 1;
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (uint8_t)*a - (uint8_t)*b;
}
