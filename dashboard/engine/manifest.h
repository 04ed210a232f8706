/* SPDX-License-Identifier: MIT */
/*
 * What the capOS guest's first process is given: the boot manifest and the agent's startup block.
 * Invariant: the agent's authority is the one table in manifest.c; whatever a program gets is granted by the
 * agent from it.
 */
#ifndef ENGINE_MANIFEST_H
#define ENGINE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

/* One capability of the first process. */
struct manifest_cap {
    const char *name;   /* in its CapSet */
    const char *source; /* manifest source name, upstream's or ours (workloads/PROTOCOL.md) */
    const char *path;   /* NULL: none */
};

/* The agent's capabilities; with `store` also the root of the disk's file tree. *n gets their number. */
const struct manifest_cap *manifest_agent_caps(bool store, size_t *n);

/*
 * A SystemManifest message: `binaries` (names, without "bin/", bytes left to the image), and the first
 * process, which runs `init` with `caps`. 0 with *out malloc'd (caller frees), or a negative errno.
 */
int manifest_build(const char *const *binaries, size_t nbinaries, const char *init,
                   const struct manifest_cap *caps, size_t ncaps, void **out, size_t *len);

/* The agent's startup block (abi/startup.h): argv {"agent"}, cwd /, the image preopened at /, with `store`
 * the disk's file tree at /work, descriptor 3 the bench channel. *out is malloc'd (caller frees). */
void manifest_startup(bool store, void **out, size_t *len);

#endif
