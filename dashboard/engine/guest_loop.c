/* SPDX-License-Identifier: MIT */
/*
 * The poll loop of a running guest.
 * Invariant: see guest_loop.h. The bench channel is read first, so that its stamps wait for nothing else.
 */
#include "guest_loop.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#define CHUNK    (256u * 1024)
#define SLEEP_NS UINT64_C(1000000000)
/* Rounds of reading after the end: more than any socket holds, so that a stream kept open by others ends too.
 */
#define DRAIN_ROUNDS 64

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

uint64_t guest_clock_raw(void)
{
    return clock_ns(CLOCK_MONOTONIC_RAW);
}

uint64_t guest_clock_monotonic(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* One read. More may be waiting: true. At its end (or broken) the stream is taken out of the set. */
static bool stream_read(struct guest_loop *l, int *open_fd, enum guest_stream s, bool *stop)
{
    static uint8_t chunk[CHUNK];
    ssize_t got = read(open_fd[s], chunk, sizeof chunk);
    uint64_t stamp = guest_clock_raw();

    if (got > 0) {
        if (!l->data(l->ctx, s, chunk, (size_t)got, stamp))
            *stop = true;
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        open_fd[s] = -1;
    return false;
}

static void streams_drain(struct guest_loop *l, int *open_fd)
{
    bool stop = false;

    for (int s = 0; s < STREAM_COUNT; s++) {
        for (int round = 0; round < DRAIN_ROUNDS && open_fd[s] >= 0; round++) {
            if (!stream_read(l, open_fd, (enum guest_stream)s, &stop))
                break;
        }
    }
}

static void sleep_until(struct guest_loop *l, struct pollfd *p, const int *open_fd)
{
    uint64_t now = guest_clock_monotonic();
    uint64_t left = l->deadline_ns > now ? l->deadline_ns - now : 0;
    struct timespec t;

    if (left > SLEEP_NS)
        left = SLEEP_NS;
    t = (struct timespec){(time_t)(left / SLEEP_NS), (long)(left % SLEEP_NS)};
    for (int s = 0; s < STREAM_COUNT; s++)
        p[s] = (struct pollfd){.fd = open_fd[s], .events = POLLIN};
    p[STREAM_COUNT] = (struct pollfd){.fd = l->proc.pidfd, .events = POLLIN};
    if (ppoll(p, STREAM_COUNT + 1, &t, l->sigmask) < 0) {
        for (int i = 0; i <= STREAM_COUNT; i++)
            p[i].revents = 0;
    }
}

void guest_loop_run(struct guest_loop *l, struct guest_loop_end *end)
{
    struct pollfd p[STREAM_COUNT + 1];
    int open_fd[STREAM_COUNT];

    *end = (struct guest_loop_end){0};
    for (int s = 0; s < STREAM_COUNT; s++)
        open_fd[s] = l->fd[s];
    for (;;) {
        bool stop = false;
        sleep_until(l, p, open_fd);
        for (int s = 0; s < STREAM_COUNT; s++) {
            if (p[s].revents)
                stream_read(l, open_fd, (enum guest_stream)s, &stop);
        }
        if (p[STREAM_COUNT].revents)
            break;
        end->stopped = stop;
        end->interrupted = !stop && l->interrupted && l->interrupted(l->ctx);
        end->timed_out = !stop && !end->interrupted && guest_clock_monotonic() >= l->deadline_ns;
        if (end->stopped || end->interrupted || end->timed_out) {
            guest_proc_kill(&l->proc);
            break;
        }
    }
    end->status = guest_proc_reap(&l->proc);
    end->end_ns = guest_clock_raw();
    streams_drain(l, open_fd);
}
