/* SPDX-License-Identifier: MIT */
/*
 * The disks of a run: for each guest and size one formatted template, and a fresh copy of it for each boot.
 * Invariant: everything is in one folder, made for it, which disk_images_end removes; a copy is on the host's
 * disk before it is handed out, so that writing it back falls into no timed region.
 */
#ifndef ENGINE_DISK_IMAGE_H
#define ENGINE_DISK_IMAGE_H

#include <cjson/cJSON.h>

#include "digest.h"
#include "disk.h"
#include "guest.h"

struct disk_template {
    enum guest_kind guest;
    unsigned mib;
    char *path;
    char *format, *mkfs, *version; /* "ext4", its command, what it says of itself */
};

struct disk_images {
    char *dir; /* NULL: none made yet */
    int lock;  /* of it, while there is one */
    struct disk_template *t;
    size_t n;
};

/*
 * A fresh disk of `mib` MiB, formatted as that guest likes it, below `run_dir`; `out` is to be freed with
 * disk_free, and its file goes with the next call. 0, or a negative errno with a line in `why`.
 */
int disk_images_fresh(struct disk_images *di, const char *run_dir, enum guest_kind guest, unsigned mib,
                      struct disk *out, char *why, size_t n);
/* Removes the disks that killed runs left in the run folders beside this one, and in this one. */
void disk_images_sweep(const char *run_dir);
/* How such a disk was made, for a record's context. Caller deletes. */
cJSON *disk_images_context(const struct disk_images *di, enum guest_kind guest, unsigned mib);
/* Removes all of them. */
void disk_images_end(struct disk_images *di);

#endif
