/* SPDX-License-Identifier: MIT */
/*
 * Moving and clearing memory in bulk. Invariant: the vector registers used have their old values back at the
 * end: the registers belong to the user thread, whose state is not saved on the way into the kernel.
 */
#ifndef KERNEL_BULK_H
#define KERNEL_BULK_H

#include <stdbool.h>
#include <stddef.h>

#define BULK_BYTES 128u /* the unit: one turn of the loops */

/* Clears, fills or copies n bytes, n a non-zero multiple of BULK_BYTES. Any alignment; copies do not overlap.
 */
void bulk_fill(void *dst, unsigned long pattern, size_t n);
void bulk_copy(void *dst, const void *src, size_t n);
/* Whether they may use the upper halves of the AVX registers: false until the processor keeps those. */
extern bool bulk_wide;

#endif
