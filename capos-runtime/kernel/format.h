/* SPDX-License-Identifier: MIT */
/*
 * Text from a format and arguments, for messages to the serial port and for exception texts.
 * Invariant: understands %s %.*s %d %u %x %c %p %% with l, ll and z, a width and a leading 0; an unknown
 * directive comes out as it stands. A NULL string is "(null)". Nothing is allocated. Source: ours.
 */
#ifndef KERNEL_FORMAT_H
#define KERNEL_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Where a text goes: into [at, end). full is called when that is used up and more comes: it makes room by
 * moving at, or leaves it as it is, and then the byte is counted as lost. NULL: as if it left it. */
struct format_sink {
    char *at, *end;
    size_t lost;
    void (*full)(struct format_sink *s);
};

/* Appends the text. escape: bytes of %s and %c arguments outside 0x20..0x7e, and `\`, become \xHH. */
void format_out(struct format_sink *s, bool escape, const char *fmt, va_list ap);

/* Into buf (n bytes, always ended by NUL when n > 0), not escaped. Returns the length the whole text would
 * have had. */
size_t format_buf(char *buf, size_t n, const char *fmt, va_list ap);

#endif
