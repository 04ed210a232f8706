/* SPDX-License-Identifier: MIT */
/*
 * What is taken, told at chosen moments, for tests: the word `spawn-counts=NAME` on the kernel's command line
 * makes each spawn of a program by that name say how many frames are free and how many capability slots its
 * parent holds. Invariant: counted before the spawn has made anything; without the word nothing is said.
 */
#ifndef KERNEL_COUNTS_H
#define KERNEL_COUNTS_H

#include <stdbool.h>

struct process;

/* Reads the word; false: it names nothing. */
bool counts_start(const char *cmdline);
/* The parent is about to start a program by that name. */
void counts_spawn(const struct process *parent, const char *name);

#endif
