/* SPDX-License-Identifier: MIT */
/*
 * An event log on disk as numbered lines: found again as the file grows, read one at a time, so that a run of
 * any length can be followed, stepped back and replayed. Invariant: only whole lines count; what is kept is
 * 16 bytes a line.
 */
#ifndef UI_EVLOG_H
#define UI_EVLOG_H

#include <stddef.h>
#include <stdint.h>

#define EVLOG_LINE_MAX (1u << 20) /* a longer line is cut, and then is no event */

struct evlog {
    int fd; /* -1: not open yet */
    char *path;
    uint64_t *start; /* n + 1 offsets: line i is [start[i], start[i + 1] - 1) */
    int64_t *time;   /* ms since 1970 of each line; 0 when it states none */
    size_t n;
    char *line; /* the line read last */
};

/* Prepares for DIR/events.jsonl, which need not exist yet. */
void evlog_init(struct evlog *e, const char *dir);
void evlog_close(struct evlog *e);
/* Looks for new lines; returns how many there are in all, or a negative errno (-ENOENT: no file yet). */
int64_t evlog_poll(struct evlog *e);
/* Reads line i < n; NUL-terminated, valid until the next call. NULL when the file cannot be read. */
const char *evlog_line(struct evlog *e, size_t i, size_t *len);

#endif
