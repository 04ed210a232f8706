/* SPDX-License-Identifier: MIT */
/*
 * What Directory, File and the extension share: an object that stands for a node of a file system.
 * Invariant: read_only passes on to everything reached through the object.
 */
#ifndef KERNEL_CAP_FS_H
#define KERNEL_CAP_FS_H

#include "kernel/cap.h"
#include "kernel/fs.h"

struct fs_object {
    struct cap_object object;
    const struct fs_ops *fs;
    struct fs_node *node; /* of fs; referenced, or NULL in an object that is being made */
    bool read_only;
    bool append; /* File: every write goes to the end */
    bool closed; /* File: `close` was called */
};

/* New objects for a node (they take over the caller's reference, also when they fail); NULL: no memory. */
struct cap_object *cap_file_over(const struct fs_ops *fs, struct fs_node *file, bool read_only, bool append);
struct cap_object *cap_directory_over(const struct fs_ops *fs, struct fs_node *dir, bool read_only);
/* The object as one of ours: a Directory or File; NULL for any other. */
struct fs_object *cap_fs_object(struct cap_object *o);
/* All bytes of a File, copied into *bytes (heap_free'd by the caller). -EINVAL (no File of ours), -EBADF
 * (closed), -ENOEXEC (empty), -EFBIG (more than max), -ENOMEM, -EIO. */
int cap_file_bytes(struct cap_object *o, size_t max, uint8_t **bytes, size_t *len);
/* An object of either class without a node yet; NULL: no memory. */
struct fs_object *cap_fs_new(const struct cap_class *cls, const struct fs_ops *fs, bool read_only);
extern const struct cap_class cap_file_class;
/* cap_class.mode and .destroy of both. */
const char *cap_fs_mode(const struct cap_object *o);
void cap_fs_destroy(struct cap_object *o);

#endif
