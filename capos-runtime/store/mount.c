/* SPDX-License-Identifier: MIT */
/*
 * Formatting, mounting, unmounting. Mount: the newer of the two superblocks that hold; its tree, whole; the
 * log on top; which blocks are in use, from the tree; then, if there was anything in the log, a checkpoint,
 * and what was being reclaimed. Invariant: until that checkpoint's superblock is durable, the device's state
 * is the one that was found, so a cut during recovery changes nothing.
 */
#include "store/core.h"

#define LOG_START     2u
#define LOG_MIN       8u
#define LOG_MAX       1024u
#define CACHE_DEFAULT 1024u

static struct store *store_new(const struct store_device *dev, const struct store_env *env)
{
    struct store *s = env->alloc(env->ctx, sizeof *s);

    if (s == NULL)
        return NULL;
    memset(s, 0, sizeof *s);
    s->dev = *dev;
    s->env = *env;
    return s;
}

void store_abandon(struct store *s)
{
    store_nodes_drop(s);
    store_cache_close(s);
    store_tx_close(s);
    store_tree_close(s);
    store_space_close(s);
    store_free(s, s, sizeof *s);
}

/* The parts, once size and log are known. */
static int parts_open(struct store *s, uint32_t cache_pages)
{
    int err = store_space_open(s);

    if (err == 0)
        err = store_tree_open(s);
    if (err == 0)
        err = store_cache_open(s, cache_pages);
    return err == 0 ? store_tx_open(s) : err;
}

static uint32_t log_size(uint32_t blocks)
{
    uint32_t n = blocks / 32;

    return n < LOG_MIN ? LOG_MIN : n > LOG_MAX ? LOG_MAX : n;
}

/* Both slots: the second is cleared first, so that no older store's superblock can win. */
static int format_write(struct store *s)
{
    uint8_t key[16], value[INODE_BYTES];
    struct store_info root = {STORE_DIR, 0, store_now(s), 0};
    const void *page = s->sb_page;
    int err = store_tree_new(s);

    if (err == 0)
        err = store_device_write(s, 0, 1, &page);
    if (err == 0)
        err = store_device_write(s, 1, 1, &page);
    if (err == 0)
        err = store_device_flush(s);
    if (err < 0)
        return err;
    root.modified = root.created;
    store_inode_encode(&root, value);
    store_tree_put(s, key, store_key_ino(key, KEY_INODE, ROOT_INO), value, INODE_BYTES);
    return store_checkpoint(s);
}

int store_format(const struct store_device *dev, const struct store_env *env,
                 const struct store_format_options *options)
{
    uint64_t blocks = dev->size(dev->ctx);
    uint32_t log_blocks = options->log_blocks;
    struct store *s = NULL;
    int err = 0;

    if (blocks < STORE_BLOCKS_MIN || blocks > UINT32_MAX / 2)
        return -EINVAL;
    if (log_blocks == 0)
        log_blocks = log_size((uint32_t)blocks);
    if (log_blocks < LOG_MIN || log_blocks > blocks / 4)
        return -EINVAL;
    s = store_new(dev, env);
    if (s == NULL)
        return -ENOMEM;
    s->id = options->id;
    s->blocks = (uint32_t)blocks;
    s->log_start = LOG_START;
    s->log_blocks = log_blocks;
    s->next_ino = ROOT_INO + 1;
    s->slot = 1; /* the first checkpoint goes to slot 0 */
    err = parts_open(s, STORE_CACHE_MIN);
    if (err == 0)
        err = format_write(s);
    store_abandon(s);
    return err;
}

static bool superblock_valid(const struct store *s, const uint8_t *page)
{
    uint64_t blocks = get64(page + SB_BLOCKS);
    uint32_t log_blocks = get32(page + SB_LOG_BLOCKS);

    return get64(page) == SB_MAGIC && get64(page + SB_SUM) == store_sum(page, SB_SUM, 0) &&
           get32(page + SB_VERSION) == STORE_VERSION && get32(page + SB_BLOCK_SIZE) == STORE_BLOCK_SIZE &&
           blocks >= STORE_BLOCKS_MIN && blocks <= s->blocks && get32(page + SB_LOG_START) == LOG_START &&
           log_blocks >= LOG_MIN && log_blocks <= blocks / 4;
}

struct root {
    uint32_t block, sum, level;
};

static void superblock_take(struct store *s, const uint8_t *page, unsigned slot, struct root *root)
{
    s->slot = slot;
    s->generation = get64(page + SB_GENERATION);
    s->id = get64(page + SB_ID);
    s->log_start = get32(page + SB_LOG_START);
    s->log_blocks = get32(page + SB_LOG_BLOCKS);
    s->next_ino = get64(page + SB_NEXT_INO);
    root->block = get32(page + SB_ROOT);
    root->sum = get32(page + SB_ROOT_SUM);
    root->level = get32(page + SB_ROOT_LEVEL);
}

static int superblock_find(struct store *s, struct root *root)
{
    uint8_t *page = store_alloc(s, STORE_BLOCK_SIZE);
    uint32_t device = s->blocks, found = 0;
    uint64_t blocks = 0;
    void *to = page;
    int err = page == NULL ? -ENOMEM : 0;

    for (unsigned slot = 0; err == 0 && slot < 2; slot++) {
        s->blocks = device;
        err = store_device_read(s, slot, 1, &to);
        if (err == 0 && superblock_valid(s, page) &&
            (found == 0 || get64(page + SB_GENERATION) > s->generation)) {
            superblock_take(s, page, slot, root);
            blocks = get64(page + SB_BLOCKS);
            found = 1;
        }
    }
    store_free(s, page, STORE_BLOCK_SIZE);
    s->blocks = (uint32_t)blocks;
    if (err == 0 && found == 0)
        err = -EINVAL;
    return err;
}

/* Every mapped page of the item has a block of its own. */
static int item_mark(struct store *s, const struct tree_item *item)
{
    for (uint32_t i = 0; item->key[0] == KEY_MAP && i < MAP_GROUP; i++) {
        uint32_t block = get32(item->value + 8 * i);

        if (block != 0 && !store_space_mark(&s->space, block))
            return -EBADMSG;
    }
    return 0;
}

/* Every item has its shape: looked at before the log is applied, since nothing in it may meet an item of
 * another shape. Once it is, with `mark`, the blocks of all that is mapped. */
static int items_check(struct store *s, bool mark)
{
    struct tree_item item;
    uint8_t key[TN_KEY_MAX];
    uint32_t key_len = 0;

    while (store_tree_next(s, key, key_len, key_len > 0, &item)) {
        if (!store_item_valid(&item) || (mark && item_mark(s, &item) < 0))
            return -EBADMSG;
        key_len = item.key_len;
        memcpy(key, item.key, key_len);
    }
    return 0;
}

static int mount_recover(struct store *s, const struct root *root, uint32_t cache_pages)
{
    struct store_node *n = NULL;
    bool again = false;
    int err = parts_open(s, cache_pages);

    s->seq = 1;
    if (err == 0)
        err = store_tree_load(s, root->block, root->sum, root->level);
    if (err == 0)
        err = items_check(s, false);
    if (err == 0)
        err = store_replay(s, &again);
    if (err == 0)
        err = items_check(s, true);
    if (err == 0)
        err = store_node_get(s, ROOT_INO, &n); /* held until the end */
    if (err == 0 && n->info.kind != STORE_DIR)
        err = -EBADMSG;
    if (err < 0 || s->read_only)
        return err;
    if (again)
        err = store_checkpoint(s);
    if (err == 0)
        err = store_reclaim_all(s);
    return err == 0 ? store_commit(s) : err; /* so that what was reclaimed can be used */
}

int store_mount(struct store **out, const struct store_device *dev, const struct store_env *env,
                const struct store_options *options)
{
    static const struct store_options defaults;
    const struct store_options *o = options == NULL ? &defaults : options;
    uint32_t cache_pages = o->cache_pages == 0 ? CACHE_DEFAULT : o->cache_pages;
    uint64_t blocks = dev->size(dev->ctx);
    struct root root = {0, 0, 0};
    struct store *s = NULL;
    int err = 0;

    if (blocks < STORE_BLOCKS_MIN)
        return -EINVAL;
    s = store_new(dev, env);
    if (s == NULL)
        return -ENOMEM;
    s->read_only = o->read_only;
    s->blocks = blocks > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)blocks;
    err = superblock_find(s, &root);
    if (err == 0)
        err = mount_recover(s, &root, cache_pages < STORE_CACHE_MIN ? STORE_CACHE_MIN : cache_pages);
    if (err < 0) {
        store_abandon(s);
        return err;
    }
    *out = s;
    return 0;
}

int store_unmount(struct store *s)
{
    int err = s->failed;

    if (!s->read_only && err == 0) {
        err = store_commit(s);
        if (err == 0 && (s->log_pos > 0 || s->tree.dirty != NULL))
            err = store_checkpoint(s);
    }
    store_abandon(s);
    return err;
}

void store_statistics(const struct store *s, struct store_stats *out)
{
    uint32_t left = store_space_left(s), reserve = store_space_reserve(s);

    *out = s->stats;
    out->blocks = s->blocks;
    out->free_blocks = left > reserve ? left - reserve : 0;
    out->generation = s->generation;
    out->nodes = s->tree.nnodes;
    out->height = store_tree_height(s);
    out->cached_pages = s->cache.npages;
    out->dirty_pages = s->cache.ndirty;
}
