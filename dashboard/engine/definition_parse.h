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

/* Appends one member of "programs" to d->programs, or one program an item of its "each". */
void parse_program(struct schema *s, const cJSON *v, struct definition *d);

#endif
