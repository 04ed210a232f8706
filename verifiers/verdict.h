/* SPDX-License-Identifier: MIT */
/*
 * What a verifier found: collected in one place and printed as one JSON line.
 * Invariant: a verdict starts as not passed; the first failure stays, later ones do not replace it.
 */
#ifndef VERIFIERS_VERDICT_H
#define VERIFIERS_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

/* The first place where an artifact is not what it should be. expected and got are printable text. */
struct verdict_difference {
    const char *file;
    uint64_t offset; /* bytes; the differing byte, or its block's start where only digests are known */
    uint64_t block;  /* index of the block of block_bytes bytes */
    uint32_t block_bytes;
    const char *expected, *got;
};

struct verdict {
    bool failed;
    char reason[512];  /* "code: text"; the codes are listed in verifiers/README.md */
    cJSON *digests;    /* object, file -> SHA-256 */
    cJSON *difference; /* object or NULL */
};

/* An empty verdict; false when there is no memory. verdict_free gives it back. */
bool verdict_init(struct verdict *v);
void verdict_free(struct verdict *v);

/* Records a file's SHA-256. */
void verdict_digest(struct verdict *v, const char *file, const char *sha256);

/* Records a failure, unless there is one already. Returns 1, the exit status of a failed verification. */
int verdict_fail(struct verdict *v, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Records where the failure shows; only the first place is kept. */
void verdict_where(struct verdict *v, const struct verdict_difference *d);

/* Prints the line; `summary` is the reason of a passed verdict. Returns the exit status: 0, 1, or 2 (no
 * memory). */
int verdict_print(const struct verdict *v, const char *summary);

#endif
