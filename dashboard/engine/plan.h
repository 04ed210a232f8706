/* SPDX-License-Identifier: MIT */
/*
 * The run plan (workloads/PROTOCOL.md): from a definition, or for one program of `capbench exec`.
 * Invariant: the text has every line but `nonce`, which guest_run puts in for each boot.
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "definition.h"

/* Artifact of a second boot: the nonce that the first one left on the disk. */
#define PLAN_FIRST_NONCE "NONCE.first"

struct plan_limits {
    uint64_t seconds;      /* each program; 0: as long as it likes */
    uint64_t output_bytes; /* what a program writes to its standard streams */
    uint64_t export_bytes; /* all exports together */
};

/* Of which boot: where /work is, whether the host reads the disk's counters at the marks, and whether it is
 * the second one, on the disk that the first one left. */
struct plan_boot {
    enum def_size size;
    enum def_backing backing;
    bool disk, reopen;
    const char *flavour; /* of its programs: "capos" or "linux" */
    unsigned patience;   /* how many times the definition's limit a program may run; 0: once */
};

/* Plan of a workload over the named corpus files; the caller frees. */
char *plan_build(const struct definition *d, const struct plan_boot *boot, char *const *corpus,
                 size_t ncorpus, const struct plan_limits *limits);

/* One program, as `capbench exec` starts it. */
struct plan_program {
    const char *path;  /* in the guest */
    char *const *args; /* without argv[0] */
    size_t nargs;
    const char *argv0;      /* NULL: the path's last component */
    const char *cwd;        /* NULL: none stated */
    bool bare;              /* only the grants, no startup block and no standard streams */
    bool stdin_host;        /* its standard input is what BENCH_STDIN brings */
    unsigned rows, columns; /* its streams are a terminal of that size; 0: they are not */
    char *const *env;       /* NAME=VALUE, NULL-terminated; NULL: none */
    const struct def_cap *caps;
    size_t ncaps;
    char *const *copies;  /* pairs SRC, DST done before; SRC NULL: only make the folder DST */
    size_t ncopies;       /* number of pairs */
    char *const *exports; /* pairs SRC, DST done after */
    size_t nexports;
};

/* Its plan; the caller frees. */
char *plan_build_exec(const struct plan_program *p, const struct plan_limits *limits);

#endif
