/* SPDX-License-Identifier: MIT */
/*
 * Artifacts of one directory, whose files the golden lists under "files" of its size: name -> description.
 * Invariant: every listed file is looked at, in the golden's order until one fails, and no other is there.
 */
#ifndef VERIFIERS_LISTED_H
#define VERIFIERS_LISTED_H

#include "case.h"
#include "verdict.h"

enum { LISTED_MAX = 64, LISTED_LABEL = 256 };

/* Holds the golden's list against `fine`. 0, or -EINVAL after one line on stderr. */
int listed_load(const struct case_head *h, bool (*fine)(const cJSON *f));
/* Could this be the name of a listed file? */
bool listed_name_fine(const char *name);

/* What is asked of one file: 0, or 1 with the failure recorded. `label` is what failures call it. */
typedef int listed_check_fn(struct verdict *v, const void *c, const char *label, const cJSON *f, int fd);
/* Nonce, names, and `check` of each file in the directory `sub` of the artifact `dir`; `c` is passed on. 0,
 * or 1 with the failure recorded. */
int listed_check(struct verdict *v, const struct case_head *h, int dir, const char *sub,
                 listed_check_fn *check, const void *c);

#endif
