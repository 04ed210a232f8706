/* SPDX-License-Identifier: MIT */
/*
 * A finished run read back from its directory: what was asked for, the definitions, every boot with its raw
 * marks. Invariant: nothing comes from results.json or comparisons.json, so that those can be held against
 * it.
 */
#ifndef ENGINE_REPLAY_H
#define ENGINE_REPLAY_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session.h"

/* A workload with one of its backings. */
struct replay_work {
    struct definition *d; /* its own */
    enum def_backing backing;
    struct cell cell[3];
};

struct replay {
    char *dir;
    cJSON *events;
    char run_id[32];
    enum def_size size;
    enum def_backing backing; /* where a log does not say it: it is from before a run could have several */
    enum guest_accel accel;
    unsigned pairs;
    uint64_t seed;
    bool interrupted;
    struct replay_work *work;
    size_t nwork;
};

/* Reads DIR. NULL and *why (malloc'd line) when it is no result directory or its log or definitions cannot be
 * read. */
struct replay *replay_load(const char *dir, char **why);
void replay_free(struct replay *r);
/* The workload of that name and backing (its name; NULL: the run's only one), or NULL. */
struct replay_work *replay_find(struct replay *r, const char *name, const char *backing);
/*
 * Marks of a boot as its raw channel (raw/NAME/bench.raw) has them, or as the event log has them
 * (`from_events`, without the programs' exits). NULL with *why (malloc'd) when they cannot be read.
 */
cJSON *replay_marks(const struct replay *r, const struct definition *d, const struct boot *b,
                    bool from_events, char **why);
/* Reads raw/NAME/serial.log and bench.raw and makes the boot's authority and resources objects again. Returns
 * authority_capos's result, or attempts_judge's. */
int replay_authority(const struct replay *r, const struct definition *d, struct boot *b, char *why, size_t n);

#endif
