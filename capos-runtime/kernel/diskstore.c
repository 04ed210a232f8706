/* SPDX-License-Identifier: MIT */
/*
 * See diskstore.h. Writes are only queued: the flush that must follow waits for them, so that pages and log
 * of a commit are under way together. Invariant: no read or flush begins, and no memory of the store is given
 * back, while a write is out; the store changes no page between its write and the flush after it, and writes
 * no block twice in between (store.h). An error of a queued write is the flush's error. Memory for the store
 * is left alone below the reserve that all file systems respect.
 */
#include "kernel/diskstore.h"

#include "abi/errno.h"
#include "kernel/fs.h"
#include "kernel/ramfs_pages.h"
#include "kernel/string.h"

#define CACHE_SHARE 8u     /* one frame in so many may become a page of the cache */
#define CACHE_MAX   16384u /* pages */

#define BLOCKS_PER_PAGE (STORE_BLOCK_SIZE / BLOCK_SIZE)
_Static_assert(STORE_BLOCK_SIZE == PAGE_SIZE, "a block of the store is a page of a request");

static struct store *mounted;
static struct {
    uint64_t reads, read_blocks, writes, written_blocks, flushes;
} done_by_disk; /* since the mount, the mount included */

/* ---- the store's device ---- */

#define WRITES_MAX 8u /* out at a time */

struct waited {
    struct block_request request; /* first */
    volatile bool ended;
    int err;
};

static struct write {
    struct waited waited; /* first */
    bool out;
    void *pages[BLOCK_PAGES_MAX];
} writes[WRITES_MAX];
static unsigned next_write; /* where the next one goes: the oldest */
static int write_err;       /* of a write that has ended, not yet told */

static void waited_done(struct block_request *r, int err)
{
    struct waited *w = (struct waited *)r;

    w->err = err;
    w->ended = true;
}

static int waited_begin(struct waited *w)
{
    w->request.done = waited_done;
    w->ended = false;
    return block_submit(&w->request);
}

static int waited_end(struct waited *w)
{
    block_wait(&w->ended);
    return w->err == -EOPNOTSUPP ? -EIO : w->err;
}

/* Waits for a write that may be out. */
static void write_settle(struct write *w)
{
    int err = w->out ? waited_end(&w->waited) : 0;

    w->out = false;
    if (write_err == 0)
        write_err = err;
}

static void writes_settle(void)
{
    for (unsigned i = 0; i < WRITES_MAX; i++)
        write_settle(&writes[i]);
}

/* Queues up to BLOCK_PAGES_MAX pages. */
static int write_queue(uint64_t block, uint32_t count, const void *const *pages)
{
    struct write *w = &writes[next_write];
    int err = 0;

    next_write = (next_write + 1) % WRITES_MAX;
    write_settle(w);
    memcpy(w->pages, pages, count * sizeof pages[0]);
    w->waited.request = (struct block_request){.op = BLOCK_WRITE,
                                               .count = count * BLOCKS_PER_PAGE,
                                               .lba = block * BLOCKS_PER_PAGE,
                                               .pages = w->pages};
    err = waited_begin(&w->waited);
    w->out = err == 0;
    return err;
}

static int disk_read(void *ctx, uint64_t block, uint32_t count, void *const *pages)
{
    int err = 0;

    (void)ctx;
    done_by_disk.reads++;
    done_by_disk.read_blocks += count;
    writes_settle();
    while (err == 0 && count > 0) {
        uint32_t n = count < BLOCK_PAGES_MAX ? count : BLOCK_PAGES_MAX;
        struct waited w = {.request = {.op = BLOCK_READ,
                                       .count = n * BLOCKS_PER_PAGE,
                                       .lba = block * BLOCKS_PER_PAGE,
                                       .pages = pages}};

        err = waited_begin(&w);
        if (err == 0)
            err = waited_end(&w);
        block += n;
        count -= n;
        pages += n;
    }
    return err;
}

static int disk_write(void *ctx, uint64_t block, uint32_t count, const void *const *pages)
{
    int err = 0;

    (void)ctx;
    done_by_disk.writes++;
    done_by_disk.written_blocks += count;
    while (err == 0 && count > 0) {
        uint32_t n = count < BLOCK_PAGES_MAX ? count : BLOCK_PAGES_MAX;

        err = write_queue(block, n, pages);
        block += n;
        count -= n;
        pages += n;
    }
    if (err < 0) /* who gets an error may change his pages */
        writes_settle();
    return err;
}

static int disk_flush(void *ctx)
{
    struct waited w = {.request = {.op = BLOCK_FLUSH}};
    int err = 0;

    (void)ctx;
    done_by_disk.flushes++;
    writes_settle();
    err = write_err;
    write_err = 0;
    if (err == 0)
        err = waited_begin(&w);
    if (err == 0)
        return waited_end(&w);
    return err < 0 ? err : 0; /* 1: nothing to do */
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
    writes_settle(); /* it may be what the device reads */
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
    writes_settle();
    err = err < 0 ? err : write_err;
    write_err = 0;
    klog("store unmounted reads=%lu/%lu writes=%lu/%lu flushes=%lu commits=%lu checkpoints=%lu error=%d",
         done_by_disk.reads, done_by_disk.read_blocks, done_by_disk.writes, done_by_disk.written_blocks,
         done_by_disk.flushes, stats.commits, stats.checkpoints, -err);
}
