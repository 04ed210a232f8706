/* SPDX-License-Identifier: MIT */
/*
 * System calls: exit and cap_enter; the retired write, the measurement checkpoint and unknown numbers are
 * rejected. Invariant: arguments are judged by their full width: a min_complete above 32 bits is rejected,
 * not cut.
 */
#include "abi/syscall.h"
#include "kernel/process.h"

uint64_t syscall_dispatch(uint64_t nr, uint64_t a0, uint64_t a1)
{
    struct thread *t = thread_current();
    switch (nr) {
    case CAPOS_SYS_EXIT:
        process_end(t->process, (int64_t)a0, WHY_EXITED);
        return CAPOS_SYS_REJECTED;
    case CAPOS_SYS_CAP_ENTER:
        if (a0 > UINT32_MAX)
            return CAPOS_SYS_REJECTED;
        return ring_enter(t->process, t, (uint32_t)a0, a1);
    default:
        return CAPOS_SYS_REJECTED;
    }
}
