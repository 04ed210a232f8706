/* SPDX-License-Identifier: MIT */
/*
 * The case of a compression verification: what the engine says was run, joined with the corpus manifest and
 * the golden that it names. All three are ours, so any fault in them is a bad case and never a verdict on the
 * guest. Invariant: a loaded case is complete: every corpus file has its golden stream and the other way
 * round.
 */
#ifndef VERIFIERS_CASE_H
#define VERIFIERS_CASE_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

struct case_file {
    const char *name;      /* in the corpus */
    char *stream;          /* its compressed name: name and suffix */
    uint64_t bytes;        /* of the original */
    const char *sha256;    /* of the original */
    uint64_t stream_bytes; /* of the golden stream */
    const cJSON *upto;     /* the golden stream's prefix digests, an array of strings (see digest.h) */
    size_t upto_count;
    const char *input_sha256; /* the original that the golden stream was made from */
    const char *golden_fault; /* what the golden says that cannot be, or NULL: a verdict, not a bad case */
};

struct compression_case {
    cJSON *json, *manifest, *golden; /* what the strings below point into */
    const char *nonce, *codec, *suffix, *size, *corpus_dir;
    struct case_file *files;
    size_t count;
};

/*
 * Loads CASE.json at `path`; relative names in it are relative to the working directory.
 * Returns 0, or -EINVAL after one line on stderr saying what is wrong. case_free gives it back either way.
 */
int case_load(const char *path, struct compression_case *c);
void case_free(struct compression_case *c);

#endif
