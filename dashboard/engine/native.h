/* SPDX-License-Identifier: MIT */
/*
 * GUEST_NATIVE: the Linux agent run on the host itself, a context column and never one side of a ratio.
 * Invariant: everything it writes is below one private folder in the run folder, removed afterwards.
 */
#ifndef ENGINE_NATIVE_H
#define ENGINE_NATIVE_H

#include "guest_image.h"
#include "guest_session.h"

/* Unpacks the image, runs the agent on it, and cleans up. `argv` gets the command line (caller frees as
 * qemu_argv_free). */
int native_run(struct guest_session *s, const struct guest_job *job, const struct guest_image *image,
               char ***argv, char *why, size_t whylen);

#endif
