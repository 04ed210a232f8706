/* SPDX-License-Identifier: MIT */
/* TAP for programs that run in a guest. Invariant: the exit code is 0 only if every check held; the plan
 * comes last. */
#ifndef PROG_TAP_H
#define PROG_TAP_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

static inline void tap_is(int ok, const char *name, int line)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", ++tap_count, name);
    if (!ok)
        printf("# line %d, errno %d (%s)\n", line, errno, strerror(errno));
    tap_failed += !ok;
}

#define CHECK(cond, name) tap_is((cond) ? 1 : 0, name, __LINE__)
/* The call must fail with this errno. */
#define FAILS(call, err, name) tap_is((errno = 0, (call) == -1) && errno == (err), name, __LINE__)

static inline int tap_end(void)
{
    printf("1..%d\n", tap_count);
    fflush(stdout);
    return tap_failed ? 1 : 0;
}

#endif
