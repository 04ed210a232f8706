/* SPDX-License-Identifier: MIT */
/*
 * Signal state as vfork and exec see it, and signals that other processes send.
 * Invariant: saved and restored whole; a started program begins with the ignored signals only.
 */
#ifndef POSIX_SIGNAL_H
#define POSIX_SIGNAL_H

#include "posix/linux.h"
#include "posix/posix.h"

struct signal_state {
    struct lx_sigaction actions[LX_NSIG + 1];
    uint64_t blocked, pending;
    uint64_t ignored, own; /* those whose handler is SIG_IGN; is not SIG_DFL */
};

void signal_save(struct signal_state *to);
void signal_restore(const struct signal_state *from);
/* signal_ignored: bit n-1: signal n is ignored. signal_ignore: makes them so, at the start. */
uint64_t signal_ignored(void);
void signal_ignore(uint64_t set);
/* signal_handled: a handler is there for it; *restart: it asks that what it interrupted goes on. */
bool signal_handled(int sig, bool *restart);

/*
 * signal_there: another process has sent one (it is taken outside vfork only). signal_collect: takes it. 0:
 * nothing ran; 1: a handler did, and the call under way goes on; -EINTR: one that does not restart calls.
 * signal_wait: waits until something has completed since the mark, one is there, or the time is over.
 */
bool signal_there(void);
int signal_collect(void);
void signal_wait(uint32_t mark, uint64_t timeout_ns);

#endif
