/* SPDX-License-Identifier: MIT */
/*
 * Waiting for children as POSIX does. Invariant: a status is given once; it says exit, or the signal that a
 * fault, a termination or a signal's default action stands for.
 */
#include "posix/child.h"
#include "posix/linux.h"
#include "posix/signal.h"
#include "posix/terminal.h"
#include "posix/vfork.h"

static int status_of(const struct child *c)
{
    int vector = exitcode_fault(c->code), sig = exitcode_signal(c->code);
    if (vector >= 0)
        return exitcode_vector_signal(vector);
    if (sig)
        return sig;
    if (c->code == EXITCODE_KILLED)
        return c->killed ? c->killed : LX_SIGKILL;
    return (int)(c->code & 0xff) << 8;
}

/* The first child that `pid` stands for and that has ended; *any: there are some. */
static struct child *look(long pid, bool *any)
{
    struct child *c;
    *any = false;
    for (unsigned i = 0; (c = child_at(i)) != NULL; i++) {
        bool meant = pid == 0 || pid == -1 || c->pid == (uint32_t)(pid < 0 ? -pid : pid);
        if ((c->state != CHILD_RUNNING && c->state != CHILD_ENDED) || c->depth != vfork_depth() || !meant)
            continue;
        *any = true;
        if (child_ended(c))
            return c;
    }
    return NULL;
}

long posix_wait4(const long *a)
{
    long pid = (int)a[0];
    int *status = (int *)a[1];
    bool any;
    if ((int)a[2] & ~(LX_WNOHANG | LX_WUNTRACED | LX_WCONTINUED | LX_WALL))
        return -EINVAL;
    for (;;) {
        uint32_t mark = capos_ring_mark();
        struct child *c = look(pid, &any);
        if (c) {
            long number = (long)c->pid;
            bool interrupted = c->code == EXITCODE_INTERRUPT;
            if (status)
                *status = status_of(c);
            if (a[3])
                __builtin_memset((void *)a[3], 0, 144); /* struct rusage: not accounted */
            child_free(c);
            if (interrupted) /* it heard for all that are above it */
                terminal_interrupted();
            return number;
        }
        if (!any)
            return -ECHILD;
        if ((int)a[2] & LX_WNOHANG)
            return 0;
        terminal_wait(mark);
        int err = signal_collect();
        if (err < 0)
            return err;
    }
}
