/* SPDX-License-Identifier: MIT */
/* One program: two pipes read by poll until both are at their end (and its input fed meanwhile), then the
 * wait. The clock marks enclose spawn and wait. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "feed.h"
#include "frames.h"
#include "steps.h"

#define GATHER_BYTES 57344u
#define NS_PER_S     UINT64_C(1000000000)
#define FEED_STEP_MS 20 /* how often the end of a program is asked for that only reads */

struct stream {
    int fd; /* our end; -1 when at its end */
    uint32_t number;
    size_t held;
    uint8_t bytes[GATHER_BYTES];
};

static struct stream streams[2];

static void stream_flush(struct stream *s)
{
    struct bench_output head = {.stream = s->number};
    if (s->held > 0)
        frames_send(BENCH_OUTPUT, &head, sizeof head, s->bytes, s->held);
    s->held = 0;
}

static void stream_close(struct stream *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = -1;
}

/* Takes what is there. Returns the number of bytes, 0 when the stream has ended. */
static size_t stream_take(struct stream *s)
{
    ssize_t got = read(s->fd, s->bytes + s->held, sizeof s->bytes - s->held);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return 1;
    if (got <= 0) {
        stream_close(s);
        return 0;
    }
    s->held += (size_t)got;
    return (size_t)got;
}

struct watch {
    uint64_t deadline, output_left;
    bool timed, killed;
    int rc; /* what the host did wrong: negative errno */
};

/* Milliseconds that a poll may wait. */
static int watch_timeout(const struct watch *w)
{
    if (w->deadline == UINT64_MAX || w->killed)
        return -1;
    uint64_t now = clock_monotonic_ns();
    uint64_t left = now < w->deadline ? (w->deadline - now) / 1000000u + 1 : 0;
    return left > 3600000 ? 3600000 : (int)left;
}

static bool watch_late(const struct watch *w)
{
    return w->deadline != UINT64_MAX && clock_monotonic_ns() >= w->deadline;
}

/* Ends the program. Descendants may hold the pipes: nothing more is read. */
static void watch_kill(struct watch *w, int64_t handle, const char *why)
{
    frames_text(BENCH_LOG, "%s: ended", why);
    w->killed = true;
    (void)launch_terminate(handle);
    stream_close(&streams[0]);
    stream_close(&streams[1]);
    feed_close();
}

static void watch_feed(struct watch *w, const struct pollfd *p)
{
    int rc = feed_serve(p);
    if (rc != 0)
        w->rc = rc;
}

/* Reads both streams until both have ended or a limit has been hit. */
static void watch_output(struct watch *w, int64_t handle)
{
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        struct pollfd fds[3];
        struct stream *of[2];
        nfds_t n = 0, feeds = 0;
        for (int i = 0; i < 2; i++) {
            if (streams[i].fd < 0)
                continue;
            fds[n] = (struct pollfd){.fd = streams[i].fd, .events = POLLIN};
            of[n++] = &streams[i];
        }
        if (feed_active())
            feed_poll(&fds[n + feeds++]);
        int ready = poll(fds, n + feeds, watch_timeout(w));
        if (ready < 0 && errno != EINTR)
            return;
        for (nfds_t i = 0; ready > 0 && i < n; i++) {
            if (fds[i].revents == 0)
                continue;
            size_t got = stream_take(of[i]);
            w->output_left = got < w->output_left ? w->output_left - got : 0;
            if (!w->timed || of[i]->held == sizeof of[i]->bytes)
                stream_flush(of[i]);
        }
        if (ready > 0 && feeds > 0)
            watch_feed(w, &fds[n]);
        bool late = watch_late(w);
        if (!w->killed && (w->output_left == 0 || late))
            watch_kill(w, handle, late ? "over the time limit" : "over the output limit");
    }
}

/* A program without open outputs may still read: it is fed until it has ended. 0 with *status, or -ETIMEDOUT.
 */
static int watch_input(struct watch *w, int64_t handle, struct launch_status *status)
{
    int rc = -ETIMEDOUT;
    while (feed_active() && !watch_late(w)) {
        struct pollfd p;
        rc = launch_wait(handle, 0, status);
        if (rc != -ETIMEDOUT)
            return rc;
        feed_poll(&p);
        if (poll(&p, 1, FEED_STEP_MS) > 0)
            watch_feed(w, &p);
    }
    return rc;
}

/* What the host says about the terminal. 0, or a negative errno when that is no size. */
static int size_take(void)
{
    struct bench_size size;
    enum bench_type type;
    const uint8_t *payload;
    size_t len;
    int rc = frames_read(&type, &payload, &len);
    if (rc == 1 && type != BENCH_SIZE)
        rc = -EBADMSG;
    if (rc != 1)
        return rc;
    memcpy(&size, payload, sizeof size);
    return launch_resize(size.rows, size.columns);
}

/* Until it has ended; of a program at a terminal sizes are heard meanwhile. 0, or -ETIMEDOUT. */
static int watch_wait(struct watch *w, int64_t handle, bool terminal, struct launch_status *status)
{
    for (;;) {
        uint64_t now = clock_monotonic_ns();
        uint64_t left = w->deadline == UINT64_MAX ? UINT64_MAX : w->deadline > now ? w->deadline - now : 0;
        int fd = terminal && w->rc == 0 ? frames_channel() : -1;
        int rc = launch_wait_or(handle, fd, w->killed ? UINT64_MAX : left, status);
        if (rc != -EAGAIN)
            return rc;
        w->rc = size_take();
    }
}

static void watch_end(struct watch *w, int64_t handle, bool terminal, struct launch_status *status)
{
    int rc = watch_input(w, handle, status);
    if (rc == -ETIMEDOUT)
        rc = watch_wait(w, handle, terminal, status);
    if (rc == -ETIMEDOUT) {
        watch_kill(w, handle, "over the time limit");
        rc = launch_wait(handle, UINT64_MAX, status);
    }
    feed_close();
    if (rc != 0)
        *status = (struct launch_status){.kind = BENCH_SPAWN_FAILED, .code = rc};
    else if (w->killed)
        status->kind = BENCH_KILLED;
}

/* What the program reads: *fd, -1 for nothing. 0 or a negative errno. */
static int open_stdin(const struct program *prog, int *fd)
{
    char path[4096];
    *fd = -1;
    if (prog->stdin_host)
        return feed_open(fd);
    if (prog->stdin_path == NULL)
        return 0;
    if (steps_path(prog->stdin_path, path, sizeof path) != 0)
        return -ENOENT;
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    return *fd >= 0 ? 0 : -ENOENT;
}

/* Starts it; a timed one's terminal keeps its size (whoever waits to be told one wakes up for it); the
 * child's pipe ends are closed here whatever happens. */
static int start(const struct program *prog, bool timed, int64_t *handle)
{
    int out[2] = {-1, -1}, err[2] = {-1, -1}, in;
    int rc = open_stdin(prog, &in);
    if (rc == 0 && !prog->terminal && (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0))
        rc = -errno;
    if (rc == 0) {
        struct launch_spec spec = {.path = prog->path,
                                   .name = prog->argv0,
                                   .argv = prog->argv,
                                   .envp = prog->envp,
                                   .cwd = prog->cwd,
                                   .stdio = {in, out[1], err[1]},
                                   .bare = prog->bare,
                                   .terminal = prog->terminal,
                                   .fixed_size = timed,
                                   .rows = prog->rows,
                                   .columns = prog->columns,
                                   .grants = prog->grants,
                                   .ngrants = prog->ngrants};
        rc = launch_spawn(&spec, handle);
    }
    int close_now[] = {in, out[1], err[1], rc != 0 ? out[0] : -1, rc != 0 ? err[0] : -1};
    for (size_t i = 0; i < sizeof close_now / sizeof *close_now; i++)
        if (close_now[i] >= 0)
            (void)close(close_now[i]);
    if (rc != 0)
        feed_close();
    streams[0].fd = rc == 0 ? out[0] : -1;
    streams[1].fd = rc == 0 ? err[0] : -1;
    return rc;
}

static void send_stat(const struct program *prog, const struct launch_status *st)
{
    if (st->max_rss_kib != 0 || st->user_us != 0 || st->system_us != 0)
        frames_text(BENCH_STAT, "program=%s max_rss_kib=%llu user_us=%llu system_us=%llu", prog->id,
                    (unsigned long long)st->max_rss_kib, (unsigned long long)st->user_us,
                    (unsigned long long)st->system_us);
}

/* Outside the timed region, on either side of it. */
static int mark_sync(const struct plan *plan, const struct run_place *place, const char *what)
{
    char text[64], why[256];
    int rc = 0;

    if (!place->timed || !plan->sync_marks)
        return 0;
    /* What was written before is on the disk, so that none of it is written during the timed region. */
    if (plan->store && strcmp(what, "begin") == 0)
        rc = step_settle("/work", why, sizeof why);
    (void)snprintf(text, sizeof text, "%s %u %u", what, place->iteration, place->region);
    return rc != 0 ? rc : frames_sync(text);
}

int run_program(const struct plan *plan, const struct program *prog, const struct run_place *place,
                bool *fine)
{
    struct bench_mark mark = {
        .iteration = place->iteration, .region = place->region, .warmup = place->warmup ? 1 : 0};
    struct launch_status status = {0};
    struct watch w = {.deadline = UINT64_MAX, .output_left = plan->limit_output, .timed = place->timed};
    int64_t handle = -1;

    streams[0].number = 1;
    streams[1].number = 2;
    streams[0].held = streams[1].held = 0;
    int rc = mark_sync(plan, place, "begin");
    if (rc != 0)
        return rc;
    if (place->timed)
        frames_send(BENCH_BEGIN, &mark, sizeof mark, NULL, 0);
    if (plan->limit_seconds < UINT64_MAX / NS_PER_S / 2)
        w.deadline = clock_monotonic_ns() + plan->limit_seconds * NS_PER_S;
    rc = start(prog, place->timed, &handle);
    if (rc == 0) {
        watch_output(&w, handle);
        watch_end(&w, handle, prog->terminal, &status);
    } else {
        status = (struct launch_status){.kind = BENCH_SPAWN_FAILED, .code = rc};
        if (*launch_why())
            frames_text(BENCH_LOG, "%s", launch_why());
    }
    if (place->timed)
        frames_send(BENCH_END, &mark, sizeof mark, NULL, 0);
    rc = mark_sync(plan, place, "end");
    stream_flush(&streams[0]);
    stream_flush(&streams[1]);
    send_stat(prog, &status);
    struct bench_exit ex = {.iteration = place->iteration,
                            .region = place->region,
                            .kind = (uint32_t)status.kind,
                            .code = status.code};
    frames_send(BENCH_EXIT, &ex, sizeof ex, NULL, 0);
    *fine = status.kind == BENCH_EXITED && status.code == 0;
    return rc != 0 ? rc : w.rc;
}
