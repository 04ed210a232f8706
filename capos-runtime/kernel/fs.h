/* SPDX-License-Identifier: MIT */
/*
 * What Directory and File objects need of a file system, whichever it is: RAM (ramfs.h) or the persistent
 * store (storefs.h). Invariant: a node is known together with the operations it belongs to (struct fs_object
 * holds both); names reach an operation checked. Errors are negative errno values; -EUCLEAN: the bytes on the
 * disk are damaged. Any operation of the store may wait for the disk (block_wait).
 */
#ifndef KERNEL_FS_H
#define KERNEL_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FS_NAME_MAX 255u

struct fs_node; /* never defined: each file system has nodes of its own */

struct fs_info {
    bool is_dir;
    uint64_t size;              /* bytes; 0 for a directory */
    uint64_t created, modified; /* ns since the epoch, or since boot where the machine has no calendar */
};

/* A place for bytes, or of bytes. */
struct fs_part {
    uint8_t *at;
    uint32_t n;
};

typedef int (*fs_entry_f)(void *ctx, const char *name, uint32_t len, const struct fs_info *info);

struct fs_ops {
    void (*ref)(struct fs_node *n);
    void (*unref)(struct fs_node *n); /* the last one frees a node that has no name any more */
    void (*info)(struct fs_node *n, struct fs_info *out);

    /* Of a directory. lookup and create give one reference. */
    int (*lookup)(struct fs_node *dir, const char *name, size_t len, struct fs_node **out); /* -ENOENT */
    int (*create)(struct fs_node *dir, const char *name, size_t len, bool is_dir,
                  struct fs_node **out);                              /* -EEXIST; -ENOENT: dir was removed */
    int (*remove)(struct fs_node *dir, const char *name, size_t len); /* -ENOENT, -ENOTEMPTY */
    int (*rename)(struct fs_node *dir, const char *from, size_t from_len, const char *to,
                  size_t to_len); /* -ENOENT, -EEXIST */
    /* Calls f for each entry; what f returns other than 0 ends it and is returned. */
    int (*list)(struct fs_node *dir, fs_entry_f f, void *ctx);

    /* Of a file. read gives fewer than n bytes at the end only; write fewer when space ran out in between;
     * append: at the end, whatever offset says. */
    int64_t (*read)(struct fs_node *file, uint64_t offset, void *buf, size_t n);
    int64_t (*read_parts)(struct fs_node *file, uint64_t offset, const struct fs_part *parts, unsigned n);
    int64_t (*write)(struct fs_node *file, uint64_t offset, const void *buf, size_t n, bool append);
    /* NULL: it is to be handed all bytes in one piece. */
    int64_t (*write_parts)(struct fs_node *file, uint64_t offset, const struct fs_part *parts, unsigned n,
                           bool append);
    int (*truncate)(struct fs_node *file, uint64_t size); /* cuts, or extends by zeros */
    int (*sync)(struct fs_node *file); /* as durable as this file system gets, names included */
};

/* 0, -EINVAL (empty, ".", "..", '/' or NUL in it) or -ENAMETOOLONG. */
int fs_name_check(const char *name, size_t len);
/* The time for stamps: see struct fs_info. */
uint64_t fs_now(void);

#endif
