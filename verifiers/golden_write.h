/* SPDX-License-Identifier: MIT */
/*
 * Writing one size of a golden file. Invariant: the file is replaced whole, by a rename; its other sizes are
 * kept when it was made for the same workload, by the same tool and with the same `head`, and dropped when
 * not.
 */
#ifndef VERIFIERS_GOLDEN_WRITE_H
#define VERIFIERS_GOLDEN_WRITE_H

#include <cjson/cJSON.h>

struct golden_new {
    const char *workload, *tool, *command, *size;
    cJSON *head;  /* members that stand before "sizes"; taken over, may be NULL */
    cJSON *files; /* what the size holds; taken over */
};

/* 0, or 1 after a line on stderr. */
int golden_write(const char *path, const struct golden_new *g);
/* One file a name in `dir`, in name order: what `describe` says of its open descriptor. NULL after a line on
 * stderr when it says NULL of one, or the directory is empty. */
cJSON *golden_describe(const char *dir, cJSON *(*describe)(int fd, const char *name, void *context),
                       void *context);

#endif
