/* SPDX-License-Identifier: MIT */
/*
 * What the subcommands share; see command.h.
 * Invariant: arguments are shown escaped.
 */
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

int command_usage_error(const char *command, const char *fmt, ...)
{
    char line[1024];
    struct buf b = {0};
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    text_escape(&b, line, strlen(line), false);
    fprintf(stderr, "capbench %s: %s (see: capbench %s --help)\n", command, b.p ? b.p : "", command);
    buf_free(&b);
    return EXIT_USAGE;
}

int command_number(const char *text, unsigned long long low, unsigned long long high, unsigned long long *out)
{
    char *end;

    if (*text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno != 0 || *end || *out < low || *out > high ? -EINVAL : 0;
}
