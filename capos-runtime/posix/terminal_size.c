/* SPDX-License-Identifier: MIT */
/*
 * The terminal's size and settings; see terminal.h. TerminalSession has no word for either. Invariant: a size
 * is told once: it is compared with the one that was seen last, at the start or when it was told.
 */
#include "capos/ring.h"
#include "posix/shared.h"
#include "posix/signal.h"
#include "posix/terminal.h"

#define LOOK_NS UINT64_C(250000000) /* how often one who handles SIGWINCH looks while it waits */

static struct {
    uint16_t rows, columns; /* of the environment */
    bool started;
    uint32_t seen;
} size;

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
    size.rows = rows ? rows : size.rows;
    size.columns = columns ? columns : size.columns;
}

struct lx_winsize terminal_size(void)
{
    uint32_t now = shared_terminal();
    if (now)
        return (struct lx_winsize){(uint16_t)(now >> 16 & 0x7fff), (uint16_t)now, 0, 0};
    return (struct lx_winsize){size.rows ? size.rows : 24, size.columns ? size.columns : 80, 0, 0};
}

uint64_t terminal_size_wait(void)
{
    bool restart;
    if (!size.started) {
        size.started = true;
        size.seen = shared_terminal();
    }
    return size.seen & STARTUP_SIZE_MOVES && signal_handled(LX_SIGWINCH, &restart) ? LOOK_NS
                                                                                   : CAPOS_WAIT_FOREVER;
}

bool terminal_size_tell(void)
{
    bool restart;
    uint32_t now = shared_terminal();
    if (!size.started || now == size.seen)
        return false;
    size.seen = now;
    bool handled = signal_handled(LX_SIGWINCH, &restart);
    posix_signal_self(LX_SIGWINCH);
    return handled && !restart;
}

struct lx_termios terminal_settings(void)
{
    return (struct lx_termios){
        .iflag = LX_ICRNL,
        .oflag = LX_OPOST | LX_ONLCR,
        .cflag = LX_CS8 | LX_CREAD | LX_B38400,
        .lflag = LX_ISIG | LX_ICANON | LX_ECHO | LX_ECHOE | LX_ECHOK | LX_ECHOCTL,
        .cc = {[LX_VINTR] = 3,
               [LX_VERASE] = 127,
               [LX_VKILL] = 21,
               [LX_VEOF] = 4,
               [LX_VMIN] = 1,
               [LX_VWERASE] = 23},
    };
}

int terminal_set(const struct lx_termios *t)
{
    const struct lx_termios only = terminal_settings();
    return t->iflag == only.iflag && t->oflag == only.oflag && t->lflag == only.lflag ? 0 : -EINVAL;
}
