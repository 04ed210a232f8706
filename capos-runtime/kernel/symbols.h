/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own function names, for back-traces. Invariant: the table is sorted by address; the build
 * makes it from a first link and checks that the second link moved no function.
 */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include <stdint.h>

/* Name of the function that holds va, its distance in *offset; NULL when va is not kernel code. */
const char *symbols_find(uint64_t va, uint64_t *offset);

#endif
