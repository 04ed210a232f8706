/* SPDX-License-Identifier: MIT */
/*
 * See diskstore.h. Invariant: one request of the store is at the disk at a time, made and waited for by the
 * call it belongs to; memory for the store is left alone below the reserve that all file systems respect.
 */
#include "kernel/diskstore.h"

#include "abi/errno.h"
#include "kernel/fs.h"
#include "kernel/ramfs_pages.h"

#define CACHE_SHARE 8u     /* one frame in so many may become a page of the cache */
#define CACHE_MAX   16384u /* pages */

#define BLOCKS_PER_PAGE (STORE_BLOCK_SIZE / BLOCK_SIZE)
_Static_assert(STORE_BLOCK_SIZE == PAGE_SIZE, "a block of the store is a page of a request");

static struct store *mounted;
static struct {
    uint64_t reads, read_blocks, writes, written_blocks, flushes;
} done_by_disk; /* since the mount, the mount included */

/* ---- the store's device ---- */

struct waited {
    struct block_request request; /* first */
    volatile bool ended;
    int err;
};

static void waited_done(struct block_request *r, int err)
{
    struct waited *w = (struct waited *)r;

    w->err = err;
    w->ended = true;
}

static int disk_do(struct waited *w)
{
    int err = 0;

    w->request.done = waited_done;
    err = block_submit(&w->request);
    if (err != 0)
        return err < 0 ? err : 0; /* 1: nothing to do */
    block_wait(&w->ended);
    return w->err == -EOPNOTSUPP ? -EIO : w->err;
}

static int disk_move(enum block_op op, uint64_t block, uint32_t count, void *const *pages)
{
    while (count > 0) {
        uint32_t n = count < BLOCK_PAGES_MAX ? count : BLOCK_PAGES_MAX;
        struct waited w = {
            .request = {
                .op = op, .count = n * BLOCKS_PER_PAGE, .lba = block * BLOCKS_PER_PAGE, .pages = pages}};
        int err = disk_do(&w);

        if (err < 0)
            return err;
        block += n;
        count -= n;
        pages += n;
    }
    return 0;
}

static int disk_read(void *ctx, uint64_t block, uint32_t count, void *const *pages)
{
    (void)ctx;
    done_by_disk.reads++;
    done_by_disk.read_blocks += count;
    return disk_move(BLOCK_READ, block, count, pages);
}

static int disk_write(void *ctx, uint64_t block, uint32_t count, const void *const *pages)
{
    union {
        const void *const *in;
        void *const *out; /* the device only reads them */
    } list = {pages};

    (void)ctx;
    done_by_disk.writes++;
    done_by_disk.written_blocks += count;
    return disk_move(BLOCK_WRITE, block, count, list.out);
}

static int disk_flush(void *ctx)
{
    struct waited w = {.request = {.op = BLOCK_FLUSH}};

    (void)ctx;
    done_by_disk.flushes++;
    return disk_do(&w);
}

static uint64_t disk_size(void *ctx)
{
    (void)ctx;
    return block_count() / BLOCKS_PER_PAGE;
}

/* ---- its surroundings ---- */

static void *store_memory(void *ctx, size_t size)
{
    (void)ctx;
    return ramfs_has_room() ? heap_alloc(size) : NULL;
}

static void store_memory_free(void *ctx, void *p, size_t size)
{
    (void)ctx;
    (void)size;
    heap_free(p);
}

static uint64_t store_time(void *ctx)
{
    (void)ctx;
    return fs_now();
}

int diskstore_error(int err)
{
    return err == -EBADMSG ? -EUCLEAN : err;
}

static const char *why_not(int err)
{
    switch (err) {
    case -EINVAL:
        return "no store on the disk: make one with capstore mkfs";
    case -EUCLEAN:
        return "the store on the disk is damaged: capstore fsck says where";
    case -ENOMEM:
        return "no memory for the store";
    default:
        return "the disk failed while the store was mounted";
    }
}

static int mount(void)
{
    static const struct store_device device = {
        .read = disk_read, .write = disk_write, .flush = disk_flush, .size = disk_size};
    static const struct store_env env = {.alloc = store_memory, .free = store_memory_free, .now = store_time};
    const uint64_t pages = frame_total_count() / CACHE_SHARE, start = clock_ns();
    const struct store_options options = {.read_only = block_read_only(),
                                          .cache_pages = (uint32_t)(pages < CACHE_MAX ? pages : CACHE_MAX)};
    struct store_stats stats;
    int err = store_mount(&mounted, &device, &env, &options);

    if (err < 0) {
        mounted = NULL;
        return err;
    }
    store_statistics(mounted, &stats);
    klog("store mounted ns=%lu replayed=%lu nodes=%u blocks=%lu/%lu cache=%u%s", clock_ns() - start,
         stats.replayed, stats.nodes, stats.blocks - stats.free_blocks, stats.blocks, options.cache_pages,
         options.read_only ? " read-only" : "");
    return 0;
}

struct store *diskstore_get(int *err, const char **why)
{
    if (mounted != NULL)
        return mounted;
    if (!block_present()) {
        *err = -ENODEV;
        *why = "no disk: give the machine one that has a store on it";
        return NULL;
    }
    *err = diskstore_error(mount());
    if (*err < 0)
        *why = why_not(*err);
    return mounted;
}

void diskstore_end(void)
{
    struct store_stats stats;
    int err = 0;

    if (mounted == NULL)
        return;
    store_statistics(mounted, &stats);
    err = store_unmount(mounted);
    mounted = NULL;
    klog("store unmounted reads=%lu/%lu writes=%lu/%lu flushes=%lu commits=%lu checkpoints=%lu error=%d",
         done_by_disk.reads, done_by_disk.read_blocks, done_by_disk.writes, done_by_disk.written_blocks,
         done_by_disk.flushes, stats.commits, stats.checkpoints, -err);
}
