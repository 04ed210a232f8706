/* SPDX-License-Identifier: MIT */
/*
 * Escaping and formatting; see text.h.
 * Invariant: no function here keeps state.
 */
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void text_escape(struct buf *out, const void *bytes, size_t n, bool lines)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++) {
        bool keep =
            (p[i] >= 0x20 && p[i] <= 0x7e && p[i] != '\\') || (lines && (p[i] == '\n' || p[i] == '\t'));

        if (keep)
            buf_putc(out, (char)p[i]);
        else
            buf_printf(out, "\\x%02x", p[i]);
    }
}

/* Length of the well-formed UTF-8 sequence at p (2 to 4), or 0; control characters do not count. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    unsigned long c = p[0] & (0x7fu >> len);

    if (p[0] < 0xc2 || p[0] > 0xf4 || n < len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < 0xa0 || (len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10ffff)) ||
        (c >= 0xd800 && c < 0xe000))
        return 0;
    /* marks that change the direction of the text around them */
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ? 0 : len;
}

void text_escape_terminal(struct buf *out, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    while (n) {
        size_t len = p[0] >= 0x80 ? utf8_length(p, n) : 0;

        if (p[0] == '\\')
            buf_putc(out, '\\');
        else if (len)
            buf_add(out, p, len);
        else
            text_escape(out, p, 1, true);
        len = len ? len : 1;
        p += len;
        n -= len;
    }
}

char *text_escaped(const void *bytes, size_t n, size_t max)
{
    struct buf b = {0};

    text_escape(&b, bytes, n < max ? n : max, false);
    if (n > max)
        buf_puts(&b, "...");
    return buf_take(&b);
}

void text_plan_token(struct buf *out, const char *s)
{
    if (!*s)
        buf_puts(out, "%00");
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c <= 0x20 || c == '%' || c == 0x7f)
            buf_printf(out, "%%%02X", c);
        else
            buf_putc(out, *s);
    }
}

void text_duration(double seconds, char *out, size_t n)
{
    long s;

    if (!(seconds >= 0) || seconds > 1e8) {
        snprintf(out, n, "?");
        return;
    }
    s = lround(seconds);
    if (s >= 3600)
        snprintf(out, n, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, n, "%ld:%02ld", s / 60, s % 60);
}

void text_figure(double value, char *out, size_t n)
{
    double a = fabs(value);
    int digits = a >= 1000 ? 0 : a >= 100 ? 1 : a >= 10 ? 2 : a >= 1 ? 3 : 4;

    snprintf(out, n, "%.*f", digits, value);
}
