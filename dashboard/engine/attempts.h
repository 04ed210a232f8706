/* SPDX-License-Identifier: MIT */
/*
 * Attempts on authority that a workload's profile does not grant: a program of the workload makes them
 * (workloads/authority/attempts.sh) and says what became of each, the definition says with which error each
 * must be refused. Invariant: an attempt that was not refused is broader authority than declared, whatever
 * was granted; one that was not made counts as nothing proved.
 */
#ifndef ENGINE_ATTEMPTS_H
#define ENGINE_ATTEMPTS_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "definition.h"

#define ATTEMPTS_MAX 32u

struct attempts {
    struct attempt_made {
        char name[32], outcome[32]; /* "granted", "none" or the error's name */
    } made[ATTEMPTS_MAX];
    size_t n;
    char line[96]; /* as far as it has come */
    size_t len;
};

/* Takes a piece of what programs write to their standard output, and its whole lines. */
void attempts_feed(struct attempts *a, const char *bytes, size_t n);
/* Takes one line of a program's standard output: kept when it is `attempt NAME granted|none|refused
 * ERROR`. Of several with one name the first counts, or the one that was granted. */
void attempts_line(struct attempts *a, const char *line, size_t len);
/*
 * Puts "attempts" into the authority object of a boot: {"made","refused","each":[{"name","expected",
 * "outcome"}]}, or on a guest whose authority is ambient {"status":"not_applicable","reason","each":[{"name",
 * "status"}]}. 0, or -EPERM
 * (one was granted), -ENODATA (one was not made), -EPROTO (refused with another error) with one line in
 * `why`. 0 without doing anything when the definition has none.
 */
int attempts_judge(const struct definition *d, enum guest_kind guest, const struct attempts *a,
                   cJSON *authority, char *why, size_t n);

#endif
