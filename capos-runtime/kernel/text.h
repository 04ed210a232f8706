/* SPDX-License-Identifier: MIT */
/*
 * A text put together piece by piece in a fixed buffer: the long serial lines.
 * Invariant: never writes past the buffer; always NUL-terminated; cut, not overrun, when it is too long.
 * Source: ours.
 */
#ifndef KERNEL_TEXT_H
#define KERNEL_TEXT_H

#include "kernel/format.h"

struct text {
    char *buf;
    size_t cap, len; /* len < cap */
};

/* text_init: an empty text over buf (cap >= 1). */
static inline void text_init(struct text *t, char *buf, size_t cap)
{
    t->buf = buf;
    t->cap = cap;
    t->len = 0;
    buf[0] = '\0';
}

/* text_add: appends, with format.h's directives. */
static inline void __attribute__((format(printf, 2, 3))) text_add(struct text *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    size_t n = format_buf(t->buf + t->len, t->cap - t->len, fmt, ap);
    va_end(ap);
    t->len += n < t->cap - t->len ? n : t->cap - t->len - 1;
}

#endif
