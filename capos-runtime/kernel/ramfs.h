/* SPDX-License-Identifier: MIT */
/*
 * Files and directories in RAM: the tree under Directory and File objects. Knows nothing of calls and
 * capabilities. Invariant: a node lives as long as someone counts on it: its entry in a directory, or an
 * object that stands for it. A removed file therefore lives until its last capability goes. Each node has at
 * most one name. Errors are negative errno values.
 */
#ifndef KERNEL_RAMFS_H
#define KERNEL_RAMFS_H

#include "kernel/fs.h"
#include "kernel/ramfs_pages.h"

#define RAMFS_SIZE_MAX (UINT64_C(1) << 44)

struct ramfs_node;

struct ramfs_entry {
    struct ramfs_entry *next, **prev; /* the directory's entries, oldest first */
    struct ramfs_entry *bucket_next;
    struct ramfs_node *node; /* referenced */
    uint32_t hash;
    uint32_t name_len;
    char name[];
};

struct ramfs_node {
    uint32_t refs;
    bool is_dir;
    bool removed;               /* a directory taken out of its parent: nothing can be made in it any more */
    uint64_t created, modified; /* ns since the epoch, or since boot where the machine has no calendar */
    struct ramfs_node *next_dead; /* while a tree is being freed */
    union {
        struct {
            uint64_t size;
            struct ramfs_pages pages;
            const uint8_t *base; /* bytes of the boot image, read where there is no page yet */
            uint64_t base_len;
        } file;
        struct {
            struct ramfs_entry *first, **last;
            struct ramfs_entry **buckets;
            uint32_t nbuckets, count;
        } dir;
    } u;
};

/* The tree as a file system: its nodes are ramfs_nodes. */
extern const struct fs_ops ramfs_ops;
static inline struct fs_node *ramfs_as_fs(struct ramfs_node *n)
{
    return (struct fs_node *)n;
}

/* New nodes with one reference, the caller's; NULL: no space. */
struct ramfs_node *ramfs_file_new(void);
struct ramfs_node *ramfs_dir_new(void);
/* A file whose bytes are those at base until they are overwritten; base stays valid for ever. */
struct ramfs_node *ramfs_file_over(const uint8_t *base, uint64_t len, uint64_t time_ns);
void ramfs_ref(struct ramfs_node *n);
void ramfs_unref(struct ramfs_node *n); /* the last one frees the node and what hangs on it alone */

/* Every call below takes checked names only. */
/* The node by that name (no reference taken), or NULL. */
struct ramfs_node *ramfs_lookup(const struct ramfs_node *dir, const char *name, size_t len);
/* Gives node a name in dir and takes a reference to it. -EEXIST, -ENOENT (dir was removed), -ENOSPC. */
int ramfs_link(struct ramfs_node *dir, const char *name, size_t len, struct ramfs_node *node);
/* -ENOENT, -ENOTEMPTY. */
int ramfs_remove(struct ramfs_node *dir, const char *name, size_t len);
/* Within dir. -ENOENT, -EEXIST (also for the same name), -ENOSPC. */
int ramfs_rename(struct ramfs_node *dir, const char *from, size_t from_len, const char *to, size_t to_len);

/* Bytes read (0 at or behind the end). */
size_t ramfs_read(struct ramfs_node *file, uint64_t offset, void *buf, size_t n);
/* Bytes written, fewer than n only when space ran out in between; -ENOSPC, -EFBIG. append: at the end,
 * whatever offset says. */
int64_t ramfs_write(struct ramfs_node *file, uint64_t offset, const void *buf, size_t n, bool append);
/* Cuts, or extends by a hole. -EFBIG. */
int ramfs_truncate(struct ramfs_node *file, uint64_t size);

/* The tree of a boot image below path ("" or "/": all of it); one reference. NULL with *err: -ENOENT,
 * -ENOSPC, -EINVAL (bad archive). */
struct ramfs_node *ramfs_image_dir(const uint8_t *image, size_t len, const char *path, int *err);
struct ramfs_node *ramfs_image_file(const uint8_t *image, size_t len, const char *path, int *err);

#endif
