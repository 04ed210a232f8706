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

/* Sends each byte of the text to put. escape: bytes of %s and %c arguments outside 0x20..0x7e, and `\`,
 * become \xHH. */
void format_out(void (*put)(void *ctx, char c), void *ctx, bool escape, const char *fmt, va_list ap);

/* Into buf (n bytes, always ended by NUL when n > 0), not escaped. Returns the length the whole text would
 * have had. */
size_t format_buf(char *buf, size_t n, const char *fmt, va_list ap);

#endif
