/* SPDX-License-Identifier: MIT */
/* The device of filedev.h. Invariant: a short read or write is an error, never silently less. */
#include "store/host/filedev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64 };

int filedev_open(struct filedev *d, const char *path, bool writable)
{
    off_t size = 0;
    int err = 0;

    d->fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (d->fd < 0)
        return -errno;
    if (flock(d->fd, (writable ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0)
        err = errno == EWOULDBLOCK ? -EBUSY : -errno;
    if (err == 0)
        size = lseek(d->fd, 0, SEEK_END);
    if (size < 0)
        err = -errno;
    d->blocks = err == 0 ? (uint64_t)size / STORE_BLOCK_SIZE : 0;
    if (err < 0)
        close(d->fd);
    return err;
}

void filedev_close(struct filedev *d)
{
    close(d->fd);
}

static int file_move(struct filedev *d, uint64_t block, uint32_t count, void *const *pages, bool out)
{
    struct iovec v[BATCH];

    while (count > 0) {
        uint32_t n = count < BATCH ? count : BATCH;
        ssize_t want = (ssize_t)n * STORE_BLOCK_SIZE, r = 0;
        off_t at = (off_t)(block * STORE_BLOCK_SIZE);

        for (uint32_t i = 0; i < n; i++)
            v[i] = (struct iovec){pages[i], STORE_BLOCK_SIZE};
        r = out ? pwritev(d->fd, v, (int)n, at) : preadv(d->fd, v, (int)n, at);
        if (r < 0 && errno == EINTR)
            continue;
        if (r != want)
            return r < 0 ? -errno : -EIO;
        block += n;
        count -= n;
        pages += n;
    }
    return 0;
}

static int file_read(void *ctx, uint64_t block, uint32_t count, void *const *pages)
{
    return file_move(ctx, block, count, pages, false);
}

static int file_write(void *ctx, uint64_t block, uint32_t count, const void *const *pages)
{
    void *copy[BATCH];
    int err = 0;

    while (err == 0 && count > 0) {
        uint32_t n = count < BATCH ? count : BATCH;

        for (uint32_t i = 0; i < n; i++)
            copy[i] = (void *)(uintptr_t)pages[i]; /* pwritev only reads them */
        err = file_move(ctx, block, n, copy, true);
        block += n;
        count -= n;
        pages += n;
    }
    return err;
}

static int file_flush(void *ctx)
{
    return fdatasync(((struct filedev *)ctx)->fd) < 0 ? -errno : 0;
}

static uint64_t file_size(void *ctx)
{
    return ((struct filedev *)ctx)->blocks;
}

struct store_device filedev_device(struct filedev *d)
{
    return (struct store_device){d, file_read, file_write, file_flush, file_size};
}

static void *host_alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void host_free(void *ctx, void *p, size_t size)
{
    (void)ctx;
    (void)size;
    free(p);
}

static uint64_t host_now(void *ctx)
{
    struct timespec t;

    (void)ctx;
    if (clock_gettime(CLOCK_REALTIME, &t) < 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct store_env filedev_env(void)
{
    return (struct store_env){NULL, host_alloc, host_free, host_now};
}
