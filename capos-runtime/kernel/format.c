/* SPDX-License-Identifier: MIT */
/* See format.h. Invariant: one pass, no buffer but twenty digits; also runs on a host. */
#include "kernel/format.h"
#include "kernel/string.h"
#include <stdint.h>

static const char digits[] = "0123456789abcdef";

static inline void put(struct format_sink *o, char c)
{
    if (o->at == o->end) {
        if (o->full)
            o->full(o);
        if (o->at == o->end) {
            o->lost++;
            return;
        }
    }
    *o->at++ = c;
}

static inline bool is_plain(uint8_t c)
{
    return c >= 0x20 && c <= 0x7e && c != '\\';
}

static void char_out(struct format_sink *o, bool escape, char c)
{
    const uint8_t byte = (uint8_t)c;

    if (!escape || is_plain(byte)) {
        put(o, c);
        return;
    }
    put(o, '\\');
    put(o, 'x');
    put(o, digits[byte >> 4]);
    put(o, digits[byte & 15]);
}

/* Up to a NUL, and no more than `limit` bytes unless that is negative. */
static void text_out(struct format_sink *o, bool escape, const char *s, long limit)
{
    for (; limit != 0 && *s; s++, limit--)
        char_out(o, escape, *s);
}

static void number_out(struct format_sink *o, uint64_t v, bool minus, unsigned base, unsigned width,
                       bool zero)
{
    char buf[20];
    unsigned n = 0, len;

    do
        buf[n++] = digits[v % base];
    while ((v /= base) != 0);
    len = n + minus;
    if (minus && zero)
        put(o, '-');
    for (; len < width; len++)
        put(o, zero ? '0' : ' ');
    if (minus && !zero)
        put(o, '-');
    while (n)
        put(o, buf[--n]);
}

void format_out(struct format_sink *o, bool escape, const char *fmt, va_list ap)
{
    for (; *fmt; fmt++) {
        const char *start = fmt;
        bool zero = false, wide = false;
        unsigned width = 0;
        long precision = -1;

        if (*fmt != '%') {
            put(o, *fmt);
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
            text_out(o, escape, s, precision);
            break;
        }
        case 'c':
            char_out(o, escape, (char)va_arg(ap, int));
            break;
        case 'd': {
            int64_t v = wide ? va_arg(ap, long) : va_arg(ap, int);
            number_out(o, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0, 10, width, zero);
            break;
        }
        case 'u':
        case 'x': {
            uint64_t v = wide ? va_arg(ap, unsigned long) : va_arg(ap, unsigned);
            number_out(o, v, false, *fmt == 'u' ? 10 : 16, width, zero);
            break;
        }
        case 'p':
            put(o, '0');
            put(o, 'x');
            number_out(o, (uintptr_t)va_arg(ap, void *), false, 16, width, zero);
            break;
        case '%':
            put(o, '%');
            break;
        default:
            for (; start < fmt; start++)
                put(o, *start);
            if (!*fmt)
                return;
            put(o, *fmt);
        }
    }
}

size_t format_buf(char *buf, size_t n, const char *fmt, va_list ap)
{
    struct format_sink o = {buf, n ? buf + n - 1 : buf, 0, NULL};

    format_out(&o, false, fmt, ap);
    if (n)
        *o.at = 0;
    return (size_t)(o.at - buf) + o.lost;
}
