/* SPDX-License-Identifier: MIT */
/*
 * bench.raw: what came over the bench channel, with the host's stamps, for recomputing a run.
 * Invariant: an 8-byte magic, then one record a frame, in order: struct channel_raw_head, and the payload
 * unless `omitted` (the bytes of exported files are in the artifact folder, not twice on the disk).
 */
#ifndef ENGINE_CHANNEL_RAW_H
#define ENGINE_CHANNEL_RAW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "abi/bench.h"

struct channel_raw_head {
    uint64_t host_ns; /* CLOCK_MONOTONIC_RAW at reception */
    uint32_t omitted; /* 1: the payload is not in this file */
    uint32_t zero;
    struct bench_frame frame; /* as received */
};

_Static_assert(sizeof(struct channel_raw_head) == 56, "raw record");

/* Creates the file. NULL with errno set on failure; fclose ends it (and reports the last write error). */
FILE *channel_raw_create(const char *path);
/* Appends a frame. 0, or -EIO. */
int channel_raw_add(FILE *f, uint64_t host_ns, const struct bench_frame *frame, const uint8_t *payload);

/* Opens a file for reading. 0, or a negative errno (-EINVAL: not such a file). */
int channel_raw_open(const char *path, FILE **out);
/*
 * Reads the next record; `payload` has room for BENCH_MAX_PAYLOAD bytes. 1, 0 at the end, -EBADMSG when the
 * record is cut off or a checksum of the frame does not hold (an omitted payload's is not checked).
 */
int channel_raw_next(FILE *f, struct channel_raw_head *head, uint8_t *payload);

#endif
