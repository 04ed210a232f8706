/* SPDX-License-Identifier: MIT */
/*
 * Memory and growing text for the engine.
 * Invariant: none of these returns NULL; when the host is out of memory the engine says so and exits with 3.
 */
#ifndef ENGINE_MEM_H
#define ENGINE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* A growing byte string; `p` is NUL-terminated whenever it is not NULL. Zero-initialise; free with buf_free.
 */
struct buf {
    char *p;
    size_t len, cap;
};

/* n bytes of zeros; the caller frees. */
void *mem_zalloc(size_t n);
/* Resizes p to n elements of `size` bytes each (checked for overflow). The caller frees the result. */
void *mem_grow(void *p, size_t n, size_t size);
/* A copy of s; the caller frees. NULL gives NULL. */
char *mem_dup(const char *s);
/* printf into fresh memory; the caller frees. */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Appends n bytes. */
void buf_add(struct buf *b, const void *bytes, size_t n);
/* Appends a string. */
void buf_puts(struct buf *b, const char *s);
/* Appends one byte. */
void buf_putc(struct buf *b, char c);
/* Appends printf's text. */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Gives the text away ("" when empty) and resets b; the caller frees. */
char *buf_take(struct buf *b);
/* Frees what b holds and resets it. */
void buf_free(struct buf *b);

#endif
