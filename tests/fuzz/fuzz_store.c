/* SPDX-License-Identifier: MIT */
/*
 * Store images from outside: mount, read everything, check, write, unmount. The input is a list of changes to
 * a good image (offset, length, bytes), made either as damage or as forgery with every sum made good again,
 * so that the code behind the sums is reached too. Invariants: memory-safe and finite; damage never yields an
 * image that mounts with other content unless the check finds a problem; all memory comes back.
 */
#include <string.h>

#include "emudisk.h"
#include "fuzz.h"
#include "model.h"
#include "store/core.h"

enum { BLOCKS = 160, CHANGES = 24 };

static struct emudisk disk;
static struct emumem mem;
static struct store_device dev;
static struct store_env env;
static uint64_t good_digest, good_id, good_logged;

/* An image with everything in it, cut off with a few transactions in the log. */
static void image_make(void)
{
    struct store_format_options format = {4711, 8};
    struct store_stats stats;
    struct store *s = NULL;
    struct model m;

    emudisk_open(&disk, BLOCKS);
    dev = emudisk_device(&disk);
    env = emumem_env(&mem);
    fuzz_check(store_format(&dev, &env, &format) == 0 && store_mount(&s, &dev, &env, NULL) == 0);
    model_open(&m, 21);
    m.max_size = 9000;
    m.max_write = 4000;
    for (int i = 0; i < 120; i++)
        (void)model_step(&m, s, false);
    fuzz_check(store_unmount(s) == 0 && store_mount(&s, &dev, &env, NULL) == 0);
    for (int syncs = 0; syncs < 3;)
        syncs += model_step(&m, s, false);
    good_digest = model_digest(&m);
    good_id = 4711;
    store_abandon(s);
    model_close(&m);
    fuzz_check(store_mount(&s, &dev, &env, &(struct store_options){true, 0}) == 0);
    store_statistics(s, &stats);
    good_logged = stats.replayed;
    store_abandon(s);
    emudisk_settle(&disk);
}

/* Makes the sums along the tree good again; the superblocks' too. */
static uint32_t subtree_forge(uint32_t block, unsigned depth, unsigned *budget)
{
    uint8_t *page = disk.image + (size_t)block * STORE_BLOCK_SIZE;
    unsigned count = get16(page + TN_COUNT);

    if (block >= BLOCKS || *budget == 0)
        return 0;
    --*budget;
    for (unsigned i = 0; depth > 0 && page[TN_LEVEL] > 0 && i < count && i < 600; i++) {
        size_t slot = TN_HEADER + 2u * i,
               at = slot + 2 <= STORE_BLOCK_SIZE ? get16(page + slot) : STORE_BLOCK_SIZE;
        size_t value = at + 4 <= STORE_BLOCK_SIZE ? at + 4 + get16(page + at) : STORE_BLOCK_SIZE;

        if (value + 8 <= STORE_BLOCK_SIZE && get32(page + value) < BLOCKS)
            put32(page + value + 4, subtree_forge(get32(page + value), depth - 1, budget));
    }
    return (uint32_t)store_sum(page, STORE_BLOCK_SIZE, good_id);
}

static void image_forge(void)
{
    unsigned budget = 200;

    for (unsigned slot = 0; slot < 2; slot++) {
        uint8_t *sb = disk.image + (size_t)slot * STORE_BLOCK_SIZE;

        if (get32(sb + SB_ROOT) < BLOCKS)
            put32(sb + SB_ROOT_SUM, subtree_forge(get32(sb + SB_ROOT), 4, &budget));
        put64(sb + SB_SUM, store_sum(sb, SB_SUM, 0));
    }
    for (uint32_t pos = 2; pos < 10; pos++) {
        uint8_t *tx = disk.image + (size_t)pos * STORE_BLOCK_SIZE;
        uint32_t len = get32(tx + TX_LENGTH);

        if (get32(tx) != TX_MAGIC || len > (10 - pos) * STORE_BLOCK_SIZE)
            continue;
        put64(tx + TX_SUM, 0);
        put64(tx + TX_SUM, store_sum(tx, len, good_id));
    }
}

/* block (1 byte, scaled over what is in use), offset (2), length (1), bytes. */
static void image_change(const uint8_t *data, size_t len)
{
    for (unsigned n = 0; n < CHANGES && len >= 5; n++) {
        size_t block = data[0] % BLOCKS, at = get16(data + 1) % STORE_BLOCK_SIZE, size = 1u + data[3] % 16;
        struct emudisk_event touch = {block, disk.image + block * STORE_BLOCK_SIZE};

        data += 4;
        len -= 4;
        size = size < len ? size : len;
        size = size < STORE_BLOCK_SIZE - at ? size : STORE_BLOCK_SIZE - at;
        emudisk_apply(&disk, &touch, 0); /* marks it, so that it is restored */
        memcpy(disk.image + block * STORE_BLOCK_SIZE + at, data, size);
        data += size;
        len -= size;
    }
}

static void image_use(void)
{
    struct store *s = NULL;
    struct store_node *root = NULL, *n = NULL;
    uint64_t digest = 0;

    if (store_mount(&s, &dev, &env, NULL) < 0)
        return;
    (void)model_store_digest(s, &digest);
    root = store_root(s);
    if (root != NULL) {
        if (store_create(root, "fuzz", 4, STORE_FILE, &n) == 0) {
            (void)store_write(n, 3000, "some bytes over there", 21);
            (void)store_truncate(n, 10);
            store_node_put(n);
        }
        for (struct store_entry e = {0}; store_next(root, "", 0, &e) > 0;)
            if (store_remove(root, e.name, e.len) < 0)
                break;
        store_node_put(root);
    }
    (void)store_unmount(s);
}

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static const uint8_t nothing[] = {0}, one[] = {1, 12, 0, 40, 1, 0, 1, 2, 3, 4},
                         node[] = {0, 30, 40, 0, 7, 9, 9, 9, 9},
                         forged[] = {1, 20, 33, 0, 3, 1, 1, 1, 1, 21, 6, 0, 1, 5, 5};
    static const struct fuzz_seed all[] = {
        {nothing, sizeof nothing}, {one, sizeof one}, {node, sizeof node}, {forged, sizeof forged}};

    *seeds = all;
    return sizeof all / sizeof all[0];
}

/* The check found nothing: the content is the right one. Damage to the last transaction looks like a torn
 * one, so the state before it is fine too. */
static void damage_check(void)
{
    struct store_options look = {true, 0};
    struct store_stats stats;
    struct store *s = NULL;
    uint64_t digest = 0;

    fuzz_check(store_mount(&s, &dev, &env, &look) == 0 && model_store_digest(s, &digest) == 0);
    store_statistics(s, &stats);
    store_abandon(s);
    fuzz_check(digest == good_digest || stats.replayed + 1 == good_logged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    bool forge = len > 0 && (data[0] & 1) != 0;
    int problems = 0;

    if (disk.image == NULL)
        image_make();
    if (len < 1)
        return 0;
    for (uint64_t b = 0; forge && b < BLOCKS; b++) /* the forger may write anywhere */
        emudisk_apply(&disk, &(struct emudisk_event){b, disk.image + b * STORE_BLOCK_SIZE}, 0);
    image_change(data + 1, len - 1);
    if (forge)
        image_forge();
    problems = store_check(&dev, &env, NULL, NULL);
    fuzz_check(problems >= 0);
    if (!forge && problems == 0)
        damage_check();
    if (forge || problems == 0)
        image_use();
    fuzz_check(mem.live == 0);
    emudisk_restore(&disk);
    return 0;
}
