/* SPDX-License-Identifier: MIT */
/*
 * Power cuts on the emulated disk: a trace is one run of random operations with everything it wrote; a case
 * is one thing a cut may leave of it. Invariant: the same case id gives the same case.
 */
#ifndef FAULT_CUTS_H
#define FAULT_CUTS_H

#include "emudisk.h"
#include "model.h"

enum cut_kind {
    CUT_PREFIX,  /* every write before the cut, none after */
    CUT_TORN,    /* and the sectors of `detail` of the next one */
    CUT_REORDER, /* of the writes since the last flush those that `detail` says, in any order, any of them
                    torn */
    CUT_SUBSET,  /* of the writes since the last flush exactly the set of bits `detail` */
};

/* A cut behind `event` events of the trace; second: one more behind that many events of the recovery, torn
 * with second_mask. */
struct cut_case {
    uint64_t seed;
    unsigned steps;
    enum cut_kind kind;
    size_t event;
    uint64_t detail;
    bool twice;
    size_t second;
    unsigned second_mask;
};

struct trace_step {
    size_t end;      /* events when it was over */
    uint64_t digest; /* of the state after it */
    bool acked;      /* it was a sync that returned 0 */
};

struct trace {
    uint64_t seed;
    unsigned nsteps;
    struct trace_step *steps; /* [0]: the empty store, acknowledged */
    struct emudisk_event *events;
    size_t nevents;
    struct emudisk disk;
    uint64_t faults;    /* of the device while it was made: every second seed has some */
    uint64_t full;      /* changes that found no space */
    size_t base_events; /* this many are in the disk's base: up to the last flush before some event */
    struct emumem mem;
};

struct cuts_result {
    uint64_t cases, recoveries, violations;
};

void trace_open(struct trace *t, uint64_t seed, unsigned steps);
void trace_close(struct trace *t);
/* Runs a case; false, after printing its id and what is wrong, when a promise was broken. events_out: how
 * many events the recovery had (may be NULL). Cases of a trace must come with rising events within one flush,
 * or any order: the base moves as needed. */
bool cut_run(struct trace *t, const struct cut_case *c, size_t *events_out);
void cut_print(const struct cut_case *c);
/* "SEED:STEPS:KIND:EVENT:DETAIL[:SECOND:MASK]"; false: not one. */
bool cut_parse(const char *text, struct cut_case *c);
/* The first event of the flush epoch that `event` lies in. */
size_t trace_epoch(const struct trace *t, size_t event);

#endif
