/* SPDX-License-Identifier: MIT */
/*
 * The real program on a pseudo-terminal: keys, resizes down to 1x1, and what it leaves behind after every
 * signal. Invariant: every wait has a limit; no child outlives its case.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "screens.h"

#define WAIT_MS 8000

struct session {
    pid_t pid;
    int fd;
    struct vscreen v;
    struct termios before;
    struct buf bytes; /* everything it wrote */
};

static void session_open(struct session *s, int w, int h, const char *term, char *const *argv)
{
    struct winsize ws = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};

    *s = (struct session){0};
    s->pid = forkpty(&s->fd, NULL, NULL, &ws);
    if (s->pid == 0) {
        setenv("TERM", term, 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        unsetenv("NO_COLOR");
        execv(argv[0], argv);
        _exit(127);
    }
    tcgetattr(s->fd, &s->before);
    vscreen_open(&s->v, w, h);
}

/* Feeds what comes within ms; false at the end of the stream. */
static bool session_pump(struct session *s, int ms)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    char text[8192];
    ssize_t n;

    if (poll(&p, 1, ms) <= 0)
        return true;
    n = read(s->fd, text, sizeof text);
    if (n <= 0)
        return false;
    buf_add(&s->bytes, text, (size_t)n);
    vscreen_feed(&s->v, text, (size_t)n);
    return true;
}

static bool session_wait(struct session *s, const char *text)
{
    for (int left = WAIT_MS; left > 0; left -= 20) {
        char *screen = vscreen_text(&s->v);
        bool there = strstr(screen, text) != NULL;

        free(screen);
        if (there)
            return true;
        if (!session_pump(s, 20))
            break;
    }
    return false;
}

static void session_show(const struct session *s)
{
    char *screen = vscreen_text(&s->v);

    for (char *p = screen, *end; (end = strchr(p, '\n')); p = end + 1)
        printf("# %.*s\n", (int)(end - p), p);
    free(screen);
}

static void expect(struct session *s, const char *text, const char *name)
{
    bool there = session_wait(s, text);

    check(there, "%s", name);
    if (!there)
        session_show(s);
}

static void keys(const struct session *s, const char *text)
{
    (void)!write(s->fd, text, strlen(text));
}

/* Its wait status, or -1 when it had to be killed. */
static int session_end(struct session *s)
{
    int status = -1;

    for (int left = WAIT_MS; left > 0; left -= 20) {
        if (!session_pump(s, 20))
            (void)poll(NULL, 0, 20); /* its end is closed: it is about to end */
        if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
            s->pid = 0;
            for (int i = 0; i < 10; i++)
                (void)session_pump(s, 5);
            return status;
        }
    }
    kill(s->pid, SIGKILL);
    waitpid(s->pid, &status, 0);
    return -1;
}

static void session_close(struct session *s)
{
    vscreen_close(&s->v);
    close(s->fd);
    buf_free(&s->bytes);
}

/* Line settings as before, screen switched back, cursor shown. */
static bool restored(struct session *s)
{
    struct termios now;
    const char *all = s->bytes.p ? s->bytes.p : "";
    const char *in = NULL, *out = NULL;

    for (const char *p = all; (p = strstr(p, "\033[?1049h")); p++)
        in = p;
    for (const char *p = all; (p = strstr(p, "\033[?1049l")); p++)
        out = p;
    return in && out && out > in && tcgetattr(s->fd, &now) == 0 && now.c_lflag == s->before.c_lflag &&
           now.c_iflag == s->before.c_iflag && now.c_oflag == s->before.c_oflag;
}

static char program[200] = "build/capbench", dash[] = "dash", dir[] = RECORDED;

static void walk(void)
{
    char *argv[] = {program, dash, dir, NULL};
    struct session s;
    int status;

    session_open(&s, 80, 24, "xterm-256color", argv);
    expect(&s, "compression/zstd-3", "the matrix comes up");
    keys(&s, "2");
    expect(&s, "failures first", "2 shows Results");
    keys(&s, "j\r");
    expect(&s, "Samples (ms)", "Enter opens the Detail of a workload");
    keys(&s, "\033[6~");
    expect(&s, "-3", "PgDn scrolls");
    keys(&s, "\t");
    expect(&s, "capOS/Linux", "Tab goes on to History");
    keys(&s, "5/EPYC\r");
    expect(&s, "EPYC", "search finds text on Context");
    keys(&s, "?");
    expect(&s, "Keys", "? shows the help");
    keys(&s, "\0331");
    expect(&s, "compression/zstd-3", "Esc leaves it");
    keys(&s, "00p");
    expect(&s, "replay 10x", "0 replays, p pauses");
    keys(&s, "$q");
    status = session_end(&s);
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0 && restored(&s),
          "q leaves with 0 and a terminal as before");
    session_close(&s);
}

static void resize(struct session *s, int w, int h)
{
    struct winsize ws = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};

    vscreen_resize(&s->v, w, h);
    ioctl(s->fd, TIOCSWINSZ, &ws);
}

static void resizes(void)
{
    static const int sizes[][2] = {{40, 12},  {1, 1},  {132, 43}, {20, 5},
                                   {300, 90}, {2, 30}, {200, 2},  {80, 24}};
    char *argv[] = {program, dash, dir, NULL};
    struct session s;
    int status;

    session_open(&s, 80, 24, "xterm-256color", argv);
    (void)session_wait(&s, "compression/zstd-3");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        resize(&s, sizes[i][0], sizes[i][1]);
        for (int k = 0; k < 12; k++)
            (void)session_pump(&s, 10);
        keys(&s, "j");
    }
    keys(&s, "4");
    expect(&s, "capOS/Linux", "after resizes down to 1x1 and up to 300x90 it still works");
    keys(&s, "q");
    status = session_end(&s);
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0 && restored(&s), "and leaves in order");
    session_close(&s);
}

static void signals(void)
{
    static const struct {
        int sig;
        const char *name;
        bool dies; /* by the signal itself */
    } cases[] = {{SIGINT, "SIGINT", false},  {SIGTERM, "SIGTERM", false}, {SIGHUP, "SIGHUP", false},
                 {SIGSEGV, "SIGSEGV", true}, {SIGABRT, "SIGABRT", true},  {SIGBUS, "SIGBUS", true}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *argv[] = {program, dash, dir, NULL};
        struct session s;
        int status;

        session_open(&s, 80, 24, "xterm-256color", argv);
        (void)session_wait(&s, "compression/zstd-3");
        kill(s.pid, cases[i].sig);
        status = session_end(&s);
        check(cases[i].dies ? WIFSIGNALED(status) && WTERMSIG(status) == cases[i].sig
                            : WIFEXITED(status) && WEXITSTATUS(status) == 128 + cases[i].sig,
              "%s ends it with its own status (%x)", cases[i].name, (unsigned)status);
        check(restored(&s), "%s leaves the terminal as before", cases[i].name);
        session_close(&s);
    }
}

static void stop_and_back(void)
{
    char *argv[] = {program, dash, dir, NULL};
    struct session s;
    int status = 0;
    bool stopped = false;

    session_open(&s, 80, 24, "xterm-256color", argv);
    (void)session_wait(&s, "compression/zstd-3");
    keys(&s, "\032");
    for (int left = WAIT_MS; left > 0 && !stopped; left -= 20) {
        (void)session_pump(&s, 20);
        stopped = waitpid(s.pid, &status, WNOHANG | WUNTRACED) == s.pid && WIFSTOPPED(status);
    }
    for (int i = 0; i < 10; i++)
        (void)session_pump(&s, 5);
    check(stopped && restored(&s), "Ctrl-Z stops it with the terminal as before");
    kill(s.pid, SIGCONT);
    keys(&s, "6");
    expect(&s, "console (boot", "continued, it draws again and takes keys");
    keys(&s, "q");
    status = session_end(&s);
    check(WIFEXITED(status) && restored(&s), "and leaves in order");
    session_close(&s);
}

static void no_screen(void)
{
    char linear[] = "--linear";
    char *argv[] = {program, dash, dir, NULL}, *lines[] = {program, dash, dir, linear, NULL};
    struct session s;
    int status;

    session_open(&s, 80, 24, "dumb", argv);
    status = session_end(&s);
    check(WIFEXITED(status) && s.bytes.p && strstr(s.bytes.p, "exit 1") && !strchr(s.bytes.p, 27),
          "TERM=dumb: lines, no escape");
    session_close(&s);
    session_open(&s, 80, 24, "xterm-256color", lines);
    (void)session_wait(&s, "the run has ended");
    keys(&s, "2\n");
    expect(&s, "screen: Results", "--linear: a key and Enter tell a screen");
    keys(&s, "q\n");
    status = session_end(&s);
    check(WIFEXITED(status) && s.bytes.p && !strchr(s.bytes.p, 27), "--linear writes no escape and leaves");
    session_close(&s);
}

int main(void)
{
    if (getenv("CAPBENCH_BUILD"))
        snprintf(program, sizeof program, "%s/capbench", getenv("CAPBENCH_BUILD"));
    if (!files_is_file(program)) {
        puts("1..0 # SKIP build/capbench is not there");
        return 0;
    }
    walk();
    resizes();
    signals();
    stop_and_back();
    no_screen();
    return check_done();
}
