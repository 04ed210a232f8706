/* SPDX-License-Identifier: MIT */
/* What became of an attempt on authority, as the engine reads it (dashboard/engine/attempts.h). Invariant:
 * one line, whole. */
#ifndef AUTHORITY_SAY_H
#define AUTHORITY_SAY_H

#include <stdio.h>

/* `attempt NAME granted` (err 0), `attempt NAME refused ERRNO` (a positive errno), or `attempt NAME none`
 * (-1: there is no such thing on this guest). */
void attempt_say(FILE *to, const char *name, int err);

#endif
