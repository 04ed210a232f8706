/* SPDX-License-Identifier: MIT */
/*
 * What a process's exit code says about its end beside a plain exit, which is 0 to 255.
 * Invariant: the ranges do not meet; the low eight bits of a signal's code are what a POSIX shell would
 * show. Source: ours (the published ABI leaves the 64 bits to the system).
 */
#ifndef ABI_EXITCODE_H
#define ABI_EXITCODE_H

#include <stdbool.h>
#include <stdint.h>

#define EXITCODE_FAULT(vector) (-(256 + (int64_t)(vector))) /* the kernel: processor exception `vector` */
#define EXITCODE_KILLED        INT64_C(-512) /* the kernel: ProcessHandle.terminate, or the first process ended */
#define EXITCODE_SIGNAL(sig)   (256 + 128 + (int64_t)(sig)) /* the seam: the default action of a signal */

#define EXITCODE_INTERRUPT (EXITCODE_SIGNAL(2) + 256) /* the seam: SIGINT's, for a ^C at the terminal */

/* exitcode_fault: the vector, or -1. */
static inline int exitcode_fault(int64_t code)
{
    return code <= EXITCODE_FAULT(0) && code > EXITCODE_KILLED ? (int)(EXITCODE_FAULT(0) - code) : -1;
}

/* exitcode_signal: the signal whose default action ended the program, or 0. */
static inline int exitcode_signal(int64_t code)
{
    if (code == EXITCODE_INTERRUPT)
        return 2;
    return code > EXITCODE_SIGNAL(0) && code <= EXITCODE_SIGNAL(64) ? (int)(code - EXITCODE_SIGNAL(0)) : 0;
}

/* exitcode_vector_signal: the number of the signal a fault would be on POSIX. */
static inline int exitcode_vector_signal(int64_t vector)
{
    switch (vector) {
    case 0:       /* divide */
    case 16:      /* x87 */
    case 19:      /* SIMD */
        return 8; /* SIGFPE */
    case 1:
    case 3:
        return 5; /* SIGTRAP */
    case 6:
        return 4;  /* SIGILL */
    case 17:       /* alignment */
        return 7;  /* SIGBUS */
    default:       /* page fault, protection, stack ... */
        return 11; /* SIGSEGV */
    }
}

#endif
