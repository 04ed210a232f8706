/* SPDX-License-Identifier: MIT */
/*
 * The two system calls a program makes: ending itself and entering the ring.
 * Invariant: nothing else leaves the process; every other request is an entry in the ring. Source:
 * abi/syscall.h.
 */
#ifndef CAPOS_SYSCALL_H
#define CAPOS_SYSCALL_H

#include <stdint.h>

#include "abi/syscall.h"

/* capos_exit: ends the process with `code`. Never fails. */
static inline _Noreturn void capos_exit(int64_t code)
{
    __asm__ volatile("syscall" : : "a"(CAPOS_SYS_EXIT), "D"(code) : "rcx", "r11", "memory");
    __builtin_trap(); /* on any other system the call comes back: end there, and do not spin */
}

/*
 * capos_enter: hands the submission queue to the kernel and waits until `min_complete` completions are
 * available or `timeout_ns` nanoseconds have gone by (CAPOS_WAIT_FOREVER: no limit). Gives the completions
 * available, or one of CAPOS_SYS_REJECTED, CAPOS_ENTER_HEAD_OWNED, CAPOS_ENTER_CONSUMER_BUSY.
 */
static inline uint64_t capos_enter(uint32_t min_complete, uint64_t timeout_ns)
{
    uint64_t ret;
    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(CAPOS_SYS_CAP_ENTER), "D"((uint64_t)min_complete), "S"(timeout_ns)
                     : "rcx", "r11", "memory");
    return ret;
}

#endif
