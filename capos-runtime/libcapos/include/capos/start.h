/* SPDX-License-Identifier: MIT */
/*
 * What a process is born with: its pid and the capabilities it was granted, by name.
 * Invariant: the CapSet page is read-only and never changes; lookups walk it and keep nothing.
 * A program without a libc defines capos_main; the entry point in this library opens the ring, checks the
 * CapSet page and calls it; its return value is the exit code. Bad bootstrap values end the process with 120.
 */
#ifndef CAPOS_START_H
#define CAPOS_START_H

#include <stddef.h>
#include <stdint.h>

#include "abi/capset.h"

/* The program. Called once, on the first thread. */
int64_t capos_main(void);

/* capos_start_open: for other entry points: takes over ring and CapSet. 0, or -EINVAL when either is
 * unusable. */
int capos_start_open(void *ring, uint64_t pid, const void *capset);

/* capos_pid: this process's number. */
uint64_t capos_pid(void);

/* capos_grant_count, capos_grant_at: the grants in order; NULL beyond the end. */
uint32_t capos_grant_count(void);
const struct capos_capset_entry *capos_grant_at(uint32_t index);

/*
 * capos_grant_by_name: the grant called `name` (NUL-terminated) if it has `interface_id` (0: any). 0 with
 * *cap, -ENOENT when there is no such name, -EINVAL when it is of another interface.
 */
int capos_grant_by_name(const char *name, uint64_t interface_id, uint32_t *cap);

/* capos_grant_by_interface: the first grant of that interface. 0 with *cap, or -ENOENT. */
int capos_grant_by_interface(uint64_t interface_id, uint32_t *cap);

#endif
