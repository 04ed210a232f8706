/* SPDX-License-Identifier: MIT */
/*
 * Signals: those a process sends itself, and SIGCHLD where a program suspends itself to wait for one. To a
 * child any deadly signal is ProcessHandle.terminate. Invariant: a handler runs inside the call that raised
 * the signal or unblocked it, on the caller's stack; the default action of everything but the ignorable
 * signals ends the process with 128 + signal.
 */
#include "posix/signal.h"

#include "capos/ring.h"
#include "capos/start.h"
#include "posix/child.h"
#include "posix/terminal.h"
#include "posix/vfork.h"

static struct signal_state now;

static uint64_t bit(int sig)
{
    return UINT64_C(1) << (sig - 1);
}

static bool ignored_by_default(int sig)
{
    return sig == LX_SIGCHLD || sig == LX_SIGCONT || sig == LX_SIGURG || sig == LX_SIGWINCH;
}

static bool ignored(int sig)
{
    uintptr_t handler = (uintptr_t)now.actions[sig].handler;
    return handler == LX_SIG_IGN || (handler == LX_SIG_DFL && ignored_by_default(sig));
}

/* Runs the handler: true. False: the signal is ignored. */
static bool deliver(int sig)
{
    struct lx_sigaction act = now.actions[sig];
    if (ignored(sig))
        return false;
    if ((uintptr_t)act.handler == LX_SIG_DFL)
        posix_end_signal(sig);
    if (act.flags & LX_SA_RESETHAND)
        now.actions[sig].handler = NULL;
    uint64_t before = now.blocked;
    now.blocked |= act.mask | (act.flags & LX_SA_NODEFER ? 0 : bit(sig));
    /* Handlers of either kind take what they know: a plain one ignores the rest. */
    int32_t info[32] = {sig};
    uint64_t context[120] = {0};
    void (*run)(int, void *, void *) = (void (*)(int, void *, void *))(void *)act.handler;
    run(sig, info, context);
    now.blocked = before;
    return true;
}

/* Whether a handler ran. */
static bool deliver_pending(void)
{
    bool ran = false;
    for (uint64_t open; (open = now.pending & ~now.blocked) != 0;) {
        int sig = __builtin_ctzll(open) + 1;
        now.pending &= ~bit(sig);
        ran |= deliver(sig);
    }
    return ran;
}

void signal_save(struct signal_state *to)
{
    *to = now;
}

void signal_restore(const struct signal_state *from)
{
    now = *from;
}

uint64_t signal_ignored(void)
{
    uint64_t set = 0;
    for (int sig = 1; sig <= LX_NSIG; sig++)
        set |= (uintptr_t)now.actions[sig].handler == LX_SIG_IGN ? bit(sig) : 0;
    return set;
}

void signal_ignore(uint64_t set)
{
    for (int sig = 1; sig <= LX_NSIG; sig++)
        if (set & bit(sig))
            now.actions[sig].handler = (void (*)(int))(uintptr_t)LX_SIG_IGN;
}

long posix_signal_self(int sig)
{
    if (sig < 0 || sig > LX_NSIG)
        return -EINVAL;
    if (sig == 0)
        return 0;
    if (sig == LX_SIGKILL || sig == LX_SIGSTOP)
        posix_end_signal(sig);
    now.pending |= bit(sig);
    deliver_pending();
    return 0;
}

/* A child cannot be handed a signal, only be ended. */
static long signal_child(struct child *c, int sig)
{
    if (sig < 0 || sig > LX_NSIG)
        return -EINVAL;
    if (sig == 0 || ignored_by_default(sig))
        return 0;
    if (sig == LX_SIGSTOP || sig == LX_SIGTSTP || sig == LX_SIGTTIN || sig == LX_SIGTTOU)
        return -EPERM;
    return child_terminate(c, sig);
}

static long signal_to(long pid, long sig)
{
    long number = pid < 0 ? -pid : pid;
    if (pid == 0 || number == posix_pid() || number == (long)posix_tid())
        return posix_signal_self((int)sig);
    struct child *c = child_of((uint32_t)number);
    return c ? signal_child(c, (int)sig) : -ESRCH;
}

static long signal_children(int sig)
{
    long result = -ESRCH;
    struct child *c;
    for (unsigned i = 0; (c = child_at(i)) != NULL; i++)
        if (c->state == CHILD_RUNNING && c->depth == vfork_depth())
            result = signal_child(c, sig);
    return result;
}

long posix_kill(const long *a)
{
    return (int)a[0] == -1 ? signal_children((int)a[1]) : signal_to((int)a[0], a[1]);
}

long posix_tkill(const long *a)
{
    return (int)a[0] == 0 ? -EINVAL : signal_to((int)a[0], a[1]);
}

long posix_tgkill(const long *a)
{
    return (int)a[1] == 0 ? -EINVAL : signal_to((int)a[1], a[2]);
}

/* Until a handler has run. The end of a child and a Ctrl-C are all that can come from outside. */
static long suspend(uint64_t mask)
{
    uint64_t before = now.blocked;
    bool running = true;
    now.blocked = mask & ~(bit(LX_SIGKILL) | bit(LX_SIGSTOP));
    bool ran = deliver_pending();
    while (!ran && running) {
        uint32_t mark = capos_ring_mark();
        if (child_news(&running)) {
            now.pending |= bit(LX_SIGCHLD);
            ran = deliver_pending();
            running = true; /* look again */
        } else if (running) {
            if (terminal_pause(mark)) {
                now.pending |= bit(LX_SIGINT);
                ran = deliver_pending();
            }
        }
    }
    now.blocked = before;
    deliver_pending();
    return ran ? -EINTR : -EDEADLK;
}

long posix_rt_sigsuspend(const long *a)
{
    return suspend(*(const uint64_t *)a[0]);
}

long posix_pause(const long *a)
{
    (void)a;
    return suspend(now.blocked);
}

long posix_rt_sigaction(const long *a)
{
    int sig = (int)a[0];
    const struct lx_sigaction *act = (const struct lx_sigaction *)a[1];
    struct lx_sigaction *old = (struct lx_sigaction *)a[2];
    if (sig < 1 || sig > LX_NSIG || (act && (sig == LX_SIGKILL || sig == LX_SIGSTOP)))
        return -EINVAL;
    struct lx_sigaction before = now.actions[sig];
    if (act)
        now.actions[sig] = *act;
    if (old)
        *old = before;
    return 0;
}

long posix_rt_sigprocmask(const long *a)
{
    const uint64_t *set = (const uint64_t *)a[1];
    uint64_t *old = (uint64_t *)a[2];
    uint64_t before = now.blocked;
    if (set) {
        switch ((int)a[0]) {
        case LX_SIG_BLOCK:
            now.blocked |= *set;
            break;
        case LX_SIG_UNBLOCK:
            now.blocked &= ~*set;
            break;
        case LX_SIG_SETMASK:
            now.blocked = *set;
            break;
        default:
            return -EINVAL;
        }
        now.blocked &= ~(bit(LX_SIGKILL) | bit(LX_SIGSTOP));
    }
    if (old)
        *old = before;
    deliver_pending();
    return 0;
}

long posix_rt_sigpending(const long *a)
{
    *(uint64_t *)a[0] = now.pending & now.blocked;
    return 0;
}

long posix_sigaltstack(const long *a)
{
    int64_t *old = (int64_t *)a[1];
    if (old) {
        old[0] = old[2] = 0;
        *(int32_t *)(void *)&old[1] = 2; /* SS_DISABLE: handlers always run on the caller's stack */
    }
    return 0;
}
