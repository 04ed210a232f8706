/* SPDX-License-Identifier: MIT */
/*
 * What happens between a guest's SYNC and its GO: with a disk, the emulator's block counters are read, kept
 * in block.jsonl (one line a SYNC, in order) and told. Invariant: GO leaves only after the counters were
 * kept, so that what they count ended before and nothing of what follows has begun.
 */
#ifndef ENGINE_GUEST_SYNC_H
#define ENGINE_GUEST_SYNC_H

#include <stdio.h>

#include "guest.h"
#include "qmp.h"

#define GUEST_SYNC_TEXT 200u

struct guest_sync {
    const struct guest_callbacks *cb;
    struct qmp *qmp;
    struct guest_input *input;
    FILE *file;                     /* NULL: no disk, GO at once */
    uint64_t count;                 /* answered */
    char text[GUEST_SYNC_TEXT + 1]; /* of the SYNC that waits; "": none does */
    char why[160];                  /* what went wrong, for good */
};

/* Makes block.jsonl when the job has a disk. 0, or a negative errno with `why`. */
int guest_sync_open(struct guest_sync *s, const struct guest_job *job, const struct guest_callbacks *cb,
                    struct qmp *qmp, struct guest_input *input);
/* A SYNC has come. 0, or a negative errno with `why`. (A failure while it waits shows in `why`.) */
int guest_sync_take(struct guest_sync *s, const void *text, size_t len);
/* 0, or -EIO when block.jsonl could not be written. */
int guest_sync_close(struct guest_sync *s);

#endif
