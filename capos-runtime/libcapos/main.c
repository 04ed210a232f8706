/* SPDX-License-Identifier: MIT */
/*
 * From the entry point to capos_main and from there to exit. Invariant: capos_main runs with an open ring and
 * a checked CapSet, or not at all.
 */
#include "abi/layout.h"
#include "capos/start.h"
#include "capos/syscall.h"

_Noreturn void capos_start(void *ring, uint64_t pid, const void *capset);

_Noreturn void capos_start(void *ring, uint64_t pid, const void *capset)
{
    if (capos_start_open(ring, pid, capset) < 0)
        capos_exit(CAPOS_EXIT_BAD_BOOTSTRAP);
    capos_exit(capos_main());
}
