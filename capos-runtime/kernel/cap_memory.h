/* SPDX-License-Identifier: MIT */
/* MemoryObject as FrameAllocator makes it. Invariant: see cap_memory.c. */
#ifndef KERNEL_CAP_MEMORY_H
#define KERNEL_CAP_MEMORY_H

#include "kernel/cap.h"

/*
 * A memory object of `pages` zeroed frames, contiguous if asked for; they count in p's frame_grants until the
 * object goes (p may be NULL: nobody's). 0, -EINVAL (no pages, or more than a process may ever hold), -EDQUOT
 * (over p's limit), -ENOMEM.
 */
int cap_memory_object_make(struct process *p, uint32_t pages, bool contiguous, struct cap_object **out);

#endif
