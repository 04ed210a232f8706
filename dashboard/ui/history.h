/* SPDX-License-Identifier: MIT */
/*
 * The ratios of earlier runs: every comparisons.json in the folders beside a run.
 * Invariant: at most HISTORY_RUNS runs, the newest by name; a file that cannot be read or is not of the
 * expected shape is counted, never guessed at.
 */
#ifndef UI_HISTORY_H
#define UI_HISTORY_H

#include <stddef.h>

#define HISTORY_RUNS    200u
#define HISTORY_ENTRIES 20000u

struct history_entry {
    char *run_id, *workload, *size, *backing, *accel, *stop;
    double ratio, low, high; /* NaN: none */
    unsigned pairs;
};

struct history {
    char *dir;
    struct history_entry *entry; /* oldest run first */
    size_t n, runs, unreadable;
};

/* Reads the folders in `dir`. Never NULL; free with history_free. */
struct history *history_load(const char *dir);
void history_free(struct history *h);

#endif
