/* SPDX-License-Identifier: MIT */
/*
 * The tree of the persistent store as a file system (fs.h): nodes are store_nodes. Invariant: an operation
 * answered is whole in memory; it is durable once a sync of any file of the store succeeded afterwards.
 */
#ifndef KERNEL_STOREFS_H
#define KERNEL_STOREFS_H

#include "kernel/fs.h"
#include "store/store.h"

extern const struct fs_ops storefs_ops;
/* The root directory, one reference. */
struct fs_node *storefs_root(struct store *s);

#endif
