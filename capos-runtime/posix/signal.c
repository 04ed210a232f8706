/* SPDX-License-Identifier: MIT */
/*
 * Signals: those a process sends itself, SIGCHLD where a program suspends itself to wait for one, and what
 * others of its tree put into its box (mail.h). A child that does nothing of its own about a deadly signal is
 * ended by ProcessHandle.terminate. Invariant: a handler runs inside the call that raised the signal or
 * unblocked it, or that the signal of another process was found in, on the caller's stack; the default action
 * of everything but the ignorable signals ends the process with 128 + signal.
 */
#include "posix/signal.h"

#include "capos/ring.h"
#include "capos/start.h"
#include "posix/child.h"
#include "posix/mail.h"
#include "posix/terminal.h"
#include "posix/vfork.h"

/* How long a process that waits takes at most to find a signal: a box wakes nobody. */
#define LOOK_NS UINT64_C(20000000)

static struct signal_state now;
static bool interrupts;  /* a handler has run that does not restart the call under way */
static bool interrupted; /* by a ^C, which a handler may pass on by a kill of this process */

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
    if ((uintptr_t)act.handler == LX_SIG_DFL && sig == LX_SIGINT && interrupted)
        posix_end_interrupt();
    if ((uintptr_t)act.handler == LX_SIG_DFL)
        posix_end_signal(sig);
    if (act.flags & LX_SA_RESETHAND) {
        now.actions[sig].handler = NULL;
        now.own &= ~bit(sig);
    }
    interrupts |= !(act.flags & LX_SA_RESTART);
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

/* Tells others what this process does not leave to the default. */
static void publish(void)
{
    if (!vfork_depth())
        mail_catch(now.own);
}

bool signal_there(void)
{
    return mail_there() && !vfork_depth();
}

int signal_collect(void)
{
    if (!signal_there())
        return 0;
    now.pending |= mail_take();
    interrupts = false;
    bool ran = deliver_pending();
    return ran && interrupts ? -EINTR : ran;
}

/* Whether anybody could send something: a child that has only just been started has no box yet. */
static bool alone(void)
{
    const struct child *c;
    for (unsigned i = 0; (c = child_at(i)) != NULL; i++)
        if (c->state == CHILD_RUNNING)
            return false;
    return !mail_others();
}

void signal_wait(uint32_t mark, uint64_t timeout_ns)
{
    const bool look = mail_box && !vfork_depth() && timeout_ns > LOOK_NS && !alone();
    while (timeout_ns > 0 && !signal_there()) {
        uint64_t part = look && timeout_ns > LOOK_NS ? LOOK_NS : timeout_ns;
        if (capos_ring_enter_since(mark, part) == 0)
            return;
        timeout_ns -= timeout_ns == CAPOS_WAIT_FOREVER ? 0 : part;
    }
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
    return now.ignored;
}

void signal_ignore(uint64_t set)
{
    now.ignored |= set;
    now.own |= set;
    for (; set; set &= set - 1)
        now.actions[__builtin_ctzll(set) + 1].handler = (void (*)(int))(uintptr_t)LX_SIG_IGN;
    publish();
}

bool signal_handled(int sig, bool *restart)
{
    *restart = now.actions[sig].flags & LX_SA_RESTART;
    return !ignored(sig) && (uintptr_t)now.actions[sig].handler != LX_SIG_DFL;
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

bool posix_interrupt(void)
{
    interrupted = true;
    now.pending |= bit(LX_SIGINT);
    return deliver_pending();
}

static bool stops(int sig)
{
    return sig == LX_SIGSTOP || sig == LX_SIGTSTP || sig == LX_SIGTTIN || sig == LX_SIGTTOU;
}

/* A child that leaves the signal to its default action is ended at once, wherever it waits. */
static long signal_child(struct child *c, int sig)
{
    if (sig == 0 || child_ended(c))
        return 0;
    if (mail_caught(c->pid) & bit(sig))
        return mail_post(c->pid, sig);
    return ignored_by_default(sig) ? 0 : child_terminate(c, sig);
}

static long signal_to(long pid, long sig)
{
    long number = pid < 0 ? -pid : pid;
    if (pid == 0 || number == posix_pid() || number == (long)posix_tid())
        return posix_signal_self((int)sig);
    if (sig < 0 || sig > LX_NSIG)
        return -EINVAL;
    struct child *c = child_of((uint32_t)number);
    if (!c && mail_post((uint32_t)number, 0) < 0)
        return -ESRCH;
    if (stops((int)sig))
        return -EPERM;
    return c ? signal_child(c, (int)sig) : mail_post((uint32_t)number, (int)sig);
}

static long signal_children(int sig)
{
    long result = -ESRCH;
    struct child *c;
    if (sig < 0 || sig > LX_NSIG)
        return -EINVAL;
    for (unsigned i = 0; (c = child_at(i)) != NULL; i++)
        if (c->state == CHILD_RUNNING && c->depth == vfork_depth())
            result = stops(sig) ? -EPERM : signal_child(c, sig);
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

/* Until a handler has run. The end of a child, a Ctrl-C and what others send are all that can come from
 * outside. */
static long suspend(uint64_t mask)
{
    uint64_t before = now.blocked;
    bool running = true;
    now.blocked = mask & ~(bit(LX_SIGKILL) | bit(LX_SIGSTOP));
    bool ran = deliver_pending();
    while (!ran && (running || mail_others())) {
        uint32_t mark = capos_ring_mark();
        if (signal_there()) {
            ran = signal_collect() != 0;
        } else if (child_news(&running)) {
            now.pending |= bit(LX_SIGCHLD);
            ran = deliver_pending();
            running = true; /* look again */
        } else if (running || mail_others()) {
            ran = terminal_wait(mark);
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
    if (act) {
        now.actions[sig] = *act;
        now.ignored &= ~bit(sig);
        now.own &= ~bit(sig);
        if ((uintptr_t)act->handler == LX_SIG_IGN)
            now.ignored |= bit(sig);
        if ((uintptr_t)act->handler != LX_SIG_DFL)
            now.own |= bit(sig);
        publish();
    }
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
