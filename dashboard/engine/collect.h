/* SPDX-License-Identifier: MIT */
/*
 * What the frames of one boot say: timed regions, how programs ended, notes. Fed live by a run, and from
 * bench.raw by `capbench verify`. Invariant: safe on any frame of a checked channel; the first thing that
 * cannot be is kept in `broken`.
 */
#ifndef ENGINE_COLLECT_H
#define ENGINE_COLLECT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attempts.h"
#include "definition.h"
#include "latency.h"
#include "mem.h"
#include "resources.h"

#define COLLECT_TAIL      2048u /* bytes of a program's standard error that are kept for a failure's detail */
#define COLLECT_PART_NAME 100u

/* A time that a program stated on its standard output while its region was timed (parts.h). */
struct collect_part {
    char name[COLLECT_PART_NAME]; /* escaped */
    uint64_t ms;
};

struct collect_mark {
    uint32_t iteration, region, warmup;
    bool ended, exited;
    uint64_t begin_guest, begin_host, end_guest, end_host;
    uint32_t exit_kind;
    int64_t exit_code;
    struct collect_part *part;
    size_t nparts;
    struct latency latency;        /* distributions that the program stated */
    bool block_begun, block_ended; /* the disk's counters are known at that end */
    struct guest_block_stats block_begin, block_end;
    bool wrote_known;
    uint64_t wrote; /* bytes that the program says it wrote */
};

struct collect {
    uint64_t start_host; /* QEMU's start; host times count from it */
    struct collect_mark *mark;
    size_t nmarks;
    size_t runs;      /* programs that have ended, timed or not */
    char step[128];   /* the step that runs now, escaped */
    char *broken;     /* a frame that cannot be, or NULL */
    bool failed_exit; /* there is such a program */
    uint32_t fail_kind;
    int64_t fail_code;
    char *error; /* the agent's ERROR text, escaped, or NULL */
    char tail[COLLECT_TAIL];
    size_t tail_len;
    char line[256]; /* of the running region's standard output, as far as it has come */
    size_t line_len;
    struct attempts attempts;   /* on authority, as the programs tell them */
    struct resources resources; /* what STAT frames say */
    bool block_fresh;           /* counters for the next region's begin are in hand */
    struct guest_block_stats block;
};

/* Zero-initialise, set start_host, feed every frame, free. */
void collect_frame(struct collect *c, unsigned type, uint64_t guest_ns, uint64_t host_ns, const void *payload,
                   size_t len);
/* The disk's counters at a SYNC, between the frames where they were read. */
void collect_block(struct collect *c, const struct guest_block_stats *stats);
void collect_free(struct collect *c);
/* The marks object (measure.h) of a boot; `guest_clock`: that clock is the measure. Caller deletes. */
cJSON *collect_marks(const struct collect *c, const struct definition *d, enum def_size size,
                     enum def_backing backing, enum guest_kind guest, bool guest_clock);
/* "exit code 3", "fault (signal 11)", … in fresh memory. */
char *collect_exit_text(uint32_t kind, int64_t code, enum guest_kind guest);

#endif
