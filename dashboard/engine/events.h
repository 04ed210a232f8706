/* SPDX-License-Identifier: MIT */
/*
 * The event log of a run: events.jsonl, one JSON object a line, append-only.
 * Invariant: `seq` counts from 0 without a gap; a line is written whole; what events_sync returned for is on
 * disk.
 */
#ifndef ENGINE_EVENTS_H
#define ENGINE_EVENTS_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

struct events {
    int fd;
    uint64_t seq;
    int error; /* first write error, negative errno; nothing is written after it */
};

/* Makes the file (it must not exist). 0 or a negative errno. */
int events_create(struct events *e, const char *path);
/* A fresh object with seq, time (UTC, ISO 8601) and event set; fill it and pass it to events_add. */
cJSON *events_new(struct events *e, const char *event);
/* Appends the line and frees the object. */
void events_add(struct events *e, cJSON *line);
/* fsync. 0, or the first error met so far. */
int events_sync(struct events *e);
/* Closes; 0, or the first error met. */
int events_close(struct events *e);

/*
 * Reads a log: an array of the objects, checked to be numbered without a gap. NULL and *why (malloc'd) when
 * it cannot be read. An unfinished last line (a crash) is left out.
 */
cJSON *events_load(const char *path, char **why);

/* "2026-01-02T03:04:05.678Z" for now. */
void events_time(char out[32]);

#endif
