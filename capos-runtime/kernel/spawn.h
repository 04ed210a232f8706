/* SPDX-License-Identifier: MIT */
/*
 * What every way of spawning shares: the parameters of ProcessSpawner.spawn, its grants, its results.
 * Invariant: spawn_check comes first and changes nothing; spawn_run uses the grants it has checked, in the
 * same call, before any other spawn. Source: the published ProcessSpawner interface.
 */
#ifndef KERNEL_SPAWN_H
#define KERNEL_SPAWN_H

#include "kernel/cap.h"

struct spawn_names {
    const char *name, *binary; /* NUL-terminated; may be empty */
    uint32_t name_len, binary_len;
};

/* spawn_check: reads and checks name, binaryName, grants, and that the results have room; restricted: only
 * kernel sources that are about the child itself may be granted. 0, or what call_raise gave. */
int spawn_check(struct call *c, struct spawn_names *names, bool restricted);
/* spawn_run: makes and starts the process from an ELF image, answers with handle and manager. lasting: as in
 * struct process_spec. 0, or what call_raise gave; then nothing has changed. */
int spawn_run(struct call *c, const char *name, const uint8_t *elf, size_t len, bool lasting);

#endif
