/* SPDX-License-Identifier: MIT */
/*
 * What Directory, File and the extension share: an object that stands for a RAM file system node.
 * Invariant: read_only passes on to everything reached through the object.
 */
#ifndef KERNEL_CAP_FS_H
#define KERNEL_CAP_FS_H

#include "kernel/cap.h"
#include "kernel/ramfs.h"

struct fs_object {
    struct cap_object object;
    struct ramfs_node *node; /* referenced */
    bool read_only;
    bool append; /* File: every write goes to the end */
    bool closed; /* File: `close` was called */
};

/* New objects for a node (takes a reference of its own to it); NULL: no memory. */
struct cap_object *cap_file_over(struct ramfs_node *file, bool read_only, bool append);
struct cap_object *cap_directory_over(struct ramfs_node *dir, bool read_only);
/* The object as one of ours: a Directory or File of RAM; NULL for any other. */
struct fs_object *cap_fs_object(struct cap_object *o);
/* All bytes of a File, copied into *bytes (heap_free'd by the caller). -EINVAL (no File of ours), -EBADF
 * (closed), -ENOEXEC (empty), -EFBIG (more than max), -ENOMEM, -EIO. */
int cap_file_bytes(struct cap_object *o, size_t max, uint8_t **bytes, size_t *len);
/* cap_class.destroy of both. */
void cap_fs_destroy(struct cap_object *o);

#endif
