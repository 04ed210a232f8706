/* SPDX-License-Identifier: MIT */
/*
 * Carrying out a run that has been decided on.
 * Invariant: after every workload, results.json and comparisons.json hold all that is finished.
 */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "catalog.h"
#include "session.h"

/*
 * Runs the workloads of `sel` as the session says, in its directory (which is made). Prints progress on
 * standard error and the table, or with s->json a JSON object, on standard output. Returns an exit code of
 * command.h.
 */
int run_session(struct session *s, const struct catalog *sel, char *const *command);

#endif
