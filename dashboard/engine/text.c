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
