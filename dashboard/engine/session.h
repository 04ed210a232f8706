/* SPDX-License-Identifier: MIT */
/*
 * One run of the engine: what was asked for, where it is written, what is known so far.
 * Invariant: everything under `dir` is written by this process alone; the event log comes first, other files
 * follow it.
 */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "corpus.h"
#include "definition.h"
#include "digest.h"
#include "disk_image.h"
#include "events.h"
#include "guest.h"
#include "inputs.h"
#include "progress.h"

enum result_status {
    RESULT_PASSED,
    RESULT_FAILED,
    RESULT_UNSUPPORTED,
    RESULT_INVALID,
    RESULT_NOT_APPLICABLE
};

/* "passed", "failed", "unsupported", "invalid", "not_applicable". */
const char *result_status_name(enum result_status s);
/* Back; -EINVAL when it is none of them. */
int result_status_parse(const char *text, enum result_status *out);

struct session {
    /* asked for */
    enum def_size size;
    bool backing_asked; /* for one alone, else every backing that a workload declares */
    enum def_backing backing;
    enum guest_accel accel; /* resolved */
    bool guest[3];          /* by enum guest_kind */
    unsigned pairs;
    uint64_t seed;
    bool json, quiet;
    /* where */
    char *dir;
    char run_id[32];
    /* what is known */
    char accel_why[256];
    struct events events;
    struct inputs inputs;
    struct progress progress;
    cJSON *host; /* the part of the context that is the same for every record */
    unsigned boots;
    bool interrupted;
    struct disk_images disks;
};

/* One boot of one workload, judged. */
struct boot {
    unsigned number, pair;
    enum guest_kind guest;
    enum def_backing backing;
    char *name; /* folder under raw/ and artifacts/ */
    enum result_status status;
    char *reason, *detail; /* unless passed */
    cJSON *difference;     /* the verifier's first difference, or NULL */
    cJSON *marks, *authority, *resources;
    char artifact_hash[DIGEST_HEX]; /* "" when nothing was exported */
    char tree_hash[DIGEST_HEX];
    char **argv;
    uint64_t kept_lines; /* of the output that is a part of the artifact */
    double seconds;      /* host, the whole boot */
    double hello_ms;     /* host, QEMU's start to the agent's first frame; NaN: not seen */
    double init_ms;      /* guest clock at the first process (capOS); NaN: not known */
    bool interrupted;    /* not counted at all */
    bool repeated;       /* clocks disagreed and the boot was done again: kept and listed, but not counted */
    bool clocks_disagree;
    bool harness_failed; /* could not even be tried */
};

/* One row: a workload with a backing on a guest. */
struct cell {
    const struct definition *d;
    enum guest_kind guest;
    enum def_backing backing;
    struct boot **boot;
    size_t nboots;
};

/*
 * Why a workload is not run on a guest with a backing at all: the status (RESULT_UNSUPPORTED or
 * RESULT_NOT_APPLICABLE) and *why (malloc'd, caller frees). RESULT_PASSED, and *why NULL: nothing speaks
 * against it.
 */
enum result_status cell_excuse(const struct definition *d, enum guest_kind guest, enum def_backing backing,
                               char **why);
/* Is it run? (The session's guests are not asked.) */
bool cell_runs(const struct definition *d, enum guest_kind guest, enum def_backing backing);

/* Frees a boot. NULL is fine. */
void boot_free(struct boot *b);

#endif
