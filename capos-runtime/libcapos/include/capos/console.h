/* SPDX-License-Identifier: MIT */
/*
 * Console, StdIO and TerminalSession: text in and out.
 * Invariant: every call waits for its completion; errors are negative errno values. Source: the published
 * schema.
 */
#ifndef CAPOS_CONSOLE_H
#define CAPOS_CONSOLE_H

#include "abi/fields.h"
#include "capos/call.h"

/* capos_console_write: `len` bytes as they are; longer data goes in several calls. 0 or a negative errno. */
int capos_console_write(uint32_t console, const void *p, size_t len);
/* capos_console_write_line: `len` bytes of text and a line end, at most CAPOS_WRITE_MAX. */
int capos_console_write_line(uint32_t console, const char *text, size_t len);
/* capos_console_puts: a NUL-terminated text as a line. */
int capos_console_puts(uint32_t console, const char *text);

/* capos_stdio_write: text to `stream` (enum capos_stdio_stream), at most CAPOS_WRITE_MAX bytes. */
int capos_stdio_write(uint32_t stdio, unsigned stream, const char *text, size_t len);
/*
 * capos_stdio_read: waits for input of at most `max` bytes in `mode` (enum capos_stdio_read_mode) into `buf`.
 * Gives the bytes; *status (enum capos_line_status) tells an end of input from an empty line.
 */
int64_t capos_stdio_read(uint32_t stdio, unsigned mode, void *buf, uint32_t max, unsigned *status);
/* capos_stdio_close: ends the stream for every holder. */
int capos_stdio_close(uint32_t stdio);

/* capos_terminal_write, capos_terminal_write_line: as for Console. */
int capos_terminal_write(uint32_t terminal, const void *p, size_t len);
int capos_terminal_write_line(uint32_t terminal, const char *text, size_t len);
/*
 * capos_terminal_read_line: shows `prompt` (NUL-terminated), lets the user edit a line of at most `max` bytes
 * and copies it to `buf` without its end. `hidden`: no echo. Gives the bytes; *status as above.
 */
int64_t capos_terminal_read_line(uint32_t terminal, const char *prompt, bool hidden, void *buf, uint32_t max,
                                 unsigned *status);

/*
 * capos_terminal_read_line_begin: the same without a prompt, waited for later; `buf` (8-aligned, `bytes`
 * long) takes the reply of a line of at most `max` bytes and 64 more. capos_terminal_read_line_end: once
 * a->op.done, the line inside `buf`.
 */
int capos_terminal_read_line_begin(struct capos_async *a, uint32_t terminal, uint32_t max, void *buf,
                                   size_t bytes);
int64_t capos_terminal_read_line_end(const struct capos_async *a, const uint8_t **line, unsigned *status);

#endif
