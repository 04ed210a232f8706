/* SPDX-License-Identifier: MIT */
/*
 * Frames of read-only segments, kept after the first process that ran them, so that later ones map the same
 * frames. Invariant: a kept frame is never mapped writable; the cache holds one reference to it, each mapping
 * another, so it may be given up at any time. Only for bytes that never change (the boot image). Source:
 * ours.
 */
#ifndef KERNEL_TEXTCACHE_H
#define KERNEL_TEXTCACHE_H

#include "kernel/elf.h"
#include "kernel/machine.h"

/* textcache_get: the frames of the segment's pages that have file bytes, in order, made at the first call.
 *The cache keeps its references; n is their number. NULL: no memory. Valid until textcache_drop. */
const paddr_t *textcache_get(const struct elf_segment *s, uint32_t *n);
/* textcache_drop: gives every frame up. True if there was any. */
bool textcache_drop(void);

#endif
