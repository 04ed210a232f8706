/* SPDX-License-Identifier: MIT */
/* The Linux guest sees the disk that the capOS guest wrote (block.c), and may write to it. */
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "disk_pattern.h"
#include "tap.h"

int main(void)
{
    uint8_t b[512];
    int fd = open("/dev/vda", O_RDWR);

    CHECK(fd >= 0 && lseek(fd, 0, SEEK_END) == 2048 * 512, "the disk is there, 2048 blocks");
    CHECK(pread(fd, b, sizeof b, 5 * 512) == 512 && pattern_holds(b, sizeof b, 5, 2),
          "the block that capOS wrote");
    pattern_fill(b, sizeof b, 6, 9);
    CHECK(pwrite(fd, b, sizeof b, 6 * 512) == 512 && fsync(fd) == 0, "write and fsync");
    return tap_end();
}
