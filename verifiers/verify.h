/* SPDX-License-Identifier: MIT */
/*
 * The program around a verifier: PROGRAM CASE.json ARTIFACT_DIR, one JSON line on stdout, exit 0 passed, 1
 * failed, 2 bad case. Invariant: without a verdict nothing is printed on stdout, and the exit status is 2.
 */
#ifndef VERIFIERS_VERIFY_H
#define VERIFIERS_VERIFY_H

#include "verdict.h"

enum { VERIFY_BAD = 2 };

struct verify_kind {
    const char *program; /* its name, for the usage line */
    const char *passed;  /* what an artifact that passes is */
    /* Loads the case at `path`: 0, or negative after one line on stderr. `release` comes either way. */
    int (*load)(const char *path, void *c);
    /* Looks at the artifact in `dir`: 0, 1 with the failure recorded, or VERIFY_BAD after one line on stderr.
     */
    int (*check)(struct verdict *v, const void *c, int dir);
    void (*release)(void *c);
};

/* Runs the verifier over the case `c`, which it fills and gives back; returns the exit status. */
int verify_main(int argc, char **argv, const struct verify_kind *kind, void *c);
/* Opens a directory of ours or the artifact's own: a descriptor, or -1 after one line on stderr. */
int verify_directory(const char *path);

#endif
