/* SPDX-License-Identifier: MIT */
/*
 * Asking a verifier program about one artifact.
 * Invariant: only a verifier that exits 0 and prints a JSON line with the verdict "passed" makes a pass.
 */
#ifndef ENGINE_VERIFIER_H
#define ENGINE_VERIFIER_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "corpus.h"
#include "definition.h"

enum verifier_result { VERIFIER_PASSED, VERIFIER_FAILED, VERIFIER_BROKEN };

/* Hash of a whole definition, as cases and references state it. */
void verifier_definition_hash(const struct definition *d, char hex[DIGEST_HEX]);
/* The case file's content for one boot; the caller deletes it. */
cJSON *verifier_case(const struct definition *d, const struct corpus *c, uint64_t nonce);
/*
 * Runs build/verifiers/verify_<kind> on a case file and an artifact folder. *verdict gets its JSON line
 * (caller deletes; NULL when BROKEN), *why one escaped line (malloc'd; NULL when passed).
 */
enum verifier_result verifier_run(const char *kind, const char *case_path, const char *artifacts,
                                  cJSON **verdict, char **why);

#endif
