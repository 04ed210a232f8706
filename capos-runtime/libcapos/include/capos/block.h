/* SPDX-License-Identifier: MIT */
/*
 * BlockDevice. Invariant: a call moves all its blocks or fails; what a failed write has left on the disk is
 * unknown. Errors are negative errno values: -EIO, -ERANGE (past the end), -EROFS, -EFBIG (more than
 * CAPOS_BLOCKS_BYTES_MAX), -EINVAL. Source: the published schema.
 */
#ifndef CAPOS_BLOCK_H
#define CAPOS_BLOCK_H

#include "abi/fields.h"
#include "capos/call.h"

/* Bytes of whole 512-byte blocks that fit one call, either way. */
#define CAPOS_BLOCKS_BYTES_MAX (127u * 512u)

struct capos_block_info {
    uint64_t blocks;
    uint32_t block_size; /* bytes */
    bool read_only;
};
int capos_block_info(uint32_t disk, struct capos_block_info *info);
/* capos_block_read: `count` blocks from block `lba` into buf of `bytes` bytes, which must be what they come
 * to. */
int capos_block_read(uint32_t disk, uint64_t lba, uint32_t count, void *buf, size_t bytes);
/* capos_block_write: safe only after a flush that came after it. */
int capos_block_write(uint32_t disk, uint64_t lba, uint32_t count, const void *buf, size_t bytes);
/* capos_block_flush: every write that had ended before is safe when this returns 0. */
int capos_block_flush(uint32_t disk);

#endif
