/* SPDX-License-Identifier: MIT */
/*
 * Small tools to check a JSON value against a closed schema: every getter states what is allowed when it is
 * not so. Invariant: the first error wins and stays; after an error every getter returns an empty value.
 */
#ifndef ENGINE_SCHEMA_H
#define ENGINE_SCHEMA_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct schema {
    const char *file;
    char *why; /* first error, or NULL; malloc'd */
};

/* Records an error at `key` (first one only); `allowed` says what would be right. */
void schema_error(struct schema *s, const char *key, const char *allowed);
bool schema_ok(const struct schema *s);
/* v must be an object with no member outside `keys` (NULL-terminated) and all of the first `required` of
 * them. */
bool schema_object(struct schema *s, const cJSON *v, const char *key, const char *const *keys,
                   size_t required);
/* A fresh copy of a text member of 1..max printable bytes; NULL after an error. Absent is an error. */
char *schema_text(struct schema *s, const cJSON *o, const char *at, const char *key, size_t max);
/* The same, but absent gives NULL. */
char *schema_optional_text(struct schema *s, const cJSON *o, const char *at, const char *key, size_t max);
/* A whole number within [low, high]. */
unsigned schema_number(struct schema *s, const cJSON *o, const char *at, const char *key, unsigned low,
                       unsigned high);
bool schema_bool(struct schema *s, const cJSON *o, const char *at, const char *key);
/* Array of texts of 1..max bytes, between `least` and `most` of them; *n gets how many. Caller frees each and
 * all. */
char **schema_texts(struct schema *s, const cJSON *o, const char *at, const char *key, size_t least,
                    size_t most, size_t *n);
/* Is s made of [a-z0-9_-] (and '/' and '.' where told), starting with a letter or digit? */
bool schema_word(const char *s, bool slash);
/* An absolute path without "", "." and ".." components. */
bool schema_absolute(const char *s);

#endif
