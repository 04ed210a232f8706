/* SPDX-License-Identifier: MIT */
/*
 * Writing one size of a golden file. Invariant: the file is replaced whole, by a rename; its other sizes are
 * kept when it was made for the same workload, by the same tool and with the same `head`, and dropped when
 * not. Its bytes depend on what it is told only.
 */
#ifndef VERIFIERS_GOLDEN_WRITE_H
#define VERIFIERS_GOLDEN_WRITE_H

#include <cjson/cJSON.h>

#include "digest.h"

struct golden_new {
    const char *workload, *tool, *command, *size;
    cJSON *head;  /* members that stand before "sizes"; taken over, may be NULL */
    cJSON *files; /* what the size holds; taken over */
};

/* 0, or 1 after a line on stderr. */
int golden_write(const char *path, const struct golden_new *g);
/* The same for a golden of another layout: `head` is all that stands before "sizes", `of_size` what the size
 * holds; both are taken over. */
int golden_put(const char *path, cJSON *head, const char *size, cJSON *of_size);
/* Gives the member a value, which is taken over; it stays where it is if it is there already. */
void golden_member(cJSON *o, const char *name, cJSON *value);
/* Replaces the file at `path` by that object: 0, or 1 after a line on stderr. */
int golden_replace(const char *path, const cJSON *golden);
/* One file a name in `dir`, in name order: what `describe` says of its open descriptor. NULL after a line on
 * stderr when it says NULL of one, or the directory is empty. */
cJSON *golden_describe(const char *dir, cJSON *(*describe)(int fd, const char *name, void *context),
                       void *context);
/* Adds the prefix digests as "sha256_upto". */
void golden_upto(cJSON *o, const struct digest *d);

#endif
