/* SPDX-License-Identifier: MIT */
/*
 * Writes to a Pipe that do not wait: one write is posted at a time, and its bytes count as written.
 * Invariant: bytes that write() has taken reach the pipe unless its reader goes; the next write() then says
 * -EPIPE. A descriptor closed meanwhile gives its capability back at once: a call under way holds what it was
 * made on until it is answered, and so the pipe's end comes right after these bytes, whatever this process
 * waits for. A process that ends waits for them.
 */
#include "capos/pipe.h"
#include "posix/fd.h"

#define BEHIND_MAX 4u

struct writebehind {
    bool used, orphan; /* orphan: its descriptor is gone, its memory is still read from */
    struct capos_async async;
    uint64_t memory[CAPOS_PIPE_WRITE_MEM(CAPOS_PIPE_ATOMIC) / 8];
};

static struct writebehind behinds[BEHIND_MAX];
static unsigned nused; /* mostly none: then nobody need look through their pages */

static void use(struct writebehind *b, bool on)
{
    nused += (unsigned)on - (unsigned)b->used;
    b->used = on;
}

static struct writebehind *behind_take(void)
{
    struct writebehind *found = NULL;
    capos_ring_poll();
    for (struct writebehind *b = behinds; b < behinds + BEHIND_MAX; b++) {
        if (b->used && b->orphan && b->async.op.done)
            use(b, false);
        if (!b->used && !found)
            found = b;
    }
    return found;
}

/* What came of the posted write: 1 under way, 0 none, else its negative errno. */
static int behind_settle(struct ofd *o)
{
    if (!o->behind)
        return 0;
    capos_ring_poll();
    if (!o->behind->async.op.done)
        return 1;
    int64_t put = capos_pipe_write_end(&o->behind->async);
    use(o->behind, false);
    o->behind = NULL;
    return put < 0 ? (int)put : 0;
}

long behind_write(struct ofd *o, const void *buf, size_t n)
{
    size_t done = 0;
    while (done < n) {
        int state = behind_settle(o);
        if (state < 0)
            return state == -EPIPE ? pipe_broken() : state;
        if (state > 0)
            return done ? (long)done : -EAGAIN;
        struct writebehind *b = behind_take();
        size_t part = n - done < CAPOS_PIPE_ATOMIC ? n - done : CAPOS_PIPE_ATOMIC;
        if (!b)
            return done ? (long)done : -EAGAIN;
        int err = capos_pipe_write_begin(&b->async, o->cap, (const uint8_t *)buf + done, part, b->memory,
                                         sizeof b->memory);
        if (err < 0)
            return done ? (long)done : err;
        use(b, true);
        b->orphan = false;
        o->behind = b;
        done += part;
        capos_enter(0, 0); /* where there is room it is answered at once */
    }
    return (long)done;
}

int behind_poll(struct ofd *o)
{
    if (o->behind)
        capos_ring_poll();
    return !o->behind || o->behind->async.op.done ? LX_POLLOUT : 0;
}

void behind_release(struct ofd *o)
{
    struct writebehind *b = o->behind;
    if (behind_settle(o) > 0)
        b->orphan = true;
}

bool behind_any(void)
{
    bool any = false;
    capos_ring_poll();
    for (struct writebehind *b = behinds; nused > 0 && b < behinds + BEHIND_MAX; b++)
        any |= b->used && !b->async.op.done;
    return any;
}

void behind_finish(void)
{
    for (struct writebehind *b = behinds; nused > 0 && b < behinds + BEHIND_MAX; b++)
        if (b->used)
            capos_ring_wait(&b->async.op);
}
