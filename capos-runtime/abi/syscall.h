/* SPDX-License-Identifier: MIT */
/*
 * The system calls and their special results: number in rax, arguments in rdi and rsi, result in rax; rcx and
 * r11 lost. Invariant: there are no others, and none of them names a resource: authority is in the ring's
 * capability ids only. Source: the published runtime's system-call stubs.
 */
#ifndef ABI_SYSCALL_H
#define ABI_SYSCALL_H

#include <stdint.h>

#define CAPOS_SYS_RETIRED   0 /* the former ambient write: always CAPOS_SYS_REJECTED */
#define CAPOS_SYS_EXIT      1 /* rdi = i64 exit code; does not return */
#define CAPOS_SYS_CAP_ENTER 2 /* rdi = u32 min_complete, rsi = u64 timeout in ns; completions available */
#define CAPOS_SYS_MEASURE   3 /* measurement kernels only; rejected otherwise */

#define CAPOS_WAIT_FOREVER UINT64_MAX /* cap_enter timeout */

/* Special results. */
#define CAPOS_SYS_REJECTED        UINT64_MAX       /* unknown number or bad argument */
#define CAPOS_ENTER_HEAD_OWNED    (UINT64_MAX - 2) /* the entry at the SQ head belongs to another thread */
#define CAPOS_ENTER_CONSUMER_BUSY (UINT64_MAX - 3) /* another thread is consuming this SQ */

#endif
