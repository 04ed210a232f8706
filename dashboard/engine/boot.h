/* SPDX-License-Identifier: MIT */
/*
 * One boot of one workload: image, guest, export, verification, verdict, and what is kept of it.
 * Invariant: boot_end is in the event log, and the log on disk, before boot_run returns.
 */
#ifndef ENGINE_BOOT_H
#define ENGINE_BOOT_H

#include "session.h"

/* Host path of a program's executable for a guest; caller frees. */
char *boot_program_path(const struct def_program *p, enum guest_kind guest);
/* Expected seconds of a boot, for the first estimate. */
double boot_expect(const struct session *s, const struct definition *d, enum guest_kind guest);
/*
 * Runs one boot (pair counts from 0) and judges it. Never NULL. With b->interrupted the user has asked to
 * stop and nothing of the boot counts.
 */
struct boot *boot_run(struct session *s, const struct definition *d, const struct corpus *c,
                      enum guest_kind guest, unsigned pair);

#endif
