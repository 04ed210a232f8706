/* SPDX-License-Identifier: MIT */
/*
 * A corpus as its manifest lists it, and as it lies under the build folder: corpora/<set>/manifest.json for
 * one size, with flat names; or a tree, the same at every size, whose manifest was written when it was laid
 * out (corpora/tree.sh). Invariant: names are unique and sorted; `sha256` of the whole is over names, sizes
 * and hashes.
 */
#ifndef ENGINE_CORPUS_H
#define ENGINE_CORPUS_H

#include <stddef.h>
#include <stdint.h>

#include "digest.h"

struct corpus_file {
    char *name, *path; /* path: on the host */
    uint64_t bytes;
    char sha256[DIGEST_HEX];
};

struct corpus {
    char *set, *size, *dir, *manifest;
    struct corpus_file *file;
    size_t n;
    uint64_t bytes;
    char sha256[DIGEST_HEX];
};

/* Reads the manifest's list of one size. NULL and *why (malloc'd line, caller frees) when it cannot be used.
 */
struct corpus *corpus_load(const char *set, const char *size, char **why);
/* Do all files exist with the manifest's size and hash? 0, or -EINVAL with *why naming the first and both
 * hashes. */
int corpus_check(const struct corpus *c, char **why);
void corpus_free(struct corpus *c);

#endif
