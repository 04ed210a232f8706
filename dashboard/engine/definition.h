/* SPDX-License-Identifier: MIT */
/*
 * A workload definition: workloads/<family>/<name>.json, read against a closed schema (workloads/README.md
 * has it key by key). Invariant: a struct definition in hand is complete and consistent; nothing in it needs
 * checking again.
 */
#ifndef ENGINE_DEFINITION_H
#define ENGINE_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cjson/cJSON.h>

#include "guest.h"

enum def_size { SIZE_SMOKE, SIZE_STANDARD, SIZE_LONG, SIZE_COUNT };
/* Where a workload's latency distributions come from. */
enum def_latency { DEF_LATENCY_NONE, DEF_LATENCY_STATED, DEF_LATENCY_REGIONS };
enum def_backing { BACKING_RAM, BACKING_STORE, BACKING_COUNT };

/* A capability that a program is declared to have. */
struct def_cap {
    char *name, *kind; /* kind: upstream's manifest source name */
    char *path;        /* directories only; else NULL */
    bool read_only;
    char *only; /* process_spawner only: the programs of /bin it may start, comma-separated; NULL: all */
};

struct def_program {
    char *id;      /* what steps call it; also the name of its timed regions */
    char *group;   /* id of the "each" that made it, or NULL: a step that names the group runs all of it */
    char *port;    /* which port built it, or NULL: `path` says what is started */
    char *program; /* file name of the executable, or NULL */
    char *path;    /* in the guest, made by the workload; "@flavour" in it is capos or linux. Or NULL */
    char *cwd;
    char **args; /* "@corpus:FMT" stands for one argument a corpus file, "@size:A,B,C" for one by size */
    size_t nargs;
    char **env; /* K=V */
    size_t nenv;
    struct def_cap *caps;
    size_t ncaps;
};

/* One step as in the run plan: the word and its operands (step words: workloads/PROTOCOL.md). */
struct def_step {
    char *word[4];
    size_t nwords;
};

struct def_steps {
    struct def_step *step;
    size_t n;
};

/* What leaves the guest: pairs of guest path and artifact path. */
struct def_exports {
    char *(*pair)[2];
    size_t n;
};

/* A program's standard output, as the host received it, that becomes a file of the artifact. */
struct def_keep {
    char *program; /* id; NULL: none is kept */
    char *as;      /* path in the artifact */
    char **skip;   /* lines that begin so are left out: they differ between runs */
    size_t nskip;
};

/* A program that runs at a terminal, and what a user types there. */
struct def_session {
    char *program; /* id; NULL: none */
    unsigned rows, columns;
    char *prompt; /* when what the terminal shows ends so, the next line is typed */
    char **keys;
    size_t nkeys;
    char *as;       /* path in the artifact for what the terminal showed */
    bool from_boot; /* the timed region begins with the machine, not with the program */
};

struct definition {
    char *file; /* as it was opened */
    char *name; /* family/name */
    char *title, *unit, *notes;
    unsigned tier;
    bool lower_is_better;
    char **ports;
    size_t nports;
    char *corpus; /* set under corpora/, or NULL: the workload makes its own data */
    bool backing[BACKING_COUNT];
    char *durability; /* what its programs sync, and when; NULL without a store backing */
    unsigned warmups;
    unsigned iterations[SIZE_COUNT], memory_mib[SIZE_COUNT], limit_seconds[SIZE_COUNT];
    unsigned expect_seconds[SIZE_COUNT]; /* rough length of one emulated boot, for the first estimate only */
    unsigned export_mib[SIZE_COUNT];     /* what may leave the guest; 0: four times the corpus and 16 MiB */
    unsigned disk_mib[SIZE_COUNT];       /* size of the disk, where one is attached */
    struct def_program *programs;
    size_t nprograms;
    struct def_steps setup, iteration, after;
    struct def_exports exports;
    struct def_keep keep;
    struct def_session session;
    /* store only: steps and exports of a second boot on the same disk; no step: there is none */
    struct def_steps reopen;
    struct def_exports reopen_exports;
    char *verifier_kind, *codec, *suffix, *golden;
    cJSON *normalise; /* rules for transcripts, [[EXPRESSION, TEXT], ...], or NULL */
    struct def_attempt {
        char *name, *expected; /* an attempt on authority, and the error it must be refused with */
    } * attempts;
    size_t nattempts;
    char **scripts; /* files below workloads/; each is /tree/script/NAME in the guest */
    size_t nscripts;
    enum def_latency latency;
    char **nondeterminism;
    size_t nnondeterminism;
    bool parts;             /* subMeasurements "speedtest1": times in the output are kept */
    bool unsupported_fails; /* unsupportedPolicy "fail" */
    unsigned parser_version;
    char *not_applicable[3], *unsupported[3]; /* reason for each enum guest_kind, or NULL */
    char *canonical;                          /* the whole definition, keys sorted */
};

/*
 * Reads a definition. `name` is the family/name the file must state (NULL: any). On error returns NULL and
 * *why is one line that names the file, the key and what is allowed (malloc'd, caller frees).
 */
struct definition *definition_load(const char *path, const char *name, char **why);
/* The same from memory; `file` is only for messages. */
struct definition *definition_parse(const char *text, size_t len, const char *file, const char *name,
                                    char **why);
/* Frees everything. NULL is fine. */
void definition_free(struct definition *d);
/* Index of a program by id, or -1. */
int definition_program(const struct definition *d, const char *id);
/* Number of timed regions in one iteration, and the program index of each (out: up to `max`, NULL to count).
 */
size_t definition_regions(const struct definition *d, int *program, size_t max);
/* Number of programs that these steps start, timed or not, and the program index of each (out: up to `max`,
 * NULL to count). */
size_t definition_runs(const struct definition *d, const struct def_steps *s, int *program, size_t max);
/* Does its guest have a disk? It has wherever it has a store-backed profile, RAM-backed or not. */
bool definition_disk(const struct definition *d, enum guest_kind guest);

/* A script's name in the guest: the last part of its path. */
const char *definition_script_name(const char *script);

/* "smoke", "standard", "long"; and back (-EINVAL). */
const char *definition_size_name(enum def_size size);
int definition_size_parse(const char *s, enum def_size *out);
/* "ram", "store"; and back (-EINVAL). */
const char *definition_backing_name(enum def_backing backing);
int definition_backing_parse(const char *s, enum def_backing *out);
/* What of a backing's files is safe, and when: the contract, the same on both guests, and behind "; " what
 * the workload makes of it. malloc'd. */
char *definition_durability(const struct definition *d, enum def_backing backing);
/* "capos", "linux", "native"; and back (-EINVAL). */
const char *definition_guest_name(enum guest_kind guest);
int definition_guest_parse(const char *s, enum guest_kind *out);

#endif
