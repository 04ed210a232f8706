/* SPDX-License-Identifier: MIT */
/*
 * What the readers of a definition's parts share; used by definition_*.c only.
 * Invariant: the first error stays in the schema, and every reader may be called after it.
 */
#ifndef ENGINE_DEFINITION_PARSE_H
#define ENGINE_DEFINITION_PARSE_H

#include "definition.h"
#include "schema.h"

#define DEF_MAX 64u /* programs, ports, arguments and the like */

/*
 * Reads "programs" (an object of at most DEF_MAX members) into d->programs: one a member, or one an item of
 * its "each". Members come in the order of their names, as in the canonical text, items as they are listed.
 */
void parse_programs(struct schema *s, const cJSON *programs, struct definition *d);
/* Reads "attempts": in the order of their names, so that the canonical text gives the same. */
void parse_attempts(struct schema *s, const cJSON *o, struct definition *d);
/* Reads "scripts": files below workloads/, each of which a guest finds by its last name. */
void parse_scripts(struct schema *s, const cJSON *o, struct definition *d);
/* Reads "latency". */
void parse_latency(struct schema *s, const cJSON *o, struct definition *d);

#endif
