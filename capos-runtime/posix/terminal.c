/* SPDX-License-Identifier: MIT */
/* The terminal; see terminal.h. Invariant: lines come out in the order they were typed, an end of input after
 * those before it. */
#include "posix/terminal.h"

#include "capos/console.h"
#include "posix/child.h"
#include "posix/signal.h"

#define LINE_BYTES  4096u
#define REPLY_BYTES (LINE_BYTES + 128u)
#define AHEAD_BYTES (2u * LINE_BYTES)
#define MOMENT_NS   UINT64_C(200000000)

static struct {
    bool posted, ended, interrupted;
    uint32_t at, len; /* of `text`: lines not read yet, each with its line feed */
    char text[AHEAD_BYTES];
    struct capos_async line;
    uint64_t reply[REPLY_BYTES / 8];
    uint16_t rows, columns;
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

static bool interrupted(void)
{
    line_settle();
    bool yes = terminal.interrupted;
    terminal.interrupted = false;
    return yes;
}

long terminal_read(struct ofd *o, void *buf, size_t n)
{
    for (;;) {
        int err = line_settle();
        if (err == 0 && interrupted()) {
            posix_signal_self(LX_SIGINT);
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
        capos_ring_wait(&terminal.line.op);
    }
}

/* The terminal among the descriptors, or NULL. */
static const struct ofd *terminal_find(void)
{
    for (long fd = 0; fd < fd_top(); fd++) {
        const struct ofd *o = fd_get(fd);
        if (o && o->kind == OFD_TERMINAL)
            return o;
    }
    return NULL;
}

bool terminal_pause(uint32_t mark)
{
    const struct ofd *o = terminal_find();
    line_settle();
    if (o && !terminal.posted && !terminal.ended && terminal.len <= AHEAD_BYTES - LINE_BYTES) {
        signal_wait(mark, MOMENT_NS);
        if (capos_ring_mark() != mark || signal_there())
            return interrupted();
        line_post(o->cap); /* refused: then nobody listens */
    }
    signal_wait(mark, CAPOS_WAIT_FOREVER);
    return interrupted();
}

void terminal_wait(uint32_t mark)
{
    if (!terminal_pause(mark))
        return;
    child_interrupt();
    posix_signal_self(LX_SIGINT);
}

/* ---- its size ---- */

static uint16_t number_after(const char *text, const char *name)
{
    size_t n = posix_strlen(name);
    uint32_t v = 0;
    if (posix_strlen(text) <= n || !posix_memeq(text, name, n))
        return 0;
    for (text += n; *text >= '0' && *text <= '9' && v < 10000; text++)
        v = v * 10 + (uint32_t)(*text - '0');
    return *text == '\0' && v < 10000 ? (uint16_t)v : 0;
}

void terminal_size_note(const char *variable)
{
    uint16_t rows = number_after(variable, "LINES="), columns = number_after(variable, "COLUMNS=");
    terminal.rows = rows ? rows : terminal.rows;
    terminal.columns = columns ? columns : terminal.columns;
}

struct lx_winsize terminal_size(void)
{
    return (struct lx_winsize){terminal.rows ? terminal.rows : 24, terminal.columns ? terminal.columns : 80,
                               0, 0};
}
