/* SPDX-License-Identifier: MIT */
/* See scratch.h. Invariant: scratch_at is the beginning, or SCRATCH_REST or above, and 16-aligned. */
#include "kernel/scratch.h"

uint8_t scratch_memory[SCRATCH_BYTES] __attribute__((aligned(4096)));
uint8_t *scratch_at = scratch_memory;

const char *scratch_withheld(bool params)
{
    if (frame_fail("scratch"))
        return "scratch for results";
    return params && frame_fail("scratch") ? "scratch for parameters" : NULL;
}

void *scratch_take(size_t bytes)
{
    uint8_t *p = scratch_at;

    KASSERT(p >= SCRATCH_REST);
    if (frame_fail("scratch") || bytes > (size_t)(scratch_memory + SCRATCH_BYTES - p))
        return NULL;
    scratch_at = p + ((bytes + 15) & ~(size_t)15);
    return p;
}
