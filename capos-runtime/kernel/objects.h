/* SPDX-License-Identifier: MIT */
/*
 * What the boot leaves behind for others of the object part.
 * Invariant: set once by objects_start, before the first process runs.
 */
#ifndef KERNEL_OBJECTS_H
#define KERNEL_OBJECTS_H

#include "kernel/manifest.h"

/* objects_manifest: the boot manifest; empty before objects_start. */
const struct manifest *objects_manifest(void);

#endif
