/* SPDX-License-Identifier: MIT */
/*
 * The memory functions a compiler may call. Invariant: taken only by programs that bring no libc of their own
 * (the archive is searched last); no byte-string instructions, which are slow under emulation.
 */
#include <stddef.h>
#include <stdint.h>

/* Weak: a libc's own win, whichever archive is searched first. */
#define WEAK __attribute__((weak))
WEAK void *memcpy(void *restrict dst, const void *restrict src, size_t n);
WEAK void *memmove(void *dst, const void *src, size_t n);
WEAK void *memset(void *dst, int c, size_t n);
WEAK int memcmp(const void *a, const void *b, size_t n);
WEAK size_t strlen(const char *s);

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    size_t words = n / 8, rest = n % 8;
    void *d = dst;
    const void *s = src;
    __asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
    uint8_t *db = d;
    const uint8_t *sb = s;
    while (rest--)
        *db++ = *sb++;
    return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
    uint8_t *d = dst;
    const uint8_t *s = src;
    if ((uintptr_t)d - (uintptr_t)s >= n)
        return memcpy(dst, src, n);
    while (n--) {
        d[n] = s[n];
        __asm__ volatile("" : : : "memory"); /* keeps the loop from becoming a call of itself */
    }
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    size_t words = n / 8, rest = n % 8;
    void *d = dst;
    __asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(0x0101010101010101u * (uint8_t)c) : "memory");
    uint8_t *db = d;
    while (rest--)
        *db++ = (uint8_t)c;
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    for (; n; n--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;
    while (s[n]) {
        n++;
        __asm__ volatile("" : : : "memory");
    }
    return n;
}
