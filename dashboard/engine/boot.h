/* SPDX-License-Identifier: MIT */
/*
 * One boot of one workload: image, guest, export, verification, verdict, and what is kept of it.
 * Invariant: boot_end is in the event log, and the log on disk, before boot_run returns.
 */
#ifndef ENGINE_BOOT_H
#define ENGINE_BOOT_H

#include "plan.h"
#include "session.h"

/* The flavour of a guest's programs: "capos" or "linux". */
const char *boot_flavour(enum guest_kind guest);
/* Host path of a program's executable for a guest, NULL for one that the workload makes; caller frees. */
char *boot_program_path(const struct def_program *p, enum guest_kind guest);
/* Where a definition's script is on the host; in fresh memory. */
char *boot_script_path(const char *script);
/* The run image's files: each program once, from the folder `programs`, then the corpus. Freed by
 * boot_free_files. */
struct guest_file *boot_image_files(const struct definition *d, const struct corpus *c, const char *programs,
                                    size_t *n);
void boot_free_files(struct guest_file *f, size_t n);
/* The run plan; caller frees. */
char *boot_plan(const struct definition *d, const struct plan_boot *boot, const struct corpus *c);
/* How many bytes may leave the guest. */
uint64_t boot_export_limit(const struct definition *d, enum def_size size, const struct corpus *c);
/* Expected seconds of a boot, for the first estimate. */
double boot_expect(const struct session *s, const struct definition *d, enum guest_kind guest,
                   enum def_backing backing);
/*
 * Runs one boot (pair counts from 0) and judges it, with the second one on the same disk where the definition
 * has that. Never NULL. With b->interrupted the user has asked to stop and nothing of the boot counts.
 * CAPBENCH_TEST_MISLABEL in the environment, for the test of the labels alone, puts /work on the other
 * backing than the label says.
 */
struct boot *boot_run(struct session *s, const struct cell *cell, const struct corpus *c, unsigned pair);

/* The artifacts of a second boot are in artifacts/<name> with this at its end; its raw files in
 * raw/<name>/reopen. */
#define BOOT_REOPEN_SUFFIX ".reopen"

#endif
