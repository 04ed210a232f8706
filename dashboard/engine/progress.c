/* SPDX-License-Identifier: MIT */
/*
 * Progress; see progress.h.
 * Invariant: plain lines are whole lines; the rewritten line is cleared before anything else is printed.
 */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

double progress_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void progress_start(struct progress *p, bool on)
{
    *p = (struct progress){.on = on, .terminal = on && isatty(STDERR_FILENO), .start = progress_now()};
}

void progress_plan(struct progress *p, double expect_seconds)
{
    p->total++;
    p->expect_total += expect_seconds;
}

void progress_drop(struct progress *p, double expect_seconds)
{
    p->total--;
    p->expect_total -= expect_seconds;
}

double progress_left(const struct progress *p)
{
    /* How much slower or faster than expected this machine is, by what is finished. */
    double rate = p->expect_done > 0 ? p->spent_done / p->expect_done : 1;
    double rest = (p->expect_total - p->expect_done) * rate;
    double in_boot = p->boot_start > 0 ? progress_now() - p->boot_start : 0;
    double cap = p->boot_expect * rate;

    rest -= in_boot < cap ? in_boot : cap;
    return rest > 0 ? rest : 0;
}

static void progress_clear(const struct progress *p)
{
    if (p->terminal)
        fputs("\r\033[K", stderr);
}

static void progress_line(const struct progress *p, char *out, size_t n)
{
    char spent[32], left[32];

    text_duration(progress_now() - p->start, spent, sizeof spent);
    text_duration(progress_left(p), left, sizeof left);
    snprintf(out, n, "[%zu/%zu] %s%s%s (%s, about %s left)", p->done + 1 < p->total ? p->done + 1 : p->total,
             p->total, p->boot, *p->step ? ": " : "", p->step, spent, left);
}

static int progress_columns(void)
{
    struct winsize w;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 20 ? w.ws_col : 80;
}

static void progress_draw(struct progress *p)
{
    char line[512];

    progress_line(p, line, sizeof line);
    fprintf(stderr, "\r\033[K%.*s", progress_columns() - 1, line);
    fflush(stderr);
    p->drawn = progress_now();
}

static void progress_print(struct progress *p)
{
    char line[512];

    if (!p->on)
        return;
    if (p->terminal) {
        progress_draw(p);
        return;
    }
    progress_line(p, line, sizeof line);
    if (strcmp(line, p->last) != 0)
        fprintf(stderr, "%s\n", line);
    snprintf(p->last, sizeof p->last, "%s", line);
}

void progress_boot(struct progress *p, const char *what, double expect_seconds)
{
    snprintf(p->boot, sizeof p->boot, "%s", what);
    p->step[0] = '\0';
    p->boot_start = progress_now();
    p->boot_expect = expect_seconds;
    progress_print(p);
}

void progress_step(struct progress *p, const char *step)
{
    snprintf(p->step, sizeof p->step, "%s", step);
    progress_print(p);
}

void progress_tick(struct progress *p)
{
    if (p->terminal && progress_now() - p->drawn >= 0.1)
        progress_draw(p);
}

void progress_boot_end(struct progress *p, double seconds, const char *outcome)
{
    p->done++;
    p->expect_done += p->boot_expect;
    p->spent_done += seconds;
    p->boot_start = 0;
    p->boot_expect = 0;
    if (!p->on)
        return;
    progress_clear(p);
    fprintf(stderr, "[%zu/%zu] %s: %s (%.1f s)\n", p->done, p->total, p->boot, outcome, seconds);
}

void progress_note(struct progress *p, const char *line)
{
    if (!p->on)
        return;
    progress_clear(p);
    fprintf(stderr, "%s\n", line);
}

void progress_end(struct progress *p)
{
    if (p->on)
        progress_clear(p);
    p->on = p->terminal = false;
}
