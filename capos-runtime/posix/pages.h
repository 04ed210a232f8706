/* SPDX-License-Identifier: MIT */
/*
 * Anonymous memory from an in-process reservation, so that a chatty allocator costs few capability calls.
 * Invariant: memory handed out reads as zero; sizes are rounded up to whole pages. Small pieces come from
 * arenas whose committed part only grows; pieces of PAGES_DIRECT bytes and more, and all with unusual
 * protections, are mappings of their own. Errors are negative errno values.
 */
#ifndef POSIX_PAGES_H
#define POSIX_PAGES_H

#include "posix/posix.h"

#define PAGES_SIZE   4096u
#define PAGES_DIRECT (1u << 20)

/* pages_map: `bytes` of fresh memory with protection `prot` (LX_PROT_*). The address, or -ENOMEM, -EINVAL,
 * -EACCES (W^X). */
int64_t pages_map(uint64_t bytes, unsigned prot);
/* pages_unmap: gives a range back; parts that are not ours are ignored, as munmap does. 0, -EINVAL. */
int64_t pages_unmap(uint64_t addr, uint64_t bytes);
int64_t pages_protect(uint64_t addr, uint64_t bytes, unsigned prot);
/* pages_zero: the range reads as zero again (MADV_DONTNEED, MAP_FIXED). -ENOMEM when it is not all ours. */
int64_t pages_zero(uint64_t addr, uint64_t bytes);
/* pages_remap: as mremap, without a fixed target. */
int64_t pages_remap(uint64_t addr, uint64_t old_bytes, uint64_t new_bytes, bool may_move);
/* pages_bytes: bytes handed out now, for sysinfo and tests; pages_calls: capability calls made so far. */
uint64_t pages_bytes(void);
uint64_t pages_calls(void);

#endif
