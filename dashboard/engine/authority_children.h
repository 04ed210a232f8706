/* SPDX-License-Identifier: MIT */
/*
 * Processes that programs of a workload start themselves: a shell and its commands.
 * Invariant: a child may hold what its parent was granted or could make of that (the same interface; a
 * Directory or File out of a Directory), what is about itself (memory, threads), its standard streams and
 * open files (stdio_N), its startup block and the table of shared descriptions; anything more is broader
 * authority than declared.
 */
#ifndef ENGINE_AUTHORITY_CHILDREN_H
#define ENGINE_AUTHORITY_CHILDREN_H

#include "serial.h"

/* For each process of the log the one that the agent started and it descends from (itself, if it is that
 * one), or NULL. The caller frees the array. */
const struct serial_process **authority_roots(const struct serial_log *log);
/* Checks every descendant against its parent: 0, or -EPERM with one line in `why`. */
int authority_children(const struct serial_log *log, char *why, size_t n);

#endif
