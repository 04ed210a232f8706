/* SPDX-License-Identifier: MIT */
/* Text helpers. Invariant: no libc; a copy always ends in NUL. */
#include "posix/posix.h"

size_t posix_strlen(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

bool posix_strcpy(char *dst, const char *src, size_t n)
{
    size_t i = 0;
    for (; i + 1 < n && src[i]; i++)
        dst[i] = src[i];
    dst[i] = '\0';
    return src[i] == '\0';
}

bool posix_memeq(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return false;
    return true;
}

bool posix_same(const char *a, const char *b)
{
    size_t n = posix_strlen(a);
    return posix_strlen(b) == n && posix_memeq(a, b, n);
}
