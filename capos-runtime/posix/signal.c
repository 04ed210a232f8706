/* SPDX-License-Identifier: MIT */
/*
 * Signals a process sends itself; there is no other sender. Invariant: a handler runs inside the call that
 * raised the signal or unblocked it, on the caller's stack; the default action of everything but the
 * ignorable signals ends the process with 128 + signal.
 */
#include "posix/linux.h"
#include "posix/posix.h"

#include "capos/start.h"

static struct lx_sigaction actions[LX_NSIG + 1];
static uint64_t blocked, pending;

static uint64_t bit(int sig)
{
    return UINT64_C(1) << (sig - 1);
}

static bool ignored_by_default(int sig)
{
    return sig == LX_SIGCHLD || sig == LX_SIGCONT || sig == LX_SIGURG || sig == LX_SIGWINCH;
}

static void deliver(int sig)
{
    struct lx_sigaction act = actions[sig];
    if ((uintptr_t)act.handler == LX_SIG_IGN ||
        ((uintptr_t)act.handler == LX_SIG_DFL && ignored_by_default(sig)))
        return;
    if ((uintptr_t)act.handler == LX_SIG_DFL)
        posix_end(128 + sig);
    if (act.flags & LX_SA_RESETHAND)
        actions[sig].handler = NULL;
    uint64_t before = blocked;
    blocked |= act.mask | (act.flags & LX_SA_NODEFER ? 0 : bit(sig));
    /* Handlers of either kind take what they know: a plain one ignores the rest. */
    int32_t info[32] = {sig};
    uint64_t context[120] = {0};
    void (*run)(int, void *, void *) = (void (*)(int, void *, void *))(void *)act.handler;
    run(sig, info, context);
    blocked = before;
}

static void deliver_pending(void)
{
    for (uint64_t now; (now = pending & ~blocked) != 0;) {
        int sig = __builtin_ctzll(now) + 1;
        pending &= ~bit(sig);
        deliver(sig);
    }
}

long posix_signal_self(int sig)
{
    if (sig < 0 || sig > LX_NSIG)
        return -EINVAL;
    if (sig == 0)
        return 0;
    if (sig == LX_SIGKILL || sig == LX_SIGSTOP)
        posix_end(128 + sig);
    pending |= bit(sig);
    deliver_pending();
    return 0;
}

static long signal_to(long pid, long sig)
{
    if (pid != 0 && pid != (long)capos_pid() && pid != -(long)capos_pid())
        return -ESRCH;
    return posix_signal_self((int)sig);
}

long posix_kill(const long *a)
{
    return signal_to((int)a[0], a[1]);
}

long posix_tkill(const long *a)
{
    return (int)a[0] == 0 ? -EINVAL : signal_to((int)a[0], a[1]);
}

long posix_tgkill(const long *a)
{
    return (int)a[1] == 0 ? -EINVAL : signal_to((int)a[1], a[2]);
}

long posix_rt_sigaction(const long *a)
{
    int sig = (int)a[0];
    const struct lx_sigaction *act = (const struct lx_sigaction *)a[1];
    struct lx_sigaction *old = (struct lx_sigaction *)a[2];
    if (sig < 1 || sig > LX_NSIG || (act && (sig == LX_SIGKILL || sig == LX_SIGSTOP)))
        return -EINVAL;
    struct lx_sigaction before = actions[sig];
    if (act)
        actions[sig] = *act;
    if (old)
        *old = before;
    return 0;
}

long posix_rt_sigprocmask(const long *a)
{
    const uint64_t *set = (const uint64_t *)a[1];
    uint64_t *old = (uint64_t *)a[2];
    uint64_t before = blocked;
    if (set) {
        switch ((int)a[0]) {
        case LX_SIG_BLOCK:
            blocked |= *set;
            break;
        case LX_SIG_UNBLOCK:
            blocked &= ~*set;
            break;
        case LX_SIG_SETMASK:
            blocked = *set;
            break;
        default:
            return -EINVAL;
        }
        blocked &= ~(bit(LX_SIGKILL) | bit(LX_SIGSTOP));
    }
    if (old)
        *old = before;
    deliver_pending();
    return 0;
}

long posix_rt_sigpending(const long *a)
{
    *(uint64_t *)a[0] = pending & blocked;
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
