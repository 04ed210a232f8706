/* SPDX-License-Identifier: MIT */
/*
 * A profile of reads and writes on one file: storage-file [--again] MIB SYNC_EVERY FILE [RESULTS]
 * Writes and reads a file of MIB mebibytes in order and at random, in blocks of 4 KiB and 64 KiB, each pass
 * once over as many bytes as the file has; writes are synced after every SYNC_EVERY of them and at the end of
 * their pass. Bytes per second and latencies go to stdout. With RESULTS every block that is read is compared
 * with what was last written there, the whole file again after every pass that writes, and a digest of each
 * pass is written there. With --again nothing is written: the file is there, from an earlier run of the same
 * profile, and each of its blocks is compared with what was last written to it then. Invariant: the sequence
 * of accesses and every byte depend on MIB alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "latency.h"
#include "prng.h"

enum { UNIT = 4096, BLOCK_MOST = 65536 };
#define MIB UINT64_C(1048576)

struct pass {
    const char *name;
    bool write, random;
    uint32_t block;
};

static const struct pass passes[] = {
    {"sequential write 64k", true, false, 65536}, {"sequential read 64k", false, false, 65536},
    {"random write 64k", true, true, 65536},      {"random read 64k", false, true, 65536},
    {"sequential write 4k", true, false, 4096},   {"sequential read 4k", false, false, 4096},
    {"random write 4k", true, true, 4096},        {"random read 4k", false, true, 4096},
};

struct profile {
    int fd;
    uint64_t bytes, random, sync_every;
    uint32_t *generation; /* of each 4 KiB, as last written; 0: never */
    bool checked, again;
    uint64_t digest;
    unsigned char buffer[BLOCK_MOST], want[UNIT];
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "storage-file: %s: %s\n", what, why);
    exit(1);
}

static void unit_make(unsigned char *out, uint64_t unit, uint32_t generation)
{
    prng_fill(out, UNIT, unit << 24 ^ generation);
}

static void block_write(struct profile *p, uint64_t at, uint32_t block, uint32_t generation)
{
    for (uint32_t i = 0; i < block; i += UNIT) {
        uint64_t unit = (at + i) / UNIT;

        p->generation[unit] = generation;
        unit_make(p->buffer + i, unit, generation);
    }
}

/* Is what was read what was last written there? */
static void block_check(struct profile *p, uint64_t at, uint32_t block)
{
    for (uint32_t i = 0; i < block; i += UNIT) {
        uint64_t unit = (at + i) / UNIT;

        unit_make(p->want, unit, p->generation[unit]);
        if (memcmp(p->want, p->buffer + i, UNIT) != 0)
            die("read", "a block that is not the last one written");
        for (uint32_t k = 0; k < UNIT; k++)
            p->digest = (p->digest ^ p->buffer[i + k]) * UINT64_C(0x100000001b3);
    }
}

static void access_do(struct profile *p, bool write, uint64_t at, uint32_t block)
{
    ssize_t n =
        write ? pwrite(p->fd, p->buffer, block, (off_t)at) : pread(p->fd, p->buffer, block, (off_t)at);

    if (n < 0)
        die(write ? "write" : "read", strerror(errno));
    if ((size_t)n != block)
        die(write ? "write" : "read", "fewer bytes than asked for");
}

static void sync_do(struct profile *p)
{
    if (fsync(p->fd) != 0)
        die("fsync", strerror(errno));
}

static void whole_check(struct profile *p)
{
    for (uint64_t at = 0; at < p->bytes; at += BLOCK_MOST) {
        access_do(p, false, at, BLOCK_MOST);
        block_check(p, at, BLOCK_MOST);
    }
}

static void pass_run(struct profile *p, const struct pass *how, uint32_t generation, FILE *results)
{
    struct latency *l = calloc(1, sizeof *l), *s = calloc(1, sizeof *s);
    uint64_t blocks = p->bytes / how->block, begin, start = latency_now(), ns;
    char syncs[64];

    if (!l || !s)
        die("memory", strerror(ENOMEM));
    p->digest = UINT64_C(0xcbf29ce484222325);
    for (uint64_t i = 0; i < blocks; i++) {
        uint64_t at = (how->random ? prng_below(&p->random, blocks) : i) * how->block;

        if (how->write)
            block_write(p, at, how->block, generation);
        begin = latency_now();
        access_do(p, how->write, at, how->block);
        latency_add(l, latency_now() - begin);
        if (!how->write && p->checked)
            block_check(p, at, how->block);
        if (how->write && ((i + 1) % p->sync_every == 0 || i + 1 == blocks)) {
            begin = latency_now();
            sync_do(p);
            latency_add(s, latency_now() - begin);
        }
    }
    ns = latency_now() - start;
    printf("%s: %" PRIu64 " bytes, %" PRIu64 " ns\n", how->name, p->bytes, ns);
    latency_print(l, how->name);
    snprintf(syncs, sizeof syncs, "%s sync", how->name);
    if (s->count)
        latency_print(s, syncs);
    if (results && how->write)
        whole_check(p);
    if (results)
        fprintf(results, "%s: %" PRIu64 " blocks, %" PRIu64 " syncs, digest %016" PRIx64 "\n", how->name,
                blocks, s->count, p->digest);
    free(l);
    free(s);
}

/* The passes' accesses without the disk: only who was written last. */
static void pass_recall(struct profile *p, const struct pass *how, uint32_t generation)
{
    uint64_t blocks = p->bytes / how->block;

    for (uint64_t i = 0; i < blocks; i++) {
        uint64_t at = (how->random ? prng_below(&p->random, blocks) : i) * how->block;

        for (uint32_t k = 0; how->write && k < how->block; k += UNIT)
            p->generation[(at + k) / UNIT] = generation;
    }
}

static void file_again(struct profile *p)
{
    for (uint32_t i = 0; i < sizeof passes / sizeof passes[0]; i++)
        pass_recall(p, &passes[i], i + 1);
    p->digest = UINT64_C(0xcbf29ce484222325);
    whole_check(p);
    printf("%" PRIu64 " bytes are as they were written, digest %016" PRIx64 "\n", p->bytes, p->digest);
}

static void file_run(struct profile *p, FILE *results)
{
    uint64_t wrote = 0;

    for (uint32_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
        pass_run(p, &passes[i], i + 1, results);
        wrote += passes[i].write ? p->bytes : 0;
    }
    printf("wrote %" PRIu64 " bytes\n", wrote);
}

static uint64_t number(const char *text, uint64_t most)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);

    if (*end || n < 1 || n > most)
        die(text, "is no number in range");
    return n;
}

int main(int argc, char **argv)
{
    static struct profile p = {.random = 20260106};
    FILE *results = NULL;

    p.again = argc > 1 && strcmp(argv[1], "--again") == 0;
    argc -= p.again;
    argv += p.again;
    if (argc != 4 && (argc != 5 || p.again))
        die("usage", "storage-file [--again] MIB SYNC_EVERY FILE [RESULTS]");
    p.bytes = number(argv[1], 4096) * MIB;
    p.sync_every = number(argv[2], 1000000);
    p.generation = calloc(p.bytes / UNIT, sizeof *p.generation);
    if (!p.generation)
        die("memory", strerror(ENOMEM));
    if (argc == 5 && !(results = fopen(argv[4], "wb")))
        die(argv[4], strerror(errno));
    p.checked = results != NULL;
    p.fd = open(argv[3], p.again ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (p.fd < 0)
        die(argv[3], strerror(errno));
    if (p.again)
        file_again(&p);
    else
        file_run(&p, results);
    if (close(p.fd) != 0)
        die("close", strerror(errno));
    if (results && fclose(results) != 0)
        die(argv[4], strerror(errno));
    free(p.generation);
    return 0;
}
