/* SPDX-License-Identifier: MIT */
/*
 * From the entry registers to what a C library's start code wants.
 * Invariant: runs once, before thread-local storage and the C library exist; a bad startup block ends the
 * process with 120.
 */
#ifndef POSIX_START_H
#define POSIX_START_H

#include "posix/posix.h"

/*
 * posix_start: opens the ring, sorts the grants, sets descriptors and preopened directories, and builds,
 * downwards from a new stack's top, argc, argv, envp and the auxiliary vector. Gives the new stack pointer
 * (it points at argc).
 */
void *posix_start(void *ring, uint64_t pid, const void *capset);

#endif
