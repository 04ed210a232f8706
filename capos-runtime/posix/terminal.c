/* SPDX-License-Identifier: MIT */
/* The terminal; see terminal.h. Invariant: lines come out in the order they were typed, an end of input after
 * those before it. */
#include "posix/terminal.h"

#include "capos/console.h"
#include "capos/ring.h"
#include "capos/start.h"
#include "posix/child.h"
#include "posix/shared.h"
#include "posix/signal.h"

#define LINE_BYTES  4096u
#define REPLY_BYTES (LINE_BYTES + 128u)
#define AHEAD_BYTES (2u * LINE_BYTES)
#define SESSION     "terminal_session" /* the grant's name in the profile of a shell */
#define MOMENT_NS   UINT64_C(200000000)

static struct {
    bool posted, ended, interrupted;
    uint32_t at, len; /* of `text`: lines not read yet, each with its line feed */
    char text[AHEAD_BYTES];
    struct capos_async line;
    uint64_t reply[REPLY_BYTES / 8];
} terminal;

static int line_post(uint32_t cap)
{
    int err = capos_terminal_read_line_begin(&terminal.line, cap, LINE_BYTES - 1, terminal.reply,
                                             sizeof terminal.reply);
    terminal.posted = err == 0;
    if (err == 0)
        capos_enter(0, 0);
    return err;
}

/* Takes an answer that has come. 0, or a negative errno. */
static int line_settle(void)
{
    const uint8_t *line;
    unsigned status;
    if (!terminal.posted)
        return 0;
    capos_ring_poll();
    if (!terminal.line.op.done)
        return 0;
    int64_t got = capos_terminal_read_line_end(&terminal.line, &line, &status);
    terminal.posted = false;
    node_world_changed();
    if (got < 0)
        return (int)got;
    terminal.ended |= status == CAPOS_LINE_CLOSED;
    terminal.interrupted |= status == CAPOS_LINE_CANCELLED;
    if (status == CAPOS_LINE_CANCELLED)
        terminal.at = terminal.len = 0; /* what was typed ahead goes with it */
    if (status != CAPOS_LINE_SUBMITTED || terminal.len + got + 1 > AHEAD_BYTES)
        return 0;
    __builtin_memcpy(terminal.text + terminal.len, line, (size_t)got);
    terminal.len += (uint32_t)got;
    terminal.text[terminal.len++] = '\n';
    return 0;
}

/* One read gives one line at most, as from any terminal. */
static long line_take(uint8_t *buf, size_t n)
{
    size_t k = 0;
    while (k < n && terminal.at < terminal.len && (k == 0 || buf[k - 1] != '\n'))
        buf[k++] = (uint8_t)terminal.text[terminal.at++];
    if (terminal.at == terminal.len)
        terminal.at = terminal.len = 0;
    return (long)k;
}

/* Whether a Ctrl-C was typed that is not ignored. */
static bool interrupted(void)
{
    line_settle();
    bool yes = terminal.interrupted && !(signal_ignored() >> (LX_SIGINT - 1) & 1);
    terminal.interrupted = false;
    return yes;
}

/* Until the line has come; true: a handler was run first. */
static bool line_wait(void)
{
    while (!terminal.line.op.done) {
        uint32_t mark = capos_ring_mark();
        capos_ring_poll();
        if (!terminal.line.op.done && (terminal_size_tell() || signal_collect() < 0))
            return true;
        if (!terminal.line.op.done)
            signal_wait(mark, terminal_size_wait());
    }
    return false;
}

long terminal_read(struct ofd *o, void *buf, size_t n)
{
    for (;;) {
        int err = line_settle();
        if (err == 0 && interrupted()) {
            posix_interrupt();
            return -EINTR;
        }
        if (err == 0 && terminal.at < terminal.len)
            return line_take(buf, n);
        if (err == 0 && terminal.ended) {
            terminal.ended = false;
            return 0;
        }
        if (err == 0 && !terminal.posted)
            err = line_post(o->cap);
        if (err < 0)
            return err;
        if (line_wait())
            return -EINTR;
    }
}

/* A capability to the terminal: that of a descriptor, else the one that a session hands on by name. */
static bool terminal_cap(uint32_t *cap)
{
    for (long fd = 0; fd < fd_top(); fd++) {
        const struct ofd *o = fd_get(fd);
        if (o && o->kind == OFD_TERMINAL) {
            *cap = o->cap;
            return true;
        }
    }
    return shared_terminal() && capos_grant_by_name(SESSION, CAPOS_IFACE_TERMINAL_SESSION, cap) == 0;
}

bool terminal_here(void)
{
    uint32_t cap;
    return shared_terminal() && terminal_cap(&cap);
}

bool terminal_wait(uint32_t mark)
{
    uint32_t cap;
    uint64_t limit = terminal_size_wait();
    line_settle();
    if (!terminal.posted && !terminal.ended && terminal.len <= AHEAD_BYTES - LINE_BYTES &&
        terminal_cap(&cap)) {
        signal_wait(mark, MOMENT_NS);
        if (capos_ring_mark() == mark && !signal_there())
            line_post(cap); /* refused: then nobody listens */
        else
            limit = 0;
    }
    if (limit)
        signal_wait(mark, limit);
    if (!interrupted())
        return terminal_size_tell();
    child_interrupt();
    return posix_interrupt();
}

void terminal_interrupted(void)
{
    if (signal_ignored() >> (LX_SIGINT - 1) & 1)
        return;
    child_interrupt();
    posix_interrupt();
}
