/* SPDX-License-Identifier: MIT */
/* Generators without structure: noise from splitmix64, and one byte repeated. See gen.h. */
#include "gen.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { GEN_BLOCK = 65536 };

uint64_t gen_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int block_write(int fd, const unsigned char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = write(fd, data, bytes);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        bytes -= (size_t)n;
    }
    return 0;
}

static void block_noise(unsigned char *block, uint64_t *state)
{
    for (size_t i = 0; i < GEN_BLOCK; i += 8) {
        uint64_t value = gen_next(state);

        for (size_t b = 0; b < 8; b++)
            block[i + b] = (unsigned char)(value >> (8 * b));
    }
}

/* One loop for both: a NULL state keeps the block as it is. */
static int file_fill(const char *path, unsigned char *block, uint64_t *state, uint64_t bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int err = 0;

    if (fd < 0)
        return -errno;
    while (bytes > 0 && err == 0) {
        size_t part = bytes < GEN_BLOCK ? (size_t)bytes : GEN_BLOCK;

        if (state)
            block_noise(block, state);
        err = block_write(fd, block, part);
        bytes -= part;
    }
    if (close(fd) < 0 && err == 0)
        err = -errno;
    return err;
}

int gen_noise(const char *path, uint64_t seed, uint64_t bytes)
{
    unsigned char block[GEN_BLOCK];

    return file_fill(path, block, &seed, bytes);
}

int gen_fill(const char *path, unsigned char value, uint64_t bytes)
{
    unsigned char block[GEN_BLOCK];

    memset(block, value, sizeof block);
    return file_fill(path, block, NULL, bytes);
}
