/* SPDX-License-Identifier: MIT */
/*
 * How changes become durable. A commit writes dirty pages to their new blocks and one transaction to the log,
 * then flushes once: recovery can tell a transaction whose pages did not arrive, because it holds their sums.
 * When the log is full, or space is short, a checkpoint writes the changed nodes of the tree, flushes, writes
 * one superblock, flushes, writes the other the same, and the log begins anew.
 *
 * Invariant: the next transaction is written only after the flush of the one before succeeded. After a failed
 * write or flush everything is still dirty and the same transaction, or a longer one, goes to the same place.
 * After a failure at the superblock nobody knows which one counts: the store refuses every change until it is
 * mounted again.
 */
#include "store/core.h"

#define INODE_RECORD (REC_PUT_BYTES + 9u + INODE_BYTES)
#define PAGE_RECORD  (REC_MAP_BYTES + 8u)

int store_tx_open(struct store *s)
{
    uint32_t blocks = s->log_blocks < STORE_TX_BLOCKS ? s->log_blocks : STORE_TX_BLOCKS;

    s->tx.cap = blocks * STORE_BLOCK_SIZE;
    s->tx.buf = store_alloc(s, s->tx.cap);
    s->sb_page = store_alloc(s, STORE_BLOCK_SIZE);
    if (s->tx.buf == NULL || s->sb_page == NULL)
        return -ENOMEM;
    store_tx_start(s);
    return 0;
}

void store_tx_close(struct store *s)
{
    store_free(s, s->tx.buf, s->tx.cap);
    store_free(s, s->sb_page, STORE_BLOCK_SIZE);
}

void store_tx_start(struct store *s)
{
    s->tx.len = TX_HEADER;
}

static uint8_t *tx_take(struct store *s, uint32_t n)
{
    uint8_t *p = s->tx.buf + s->tx.len;

    s->tx.len += n;
    return p;
}

static void tx_record_put(struct store *s, const uint8_t *key, uint32_t key_len, const uint8_t *value,
                          uint32_t value_len)
{
    uint8_t *p = tx_take(s, REC_PUT_BYTES + key_len + value_len);

    p[0] = REC_PUT;
    p[1] = 0;
    put16(p + 2, key_len);
    put16(p + 4, value_len);
    memcpy(p + REC_PUT_BYTES, key, key_len);
    memcpy(p + REC_PUT_BYTES + key_len, value, value_len);
}

void store_tx_put(struct store *s, const uint8_t *key, uint32_t key_len, const uint8_t *value,
                  uint32_t value_len)
{
    tx_record_put(s, key, key_len, value, value_len);
    store_tree_put(s, key, key_len, value, value_len);
}

void store_tx_del(struct store *s, const uint8_t *key, uint32_t key_len)
{
    uint8_t *p = tx_take(s, REC_DEL_BYTES + key_len);

    p[0] = REC_DEL;
    p[1] = 0;
    put16(p + 2, key_len);
    memcpy(p + REC_DEL_BYTES, key, key_len);
    (void)store_tree_del(s, key, key_len);
}

void store_tx_trim(struct store *s, uint64_t ino, uint32_t from, uint32_t end)
{
    uint8_t *p = tx_take(s, REC_TRIM_BYTES);

    p[0] = REC_TRIM;
    p[1] = 0;
    put64(p + 2, ino);
    put32(p + 10, from);
    put32(p + 14, end);
}

static bool tx_room(const struct store *s, uint32_t bytes, uint32_t pages)
{
    uint64_t need = (uint64_t)s->tx.len + bytes + (uint64_t)(s->cache.ndirty + pages) * PAGE_RECORD +
                    (uint64_t)(s->ndirty_nodes + 2) * INODE_RECORD;

    return need <= s->tx.cap;
}

static bool changed(const struct store *s)
{
    return s->tx.len > TX_HEADER || s->cache.ndirty > 0 || s->dirty_nodes != NULL;
}

int store_begin(struct store *s, uint32_t items, uint32_t bytes, uint32_t pages, bool grows)
{
    uint32_t height = store_tree_height(s);
    uint32_t nodes = items * (height + 2), need = items * (2 * height + 3) + pages;
    int err = 0;

    if (s->read_only)
        return -EROFS;
    if (s->failed != 0)
        return s->failed;
    if (height >= TN_LEVEL_MAX)
        return -ENOSPC;
    if (grows)
        need += store_space_reserve(s);
    if (!tx_room(s, bytes, pages) || (s->cache.ndirty > 0 && s->cache.ndirty + pages > s->cache.limit / 2))
        err = store_commit(s);
    if (err == 0 && store_space_left(s) < need && (changed(s) || s->log_pos > 0 || s->tree.dirty != NULL))
        err = store_checkpoint(s);
    if (err < 0)
        return err;
    if (store_space_left(s) < need || !tx_room(s, bytes, pages))
        return -ENOSPC;
    return store_tree_reserve(s, nodes);
}

/* Sums of dirty pages and dirty inodes into the tree and the transaction. */
static void tx_seal(struct store *s)
{
    uint8_t *run = NULL, key[16], value[INODE_BYTES];
    uint64_t ino = 0;
    uint32_t next = 0;

    for (struct store_page *p = s->cache.dirty.next; p != &s->cache.dirty; p = p->next) {
        uint32_t sum = store_page_sum(s, p->data);
        uint8_t *at = NULL;

        store_map_set(s, p->ino, p->index, p->block, sum);
        if (run == NULL || p->ino != ino || p->index != next || run[1] == 255) {
            run = tx_take(s, REC_MAP_BYTES);
            run[0] = REC_MAP;
            run[1] = 0;
            put64(run + 2, p->ino);
            put32(run + 10, p->index);
        }
        run[1]++;
        at = tx_take(s, 8);
        put32(at, p->block);
        put32(at + 4, sum);
        ino = p->ino;
        next = p->index + 1;
    }
    for (struct store_node *n = s->dirty_nodes; n != NULL; n = n->dirty_next) {
        uint32_t key_len = store_key_ino(key, KEY_INODE, n->ino);

        store_inode_encode(&n->info, value);
        store_tx_put(s, key, key_len, value, INODE_BYTES);
    }
}

static int pages_write(struct store *s)
{
    const void *pages[STORE_PAGE_BATCH];
    uint32_t start = 0, count = 0;
    int err = 0;

    for (struct store_page *p = s->cache.dirty.next; err == 0 && p != &s->cache.dirty; p = p->next) {
        if (count == STORE_PAGE_BATCH || (count > 0 && p->block != start + count)) {
            err = store_device_write(s, start, count, pages);
            count = 0;
        }
        if (count == 0)
            start = p->block;
        pages[count++] = p->data;
    }
    if (err == 0 && count > 0)
        err = store_device_write(s, start, count, pages);
    return err;
}

static int log_write(struct store *s, uint32_t blocks)
{
    const void *pages[STORE_TX_BLOCKS];
    uint8_t *b = s->tx.buf;

    put32(b, TX_MAGIC);
    put32(b + TX_LENGTH, s->tx.len);
    put64(b + TX_ID, s->id);
    put64(b + TX_GEN, s->generation);
    put64(b + TX_SEQ, s->seq);
    put64(b + TX_SUM, 0);
    put64(b + TX_SUM, store_sum(b, s->tx.len, s->id));
    memset(b + s->tx.len, 0, blocks * STORE_BLOCK_SIZE - s->tx.len);
    for (uint32_t i = 0; i < blocks; i++)
        pages[i] = b + i * STORE_BLOCK_SIZE;
    return store_device_write(s, s->log_start + s->log_pos, blocks, pages);
}

/* Everything in memory is durable. */
static void all_clean(struct store *s)
{
    store_cache_clean(s);
    while (s->dirty_nodes != NULL) {
        struct store_node *n = s->dirty_nodes;

        s->dirty_nodes = n->dirty_next;
        n->dirty = false;
        if (n->refs == 0) { /* was kept for this */
            n->refs = 1;
            store_node_put(n);
        }
    }
    s->ndirty_nodes = 0;
    store_space_release(&s->space, AFTER_COMMIT);
    store_tx_start(s);
}

void store_superblock(const struct store *s, uint8_t *page, uint32_t root_sum, uint64_t generation)
{
    memset(page, 0, STORE_BLOCK_SIZE);
    put64(page, SB_MAGIC);
    put32(page + SB_VERSION, STORE_VERSION);
    put32(page + SB_BLOCK_SIZE, STORE_BLOCK_SIZE);
    put64(page + SB_ID, s->id);
    put64(page + SB_GENERATION, generation);
    put64(page + SB_BLOCKS, s->blocks);
    put32(page + SB_LOG_START, s->log_start);
    put32(page + SB_LOG_BLOCKS, s->log_blocks);
    put32(page + SB_ROOT, s->tree.root->block);
    put32(page + SB_ROOT_SUM, root_sum);
    put32(page + SB_ROOT_LEVEL, tree_page_level(s->tree.root->page));
    put64(page + SB_NEXT_INO, s->next_ino);
    put64(page + SB_SUM, store_sum(page, SB_SUM, 0));
}

/* Pages, nodes, flush, superblock, flush, and the other superblock too, so that damage to one of them loses
 * nothing. */
static int checkpoint_write(struct store *s)
{
    const void *page = s->sb_page;
    uint32_t root_sum = 0;
    int err = pages_write(s);

    if (err == 0)
        err = store_tree_write(s, &root_sum);
    if (err == 0)
        err = store_device_flush(s);
    if (err < 0)
        return err;
    store_superblock(s, s->sb_page, root_sum, s->generation + 1);
    err = store_device_write(s, s->slot ^ 1, 1, &page);
    if (err == 0)
        err = store_device_flush(s);
    if (err == 0)
        err = store_device_write(s, s->slot, 1, &page);
    if (err < 0) {
        s->failed = err;
        return err;
    }
    s->slot ^= 1;
    s->generation++;
    s->log_pos = 0;
    s->seq = 1;
    s->stats.checkpoints++;
    all_clean(s);
    store_tree_clean(s);
    store_space_release(&s->space, AFTER_CHECKPOINT);
    return 0;
}

int store_commit(struct store *s)
{
    uint32_t open = s->tx.len, blocks = 0;
    int err = 0;

    if (s->failed != 0 || !changed(s))
        return s->failed;
    tx_seal(s);
    blocks = (s->tx.len + STORE_BLOCK_SIZE - 1) / STORE_BLOCK_SIZE;
    if (blocks > s->log_blocks - s->log_pos) {
        err = checkpoint_write(s);
    } else {
        err = pages_write(s);
        if (err == 0)
            err = log_write(s, blocks);
        if (err == 0)
            err = store_device_flush(s);
        if (err == 0) {
            s->log_pos += blocks;
            s->seq++;
            s->stats.commits++;
            all_clean(s);
        }
    }
    if (err < 0)
        s->tx.len = open; /* sealed again next time */
    return err;
}

int store_checkpoint(struct store *s)
{
    uint32_t open = s->tx.len;
    int err = 0;

    if (s->failed != 0)
        return s->failed;
    tx_seal(s);
    err = checkpoint_write(s);
    if (err < 0)
        s->tx.len = open;
    return err;
}

int store_sync(struct store *s)
{
    return s->read_only ? -EROFS : store_commit(s);
}
