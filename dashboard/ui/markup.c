/* SPDX-License-Identifier: MIT */
/*
 * Markup strings; see grid.h.
 * Invariant: outside text adds bytes 0x20..0x7e only.
 */
#include "grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mk_bytes(struct buf *b, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++) {
        if (p[i] >= 0x20 && p[i] <= 0x7e)
            buf_putc(b, (char)p[i]);
        else if (p[i] == '\t')
            buf_puts(b, "  ");
        else
            buf_printf(b, "\\x%02x", p[i]);
    }
}

void mk_text(struct buf *b, const char *s)
{
    if (s)
        mk_bytes(b, s, strlen(s));
}

void mk_printf(struct buf *b, const char *fmt, ...)
{
    char small[256];
    va_list ap, again;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(small, sizeof small, fmt, ap);
    if (n >= 0 && (size_t)n < sizeof small) {
        mk_bytes(b, small, (size_t)n);
    } else if (n > 0) {
        char *big = mem_zalloc((size_t)n + 1);

        vsnprintf(big, (size_t)n + 1, fmt, again);
        mk_bytes(b, big, (size_t)n);
        free(big);
    }
    va_end(again);
    va_end(ap);
}

void mk_glyph(struct buf *b, enum glyph gl)
{
    buf_putc(b, (char)(GLYPH_BASE + (unsigned)gl));
}

void mk_style(struct buf *b, enum style st)
{
    buf_putc(b, (char)(STYLE_BASE + (unsigned)st));
}

int mk_width(const char *markup)
{
    int n = 0;

    for (const unsigned char *p = (const unsigned char *)markup; *p; p++)
        n += *p < STYLE_BASE;
    return n;
}

void mk_pad(struct buf *b, size_t from, int columns)
{
    int have = b->p && from < b->len ? mk_width(b->p + from) : 0;

    for (; have < columns; have++)
        buf_putc(b, ' ');
}

void mk_fit(struct buf *b, size_t from, int columns)
{
    size_t at = from;
    int have = 0;

    for (; at < b->len; at++) {
        have += (unsigned char)b->p[at] < STYLE_BASE;
        if (have > columns)
            break;
    }
    if (at < b->len) {
        b->p[at] = '\0';
        b->len = at;
        mk_style(b, ST_NORMAL);
    }
    mk_pad(b, from, columns);
}

void mk_plain(struct buf *out, const char *markup, bool ascii)
{
    for (const unsigned char *p = (const unsigned char *)markup; *p; p++) {
        struct cell c = {*p, ST_NORMAL};

        if (*p < STYLE_BASE)
            buf_puts(out, cell_text(&c, ascii));
    }
}
