/* SPDX-License-Identifier: MIT */
/*
 * A store's device over a file or block device of the host. Invariant: while open it is locked against every
 * other capstore; flush is fdatasync.
 */
#ifndef STORE_HOST_FILEDEV_H
#define STORE_HOST_FILEDEV_H

#include <stdbool.h>

#include "store/store.h"

struct filedev {
    int fd;
    uint64_t blocks;
};

/* 0, or a negative errno value: -EBUSY when someone else has it open. */
int filedev_open(struct filedev *d, const char *path, bool writable);
void filedev_close(struct filedev *d);
/* The callbacks; they use d until the store is unmounted. */
struct store_device filedev_device(struct filedev *d);
/* malloc, free, and the time of day. */
struct store_env filedev_env(void);

#endif
