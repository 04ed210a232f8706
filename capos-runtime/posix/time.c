/* SPDX-License-Identifier: MIT */
/*
 * Time. Invariant: monotonic clocks are the Timer's (ticks.c), the real-time clock is the WallClock's;
 * without the capability the call is EPERM-free but fails with EINVAL as for a clock that does not exist.
 * Processor time is time since the start (partial).
 */
#include "capos/clock.h"

#include "posix/linux.h"
#include "posix/mail.h"
#include "posix/node.h"
#include "posix/posix.h"
#include "posix/signal.h"

#define NS UINT64_C(1000000000)

uint64_t posix_now(void)
{
    uint64_t ns = 0;
    return ticks_now(&ns) < 0 ? 0 : ns;
}

static int clock_read(long id, struct lx_timespec *t)
{
    struct capos_wall_time w;
    uint64_t ns = 0;
    int err;
    switch (id) {
    case LX_CLOCK_REALTIME:
    case LX_CLOCK_REALTIME_COARSE:
        if (!posix_caps.have_wall_clock)
            return -EINVAL;
        err = capos_wall_clock_now(posix_caps.wall_clock, &w);
        if (err == 0)
            *t = (struct lx_timespec){w.seconds, w.nanos};
        return err;
    case LX_CLOCK_MONOTONIC:
    case LX_CLOCK_MONOTONIC_RAW:
    case LX_CLOCK_MONOTONIC_COARSE:
    case LX_CLOCK_BOOTTIME:
    case LX_CLOCK_PROCESS_CPUTIME:
    case LX_CLOCK_THREAD_CPUTIME:
        err =
            id == LX_CLOCK_PROCESS_CPUTIME || id == LX_CLOCK_THREAD_CPUTIME ? ticks_run(&ns) : ticks_now(&ns);
        if (err < 0)
            return err;
        *t = (struct lx_timespec){(int64_t)(ns / NS), (int64_t)(ns % NS)};
        return err;
    default:
        return -EINVAL;
    }
}

long posix_clock_gettime(const long *a)
{
    return clock_read((int)a[0], (struct lx_timespec *)a[1]);
}

long posix_clock_getres(const long *a)
{
    struct lx_timespec t;
    int err = clock_read((int)a[0], &t);
    if (err == 0 && a[1])
        *(struct lx_timespec *)a[1] = (struct lx_timespec){0, 1};
    return err;
}

long posix_gettimeofday(const long *a)
{
    struct lx_timespec t;
    struct lx_timeval *tv = (struct lx_timeval *)a[0];
    int err = clock_read(LX_CLOCK_REALTIME, &t);
    if (err == 0 && tv)
        *tv = (struct lx_timeval){t.sec, t.nsec / 1000};
    return err;
}

long posix_time(const long *a)
{
    struct lx_timespec t = {0, 0};
    int err = clock_read(LX_CLOCK_REALTIME, &t);
    if (err < 0)
        return err;
    if (a[0])
        *(int64_t *)a[0] = t.sec;
    return t.sec;
}

static bool valid(const struct lx_timespec *t)
{
    return t->sec >= 0 && t->nsec >= 0 && (uint64_t)t->nsec < NS;
}

static uint64_t ns_of(const struct lx_timespec *t)
{
    uint64_t s = (uint64_t)t->sec < UINT64_MAX / NS ? (uint64_t)t->sec : UINT64_MAX / NS - 1;
    return s * NS + (uint64_t)t->nsec;
}

static long sleep_ns(uint64_t ns)
{
    node_world_changed();
    if (ns == 0)
        return 0;
    if (!posix_caps.have_timer)
        return -ENOSYS;
    ticks_ask();
    if (!mail_box)
        return capos_timer_sleep(posix_caps.timer, ns);
    for (uint64_t begin = posix_now(), end = begin + (ns < UINT64_MAX - begin ? ns : UINT64_MAX - begin);;) {
        uint32_t mark = capos_ring_mark();
        if (signal_collect() != 0)
            return -EINTR;
        uint64_t at = posix_now();
        if (at >= end)
            return 0;
        signal_wait(mark, end - at);
    }
}

/* A sleep for `t` that may be cut short: what is left of it goes to `left`. */
static long sleep_for(const struct lx_timespec *t, struct lx_timespec *left)
{
    uint64_t begin = posix_now(), ns = ns_of(t);
    long err = sleep_ns(ns);
    uint64_t slept = posix_now() - begin, rest = slept < ns ? ns - slept : 0;
    if (err == -EINTR && left)
        *left = (struct lx_timespec){(int64_t)(rest / NS), (int64_t)(rest % NS)};
    return err;
}

long posix_nanosleep(const long *a)
{
    const struct lx_timespec *t = (const struct lx_timespec *)a[0];
    return valid(t) ? sleep_for(t, (struct lx_timespec *)a[1]) : -EINVAL;
}

long posix_clock_nanosleep(const long *a)
{
    const struct lx_timespec *t = (const struct lx_timespec *)a[2];
    struct lx_timespec now;
    if (!valid(t))
        return -EINVAL;
    if (!(a[1] & LX_TIMER_ABSTIME))
        return (int)a[0] == LX_CLOCK_THREAD_CPUTIME ? -EINVAL : sleep_for(t, (struct lx_timespec *)a[3]);
    int err = clock_read((int)a[0], &now);
    if (err < 0)
        return err;
    uint64_t to = ns_of(t), from = ns_of(&now);
    return to > from ? sleep_ns(to - from) : 0;
}

/* Time since the start; 0 without a Timer. */
static uint64_t run_ns(void)
{
    uint64_t ns = 0;
    return ticks_run(&ns) < 0 ? 0 : ns;
}

long posix_times(const long *a)
{
    int64_t *t = (int64_t *)a[0];
    if (t) {
        t[0] = (int64_t)(run_ns() / (NS / 100));
        t[1] = t[2] = t[3] = 0;
    }
    return (long)(posix_now() / (NS / 100));
}

long posix_getrusage(const long *a)
{
    int64_t *u = (int64_t *)a[1]; /* two timevals, fourteen longs */
    if (a[0] != 0 && a[0] != -1 && a[0] != 1)
        return -EINVAL;
    for (int i = 0; i < 18; i++)
        u[i] = 0;
    if (a[0] != -1) {
        uint64_t ns = run_ns();
        u[0] = (int64_t)(ns / NS);
        u[1] = (int64_t)(ns % NS / 1000);
    }
    return 0;
}
