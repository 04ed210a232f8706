/* SPDX-License-Identifier: MIT */
/*
 * Which capabilities the programs of a boot were declared to have, were granted and really used.
 * Invariant: a grant that is neither declared nor one of the standard ones of every program that is not bare
 * (startup, stdio_0, stdio_1, stdio_2) is broader authority than declared.
 */
#ifndef ENGINE_AUTHORITY_H
#define ENGINE_AUTHORITY_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "definition.h"
#include "serial.h"

/*
 * The authority object of a capOS boot:
 * {"source":"kernel","bundle":{"status","reason"},"programs":[{"name","declared":[],"granted":[],
 * "exercised":[{"name","interface","calls"}],"unused":[],"spawns"}]}. `expected` maps the k-th program the
 * agent started to a program of the definition. Returns 0, or -EPERM (broader than declared), -EINVAL (fewer
 * or more spawns than expected, a declared capability not granted) with one line in `why`; *out is made
 * either way (caller deletes), its bundle "passed" (every program has exactly what is declared) or "invalid".
 */
int authority_capos(const struct definition *d, const struct serial_log *log, const int *expected,
                    size_t nexpected, cJSON **out, char *why, size_t n);
/* The same object for a guest whose authority is ambient: the bundle is not_applicable, exercised is null,
 * and a note says why. */
cJSON *authority_ambient(const struct definition *d);
/* Puts the authority of a second boot (taken over, may be NULL) into that of the first, as "secondBoot". */
void authority_second(cJSON *first, cJSON *second);

#endif
