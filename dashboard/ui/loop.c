/* SPDX-License-Identifier: MIT */
/*
 * Terminal and line loops; see loop.h.
 * Invariant: signal handlers set flags only, but for the crash handler, which gives the terminal back and
 * dies.
 */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "narrate.h"
#include "terminal.h"

#define REDRAW_MS        250
#define REDRAW_TIMING_MS 1000
#define REDRAW_SHELLS_MS 40

static volatile sig_atomic_t ended_by, stopped;

static void on_end(int sig)
{
    ended_by = sig;
}
static void on_stop(int sig)
{
    stopped = sig;
}

static void on_crash(int sig)
{
    term_rescue();
    signal(sig, SIG_DFL);
    raise(sig);
}

static void handle(int sig, void (*f)(int), int flags)
{
    struct sigaction sa = {.sa_handler = f, .sa_flags = flags};

    sigemptyset(&sa.sa_mask);
    sigaction(sig, &sa, NULL);
}

static void signals_install(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP},
                     crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    static char stack[32768];
    stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};

    sigaltstack(&ss, NULL);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        handle(ends[i], on_end, 0);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        handle(crashes[i], on_crash, (int)(SA_ONSTACK | SA_NODEFER | SA_RESETHAND));
    handle(SIGTSTP, on_stop, 0);
    handle(SIGPIPE, SIG_IGN, 0);
}

static double monotonic_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void stop_here(void)
{
    stopped = 0;
    term_suspend();
    raise(SIGSTOP);
    term_resume();
}

/*
 * Interrupt and termination end our run in order and wait for it; a lost terminal leaves it to finish by
 * itself.
 */
static int end_by_signal(struct app *a)
{
    int sig = ended_by;

    term_close();
    if (sig != SIGHUP && app_running(a)) {
        runner_cancel(&a->run);
        runner_wait(&a->run);
    }
    return 128 + sig;
}

static int drain_keys(struct app *a)
{
    int key, n = 0;

    while (!a->quit && (key = term_key(&a->ui.v)) >= 0 && n < 256) {
        n++;
        if (key > 0)
            app_key(a, key);
    }
    return n;
}

static void draw(struct app *a)
{
    int w, h;

    term_size(&w, &h);
    app_draw(a, w, h);
    term_draw(&a->grid);
}

/* The keyboard, and the shells' output. */
static void watch(const struct app *a, struct pollfd p[1 + SHELLS])
{
    p[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    for (int i = 0; i < SHELLS; i++)
        p[1 + i] = (struct pollfd){.fd = a->ui.shells ? a->shells.pane[i].fd : -1, .events = POLLIN};
}

int loop_terminal(struct app *a)
{
    struct term_look look = {
        .ascii = a->opt.ascii, .mono = a->opt.mono, .light = a->opt.light, .mouse = a->opt.mouse};
    double last = monotonic_ms(), drawn = 0;
    bool dirty = true, typed = false, closed = false;

    signals_install();
    if (term_open(NULL, stdout, stdin, &look) < 0)
        return loop_lines(a);
    while (!a->quit) {
        double now = monotonic_ms(), every = run_timing(&a->model) ? REDRAW_TIMING_MS : REDRAW_MS;
        struct pollfd p[1 + SHELLS];

        term_raw(ui_typing(&a->ui));
        dirty |= typed |= app_shells(a);
        if (a->source.mode == SRC_REPLAY)
            every = REDRAW_MS;
        if (typed)
            every = REDRAW_SHELLS_MS;
        dirty |= app_advance(a, now - last);
        last = now;
        if (dirty && now - drawn >= every) {
            draw(a);
            drawn = now;
            dirty = typed = false;
        }
        if (closed || ended_by)
            break;
        watch(a, p);
        (void)poll(p, 1 + SHELLS, (int)(dirty ? (drawn + every > now ? drawn + every - now + 1 : 1) : every));
        closed = (p[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
        if (stopped)
            stop_here();
        if (drain_keys(a) > 0) {
            draw(a);
            drawn = monotonic_ms();
        }
    }
    if (ended_by || closed) {
        ended_by = ended_by ? ended_by : SIGHUP;
        return end_by_signal(a);
    }
    term_close();
    if (a->model.ended)
        runner_wait(&a->run);
    return app_running(a) ? 0 : app_exit(a);
}

static void tell_screen(struct app *a)
{
    struct page p;

    app_draw(a, 80, 24);
    ui_page(&a->ui, 78, &p);
    printf("screen: %s\n", a->ui.v.help ? "Help" : screen_name(a->ui.v.screen));
    if (*a->ui.v.message)
        printf("note: %s\n", a->ui.v.message);
    for (size_t i = 0; i < p.n; i++) {
        struct buf b = {0};

        mk_plain(&b, p.line[i].markup, true);
        printf("%s%s\n",
               p.items > 0 && p.line[i].item_head && p.line[i].item == a->ui.v.select ? "selected: " : "",
               b.p ? b.p : "");
        buf_free(&b);
    }
    fflush(stdout);
    page_clear(&p);
}

/* Typed bytes are keys; a line feed tells the screen. False at the end of the input. */
static bool linear_input(struct app *a)
{
    char text[256];
    ssize_t n = read(STDIN_FILENO, text, sizeof text);

    for (ssize_t i = 0; i < n && !a->quit; i++) {
        if (text[i] == '\n' && a->ui.v.prompt == PR_NONE)
            tell_screen(a);
        else
            app_key(a, (unsigned char)text[i]);
    }
    return n > 0;
}

int loop_lines(struct app *a)
{
    bool input = a->opt.linear && isatty(STDIN_FILENO);
    double last = monotonic_ms();
    struct narrate told = {0};

    signals_install();
    while (!a->quit && !ended_by) {
        struct pollfd p = {.fd = input ? STDIN_FILENO : -1, .events = POLLIN};
        double now = monotonic_ms();

        (void)app_advance(a, now - last);
        last = now;
        narrate(&told, &a->model, a->opt.linear, stdout);
        if (!input && (a->run.ended || (a->run.pid == 0 && source_idle(&a->source, &a->model))))
            break;
        if (a->run.ended && !a->model.started)
            break;
        (void)poll(&p, 1, run_timing(&a->model) ? REDRAW_TIMING_MS : REDRAW_MS);
        if (p.revents & (POLLIN | POLLHUP))
            input = linear_input(a);
    }
    if (ended_by)
        return end_by_signal(a);
    if (a->run.ended && a->model.started && !a->model.ended) {
        char *line = runner_last_line(&a->run);

        fprintf(stderr, "capbench dash: the run ended early: %s\n", line);
        free(line);
    }
    return app_running(a) ? 0 : app_exit(a);
}
