/* SPDX-License-Identifier: MIT */
/*
 * results.json and comparisons.json: their records, built from cells of judged boots. `capbench run` writes
 * them, `capbench verify` builds them again from raw data and compares. Invariant: a record has a
 * `measurement` exactly when its status is passed; otherwise it has a reason under the status' own name
 * (failure, unsupported, invalid, notApplicable).
 */
#ifndef ENGINE_RESULTS_H
#define ENGINE_RESULTS_H

#include <cjson/cJSON.h>

#include "session.h"

/* What identifies a record beside its cell; all texts borrowed. */
struct record_ids {
    const char *run_id, *size, *accelerator;
    const char *correctness_id, *config_hash;
};

/* The status of a cell: the worst of its boots (failed before invalid); passed needs at least one boot. */
enum result_status results_status(const struct cell *c);
/* Adds the member `durability`: definition_durability. */
void results_add_durability(cJSON *o, const struct definition *d, enum def_backing backing);
/* One record of results.json; takes `context` over (may be NULL). Caller deletes. */
cJSON *results_record(const struct cell *c, const struct record_ids *ids, cJSON *context);
/*
 * One record of comparisons.json for both cells of a workload. `planned` pairs; `interrupted` and the
 * statuses decide `stop` and `reason`. Caller deletes.
 */
cJSON *results_comparison(const struct cell *capos, const struct cell *linux_cell,
                          const struct record_ids *ids, unsigned planned, uint64_t seed, bool interrupted);
/* Why no ratio may be made of such runs at all, or NULL: names of an accelerator and a backing. */
const char *results_no_ratio(const char *accelerator, const char *backing);
/* The bootstrap's seed for a workload of a run; the backing's name (NULL: ram) tells its rows apart. */
uint64_t results_seed(uint64_t run_seed, const char *workload, const char *backing);

#endif
