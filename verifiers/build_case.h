/* SPDX-License-Identifier: MIT */
/*
 * The case of a comparison with the host's own build: the engine's case file, the golden and the reference
 * artifacts (capbench reference), checked and joined. All are ours, so any fault in them is a bad case and
 * never a verdict on the guest. Invariant: a loaded case's reference is of the case's workload, size and
 * inputs, and each of its files that the golden states is what the golden states.
 */
#ifndef VERIFIERS_BUILD_CASE_H
#define VERIFIERS_BUILD_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "case.h"

struct build_file {
    const char *name; /* relative, of the artifact and of the reference */
    bool local;       /* its bytes depend on this machine's compiler: the golden states none */
    uint64_t bytes;   /* of the reference */
};

struct build_case {
    struct case_head head;
    const char *reference;
    struct build_file *files; /* sorted by name */
    size_t count;
    const cJSON *identical; /* pairs of names whose files must be the same, or NULL */
};

/* Loads CASE.json at `path`. 0, or -EINVAL after one line on stderr; build_case_free gives it back either
 * way. */
int build_case_load(const char *path, struct build_case *c);
void build_case_free(struct build_case *c);

#endif
