/* SPDX-License-Identifier: MIT */
/*
 * Memory that either comes or ends the engine; see mem.h.
 * Invariant: a size computation that would overflow is treated as out of memory.
 */
#include "mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void mem_out(void)
{
    fputs("capbench: out of memory\n", stderr);
    exit(3);
}

void *mem_zalloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);

    if (!p)
        mem_out();
    return p;
}

void *mem_grow(void *p, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        mem_out();
    n = n * size;
    p = realloc(p, n > 0 ? n : 1);
    if (!p)
        mem_out();
    return p;
}

char *mem_dup(const char *s)
{
    char *d;

    if (!s)
        return NULL;
    d = strdup(s);
    if (!d)
        mem_out();
    return d;
}

static void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    char small[256];
    int n;

    va_copy(again, ap);
    n = vsnprintf(small, sizeof small, fmt, ap);
    if (n >= 0 && (size_t)n < sizeof small) {
        buf_add(b, small, (size_t)n);
    } else if (n >= 0) {
        char *big = mem_zalloc((size_t)n + 1);

        vsnprintf(big, (size_t)n + 1, fmt, again);
        buf_add(b, big, (size_t)n);
        free(big);
    }
    va_end(again);
}

char *mem_printf(const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;

    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    return buf_take(&b);
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (n >= SIZE_MAX - b->len - 1)
        mem_out();
    if (b->len + n + 1 > b->cap) {
        size_t cap = b->cap ? b->cap : 64;

        while (cap < b->len + n + 1)
            cap = cap > SIZE_MAX / 2 ? SIZE_MAX : cap * 2;
        b->p = mem_grow(b->p, cap, 1);
        b->cap = cap;
    }
    if (n)
        memcpy(b->p + b->len, bytes, n);
    b->len += n;
    b->p[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

char *buf_take(struct buf *b)
{
    char *p;

    buf_add(b, "", 0);
    p = b->p;
    *b = (struct buf){0};
    return p;
}

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){0};
}
