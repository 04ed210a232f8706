/* SPDX-License-Identifier: MIT */
/*
 * What every verifier asks of an artifact before it looks at its content: the run's own nonce, the expected
 * names and no others, and files that can be opened. Invariant: each refusal has the same reason code in
 * every verifier.
 */
#ifndef VERIFIERS_INTAKE_H
#define VERIFIERS_INTAKE_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "verdict.h"

/* Records why the guest file or directory `label` could not be opened or read (a negative errno value);
 * returns 1. */
int intake_refuse(struct verdict *v, const char *label, int err);
/* The file NONCE in `dir` must hold `nonce` and a newline: 0, or 1 with the failure recorded. */
int intake_nonce(struct verdict *v, int dir, const char *nonce);
/*
 * Nothing but the expected names in `dir`, which failures call `label`: 0, or 1 with the failure recorded.
 * Missing ones show when they are opened.
 */
int intake_names(struct verdict *v, int dir, const char *label, const char *const names[], size_t count);
/* One JSON document of at most 4 MiB from a file of ours; NULL when there is none. The caller deletes it. */
cJSON *intake_json(const char *path);

#endif
