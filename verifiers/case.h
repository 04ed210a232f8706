/* SPDX-License-Identifier: MIT */
/*
 * What every case has: the file in which the engine says what was run, and the golden that it names. Both are
 * ours, so any fault in them is a bad case and never a verdict on the guest. Invariant: an opened case is of
 * the kind that was asked for, its nonce is one, and its golden is that of its workload.
 */
#ifndef VERIFIERS_CASE_H
#define VERIFIERS_CASE_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

enum { CASE_NONCE_HEX = 16 };

struct case_head {
    cJSON *json, *golden; /* what the strings point into */
    const char *nonce, *workload, *size;
    const cJSON *sized; /* what the golden holds of that size, or NULL */
};

/* Opens the case file at `path`; relative names in it are relative to the working directory. 0, or -EINVAL
 * after one line on stderr saying what is wrong. case_close gives it back either way. */
int case_open(const char *path, const char *kind, struct case_head *h);
void case_close(struct case_head *h);

/* One line on stderr about the file; -EINVAL. */
int case_bad(const char *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A member of an object, or NULL. */
const cJSON *case_get(const cJSON *o, const char *key);
/* The text of a member, or "" where it is none. */
const char *case_text(const cJSON *o, const char *key);
/* Is this so many lower-case hexadecimal digits, and nothing else? */
bool case_hex(const char *text, size_t length);

#endif
