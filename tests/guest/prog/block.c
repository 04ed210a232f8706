/* SPDX-License-Identifier: MIT */
/*
 * BlockDevice as a program meets it, on libcapos alone: a disk that can be written, or, when it says so, one
 * that cannot. TAP on the console. Invariant: exit code 0 only if every check held. It ends with requests
 * under way, which must cost the kernel nothing.
 */
#include "capos/block.h"
#include "capos/start.h"
#include "bare_tap.h"
#include "disk_pattern.h"

#define MAX   127u
#define MANY  48u
#define BYTES 512u
#define LINUX 5u /* the block that the other guest looks at */

static uint32_t disk;
static uint8_t out[MAX * BYTES], in[(MAX + 1) * BYTES];

static bool write_read(uint64_t lba, uint32_t n, unsigned round)
{
    pattern_fill(out, n * BYTES, lba, round);
    if (capos_block_write(disk, lba, n, out, n * BYTES) != 0 ||
        capos_block_read(disk, lba, n, in, n * BYTES) != 0)
        return false;
    return pattern_holds(in, n * BYTES, lba, round) != 0;
}

static void check_refusals(const struct capos_block_info *info)
{
    check(capos_block_read(disk, info->blocks, 1, in, BYTES) == -ERANGE &&
              capos_block_read(disk, info->blocks - 1, 2, in, 2 * BYTES) == -ERANGE &&
              capos_block_read(disk, UINT64_MAX, 1, in, BYTES) == -ERANGE &&
              capos_block_read(disk, 0, UINT32_MAX, in, BYTES) == -ERANGE,
          "reads past the end are refused");
    check(capos_block_read(disk, 0, 0, in, 0) == -EINVAL, "a read of no blocks is refused");
    check(capos_block_read(disk, 0, MAX + 1, in, (MAX + 1) * BYTES) == -EFBIG,
          "more than a call carries is refused");
}

static void check_writes(const struct capos_block_info *info)
{
    check(write_read(0, 1, 1), "one block");
    check(write_read(LINUX, 1, 2), "another block");
    check(write_read(8, MAX, 3), "as many blocks as fit");
    check(write_read(info->blocks - 1, 1, 4), "the last block");
    check(capos_block_read(disk, 0, 1, in, BYTES) == 0 && pattern_holds(in, BYTES, 0, 1) != 0 &&
              capos_block_read(disk, LINUX, 1, in, BYTES) == 0 && pattern_holds(in, BYTES, LINUX, 2) != 0,
          "none of them touched another");
    check(capos_block_write(disk, info->blocks, 1, out, BYTES) == -ERANGE &&
              capos_block_write(disk, info->blocks - 1, 2, out, 2 * BYTES) == -ERANGE,
          "writes past the end are refused");
    check(capos_block_write(disk, 0, 2, out, BYTES) == -EINVAL &&
              capos_block_write(disk, 0, 1, out, 100) == -EINVAL &&
              capos_block_write(disk, 0, 0, out, 0) == -EINVAL,
          "data of another size than the blocks is refused");
    check(capos_block_flush(disk) == 0 && capos_block_flush(disk) == 0, "flush");
}

static void check_read_only(void)
{
    check(capos_block_read(disk, LINUX, 1, in, BYTES) == 0 && pattern_holds(in, BYTES, LINUX, 2) != 0,
          "what an earlier boot wrote is there");
    check(capos_block_write(disk, LINUX, 1, out, BYTES) == -EROFS, "a write is refused");
    check(capos_block_read(disk, LINUX, 1, in, BYTES) == 0 && pattern_holds(in, BYTES, LINUX, 2) != 0,
          "and changed nothing");
}

static struct capos_async asyncs[MANY];
static uint64_t replies[MANY][80];

static bool read_begin(unsigned i, uint64_t lba)
{
    struct capos_request r;

    capos_async_begin(&asyncs[i], &r, disk, CAPOS_M_BLOCK_DEVICE_READ_BLOCKS,
                      CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_WORDS, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_PTRS,
                      replies[i], sizeof replies[i]);
    capnp_set_u64(&r.root, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_START_LBA, lba);
    capnp_set_u32(&r.root, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_COUNT, 1);
    return capos_async_submit(&asyncs[i], &r) == 0;
}

static bool read_end(unsigned i, uint64_t lba, unsigned round)
{
    struct capos_reply reply;
    const uint8_t *p;
    uint32_t got;

    capos_ring_wait(&asyncs[i].op);
    return capos_async_reply(&asyncs[i], &reply) == 0 &&
           capnp_get_data(&reply.root, CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_DATA_PTR, &p, &got) == 0 &&
           got == BYTES && pattern_holds(p, BYTES, lba, round) != 0;
}

/* More at once than the device's queue takes. */
static void check_many(void)
{
    bool ok = true;

    for (unsigned i = 0; i < MANY; i++)
        ok = read_begin(i, 8 + i) && ok;
    for (unsigned i = MANY; i-- > 0;)
        ok = read_end(i, 8 + i, 3) && ok;
    check(ok, "48 reads at once, each with its own block");
}

int64_t capos_main(void)
{
    struct capos_block_info info = {0};

    if (capos_grant_by_interface(CAPOS_IFACE_CONSOLE, &console) < 0)
        return 2;
    if (capos_grant_by_name("disk", CAPOS_IFACE_BLOCK_DEVICE, &disk) < 0)
        return 3;
    check(capos_block_info(disk, &info) == 0 && info.block_size == BYTES && info.blocks == 2048,
          "info: 2048 blocks of 512 bytes");
    check_refusals(&info);
    if (info.read_only)
        check_read_only();
    else
        check_writes(&info);
    check_many();
    int64_t code = tap_end();
    for (unsigned i = 0; i < MANY; i++)
        (void)read_begin(i, 8 + i);
    capos_ring_enter(0);
    return code;
}
