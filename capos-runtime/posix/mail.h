/* SPDX-License-Identifier: MIT */
/*
 * Signals between the processes of a tree, over the table that they share (abi/startup.h).
 * Invariant: a process reads its own box only; what is put into the box of a process that has ended is lost;
 * without a table, or when every box is taken, a process is simply not to be found.
 */
#ifndef POSIX_MAIL_H
#define POSIX_MAIL_H

#include "abi/startup.h"
#include "posix/posix.h"

/* The box of this process, NULL without one. */
extern struct startup_shared_box *mail_box;

/* mail_open: takes a box for this process, under its number. mail_leave: it is another's from now on, a
 * program's that stands under the same number. */
void mail_open(void);
void mail_leave(void);
/* mail_end: this process ends. mail_close: the process of that number has ended, without doing so. */
void mail_end(void);
void mail_close(uint32_t pid);

/* mail_post: puts signal `sig` into that process's box; 0: only looks. 0, or -ESRCH: no box. */
int mail_post(uint32_t pid, int sig);
/* mail_others: there are other processes that could send something. */
bool mail_others(void);
/* mail_caught: the signals that process does something of its own about. mail_catch: so does this one. */
uint64_t mail_caught(uint32_t pid);
void mail_catch(uint64_t set);

/* mail_there: something is in this process's box. mail_take: takes it: bit n-1 for signal n. */
static inline bool mail_there(void)
{
    return mail_box && __atomic_load_n(&mail_box->pending, __ATOMIC_RELAXED) != 0;
}
uint64_t mail_take(void);

#endif
