/* SPDX-License-Identifier: MIT */
/*
 * Pipes: over Pipe capabilities, made when the first byte or another process needs one (the pipe by which a
 * posix_spawn hears of a failed exec never does), and inside this process where nothing was granted to make
 * real ones with. Invariant: a read that poll has posted cannot be taken back, so it is the next thing read()
 * gives; nothing else reads ahead. A write to a pipe nobody reads raises SIGPIPE first, as on any POSIX
 * system. Writes that do not wait are in pipe_behind.c.
 */
#include "capos/pipe.h"

#include "capos/process.h"
#include "capos/ring.h"
#include "posix/child.h"
#include "posix/fd.h"
#include "posix/pages.h"
#include "posix/signal.h"
#include "posix/terminal.h"

#define AHEAD_MAX   8u
#define AHEAD_BYTES 16384u
#define LOCAL_MAX   8u
#define LOCAL_BYTES 65536u
#define PIPE_BYTES  65536u

/* A posted read. Its memory must live until the kernel has answered, even if the descriptor is closed
 * meanwhile. */
struct readahead {
    bool used, orphan, posted;
    struct capos_async async;
    uint8_t *buf; /* AHEAD_BYTES */
    const uint8_t *data;
    int64_t have; /* bytes at data, 0: end of file, < 0: errno */
};

struct local_pipe {
    uint8_t *buf; /* LOCAL_BYTES */
    uint32_t at, len;
    uint16_t readers, writers;
};

static struct readahead aheads[AHEAD_MAX];
static struct local_pipe locals[LOCAL_MAX];

long pipe_broken(void)
{
    posix_signal_self(LX_SIGPIPE);
    return -EPIPE;
}

static struct readahead *ahead_take(void)
{
    capos_ring_poll();
    for (struct readahead *a = aheads; a < aheads + AHEAD_MAX; a++) {
        if (a->used && a->orphan && a->async.op.done)
            a->used = false;
        if (a->used)
            continue;
        if (!a->buf) {
            int64_t at = pages_map(AHEAD_BYTES, LX_PROT_READ | LX_PROT_WRITE);
            if (at < 0)
                return NULL;
            a->buf = (uint8_t *)(uintptr_t)at;
        }
        a->used = true;
        a->orphan = a->posted = false;
        a->have = 0;
        return a;
    }
    return NULL;
}

/* Moves a posted read that has been answered to data/have. False: still under way. */
static bool ahead_ready(struct readahead *a)
{
    if (a->posted) {
        capos_ring_poll();
        if (!a->async.op.done)
            return false;
        a->have = capos_pipe_read_end(&a->async, &a->data);
        a->posted = false;
        node_world_changed();
    }
    return true;
}

int pipe_make(struct ofd *o)
{
    uint32_t caps[2];
    if (!o->unmade)
        return 0;
    int err = capos_pipe_create(posix_caps.spawner, PIPE_BYTES, &caps[0], &caps[1]);
    if (err < 0)
        return err == -EMFILE ? -ENFILE : err;
    const bool writer = (o->flags & LX_O_ACCMODE) == LX_O_WRONLY;
    o->cap = caps[writer];
    o->unmade = false;
    if (o->peer) {
        o->peer->cap = caps[!writer];
        o->peer->unmade = false;
        o->peer->peer = NULL;
    } else {
        capos_release(caps[!writer]);
    }
    o->peer = NULL;
    return 0;
}

/* Whether a read of up to n bytes would not wait: LX_POLLIN and the like, or 0. */
static int poll_for(struct ofd *o, size_t n)
{
    if (pipe_make(o) < 0)
        return LX_POLLERR;
    if (!o->ahead) {
        struct readahead *a = ahead_take();
        if (!a)
            return LX_POLLERR;
        int err = capos_pipe_read_begin(&a->async, o->cap, a->buf,
                                        n < AHEAD_BYTES - CAPOS_PIPE_READ_MEM(0) ? CAPOS_PIPE_READ_MEM(n)
                                                                                 : AHEAD_BYTES);
        if (err < 0) {
            a->used = false;
            return LX_POLLERR;
        }
        a->posted = true;
        o->ahead = a;
        capos_enter(0, 0); /* what is there already is answered at once */
    }
    if (!ahead_ready(o->ahead))
        return 0;
    return o->ahead->have > 0 ? LX_POLLIN : o->ahead->have == 0 ? LX_POLLHUP : LX_POLLERR;
}

int pipe_poll(struct ofd *o)
{
    return poll_for(o, AHEAD_BYTES);
}

/* Waits for bytes or the end while children run, at a terminal: a Ctrl-C must reach them. True: a handler ran
 * first. */
static bool wait_heard(struct ofd *o, size_t n)
{
    for (;;) {
        uint32_t mark = capos_ring_mark();
        if (poll_for(o, n) != 0)
            return false;
        if (terminal_wait(mark) || signal_collect() < 0)
            return true;
    }
}

long pipe_read(struct ofd *o, void *buf, size_t n)
{
    if (o->unmade && !o->peer)
        return 0; /* nobody ever wrote, nobody will */
    int err = pipe_make(o);
    if (err < 0)
        return err;
    if (o->flags & LX_O_NONBLOCK && pipe_poll(o) == 0)
        return -EAGAIN;
    if (n > 0 && child_running() && terminal_here() && wait_heard(o, n))
        return -EINTR;
    struct readahead *a = o->ahead;
    if (!a) {
        int64_t got = capos_pipe_read(o->cap, buf, n);
        node_world_changed();
        return (long)got;
    }
    if (!ahead_ready(a)) {
        capos_ring_wait(&a->async.op);
        ahead_ready(a);
    }
    long got = (long)a->have;
    if (got > 0) {
        got = (size_t)got < n ? got : (long)n;
        __builtin_memcpy(buf, a->data, (size_t)got);
        a->data += got;
        a->have -= got;
        if (a->have)
            return got;
    }
    a->used = false;
    o->ahead = NULL;
    return got;
}

long pipe_write(struct ofd *o, const void *buf, size_t n)
{
    size_t done = 0;
    int err = pipe_make(o);
    if (err < 0)
        return err;
    if (o->flags & LX_O_NONBLOCK)
        return behind_write(o, buf, n);
    while (done < n) {
        int64_t put = capos_pipe_write(o->cap, (const uint8_t *)buf + done, n - done);
        if (put == -EPIPE && done == 0)
            return pipe_broken();
        if (put < 0)
            return done ? (long)done : (long)put;
        done += (size_t)put;
    }
    return (long)done;
}

void pipe_release(struct ofd *o)
{
    if (o->unmade) {
        if (o->peer)
            o->peer->peer = NULL;
        return;
    }
    if (o->ahead && o->ahead->posted)
        o->ahead->orphan = true;
    else if (o->ahead)
        o->ahead->used = false;
    behind_release(o);
    capos_release(o->cap);
    capos_enter(0, 0); /* the other side may be waiting for this end to go */
}

long local_pipe_read(struct ofd *o, void *buf, size_t n)
{
    struct local_pipe *p = o->pipe;
    if (p->len == 0) {
        if (p->writers == 0)
            return 0;
        return o->flags & LX_O_NONBLOCK ? -EAGAIN : -EDEADLK; /* only this process could ever write to it */
    }
    size_t k = p->len < n ? p->len : n;
    for (size_t i = 0; i < k; i++)
        ((uint8_t *)buf)[i] = p->buf[(p->at + i) % LOCAL_BYTES];
    p->at = (uint32_t)((p->at + k) % LOCAL_BYTES);
    p->len -= (uint32_t)k;
    return (long)k;
}

long local_pipe_write(struct ofd *o, const void *buf, size_t n)
{
    struct local_pipe *p = o->pipe;
    if (p->readers == 0)
        return pipe_broken();
    size_t room = LOCAL_BYTES - p->len, k = room < n ? room : n;
    if (k == 0)
        return o->flags & LX_O_NONBLOCK ? -EAGAIN : -EDEADLK;
    for (size_t i = 0; i < k; i++)
        p->buf[(p->at + p->len + i) % LOCAL_BYTES] = ((const uint8_t *)buf)[i];
    p->len += (uint32_t)k;
    return (long)k;
}

void local_pipe_release(struct ofd *o)
{
    if ((o->flags & LX_O_ACCMODE) == LX_O_RDONLY)
        o->pipe->readers--;
    else
        o->pipe->writers--;
}

int local_pipe_poll(struct ofd *o, int events)
{
    struct local_pipe *p = o->pipe;
    int r = 0;
    if ((o->flags & LX_O_ACCMODE) == LX_O_RDONLY) {
        r |= p->len ? LX_POLLIN : 0;
        r |= p->writers == 0 ? LX_POLLHUP : 0;
    } else {
        r |= p->readers == 0 ? LX_POLLERR : p->len < LOCAL_BYTES ? LX_POLLOUT : 0;
    }
    return r & (events | LX_POLLHUP | LX_POLLERR);
}

/* Both ends of a pipe that is not made yet; NULL for those there is no description for. */
static void ends_unmade(struct ofd *ends[2], uint32_t flags)
{
    for (int i = 0; i < 2; i++) {
        ends[i] = ofd_new(OFD_PIPE, (i ? LX_O_WRONLY : LX_O_RDONLY) | flags);
        if (ends[i])
            ends[i]->unmade = true;
    }
    if (ends[0] && ends[1]) {
        ends[0]->peer = ends[1];
        ends[1]->peer = ends[0];
    }
}

static int ends_new(struct ofd *ends[2], uint32_t flags)
{
    if (posix_caps.have_spawner) {
        ends_unmade(ends, flags);
        return 0;
    }
    struct local_pipe *p = locals;
    while (p < locals + LOCAL_MAX && (p->readers || p->writers))
        p++;
    if (p == locals + LOCAL_MAX)
        return -ENFILE;
    if (!p->buf) {
        int64_t at = pages_map(LOCAL_BYTES, LX_PROT_READ | LX_PROT_WRITE);
        if (at < 0)
            return (int)at;
        p->buf = (uint8_t *)(uintptr_t)at;
    }
    p->at = p->len = 0;
    for (int i = 0; i < 2; i++) {
        ends[i] = ofd_new(OFD_LOCAL_PIPE, (i ? LX_O_WRONLY : LX_O_RDONLY) | flags);
        if (!ends[i])
            continue;
        ends[i]->pipe = p;
        if (i)
            p->writers++;
        else
            p->readers++;
    }
    return 0;
}

long posix_pipe2(const long *a)
{
    int *out = (int *)a[0];
    uint32_t flags = (uint32_t)a[1];
    struct ofd *ends[2] = {NULL, NULL};
    if (flags & ~(uint32_t)(LX_O_CLOEXEC | LX_O_NONBLOCK))
        return -EINVAL;
    int err = ends_new(ends, flags & LX_O_NONBLOCK);
    if (err < 0)
        return err;
    if (!ends[0] || !ends[1]) {
        for (int i = 0; i < 2; i++)
            if (ends[i])
                ofd_unref(ends[i]);
        return -ENFILE;
    }
    long r = fd_install(ends[0], 0, flags & LX_O_CLOEXEC);
    if (r < 0) {
        ofd_unref(ends[1]);
        return r;
    }
    long w = fd_install(ends[1], 0, flags & LX_O_CLOEXEC);
    if (w < 0) {
        fd_close(r);
        return w;
    }
    out[0] = (int)r;
    out[1] = (int)w;
    return 0;
}

long posix_pipe(const long *a)
{
    const long args[2] = {a[0], 0};
    return posix_pipe2(args);
}
