/* SPDX-License-Identifier: MIT */
/*
 * The poll loop of a running guest.
 * Invariant: see guest_loop.h. The bench channel is read first, so that its stamps wait for nothing else.
 * Watch events are taken before the files are read, so growth after the reading always leaves an event.
 */
#include "guest_loop.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "abi/bench.h"

#define CHUNK    (256u * 1024)
#define SLEEP_NS UINT64_C(1000000000)
/* Rounds of reading a socket after the end: more than it can hold, so that one kept open by others ends too.
 */
#define DRAIN_ROUNDS 64
/* Reads of the console in a row after which a paced child stands still. */
#define PACE_ROUNDS 4

enum { POLL_CHILD = STREAM_COUNT, POLL_WATCH, POLL_INPUT, POLL_TYPED, POLL_USER, POLL_COUNT };

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

void guest_loop_init(struct guest_loop *l)
{
    *l = (struct guest_loop){.watch = -1, .watched_fd = -1};
    for (int s = 0; s < STREAM_COUNT; s++)
        l->fd[s] = -1;
}

int guest_loop_watch(struct guest_loop *l, enum guest_stream s, const char *path)
{
    if (l->watch < 0)
        l->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (l->watch < 0 || inotify_add_watch(l->watch, path, IN_MODIFY) < 0)
        return -errno;
    l->file[s] = true;
    return 0;
}

/* One read. False: nothing more for now. A socket at its end (or broken) is taken out of the set. */
static bool stream_read(struct guest_loop *l, int *open_fd, enum guest_stream s, bool *stop)
{
    static uint8_t chunk[CHUNK];
    ssize_t got = l->file[s] ? pread(open_fd[s], chunk, sizeof chunk, (off_t)l->at[s])
                             : read(open_fd[s], chunk, sizeof chunk);
    uint64_t stamp = guest_clock_raw();

    if (got > 0) {
        l->at[s] += (uint64_t)got;
        if (!l->data(l->ctx, s, chunk, (size_t)got, stamp))
            *stop = true;
        return true;
    }
    if (!l->file[s] && (got == 0 || (errno != EAGAIN && errno != EINTR)))
        open_fd[s] = -1;
    return false;
}

/* What the files have grown by. */
static void files_read_on(struct guest_loop *l, int *open_fd, bool *stop)
{
    char events[4096];

    while (l->watch >= 0 && read(l->watch, events, sizeof events) > 0)
        ;
    for (int s = 0; s < STREAM_COUNT; s++) {
        bool paused = false;
        for (int round = 0; l->file[s] && !*stop && stream_read(l, open_fd, (enum guest_stream)s, stop);
             round++) {
            if (l->paced && s == STREAM_CONSOLE && round == PACE_ROUNDS) {
                guest_proc_pause(&l->proc, true);
                paused = true;
            }
        }
        if (paused)
            guest_proc_pause(&l->proc, false);
    }
}

static void streams_drain(struct guest_loop *l, int *open_fd)
{
    for (int s = 0; s < STREAM_COUNT; s++) {
        bool stop = false;
        for (int round = 0; (l->file[s] || round < DRAIN_ROUNDS) && open_fd[s] >= 0 && !stop; round++) {
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
        p[s] = (struct pollfd){.fd = l->file[s] ? -1 : open_fd[s], .events = POLLIN};
    p[POLL_CHILD] = (struct pollfd){.fd = l->proc.pidfd, .events = POLLIN};
    p[POLL_WATCH] = (struct pollfd){.fd = l->watch, .events = POLLIN};
    p[POLL_INPUT] = (struct pollfd){.fd = l->input && guest_input_wanted(l->input) ? l->input->fd : -1,
                                    .events = POLLOUT};
    bool typed = l->input && guest_input_typed(l->input);
    p[POLL_TYPED] = (struct pollfd){.fd = typed ? l->input->typed_fd : -1, .events = POLLOUT};
    p[POLL_USER] = (struct pollfd){
        .fd = l->input && !typed && guest_input_room(l->input) == BENCH_MAX_PAYLOAD ? l->watched_fd : -1,
        .events = POLLIN};
    if (ppoll(p, POLL_COUNT, &t, l->sigmask) < 0) {
        for (int i = 0; i < POLL_COUNT; i++)
            p[i].revents = 0;
    }
}

/* What goes to the guest. A broken descriptor is given up: how the guest ends says why. */
static void input_serve(struct guest_loop *l, const struct pollfd *p)
{
    if (p[POLL_INPUT].revents && guest_input_write(l->input) < 0)
        l->input->closed = true;
    if (p[POLL_TYPED].revents)
        guest_input_typed_write(l->input);
    if (p[POLL_USER].revents && !l->watched(l->ctx))
        l->watched_fd = -1;
}

void guest_loop_run(struct guest_loop *l, struct guest_loop_end *end)
{
    struct pollfd p[POLL_COUNT];
    int open_fd[STREAM_COUNT];

    *end = (struct guest_loop_end){0};
    for (int s = 0; s < STREAM_COUNT; s++)
        open_fd[s] = l->fd[s];
    for (;;) {
        bool stop = false;
        sleep_until(l, p, open_fd);
        files_read_on(l, open_fd, &stop);
        for (int s = 0; s < STREAM_COUNT; s++) {
            if (p[s].revents)
                stream_read(l, open_fd, (enum guest_stream)s, &stop);
        }
        if (p[POLL_CHILD].revents)
            break;
        input_serve(l, p);
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
