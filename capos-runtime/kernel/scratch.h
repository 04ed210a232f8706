/* SPDX-License-Identifier: MIT */
/*
 * Memory for the length of one call: its parameters, its results, and whatever else its method needs only
 * until it returns (grants being checked, an entry of a directory). The two messages have places of their
 * own, large enough for any; the rest is a stack. Invariant: calls do not nest, because the kernel is never
 * preempted and a call that waits for the disk does so alone: whatever was taken is given back at one stroke
 * when the call returns, is refused, or ends its own process. The messages are taken before a method runs, so
 * that one that has acted never fails for want of them.
 */
#ifndef KERNEL_SCRATCH_H
#define KERNEL_SCRATCH_H

#include "abi/layout.h"
#include "kernel/machine.h"

#define SCRATCH_OWN   65536u /* for the methods */
#define SCRATCH_BYTES (2u * CAPOS_SCRATCH_BYTES + SCRATCH_OWN)

extern uint8_t scratch_memory[SCRATCH_BYTES]; /* results, parameters, the methods' own */
extern uint8_t *scratch_at;                   /* everything before it is taken */

#define SCRATCH_RESULTS (scratch_memory)
#define SCRATCH_PARAMS  (scratch_memory + CAPOS_SCRATCH_BYTES)
#define SCRATCH_REST    (scratch_memory + 2u * CAPOS_SCRATCH_BYTES)

/* The test hook (frame_fail) is armed: NULL, or which message is not to be had. */
const char *scratch_withheld(bool params);

/* Takes the place of the results, and that of the parameters if there are any. NULL, or which is not to be
 * had: then nothing is taken. */
static inline const char *scratch_messages(bool params)
{
    const char *missing = __builtin_expect(frame_fail_after != 0, 0) ? scratch_withheld(params) : NULL;
    if (missing == NULL)
        scratch_at = SCRATCH_REST;
    return missing;
}

/* A piece, not cleared, 16-aligned, of a call that has its messages; NULL: there is no room for it, or the
 * test hook says so. */
void *scratch_take(size_t bytes);

/* Gives back everything. */
static inline void scratch_release(void)
{
    scratch_at = scratch_memory;
}

/* Bytes taken now. */
static inline size_t scratch_used(void)
{
    return (size_t)(scratch_at - scratch_memory);
}

#endif
