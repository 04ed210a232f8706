/* SPDX-License-Identifier: MIT */
/* TAP on the console for programs without a C library. Invariant: the plan comes last, and bare_end gives 0
 * only if every check held. */
#ifndef PROG_BARE_TAP_H
#define PROG_BARE_TAP_H

#include "capos/console.h"

static uint32_t console;
static unsigned tap_count, tap_failed;

static size_t tap_put(char *line, size_t at, const char *text)
{
    while (*text != '\0')
        line[at++] = *text++;
    return at;
}

static size_t tap_number(char *line, size_t at, unsigned n)
{
    if (n >= 10)
        at = tap_number(line, at, n / 10);
    line[at] = (char)('0' + n % 10);
    return at + 1;
}

/* One line; `name` has at most 100 bytes. */
static void check(bool ok, const char *name)
{
    char line[128];
    size_t n = tap_number(line, tap_put(line, 0, ok ? "ok " : "not ok "), ++tap_count);

    tap_failed += !ok;
    n = tap_put(line, tap_put(line, n, " - "), name);
    capos_console_write_line(console, line, n);
}

/* The plan; the program's exit code. */
static int64_t tap_end(void)
{
    char plan[16];

    capos_console_write_line(console, plan, tap_number(plan, tap_put(plan, 0, "1.."), tap_count));
    return tap_failed != 0;
}

#endif
