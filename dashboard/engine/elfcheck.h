/* SPDX-License-Identifier: MIT */
/*
 * Can this file be run in a guest at all? Asked on the host, before anything is booted.
 * Invariant: safe on any bytes; a yes means an x86-64 ELF executable whose headers and segments lie inside
 * the file.
 */
#ifndef ENGINE_ELFCHECK_H
#define ENGINE_ELFCHECK_H

#include <stddef.h>

/*
 * 0 when it can; else `why` (n bytes) has one line, and the result is -ENOENT (no such file), -EISDIR,
 * -EACCES or another errno (cannot be read), or -ENOEXEC (not runnable: text, truncated, wrong class or
 * machine, needs an interpreter).
 */
int elfcheck_file(const char *path, char *why, size_t n);
/* The same for bytes in memory. */
int elfcheck_bytes(const unsigned char *p, size_t len, char *why, size_t n);

#endif
