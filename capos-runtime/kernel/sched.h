/* SPDX-License-Identifier: MIT */
/*
 * The machine part's own view of a thread. Invariant: a thread is in exactly one state; only RUNNABLE ones
 * are on the run queue.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include "kernel/cpu.h"
#include "kernel/machine.h"
#include "kernel/trap.h"

enum thread_state { THREAD_NEW, THREAD_RUNNABLE, THREAD_RUNNING, THREAD_BLOCKED, THREAD_DEAD };

struct machine_thread {
    uint64_t kernel_rsp; /* where context_switch left it */
    uint64_t stack_top;  /* where its traps start */
    unsigned stack_slot;
    enum thread_state state;
    bool wake_pending; /* woken before it blocked */
    bool woken, dying;
    void *vector;
    struct aspace *aspace;
    struct thread *next, *before; /* run queue */
    struct thread *owner;
    struct ktimer timer; /* deadline of thread_block */
};

static inline struct machine_thread *machine_of(const struct thread *t)
{
    return t->machine;
}

/* Runs threads until done() says so, sleeping when there is nothing to run; done is asked whenever the idle
 * loop comes by. */
void sched_loop(bool (*done)(void));
/* From the timer interrupt, after the timers ran: ends the current thread's slice when others wait. */
void sched_tick(bool from_user);
/* On the way back to user code, when need_resched is set. */
void sched_preempt(void);

/* Threads with no process are the machine part's own ring-3 stubs (stub.c). */
uint64_t stub_syscall(uint64_t nr, uint64_t a0, uint64_t a1);
void stub_fault(const struct fault_info *f) __attribute__((noreturn));

#endif
