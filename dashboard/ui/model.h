/* SPDX-License-Identifier: MIT */
/*
 * What a run's event log says, folded line by line. EVENTS.md of the engine documents the events.
 * Invariant: a function of the lines folded so far and of nothing else; memory is bounded by the MODEL_
 * limits (what is beyond them is counted in `dropped`); an unknown event or a field of the wrong type changes
 * nothing.
 */
#ifndef UI_MODEL_H
#define UI_MODEL_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest.h"
#include "stats.h"

#define MODEL_WORKS   256u
#define MODEL_BOOTS   1024u /* of one workload on one guest */
#define MODEL_SAMPLES 1024u /* of one boot */
#define MODEL_REGIONS 8u
#define MODEL_LOG     64u /* notes of one boot */
#define MODEL_INPUTS  512u
#define MODEL_TEXT    400u /* bytes of one text, where not said otherwise */

enum model_status { MS_NONE, MS_PASSED, MS_FAILED, MS_INVALID, MS_UNSUPPORTED, MS_NA };
enum model_phase {
    MP_STARTING,
    MP_BOOTING,
    MP_SETUP,
    MP_WARMUP,
    MP_TIMED,
    MP_WORKING,
    MP_VERIFYING,
    MP_ENDED
};

struct model_sample {
    unsigned iteration;
    bool warmup;
    double ms;                    /* sum of the regions */
    double region[MODEL_REGIONS]; /* ms of each */
};

struct model_boot {
    unsigned number, pair;
    char *name; /* its folder under raw/ */
    enum model_phase phase;
    unsigned iteration, region;        /* of the timed region that runs or ran last */
    char *step;                        /* the agent's last step */
    int64_t start_ms, end_ms;          /* UTC; end 0 while it runs */
    int64_t mark_ms;                   /* when the running region began */
    double seconds, first_ms, init_ms; /* NaN: not known */
    enum model_status status;
    char *reason, *detail, *guest_end, *artifact_hash, *verdict, *nonce, *tree_hash;
    cJSON *difference, *authority, *latency, *resources; /* or NULL */
    bool counts;
    bool repeated; /* done again: kept, not counted */
    struct model_sample *sample;
    size_t nsamples;
    char **log;
    size_t nlog;
    /* the open region */
    bool open;
    uint64_t begin_guest, begin_host;
    /* the disk's counters: at the running region's begin, and in the regions that were no warm-up so far */
    struct guest_block_stats block_begin, block_sum;
    bool block_begun, block_known;
};

struct model_cell {
    struct model_boot **boot;
    size_t nboots;
    double expect; /* seconds of one boot, 0: not known */
    bool wanted;
    enum model_status not_run; /* MS_UNSUPPORTED or MS_NA, with the reason */
    char *not_run_reason;
    char **argv; /* of the newest boot */
    size_t nargv;
};

/* A workload with one of its backings. */
struct model_work {
    char *name, *title, *unit, *verifier, *golden;
    char *backing, *durability; /* NULL: not known */
    char *label;                /* its name, and the backing where that is not the usual one */
    unsigned tier, warmups, iterations;
    bool lower_is_better;
    char *region[MODEL_REGIONS];
    size_t nregions;
    struct model_cell cell[3]; /* by enum guest_kind */
    char *diff;                /* of the command lines */
    bool diff_known;
    int beyond;
    /* cache of the ratio, filled by work_ratio */
    bool ratio_known;
    int ratio_rc;
    struct stats_ratio ratio;
};

struct model_input {
    char *path, *sha256;
};

struct model {
    uint64_t lines;            /* folded */
    uint64_t dropped;          /* beyond a limit, or not understood */
    int64_t first_ms, last_ms; /* UTC, of the first and the last event; 0: none */
    bool started, ended, interrupted;
    int exit;
    char *run_id, *size, *backing, *accel, *accel_why, *version;
    char *command;
    unsigned pairs;
    uint64_t seed;
    bool guest[3];
    struct model_work **work;
    size_t nworks;
    struct model_input *input;
    size_t ninputs;
    char *input_changed;
    cJSON *context;         /* the context event, or NULL */
    struct model_boot *now; /* the boot that runs, or NULL */
    size_t now_work;
    enum guest_kind now_guest;
};

/* Zero-initialise, or: an empty model. */
void model_init(struct model *m);
/* Frees everything and leaves an empty model. */
void model_free(struct model *m);
/* Folds one line of the log (without its newline). 0, or -EINVAL when it is no event (counted, nothing
 * changes). */
int model_fold(struct model *m, const char *line, size_t len);
/* "passed" ... ; "-" for MS_NONE. */
const char *model_status_word(enum model_status s);
/* Milliseconds since 1970 (UTC) of "2026-01-02T03:04:05.678Z"; 0 when it is not of that form. */
int64_t model_time(const char *iso);

#endif
