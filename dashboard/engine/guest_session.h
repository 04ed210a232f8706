/* SPDX-License-Identifier: MIT */
/*
 * One running guest, whatever it runs on: its channels, logs, limits and what was learned of it.
 * Invariant: open, run and close come in this order; close judges only what run saw, and leaves no descriptor
 * open.
 */
#ifndef ENGINE_GUEST_SESSION_H
#define ENGINE_GUEST_SESSION_H

#include "guest.h"

struct guest_session;

/*
 * Opens logs (qemu.log, bench.raw in the run folder; a machine also makes serial.log and console.log),
 * artifact folder and channels. 0 with *out, or a negative errno with a line in outcome->reason.
 */
int guest_session_open(const struct guest_job *job, const struct guest_callbacks *cb,
                       struct guest_outcome *outcome, struct guest_session **out);

/*
 * Writes command.txt, starts argv (its descriptors from 3 on: bench, and with `machine` console, serial, QMP)
 * and serves it until it has ended. 0, or a negative errno when it could not be started or the host failed,
 * with a line in the reason.
 */
int guest_session_run(struct guest_session *s, char *const *argv, const char *cwd, bool machine);

/* Closes everything; after a run that gave 0, fills in the verdict. 0, or the errno of a log that could not
 * be written. */
int guest_session_close(struct guest_session *s, bool judge);

#endif
