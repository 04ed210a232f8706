/* SPDX-License-Identifier: MIT */
/*
 * The case of a compression verification, joined with the corpus manifest that it names. Invariant: a loaded
 * case is complete: every corpus file has its golden stream and the other way round.
 */
#ifndef VERIFIERS_COMPRESSION_CASE_H
#define VERIFIERS_COMPRESSION_CASE_H

#include <stddef.h>
#include <stdint.h>

#include "case.h"

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
    struct case_head head;
    cJSON *manifest; /* what the strings below point into, with the head's */
    const char *codec, *suffix, *corpus_dir;
    struct case_file *files;
    size_t count;
};

/* Loads CASE.json at `path`: 0, or -EINVAL after one line on stderr. compression_case_free gives it back
 * either way. */
int compression_case_load(const char *path, struct compression_case *c);
void compression_case_free(struct compression_case *c);

#endif
