/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out, on purpose: the word `memory-fault=FIRST,STEP` on the kernel's command line makes one
 * allocation fail in each mount and in each spawn, the FIRST-th in the first, STEP later in each that
 * follows, counted to the end of the process that was spawned. Invariant: without the word nothing here does
 * anything; the first process's own allocations are never counted, so that it can drive the others.
 */
#ifndef KERNEL_MEMFAULT_H
#define KERNEL_MEMFAULT_H

#include <stdbool.h>
#include <stdint.h>

/* Reads the word; false: it is malformed. With it and a disk, mounts the store again and again, until a mount
 * meets no failure; each must leave as many frames as there were. */
bool memfault_start(const char *cmdline);
/* A spawn begins, by a process with `depth` others above it: one allocation from now on will fail. Spawns by
 * what was so spawned are part of its sweep, and so are their ends. */
void memfault_spawn(uint32_t depth);
/* The spawn failed, or its process has ended. Says on the serial line whether the allocation came to pass. */
void memfault_end(uint32_t depth);

#endif
