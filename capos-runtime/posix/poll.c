/* SPDX-License-Identifier: MIT */
/*
 * Waiting for several descriptors: poll and select. Invariant: only Pipes can make a process wait, by a
 * posted read or (where O_NONBLOCK was set) a posted write each; every other descriptor is always ready, or
 * known to be in this process. Time limits end the wait even if nothing ever completes.
 */
#include "capos/ring.h"

#include "posix/fd.h"
#include "posix/signal.h"

/* What holds now for one descriptor. */
static int poll_one(const struct lx_pollfd *p)
{
    struct ofd *o = fd_get(p->fd);
    if (!o)
        return LX_POLLNVAL;
    int r = p->events & LX_POLLOUT && (o->flags & LX_O_ACCMODE) != LX_O_RDONLY ? LX_POLLOUT : 0;
    if (r && o->kind == OFD_PIPE && o->flags & LX_O_NONBLOCK)
        r = behind_poll(o);
    if (o->kind == OFD_LOCAL_PIPE)
        return local_pipe_poll(o, p->events);
    if (o->kind == OFD_PIPE && p->events & LX_POLLIN && (o->flags & LX_O_ACCMODE) != LX_O_WRONLY)
        return r | pipe_poll(o);
    if (o->kind == OFD_PIPE || o->kind == OFD_CONSOLE)
        return r;
    return r | (p->events & LX_POLLIN);
}

/*
 * The one descriptor polled when it is a Pipe to read from and there is no time limit, or NULL. Nothing but
 * bytes or the end could end that wait, and the read that follows waits for just these: so it is told ready
 * at once, and no read is posted whose bytes another process with the same pipe would miss (a shell's `read`
 * before its next command).
 */
static struct lx_pollfd *left_to_read(struct lx_pollfd *p, uint64_t n, uint64_t deadline)
{
    struct lx_pollfd *only = NULL;
    for (uint64_t i = 0; i < n; i++) {
        if (p[i].fd < 0)
            continue;
        if (only)
            return NULL;
        only = &p[i];
    }
    struct ofd *o = only ? fd_get(only->fd) : NULL;
    bool pipe = o && o->kind == OFD_PIPE && (o->flags & LX_O_ACCMODE) == LX_O_RDONLY;
    return pipe && deadline == UINT64_MAX && only->events & LX_POLLIN && !o->ahead &&
                   !(o->flags & LX_O_NONBLOCK)
               ? only
               : NULL;
}

static long poll_until(struct lx_pollfd *p, uint64_t n, uint64_t deadline)
{
    struct lx_pollfd *only = left_to_read(p, n, deadline);
    if (only) {
        for (uint64_t i = 0; i < n; i++)
            p[i].revents = 0;
        only->revents = LX_POLLIN;
        return 1;
    }
    for (;;) {
        long ready = 0;
        uint32_t mark = capos_ring_mark();
        for (uint64_t i = 0; i < n; i++) {
            p[i].revents = p[i].fd < 0 ? 0 : (int16_t)poll_one(&p[i]);
            ready += p[i].revents != 0;
        }
        uint64_t now = deadline == UINT64_MAX ? 0 : posix_now();
        if (ready || now >= deadline || (deadline != UINT64_MAX && !posix_caps.have_timer))
            return ready;
        signal_wait(mark, deadline == UINT64_MAX ? CAPOS_WAIT_FOREVER : deadline - now);
        if (signal_collect() != 0)
            return -EINTR; /* no handler restarts these */
    }
}

long posix_poll(const long *a)
{
    if ((uint64_t)a[1] > FD_MAX)
        return -EINVAL;
    int ms = (int)a[2];
    node_world_changed();
    return poll_until((struct lx_pollfd *)a[0], (uint64_t)a[1],
                      ms < 0 ? UINT64_MAX : posix_now() + (uint64_t)ms * 1000000u);
}

long posix_ppoll(const long *a)
{
    const struct lx_timespec *t = (const struct lx_timespec *)a[2];
    if ((uint64_t)a[1] > FD_MAX || (t && (t->sec < 0 || (uint64_t)t->nsec >= 1000000000u)))
        return -EINVAL;
    node_world_changed();
    return poll_until((struct lx_pollfd *)a[0], (uint64_t)a[1],
                      t ? posix_now() + (uint64_t)t->sec * 1000000000u + (uint64_t)t->nsec : UINT64_MAX);
}

/* select: the three bit sets become one poll. Answers are written only when there is one. */
static long select_sets(long n, uint64_t *sets[3], uint64_t deadline)
{
    static struct lx_pollfd fds[FD_MAX];
    static const int16_t events[3] = {LX_POLLIN, LX_POLLOUT, 0};
    long bits = 0;
    if (n < 0)
        return -EINVAL;
    n = n < (long)FD_MAX ? n : (long)FD_MAX;
    for (long fd = 0; fd < n; fd++) {
        fds[fd] = (struct lx_pollfd){.fd = -1};
        for (int k = 0; k < 3; k++)
            if (sets[k] && sets[k][fd / 64] >> (fd % 64) & 1) {
                fds[fd].fd = (int32_t)fd;
                fds[fd].events |= events[k];
            }
        if (fds[fd].fd >= 0 && !fd_get(fd))
            return -EBADF;
    }
    long err = poll_until(fds, (uint64_t)n, deadline);
    if (err < 0)
        return err;
    for (long fd = 0; fd < n; fd++)
        for (int k = 0; k < 3; k++) {
            if (!sets[k] || !(sets[k][fd / 64] >> (fd % 64) & 1))
                continue;
            int want = k == 0 ? LX_POLLIN | LX_POLLHUP | LX_POLLERR : k == 1 ? LX_POLLOUT | LX_POLLERR : 0;
            if (fds[fd].revents & want)
                bits++;
            else
                sets[k][fd / 64] &= ~(UINT64_C(1) << (fd % 64));
        }
    return bits;
}

long posix_select(const long *a)
{
    uint64_t *sets[3] = {(uint64_t *)a[1], (uint64_t *)a[2], (uint64_t *)a[3]};
    const struct lx_timeval *t = (const struct lx_timeval *)a[4];
    if (t && (t->sec < 0 || t->usec < 0))
        return -EINVAL;
    node_world_changed();
    return select_sets((int)a[0], sets,
                       t ? posix_now() + (uint64_t)t->sec * 1000000000u + (uint64_t)t->usec * 1000u
                         : UINT64_MAX);
}

long posix_pselect6(const long *a)
{
    uint64_t *sets[3] = {(uint64_t *)a[1], (uint64_t *)a[2], (uint64_t *)a[3]};
    const struct lx_timespec *t = (const struct lx_timespec *)a[4];
    if (t && (t->sec < 0 || (uint64_t)t->nsec >= 1000000000u))
        return -EINVAL;
    node_world_changed();
    return select_sets((int)a[0], sets,
                       t ? posix_now() + (uint64_t)t->sec * 1000000000u + (uint64_t)t->nsec : UINT64_MAX);
}
