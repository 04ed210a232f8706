/* SPDX-License-Identifier: MIT */
/*
 * JSON for the engine, on cJSON: reading strictly, canonical text, writing whole files, comparing.
 * Invariant: a file read here is one complete value with no duplicate key and nothing after it.
 */
#ifndef ENGINE_JSON_H
#define ENGINE_JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_FILE_MAX (64u << 20)

/* Parses a text; NULL with *why (malloc'd, caller frees) when it is not strict JSON. */
cJSON *json_parse(const char *text, size_t len, char **why);
/* Reads and parses a file of at most JSON_FILE_MAX bytes; NULL and *why (malloc'd, caller frees) on any
 * error. */
cJSON *json_load(const char *path, char **why);
/* Compact text with keys sorted at every level; caller frees. Equal values give equal text. */
char *json_canonical(const cJSON *v);
/* Writes v, indented and with a final newline, atomically. 0 or a negative errno. */
int json_write(const char *path, const cJSON *v);
/* Text of a string member, or NULL when absent or of another type. */
const char *json_text(const cJSON *object, const char *key);
/* Number member, or `fallback`. */
double json_number(const cJSON *object, const char *key, double fallback);
/* Member as an exact non-negative integer below 2^53; 0, or -EINVAL when absent or anything else. */
int json_u64(const cJSON *object, const char *key, uint64_t *out);
/* Adds a string member; NULL text adds null. */
void json_add_text(cJSON *object, const char *key, const char *text);
/* Adds an integer member (exact below 2^53). */
void json_add_u64(cJSON *object, const char *key, uint64_t value);

/* One difference found by json_diff: where, and both values as text ("absent" where there is none). */
typedef void json_diff_fn(void *ctx, const char *path, const char *stored, const char *recomputed);
/* Calls fn for every leaf that differs; numbers must be equal to 1e-12 relative. Returns how many there were.
 */
size_t json_diff(const cJSON *stored, const cJSON *recomputed, const char *path, json_diff_fn *fn, void *ctx);

#endif
