/* SPDX-License-Identifier: MIT */
/*
 * What follows from a model: states of cells and rows, who is faster, what is left. No screen in it.
 * Invariant: the ratio is computed by the engine's own statistics with the run's seed, so that it equals what
 * the engine writes to comparisons.json.
 */
#ifndef UI_QUERY_H
#define UI_QUERY_H

#include "model.h"

enum row_state {
    RS_QUEUED,
    RS_RUNNING,
    RS_WAITING, /* some boots done, its next one later */
    RS_PASSED,
    RS_FAILED,
    RS_INVALID,
    RS_UNSUPPORTED,
    RS_NA,
    RS_STOPPED, /* the run ended before it was done */
    RS_COUNT
};

/* "queued", "running", "waiting", "passed" … */
const char *row_state_word(enum row_state s);
/* State of a workload on one guest. A guest that the run leaves out altogether is RS_NA with no reason. */
enum row_state cell_state(const struct model *m, const struct model_work *w, int guest);
/* State of a workload: the worst of its guests', then what is still to do. */
enum row_state work_state(const struct model *m, const struct model_work *w);
/* Reason of the first boot that speaks against the workload, its guest and its boot; NULL when there is none.
 */
const struct model_boot *work_trouble(const struct model_work *w, int *guest);
/* Counted boots that have ended. */
size_t cell_done(const struct model_cell *c);
/* The newest boot, or NULL. */
const struct model_boot *cell_newest(const struct model_cell *c);
/* Timed samples of counted, passed boots in order; *out is malloc'd. Returns how many. */
size_t cell_samples(const struct model_cell *c, double **out);
/* Summary of those; -EINVAL when there are none. */
int cell_summary(const struct model_cell *c, struct stats_summary *out);
/* Ratio capOS/Linux over pairs whose boots both passed; -EINVAL when there is none. Cached in w. */
int work_ratio(const struct model *m, struct model_work *w, struct stats_ratio *out);

struct speed {
    int who;                 /* +1 capOS faster, -1 Linux faster, 0 no clear difference */
    double times, low, high; /* how many times faster; interval NaN when not known */
    size_t pairs;
};
/* Who is faster and by how much, from the ratio; same error. */
int work_speed(const struct model *m, struct model_work *w, struct speed *out);

/* Boots done and boots planned, those that will not happen left out. */
void run_boots(const struct model *m, size_t *done, size_t *total);
/* Estimated seconds left at `now_ms` by boots already done, before the first by the plan; negative: not
 * known. */
double run_left(const struct model *m, int64_t now_ms);
/* Seconds of the run so far. */
double run_spent(const struct model *m, int64_t now_ms);
/* Expected seconds of one boot of this cell on this machine; 0: not known. */
double cell_expect(const struct model *m, const struct model_cell *c);
/* True while a timed region (or warm-up) is open. */
bool run_timing(const struct model *m);
/* Word for the verifier's state of a boot: "-", "verifying", "verified", "rejected", "not judged". */
const char *boot_verifier_word(const struct model_boot *b);
/* Word for a running boot's phase. */
const char *boot_phase_word(const struct model_boot *b);

#endif
