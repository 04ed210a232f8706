/* SPDX-License-Identifier: MIT */
/* See format.h. Invariant: one pass, no buffer but twenty digits; also runs on a host. */
#include "kernel/format.h"
#include "kernel/string.h"
#include <stdint.h>

struct out {
    void (*put)(void *ctx, char c);
    void *ctx;
    bool escape;
};

static const char digits[] = "0123456789abcdef";

static void text_out(const struct out *o, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)s[i];
        if (o->escape && (c < 0x20 || c > 0x7e || c == '\\')) {
            o->put(o->ctx, '\\');
            o->put(o->ctx, 'x');
            o->put(o->ctx, digits[c >> 4]);
            o->put(o->ctx, digits[c & 15]);
        } else {
            o->put(o->ctx, (char)c);
        }
    }
}

static void number_out(const struct out *o, uint64_t v, bool minus, unsigned base, unsigned width, bool zero)
{
    char buf[20];
    unsigned n = 0, len;

    do
        buf[n++] = digits[v % base];
    while ((v /= base) != 0);
    len = n + minus;
    if (minus && zero)
        o->put(o->ctx, '-');
    for (; len < width; len++)
        o->put(o->ctx, zero ? '0' : ' ');
    if (minus && !zero)
        o->put(o->ctx, '-');
    while (n)
        o->put(o->ctx, buf[--n]);
}

static size_t string_length(const char *s, long limit)
{
    size_t n = 0;

    while ((limit < 0 || n < (size_t)limit) && s[n])
        n++;
    return n;
}

void format_out(void (*put)(void *ctx, char c), void *ctx, bool escape, const char *fmt, va_list ap)
{
    const struct out o = {put, ctx, escape};

    for (; *fmt; fmt++) {
        const char *start = fmt;
        bool zero = false, wide = false;
        unsigned width = 0;
        long precision = -1;

        if (*fmt != '%') {
            put(ctx, *fmt);
            continue;
        }
        fmt++;
        for (; *fmt == '0'; fmt++)
            zero = true;
        for (; *fmt >= '0' && *fmt <= '9'; fmt++)
            width = width * 10 + (unsigned)(*fmt - '0');
        if (fmt[0] == '.' && fmt[1] == '*') {
            precision = va_arg(ap, int);
            fmt += 2;
        }
        for (; *fmt == 'l' || *fmt == 'z'; fmt++)
            wide = true;
        switch (*fmt) {
        case 's': {
            const char *s = va_arg(ap, const char *);
            if (!s)
                s = "(null)";
            text_out(&o, s, string_length(s, precision));
            break;
        }
        case 'c': {
            char c = (char)va_arg(ap, int);
            text_out(&o, &c, 1);
            break;
        }
        case 'd': {
            int64_t v = wide ? va_arg(ap, long) : va_arg(ap, int);
            number_out(&o, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0, 10, width, zero);
            break;
        }
        case 'u':
        case 'x': {
            uint64_t v = wide ? va_arg(ap, unsigned long) : va_arg(ap, unsigned);
            number_out(&o, v, false, *fmt == 'u' ? 10 : 16, width, zero);
            break;
        }
        case 'p':
            put(ctx, '0');
            put(ctx, 'x');
            number_out(&o, (uintptr_t)va_arg(ap, void *), false, 16, width, zero);
            break;
        case '%':
            put(ctx, '%');
            break;
        default:
            for (; start < fmt; start++)
                put(ctx, *start);
            if (!*fmt)
                return;
            put(ctx, *fmt);
        }
    }
}

struct buffer {
    char *p;
    size_t size, used;
};

static void buffer_put(void *ctx, char c)
{
    struct buffer *b = ctx;

    if (b->used + 1 < b->size)
        b->p[b->used] = c;
    b->used++;
}

size_t format_buf(char *buf, size_t n, const char *fmt, va_list ap)
{
    struct buffer b = {buf, n, 0};

    format_out(buffer_put, &b, false, fmt, ap);
    if (n)
        buf[b.used < n ? b.used : n - 1] = 0;
    return b.used;
}
