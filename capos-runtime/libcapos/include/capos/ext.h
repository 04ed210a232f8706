/* SPDX-License-Identifier: MIT */
/*
 * capbench_ext: our own extension, granted by name; a result that used it says so.
 * Invariant: an attenuated view never gives back what it took away. Source: abi/ext.h.
 */
#ifndef CAPOS_EXT_H
#define CAPOS_EXT_H

#include "abi/ext.h"
#include "capos/call.h"

/* capos_ext_read_only: a view of the File or Directory `cap` that refuses changes; the caller owns *view. */
int capos_ext_read_only(uint32_t ext, uint32_t cap, uint32_t *view);

/* capos_ext_restrict_spawner: a view of `spawner` that starts only the binaries in `names` (comma-separated;
 * NULL: any) and grants no kernel source but those about the child itself; the caller owns *restricted. */
int capos_ext_restrict_spawner(uint32_t ext, uint32_t spawner, const char *names, uint32_t *restricted);

/* capos_ext_end_job: ends the process behind `handle` and all that it started, directly or not. */
int capos_ext_end_job(uint32_t ext, uint32_t handle);

#endif
