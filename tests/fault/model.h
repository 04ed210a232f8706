/* SPDX-License-Identifier: MIT */
/*
 * A store as plain arrays, to compare with: random operations are done on both, and each state has a digest
 * that can be computed from either side. Invariant: the digest depends on names, sizes, contents, blobs and
 * bindings, not on the order they are met in.
 */
#ifndef FAULT_MODEL_H
#define FAULT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum { MODEL_DIRS = 3, MODEL_FILES = 10, MODEL_SIZE = 65536, MODEL_BLOBS = 6, MODEL_NAMES = 6 };

struct model_file {
    bool exists;
    uint64_t size, sum;
    uint8_t *bytes; /* MODEL_SIZE, zero behind the end */
};

struct model {
    bool dirs[MODEL_DIRS]; /* "d1", "d2"; 0 is the root and always there */
    struct model_file files[MODEL_DIRS][MODEL_FILES];
    struct {
        bool exists;
        uint8_t hash[STORE_HASH_SIZE];
        uint64_t sum;
    } blobs[MODEL_BLOBS];
    struct {
        bool exists;
        uint8_t hash[STORE_HASH_SIZE];
    } names[MODEL_NAMES];
    uint64_t rng;
    unsigned max_write, max_size; /* bytes */
    uint64_t writes, enospc;      /* what happened */
    int error;                    /* the first error other than -ENOSPC that an operation gave; 0: none */
};

void model_open(struct model *m, uint64_t seed);
void model_close(struct model *m);
uint64_t model_random(struct model *m, uint64_t below);
uint64_t model_digest(const struct model *m);
/* One random operation on both; true: it was a sync that returned 0. On -ENOSPC, or when m->error is set, the
 * model stays as it was. With `tolerant`, any error is put in m->error instead of ending the program. */
bool model_step(struct model *m, struct store *s, bool tolerant);
/* The digest of a mounted store; 0, or the error of the first call that failed. */
int model_store_digest(struct store *s, uint64_t *digest);

#endif
