/* SPDX-License-Identifier: MIT */
/*
 * The processes this one has started, each behind a ProcessHandle.
 * Invariant: a record's memory is not reused while a wait posted for it is outstanding; an end is told once,
 * to whoever waits for that record. `depth` is the number of vfork frames that were open when it was started:
 * a caller sees the children of its own depth only.
 */
#ifndef POSIX_CHILD_H
#define POSIX_CHILD_H

#include "abi/exitcode.h"
#include "capos/process.h"
#include "posix/posix.h"

#define CHILD_MAX 48u /* each may have a wait outstanding: a process has 64 calls in all */

enum child_state { CHILD_FREE, CHILD_NEW, CHILD_RUNNING, CHILD_ENDED, CHILD_ORPHAN };

struct child {
    uint8_t state; /* enum child_state */
    uint8_t depth;
    bool waiting;   /* the wait is posted */
    bool kept;      /* the handle is not released before child_free */
    bool announced; /* its end has been the cause of a SIGCHLD */
    bool deaf;      /* it was started with SIGINT ignored */
    int killed;     /* the signal it was terminated for; 0: it was not */
    uint32_t pid, handle;
    int64_t code; /* once it has ended: abi/exitcode.h */
    struct capos_async wait;
    uint64_t reply[32];
};

/* child_new: a record under that number; NULL: too many (-EAGAIN). */
struct child *child_new(uint32_t pid);
/* child_run: it runs, behind `handle`, which passes to the record. child_end: it has ended, without ever
 * having been a process of its own. */
void child_run(struct child *c, uint32_t handle);
void child_end(struct child *c, int64_t code);
/* child_free: the record is not wanted any more. */
void child_free(struct child *c);
/* child_orphans: nobody will wait for the children of that depth. */
void child_orphans(unsigned depth);
/* child_at: record i, NULL behind the last one. child_of: the child of that number at the present depth, or
 * NULL. */
struct child *child_at(unsigned i);
struct child *child_of(uint32_t pid);
/* child_ended: whether it has ended, without waiting. child_wait: waits at most that long: 0 or -ETIMEDOUT.
 */
bool child_ended(struct child *c);
int child_wait(struct child *c, uint64_t timeout_ns);
/* child_terminate: ends it; its status will be `sig`. 0 or a negative errno. */
int child_terminate(struct child *c, int sig);
/*
 * child_interrupt: a ^C was typed: ends those of the present depth that do nothing of their own about SIGINT,
 * by it; the others are sent it. One that has children itself hears of it from the terminal, and gets a
 * moment to end them or to handle it.
 */
void child_interrupt(void);
/* child_running: whether one of the present depth may still be running. */
bool child_running(void);
/* child_news: whether a child of the present depth has ended that no SIGCHLD was raised for yet (it is
 * marked); *running: whether there are others that may still end. */
bool child_news(bool *running);

#endif
