/* SPDX-License-Identifier: MIT */
/*
 * The process about itself. Invariant: a process is one thread, its own group and session, and owned by user
 * 0, which stands for no authority at all: that is in its capabilities.
 */
#include "capos/process.h"

#include "abi/layout.h"
#include "capos/start.h"
#include "capos/system.h"
#include "posix/child.h"
#include "posix/fd.h"
#include "posix/mail.h"
#include "posix/pages.h"
#include "posix/shared.h"
#include "posix/vfork.h"

#define STACK_BYTES (UINT64_C(8) << 20)

static uint32_t own_pid, own_ppid = 1; /* own_pid 0: the kernel's number */

void posix_identity(uint32_t pid, uint32_t ppid)
{
    own_pid = pid;
    own_ppid = ppid ? ppid : 1;
}

long posix_tid(void)
{
    return own_pid ? (long)own_pid : (long)capos_pid();
}

long posix_pid(void)
{
    return vfork_depth() ? (long)vfork_pid() : posix_tid();
}

long posix_ppid(void)
{
    return vfork_depth() == 1 ? posix_tid() : (long)own_ppid;
}

uint32_t posix_new_pid(void)
{
    return shared_pid();
}

_Noreturn static void end(int64_t code)
{
    if (vfork_depth())
        vfork_exit(code);
    if (behind_any()) { /* by one who may first have to see the end of another descriptor of ours */
        fd_close_all();
        behind_finish();
    }
    fd_exit();
    mail_end();
    capos_exit(code);
}

_Noreturn void posix_end(int code)
{
    end(code & 0xff);
}

_Noreturn void posix_end_signal(int sig)
{
    end(EXITCODE_SIGNAL(sig));
}

_Noreturn void posix_end_interrupt(void)
{
    end(EXITCODE_INTERRUPT);
}

long posix_exit_group(const long *a)
{
    posix_end((int)a[0]);
}

long posix_exit(const long *a)
{
    posix_end((int)a[0]); /* one thread */
}

long posix_getpid(const long *a)
{
    (void)a;
    return posix_pid();
}

long posix_gettid(const long *a)
{
    return posix_getpid(a);
}

long posix_getpgrp(const long *a)
{
    return posix_getpid(a);
}

long posix_getpgid(const long *a)
{
    return a[0] == 0 || a[0] == posix_pid() ? posix_getpid(a) : child_of((uint32_t)a[0]) ? a[0] : -ESRCH;
}

long posix_getsid(const long *a)
{
    return posix_getpgid(a);
}

long posix_setpgid(const long *a)
{
    return a[0] == 0 || a[0] == posix_pid() || child_of((uint32_t)a[0]) ? 0 : -ESRCH;
}

long posix_getppid(const long *a)
{
    (void)a;
    return posix_ppid();
}

long posix_getuid(const long *a)
{
    (void)a;
    return 0;
}

long posix_geteuid(const long *a)
{
    return posix_getuid(a);
}

long posix_getgid(const long *a)
{
    return posix_getuid(a);
}

long posix_getegid(const long *a)
{
    return posix_getuid(a);
}

long posix_getgroups(const long *a)
{
    (void)a;
    return 0;
}

long posix_getresuid(const long *a)
{
    for (int i = 0; i < 3; i++)
        *(uint32_t *)a[i] = 0;
    return 0;
}

long posix_getresgid(const long *a)
{
    return posix_getresuid(a);
}

long posix_getcpu(const long *a)
{
    for (int i = 0; i < 2; i++)
        if (a[i])
            *(uint32_t *)a[i] = 0;
    return 0;
}

long posix_sched_yield(const long *a)
{
    (void)a;
    node_world_changed();
    capos_enter(0, 0);
    return 0;
}

long posix_sched_getaffinity(const long *a)
{
    if ((uint64_t)a[1] < 8)
        return -EINVAL;
    *(uint64_t *)a[2] = 1;
    return 8;
}

long posix_set_tid_address(const long *a)
{
    (void)a;
    return posix_tid();
}

long posix_set_robust_list(const long *a)
{
    (void)a;
    return 0;
}

static long fs_set(uint64_t base)
{
    if (!posix_caps.have_thread_control)
        return -EPERM;
    return capos_thread_set_fs_base(posix_caps.thread_control, base);
}

long posix_set_thread_area(const long *a)
{
    return fs_set((uint64_t)a[0]);
}

long posix_arch_prctl(const long *a)
{
    if (a[0] == LX_ARCH_SET_FS)
        return fs_set((uint64_t)a[1]);
    if (a[0] != LX_ARCH_GET_FS)
        return -EINVAL;
    if (!posix_caps.have_thread_control)
        return -EPERM;
    return capos_thread_fs_base(posix_caps.thread_control, (uint64_t *)a[1]);
}

/* One thread: a wait could only be ended by its own time limit. */
long posix_futex(const long *a)
{
    const int *word = (const int *)a[0];
    const struct lx_timespec *t = (const struct lx_timespec *)a[3];
    switch ((int)a[1] & ~(LX_FUTEX_PRIVATE | LX_FUTEX_REALTIME)) {
    case LX_FUTEX_WAIT:
        if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != (int)a[2])
            return -EAGAIN;
        if (!t)
            return -EDEADLK;
        {
            const long args[2] = {a[3], 0};
            long err = posix_nanosleep(args);
            return err < 0 ? err : -ETIMEDOUT;
        }
    case LX_FUTEX_WAKE:
    case LX_FUTEX_REQUEUE:
        return 0;
    default:
        return -ENOSYS;
    }
}

long posix_getrandom(const long *a)
{
    if (a[2] & ~7L)
        return -EINVAL;
    if (!posix_caps.have_entropy)
        return -ENOSYS;
    size_t n = (uint64_t)a[1] < 65536 ? (size_t)a[1] : 65536;
    int err = capos_entropy_fill(posix_caps.entropy, (void *)a[0], n);
    return err < 0 ? err : (long)n;
}

long posix_uname(const long *a)
{
    struct lx_utsname *u = (struct lx_utsname *)a[0];
    *u = (struct lx_utsname){.sysname = "capOS",
                             .nodename = "capos",
                             .release = "0.1",
                             .version = "capbench",
                             .machine = "x86_64",
                             .domainname = "(none)"};
    if (posix_caps.have_system_info)
        capos_system_hostname(posix_caps.system_info, u->nodename, sizeof u->nodename);
    return 0;
}

long posix_sysinfo(const long *a)
{
    uint64_t total = (uint64_t)CAPOS_MAX_RESERVED_PAGES * PAGES_SIZE, out = pages_bytes();
    *(struct lx_sysinfo *)a[0] = (struct lx_sysinfo){.uptime = posix_now() / 1000000000u,
                                                     .totalram = total,
                                                     .freeram = out < total ? total - out : 0,
                                                     .procs = 1,
                                                     .mem_unit = 1};
    return 0;
}

static struct lx_rlimit limit_of(long which)
{
    switch (which) {
    case LX_RLIMIT_STACK:
        return (struct lx_rlimit){STACK_BYTES, STACK_BYTES};
    case LX_RLIMIT_NOFILE:
        return (struct lx_rlimit){FD_MAX, FD_MAX};
    case LX_RLIMIT_AS:
        return (struct lx_rlimit){(uint64_t)CAPOS_MAX_RESERVED_PAGES * PAGES_SIZE,
                                  (uint64_t)CAPOS_MAX_RESERVED_PAGES * PAGES_SIZE};
    default:
        return (struct lx_rlimit){UINT64_MAX, UINT64_MAX};
    }
}

static long limit_call(long which, const struct lx_rlimit *new, struct lx_rlimit *old)
{
    if (which < 0 || which >= LX_RLIMITS)
        return -EINVAL;
    struct lx_rlimit now = limit_of(which);
    if (new && (new->cur > new->max || (new->max > now.max)))
        return new->cur > new->max ? -EINVAL : -EPERM;
    if (old)
        *old = now;
    return 0;
}

long posix_getrlimit(const long *a)
{
    return limit_call((int)a[0], NULL, (struct lx_rlimit *)a[1]);
}

long posix_setrlimit(const long *a)
{
    return limit_call((int)a[0], (const struct lx_rlimit *)a[1], NULL);
}

long posix_prlimit64(const long *a)
{
    if ((int)a[0] != 0 && (int)a[0] != (int)posix_pid())
        return -ESRCH;
    return limit_call((int)a[1], (const struct lx_rlimit *)a[2], (struct lx_rlimit *)a[3]);
}

long posix_prctl(const long *a)
{
    static char name[16] = "main";
    switch ((int)a[0]) {
    case 15: /* PR_SET_NAME */
        posix_strcpy(name, (const char *)a[1], sizeof name);
        return 0;
    case 16: /* PR_GET_NAME */
        __builtin_memcpy((char *)a[1], name, sizeof name);
        return 0;
    default:
        return -EINVAL;
    }
}
