/* SPDX-License-Identifier: MIT */
/*
 * The run plan (workloads/PROTOCOL.md), parsed.
 * Invariant: a plan that parses is complete: every `timed` and `run` names a program that is defined, `end`
 * is last, and every string is NUL-terminated inside the plan's own buffer.
 */
#ifndef AGENT_PLAN_H
#define AGENT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launch.h"

enum step_kind {
    STEP_MKDIR,
    STEP_REMOVE,
    STEP_COPY,
    STEP_MOVE_SUFFIX,
    STEP_MOVE_OTHER,
    STEP_NONCE_FILE,
    STEP_TIMED,
    STEP_RUN,
    STEP_EXPORT,
    STEP_ITERATE,
    STEP_ENDITERATE
};

struct step {
    enum step_kind kind;
    const char *a, *b, *c;        /* the line's arguments in order */
    uint32_t program;             /* STEP_TIMED, STEP_RUN */
    uint32_t warmups, iterations; /* STEP_ITERATE */
};

struct program {
    const char *id, *path, *argv0, *cwd, *stdin_path;
    char **argv, **envp; /* NULL-terminated; argv[0] is argv0 or the path's last component */
    size_t argc, envc;
    struct launch_grant *grants;
    size_t ngrants;
    bool bare;
    bool stdin_host;        /* its standard input comes from the host */
    bool terminal;          /* its three streams are the program console */
    uint32_t rows, columns; /* of that terminal */
};

struct plan {
    uint64_t nonce;
    uint64_t limit_seconds, limit_output, limit_export; /* UINT64_MAX: none */
    bool store;                                         /* /work is on the disk */
    bool sync_marks; /* the host is waited for before and after each timed region */
    struct step *steps;
    size_t nsteps;
    struct program *programs;
    size_t nprograms;
};

/*
 * Parses `text` (len bytes and a NUL after them; it is written to and must live as long as the plan). 0, or
 * -EINVAL / -ENOMEM with one line in `why`. plan->nonce is set as soon as its line has been read, also when a
 * later line is wrong. plan_free releases what was allocated.
 */
int plan_parse(char *text, size_t len, struct plan *plan, char *why, size_t why_len);
void plan_free(struct plan *plan);

#endif
