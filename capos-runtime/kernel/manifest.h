/* SPDX-License-Identifier: MIT */
/*
 * The boot manifest: which binaries there are, and what the first process is given.
 * Invariant: all texts point into the image and are NUL-terminated; every source is one that is served; every
 * binary has its bytes. Source: the published SystemManifest and CueValue structs; workloads/PROTOCOL.md for
 * what initConfig holds.
 */
#ifndef KERNEL_MANIFEST_H
#define KERNEL_MANIFEST_H

#include "abi/capset.h"
#include "kernel/machine.h"

#define MANIFEST_MAX_BINARIES 256u

struct manifest_binary {
    const char *name;
    const uint8_t *elf;
    size_t len;
};

struct manifest_cap {
    const char *name, *path; /* path "" when none is given */
    unsigned source;         /* CAPOS_SRC_* or SRC_* */
    bool read_only;
};

struct manifest {
    const uint8_t *bytes; /* the message itself */
    size_t len;
    uint32_t nbinaries, ncaps;
    const char *init_binary, *init_name;
    struct manifest_binary binaries[MANIFEST_MAX_BINARIES];
    struct manifest_cap caps[CAPOS_CAPSET_MAX_ENTRIES];
};

/* manifest_load: finds boot/manifest in the image and checks all of it. 0, or a negative errno with *why
 * (static text). */
int manifest_load(const uint8_t *image, size_t image_len, struct manifest *m, const char **why);
/* manifest_find: the binary of that name, or NULL. */
const struct manifest_binary *manifest_find(const struct manifest *m, const char *name, size_t len);

#endif
