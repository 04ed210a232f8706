/* SPDX-License-Identifier: MIT */
/* Children. Invariant: see child.h; a handle is released as soon as the end is known; every record from top
 * on is free. */
#include "posix/child.h"

#include "capos/ring.h"
#include "posix/linux.h"
#include "posix/mail.h"
#include "posix/node.h"
#include "posix/shared.h"
#include "posix/signal.h"
#include "posix/vfork.h"

#define PATIENCE_NS UINT64_C(2000000000) /* many times what passes until a waiting process listens */

static struct child children[CHILD_MAX];
static unsigned top;

struct child *child_at(unsigned i)
{
    return i < top ? &children[i] : NULL;
}

struct child *child_new(uint32_t pid)
{
    struct child *found = NULL;
    for (struct child *c = children; c < children + top; c++) {
        if (c->state == CHILD_ORPHAN && child_ended(c))
            c->state = CHILD_FREE;
        if (c->state == CHILD_FREE && !found)
            found = c;
    }
    if (!found && top < CHILD_MAX)
        found = &children[top++];
    if (found) {
        found->state = CHILD_NEW;
        found->depth = (uint8_t)vfork_depth();
        found->waiting = found->announced = found->kept = false;
        found->killed = 0;
        found->pid = pid;
    }
    return found;
}

void child_run(struct child *c, uint32_t handle)
{
    c->state = CHILD_RUNNING;
    c->handle = handle;
    if (shared_terminal())
        shared_parent((uint32_t)posix_tid(), true);
    c->deaf = signal_ignored() >> (LX_SIGINT - 1) & 1;
}

void child_end(struct child *c, int64_t code)
{
    c->state = CHILD_ENDED;
    c->code = code;
}

void child_free(struct child *c)
{
    if (c->state == CHILD_RUNNING && c->waiting) {
        c->state = CHILD_ORPHAN;
        return;
    }
    if (c->state == CHILD_RUNNING || (c->state == CHILD_ENDED && c->kept))
        capos_release(c->handle);
    c->state = CHILD_FREE;
    while (top > 0 && children[top - 1].state == CHILD_FREE)
        top--;
}

void child_orphans(unsigned depth)
{
    for (struct child *c = children; c < children + top; c++)
        if ((c->state == CHILD_RUNNING || c->state == CHILD_ENDED) && c->depth == depth)
            child_free(c);
}

struct child *child_of(uint32_t pid)
{
    for (struct child *c = children; c < children + top; c++)
        if ((c->state == CHILD_RUNNING || c->state == CHILD_ENDED) && c->pid == pid &&
            c->depth == vfork_depth())
            return c;
    return NULL;
}

/* The wait, posted once. */
static void wait_post(struct child *c)
{
    if (c->waiting)
        return;
    if (capos_process_wait_begin(&c->wait, c->handle, c->reply, sizeof c->reply) < 0)
        return; /* the ring is full: next time */
    c->waiting = true;
    capos_enter(0, 0);
}

static bool any_running(void)
{
    for (const struct child *c = children; c < children + top; c++)
        if (c->state == CHILD_RUNNING || c->state == CHILD_ORPHAN)
            return true;
    return false;
}

bool child_ended(struct child *c)
{
    int64_t code = 0;
    if (c->state != CHILD_RUNNING && c->state != CHILD_ORPHAN)
        return c->state == CHILD_ENDED;
    wait_post(c);
    capos_ring_poll();
    if (!c->waiting || !c->wait.op.done)
        return false;
    int err = capos_process_wait_end(&c->wait, &code);
    c->waiting = false;
    c->code = err < 0 ? EXITCODE_KILLED : code;
    c->state = CHILD_ENDED;
    if (c->code < 0 || c->code > 255) /* else it has given its box back itself */
        mail_close(c->pid);
    if (!c->kept)
        capos_release(c->handle);
    if (shared_terminal() && !any_running())
        shared_parent((uint32_t)posix_tid(), false);
    node_world_changed();
    return true;
}

int child_wait(struct child *c, uint64_t timeout_ns)
{
    uint64_t now = posix_now(), end = timeout_ns > UINT64_MAX - 1 - now ? UINT64_MAX : now + timeout_ns;
    for (; !child_ended(c); now = end == UINT64_MAX ? 0 : posix_now()) {
        if (now >= end)
            return -ETIMEDOUT;
        capos_ring_enter(end == UINT64_MAX ? CAPOS_WAIT_FOREVER : end - now);
    }
    return 0;
}

int child_terminate(struct child *c, int sig)
{
    if (child_ended(c))
        return 0; /* as good as a signal to a process nobody has waited for yet */
    int err = capos_process_terminate(c->handle);
    if (err == 0)
        c->killed = sig;
    return err;
}

/* One round: ends those whose time has come; in the first, those that catch it are told. Whether others are
 * left. */
static bool interrupt_some(bool first, bool patient)
{
    bool left = false;
    for (struct child *c = children; c < children + top; c++) {
        if (c->state != CHILD_RUNNING || c->depth != vfork_depth() || c->deaf || child_ended(c))
            continue;
        if (patient && shared_has_children(c->pid))
            left = true;
        else if (!(mail_caught(c->pid) >> (LX_SIGINT - 1) & 1))
            child_terminate(c, LX_SIGINT);
        else if (first)
            mail_post(c->pid, LX_SIGINT);
    }
    return left;
}

void child_interrupt(void)
{
    uint64_t now = posix_now(), end = now + PATIENCE_NS;
    uint32_t mark = capos_ring_mark();
    for (bool first = true; interrupt_some(first, posix_caps.have_timer && now < end); first = false) {
        capos_ring_enter_since(mark, end - now);
        mark = capos_ring_mark();
        now = posix_now();
    }
}

bool child_running(void)
{
    for (const struct child *c = children; c < children + top; c++)
        if (c->state == CHILD_RUNNING && c->depth == vfork_depth())
            return true;
    return false;
}

bool child_news(bool *running)
{
    bool news = false;
    *running = false;
    for (struct child *c = children; c < children + top; c++) {
        if ((c->state != CHILD_RUNNING && c->state != CHILD_ENDED) || c->depth != vfork_depth())
            continue;
        if (!child_ended(c)) {
            *running = true;
        } else if (!c->announced) {
            c->announced = true;
            news = true;
        }
    }
    return news;
}
