/* SPDX-License-Identifier: MIT */
/*
 * A log of everything a disk was told, in the dm-log-writes format that QEMU's blklogwrites filter writes:
 * every write with its bytes, and every flush, each entered when it was complete. Invariant: an entry's data
 * lies inside the bytes that were parsed, and its place inside the device.
 */
#ifndef FAULT_BLKLOG_H
#define FAULT_BLKLOG_H

#include <stddef.h>
#include <stdint.h>

#define BLKLOG_SECTOR 512u /* what a disk writes whole or not at all */

/* A write of len bytes at offset; a flush has len 0 and data NULL. */
struct blklog_entry {
    uint64_t offset, len;
    const uint8_t *data;
};

struct blklog {
    struct blklog_entry *entries;
    size_t n;
};

/*
 * Reads the log of a device of `size` bytes. The entries point into `bytes`. 0; -EINVAL for what is no such
 * log or reaches beyond it or beyond the device; -ENOTSUP for a discard, a forced write or a mark, which
 * nothing here makes; -ENOMEM. *why says what is wrong, a constant string.
 */
int blklog_parse(struct blklog *log, const void *bytes, size_t len, uint64_t size, const char **why);
void blklog_free(struct blklog *log);

#endif
