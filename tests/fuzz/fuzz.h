/* SPDX-License-Identifier: MIT */
/*
 * What a fuzz target and its driver agree on.
 * Invariant: a target keeps no state between inputs, and ends the process (a sanitizer report, fuzz_check) on
 * a defect.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* One built-in input from which mutation starts. */
struct fuzz_seed {
    const void *data;
    size_t len;
};

/* LLVMFuzzerTestOneInput: runs the code under test on one input; always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* fuzz_seeds: optional in a target: the built-in inputs, static storage; gives their number. */
size_t fuzz_seeds(const struct fuzz_seed **seeds);

/* fuzz_check: a property that must hold for every input; ends the process when it does not. */
#define fuzz_check(cond)                                                                                     \
    do {                                                                                                     \
        if (!(cond)) {                                                                                       \
            fprintf(stderr, "%s:%d: property does not hold: %s\n", __FILE__, __LINE__, #cond);               \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#endif
