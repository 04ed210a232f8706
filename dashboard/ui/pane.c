/* SPDX-License-Identifier: MIT */
/* Pseudo-terminal and emulator; see pane.h. Invariant: our end never blocks. */
#include "pane.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TYPED_MAX (64u << 10)
#define READ_MAX  (64u << 10) /* taken at once, so that a flood does not keep the keys waiting */
#define END_MS    5000

/* Answers of the emulated terminal to what the program asked it. */
static void answered(const char *s, size_t len, void *user)
{
    pane_type(user, s, len);
}

static void become(char *const *argv)
{
    static const int reset[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGTSTP, SIGSEGV,
                                SIGBUS, SIGABRT, SIGFPE, SIGILL,  SIGQUIT};
    sigset_t none;

    for (size_t i = 0; i < sizeof reset / sizeof reset[0]; i++)
        (void)signal(reset[i], SIG_DFL);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setenv("TERM", "xterm", 1);
    (void)close_range(3, ~0u, 0);
    execv(argv[0], argv);
    _exit(127);
}

int pane_open(struct pane *p, char *const *argv, int w, int h)
{
    struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
    int rc;

    *p = (struct pane){.w = w, .h = h, .fd = -1};
    p->pid = forkpty(&p->fd, NULL, NULL, &size);
    if (p->pid < 0) {
        rc = -errno;
        *p = (struct pane){.fd = -1};
        return rc;
    }
    if (p->pid == 0)
        become(argv);
    (void)fcntl(p->fd, F_SETFL, O_NONBLOCK);
    (void)fcntl(p->fd, F_SETFD, FD_CLOEXEC);
    p->vt = vterm_new(h, w);
    vterm_set_utf8(p->vt, 1);
    vterm_output_set_callback(p->vt, answered, p);
    p->screen = vterm_obtain_screen(p->vt);
    vterm_screen_enable_altscreen(p->screen, 1);
    vterm_screen_reset(p->screen, 1);
    return 0;
}

void pane_resize(struct pane *p, int w, int h)
{
    struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};

    if (!p->vt || (w == p->w && h == p->h))
        return;
    p->w = w;
    p->h = h;
    vterm_set_size(p->vt, h, w);
    if (p->fd >= 0)
        (void)ioctl(p->fd, TIOCSWINSZ, &size);
}

bool pane_running(const struct pane *p)
{
    return p->pid > 0;
}

static void typed_pass(struct pane *p)
{
    while (p->fd >= 0 && p->typed.len > 0) {
        ssize_t put = write(p->fd, p->typed.p, p->typed.len);

        if (put <= 0)
            return;
        p->typed.len -= (size_t)put;
        memmove(p->typed.p, p->typed.p + put, p->typed.len);
    }
}

static bool collect(struct pane *p, int flags)
{
    int status;

    if (p->pid <= 0 || waitpid(p->pid, &status, flags) != p->pid)
        return false;
    p->pid = 0;
    p->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

static bool output_take(struct pane *p)
{
    static char bytes[4096];
    size_t total = 0;
    ssize_t n = 0;

    while (p->fd >= 0 && total < READ_MAX && (n = read(p->fd, bytes, sizeof bytes)) > 0) {
        vterm_input_write(p->vt, bytes, (size_t)n);
        total += (size_t)n;
    }
    if (p->fd >= 0 && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))) {
        close(p->fd);
        p->fd = -1;
        return true;
    }
    return total > 0;
}

bool pane_advance(struct pane *p)
{
    bool news;

    if (!p->vt)
        return false;
    typed_pass(p);
    news = output_take(p);
    return collect(p, WNOHANG) || news;
}

void pane_type(struct pane *p, const void *bytes, size_t n)
{
    if (p->fd < 0 || p->typed.len + n > TYPED_MAX)
        return;
    buf_add(&p->typed, bytes, n);
    typed_pass(p);
}

struct cell pane_cell(const struct pane *p, int y, int x)
{
    struct cell c = {' ', ST_NORMAL};
    VTermScreenCell v;

    if (!p->vt || y < 0 || y >= p->h || x < 0 || x >= p->w)
        return c;
    vterm_screen_get_cell(p->screen, (VTermPos){.row = y, .col = x}, &v);
    if (v.chars[0] != 0 && v.chars[0] != (uint32_t)-1)
        c.code = v.chars[0] >= 0x20 && v.chars[0] <= 0x7e ? (unsigned char)v.chars[0] : '?';
    c.style = (unsigned char)((v.attrs.bold ? ST_BOLD : ST_NORMAL) | (v.attrs.reverse ? ST_SELECT : 0u));
    return c;
}

bool pane_cursor(const struct pane *p, int *y, int *x)
{
    VTermPos pos;

    if (!p->vt || p->fd < 0)
        return false;
    vterm_state_get_cursorpos(vterm_obtain_state(p->vt), &pos);
    *y = pos.row;
    *x = pos.col < p->w ? pos.col : p->w - 1;
    return true;
}

void pane_close(struct pane *p)
{
    const struct timespec step = {.tv_nsec = 10000000};

    if (p->pid > 0)
        (void)kill(p->pid, SIGTERM);
    for (int ms = 0; p->pid > 0 && ms < END_MS; ms += 10) {
        /* What it still writes has to go somewhere. */
        (void)output_take(p);
        if (!collect(p, WNOHANG))
            (void)nanosleep(&step, NULL);
    }
    if (p->pid > 0) {
        (void)kill(p->pid, SIGKILL);
        (void)collect(p, 0);
    }
    if (p->fd >= 0)
        close(p->fd);
    if (p->vt)
        vterm_free(p->vt);
    buf_free(&p->typed);
    *p = (struct pane){.fd = -1, .status = p->status};
}
