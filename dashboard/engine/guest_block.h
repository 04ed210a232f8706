/* SPDX-License-Identifier: MIT */
/*
 * Block counters as QMP gives them, and as block.jsonl keeps them.
 * Invariant: a set of counters in hand is whole: each was a whole number in its source.
 */
#ifndef ENGINE_GUEST_BLOCK_H
#define ENGINE_GUEST_BLOCK_H

#include <cjson/cJSON.h>

#include "guest.h"

/* The guest's disk in the answer to query-blockstats. 0, or -EINVAL when it is not there or not whole. */
int guest_block_parse(const cJSON *answer, struct guest_block_stats *out);
/* Puts the counters into an object, and back. guest_block_get: 0, or -EINVAL. */
void guest_block_put(cJSON *o, const struct guest_block_stats *s);
int guest_block_get(const cJSON *o, struct guest_block_stats *out);

#endif
