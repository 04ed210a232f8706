/* SPDX-License-Identifier: MIT */
/*
 * The workload definitions of the tree: workloads/<family>/<name>.json.
 * Invariant: sorted by name; each was checked against the schema.
 */
#ifndef ENGINE_CATALOG_H
#define ENGINE_CATALOG_H

#include "definition.h"

struct catalog {
    struct definition **d;
    size_t n;
};

/* Reads all definitions. 0, or -EINVAL with *why (malloc'd line) naming the first that is wrong. */
int catalog_load(struct catalog *c, char **why);
/*
 * Those that a list of names or families means, all when there are none, in catalogue order, each once. 0, or
 * -ENOENT with *why naming what is unknown and what there is. `out` borrows from c; the caller frees out->d
 * alone.
 */
int catalog_select(const struct catalog *c, char *const *names, size_t n, struct catalog *out, char **why);
void catalog_free(struct catalog *c);

#endif
