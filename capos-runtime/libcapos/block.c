/* SPDX-License-Identifier: MIT */
/* BlockDevice: see capos/block.h. Invariant: a reply of another size than asked for is an error, never a
 * short read. */
#include "capos/block.h"

int capos_block_info(uint32_t disk, struct capos_block_info *info)
{
    struct capos_reply reply;
    int err = capos_call_empty(disk, CAPOS_M_BLOCK_DEVICE_INFO, &reply);
    if (err < 0)
        return err;
    info->block_size = capnp_get_u32(&reply.root, CAPOS_R_BLOCK_DEVICE_INFO_BLOCK_SIZE);
    info->blocks = capnp_get_u64(&reply.root, CAPOS_R_BLOCK_DEVICE_INFO_BLOCK_COUNT);
    info->read_only = capnp_get_bool(&reply.root, CAPOS_R_BLOCK_DEVICE_INFO_READ_ONLY_BIT);
    return 0;
}

int capos_block_read(uint32_t disk, uint64_t lba, uint32_t count, void *buf, size_t bytes)
{
    struct capos_request r;
    struct capos_reply reply;
    const uint8_t *p;
    uint32_t got;
    capos_request_begin(&r, disk, CAPOS_M_BLOCK_DEVICE_READ_BLOCKS, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_WORDS,
                        CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_PTRS);
    capnp_set_u64(&r.root, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_START_LBA, lba);
    capnp_set_u32(&r.root, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_COUNT, count);
    int err = capos_request_send(&r, &reply);
    if (err == 0)
        err = capnp_get_data(&reply.root, CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_DATA_PTR, &p, &got);
    if (err < 0)
        return err;
    if (got != bytes)
        return -EPROTO;
    __builtin_memcpy(buf, p, got);
    return 0;
}

int capos_block_write(uint32_t disk, uint64_t lba, uint32_t count, const void *buf, size_t bytes)
{
    struct capos_request r;
    if (bytes > CAPOS_BLOCKS_BYTES_MAX)
        return -EFBIG;
    capos_request_begin(&r, disk, CAPOS_M_BLOCK_DEVICE_WRITE_BLOCKS, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_WORDS,
                        CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_PTRS);
    capnp_set_u64(&r.root, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_START_LBA, lba);
    capnp_set_u32(&r.root, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_COUNT, count);
    capnp_set_data(&r.root, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_DATA_PTR, buf, bytes);
    return capos_request_do(&r);
}

int capos_block_flush(uint32_t disk)
{
    struct capos_reply reply;
    return capos_call_empty(disk, CAPOS_M_BLOCK_DEVICE_FLUSH, &reply);
}
