/* SPDX-License-Identifier: MIT */
/*
 * The host files a run depends on, hashed at its start and held against that afterwards.
 * Invariant: a file is hashed once when added; inputs_check notices any later change of identity or content.
 */
#ifndef ENGINE_INPUTS_H
#define ENGINE_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "digest.h"

struct input {
    char *path;
    char sha256[DIGEST_HEX];
    struct stat st;
};

struct inputs {
    struct input **in; /* each on its own, so that a hash stays where it is */
    size_t n;
};

/* Adds a file (once). 0 or a negative errno; *sha256 (may be NULL) points at its hash, good until
 * inputs_free. */
int inputs_add(struct inputs *s, const char *path, const char **sha256);
/*
 * 0 when no file has changed, else 1 and `what` (n bytes) names the first that did. Content is hashed again
 * only where size, times or inode differ, or always with `full`.
 */
int inputs_check(const struct inputs *s, bool full, char *what, size_t n);
void inputs_free(struct inputs *s);

#endif
