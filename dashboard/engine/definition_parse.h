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

#endif
