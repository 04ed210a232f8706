/* SPDX-License-Identifier: MIT */
/*
 * The machine part of the kernel on a host: what a test can set and see of it.
 * Invariant: a frame that was given back is poisoned, so that any later touch is reported by the sanitizer;
 * time moves only when a test or a block moves it; nothing runs by itself.
 */
#ifndef UNIT_HOST_MACHINE_H
#define UNIT_HOST_MACHINE_H

#include <setjmp.h>
#include "kernel/machine.h"

#define HOST_FRAMES 16384u

struct host_machine {
    struct thread *current; /* what thread_current says */
    uint64_t now_ns;        /* what clock_ns says */
    char log[65536];        /* klog's lines, each with a newline */
    size_t log_len;
    char console[2][65536]; /* what was written to the virtio consoles */
    size_t console_len[2];
    bool entropy_missing;
    void (*on_block)(void); /* called when the current thread blocks; may complete something */
    bool woken;             /* thread_wake since the last block */
    uint8_t *disk;          /* NULL: a machine without one */
    uint64_t disk_blocks;
    bool disk_read_only;
    uint64_t disk_fail_after; /* the n-th request from now fails; 0: none */
    void (*on_wait)(void);    /* called while a call waits for the disk; may complete something */
    unsigned exit_value;      /* machine_exit's; 0 before */
    jmp_buf gone;             /* where a thread that ended itself, and machine_exit, go */
    bool gone_set;
    void (*idle)(void *ctx); /* sched_call_idle */
    void *idle_ctx;
};
extern struct host_machine host;

/* host_reset: fresh machine; frames still out from before stay out. */
void host_reset(void);
/* HOST_RUN: runs code that may end the current thread or the machine; comes back either way. */
#define HOST_RUN(code)                                                                                       \
    do {                                                                                                     \
        host.gone_set = true;                                                                                \
        if (setjmp(host.gone) == 0) {                                                                        \
            code;                                                                                            \
        }                                                                                                    \
        host.gone_set = false;                                                                               \
    } while (0)
/* host_time: moves time on and fires timers that are due. */
void host_time(uint64_t ns);
/* host_input: bytes arrive on a virtio console. */
void host_input(unsigned index, const void *bytes, size_t n);
/* host_tables: address spaces that exist now. */
unsigned host_tables(void);
/* host_threads: threads that exist now. */
unsigned host_threads(void);

#endif
