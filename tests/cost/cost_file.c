/* SPDX-License-Identifier: MIT */
/*
 * What file calls of the C library take, the same program on both guests: cost_file PATH, a file that is made
 * there. Invariant: exit code 1 when a call it times fails.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cost.h"

static int fd;
static int broken;
static char block[65536];

uint64_t cost_now(void)
{
    struct timespec t;

    broken |= clock_gettime(CLOCK_MONOTONIC, &t) != 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void cost_print(const char *what, uint64_t ns10)
{
    printf("cost %s %llu.%llu\n", what, (unsigned long long)(ns10 / 10), (unsigned long long)(ns10 % 10));
}

static void write_small(uint64_t n)
{
    for (; n; n--)
        broken |= pwrite(fd, block, 64, (off_t)(n % 256) * 4096) != 64;
}

static void write_page(uint64_t n)
{
    for (; n; n--)
        broken |= pwrite(fd, block, 4096, (off_t)(n % 256) * 4096) != 4096;
}

static void write_chunk(uint64_t n)
{
    for (; n; n--)
        broken |= pwrite(fd, block, 65536, (off_t)(n % 16) * 65536) != 65536;
}

static void read_small(uint64_t n)
{
    for (; n; n--)
        broken |= pread(fd, block, 64, (off_t)(n % 256) * 4096) != 64;
}

static void read_page(uint64_t n)
{
    for (; n; n--)
        broken |= pread(fd, block, 4096, (off_t)(n % 256) * 4096) != 4096;
}

static void read_chunk(uint64_t n)
{
    for (; n; n--)
        broken |= pread(fd, block, 65536, (off_t)(n % 16) * 65536) != 65536;
}

static void do_stat(uint64_t n)
{
    struct stat st;

    for (; n; n--)
        broken |= fstat(fd, &st) != 0;
}

static void do_clock(uint64_t n)
{
    for (; n; n--)
        cost_now();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *what;
        void (*f)(uint64_t n);
        uint64_t n;
    } all[] = {{"pwrite-64", write_small, 4096},   {"pwrite-4096", write_page, 4096},
               {"pwrite-65536", write_chunk, 256}, {"pread-64", read_small, 4096},
               {"pread-4096", read_page, 4096},    {"pread-65536", read_chunk, 256},
               {"fstat", do_stat, 4096},           {"clock_gettime", do_clock, 4096}};

    fd = argc == 2 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;
    if (fd < 0)
        return 2;
    for (unsigned i = 0; i < sizeof block; i++)
        block[i] = (char)(i * 7);
    write_chunk(16);
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
        cost_print(all[i].what, cost_of(all[i].f, all[i].n, NULL, NULL));
    return broken;
}
