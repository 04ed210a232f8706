/* SPDX-License-Identifier: MIT */
/*
 * The log after a power cut. A transaction counts when its sum holds and it is next in order; only for the
 * last one may pages be missing, because the one behind it was written after its flush. So the last one's
 * pages are read and compared, and it is dropped as a whole when one does not hold. Invariant: a whole
 * transaction beyond the end found that way is not a torn tail but damage, and is reported, never skipped.
 */
#include "store/core.h"

enum { TX_NONE = 0, TX_WHOLE = 1, TX_TORN = 2 };

struct record {
    uint8_t type, count;
    struct tree_item item; /* PUT, DEL */
    uint64_t ino;          /* MAP, TRIM */
    uint32_t index, end;   /* first page; TRIM: behind the last */
    const uint8_t *map;    /* MAP: count x (block, sum) */
};

static int log_read(struct store *s, uint32_t pos, uint32_t blocks, uint8_t *to)
{
    void *pages[STORE_TX_BLOCKS];

    for (uint32_t i = 0; i < blocks; i++)
        pages[i] = to + i * STORE_BLOCK_SIZE;
    return store_device_read(s, s->log_start + pos, blocks, pages);
}

static bool header_ours(const struct store *s, const uint8_t *b)
{
    return get32(b) == TX_MAGIC && get64(b + TX_ID) == s->id;
}

/* How many blocks from pos on, as far as one request goes, begin no transaction that counts; 0: pos may. */
static int blocks_without(struct store *s, uint32_t pos)
{
    const uint32_t most = s->tx.cap / STORE_BLOCK_SIZE, left = s->log_blocks - pos;
    const uint32_t n = left < most ? left : most;
    uint32_t i = 0;
    int err = log_read(s, pos, n, s->tx.buf);

    while (err == 0 && i < n) {
        const uint8_t *b = s->tx.buf + i * STORE_BLOCK_SIZE;

        if (header_ours(s, b) && get64(b + TX_GEN) >= s->generation)
            break;
        i++;
    }
    return err < 0 ? err : (int)i;
}

/* The transaction at pos into the buffer: TX_..., *blocks its size, or a negative error. Any generation of
 * this store at or above the present one counts, so that damage is seen. */
static int tx_read(struct store *s, uint32_t pos, uint32_t *blocks)
{
    uint8_t *b = s->tx.buf;
    uint32_t len = 0;
    uint64_t sum = 0;
    int err = log_read(s, pos, 1, b);

    *blocks = 1;
    if (err < 0)
        return err;
    if (!header_ours(s, b) || get64(b + TX_GEN) < s->generation)
        return TX_NONE;
    len = get32(b + TX_LENGTH);
    if (len < TX_HEADER || len > s->tx.cap || (len - 1) / STORE_BLOCK_SIZE >= s->log_blocks - pos)
        return TX_TORN;
    *blocks = (len - 1) / STORE_BLOCK_SIZE + 1;
    if (*blocks > 1)
        err = log_read(s, pos + 1, *blocks - 1, b + STORE_BLOCK_SIZE);
    if (err < 0)
        return err;
    sum = get64(b + TX_SUM);
    put64(b + TX_SUM, 0);
    if (store_sum(b, len, s->id) != sum) {
        *blocks = 1;
        return TX_TORN;
    }
    s->tx.len = len;
    return TX_WHOLE;
}

static bool record_item(const uint8_t *p, uint32_t left, struct record *r, uint32_t *size)
{
    uint32_t header = r->type == REC_PUT ? REC_PUT_BYTES : REC_DEL_BYTES;

    if (left < header)
        return false;
    r->item.key_len = get16(p + 2);
    r->item.value_len = r->type == REC_PUT ? get16(p + 4) : 0;
    r->item.key = p + header;
    r->item.value = r->item.key + r->item.key_len;
    *size = header + r->item.key_len + r->item.value_len;
    if (*size > left || r->item.key_len == 0 || r->item.key_len > TN_KEY_MAX)
        return false;
    return r->type == REC_DEL || store_item_valid(&r->item);
}

/* The record at *at; moves *at behind it. */
static bool record_next(const struct store *s, uint32_t *at, struct record *r)
{
    const uint8_t *p = s->tx.buf + *at;
    uint32_t left = s->tx.len - *at, size = 0;

    r->type = p[0];
    if (r->type == REC_PUT || r->type == REC_DEL) {
        if (!record_item(p, left, r, &size))
            return false;
    } else if (r->type == REC_MAP) {
        if (left < REC_MAP_BYTES)
            return false;
        r->count = p[1];
        r->ino = get64(p + 2);
        r->index = get32(p + 10);
        r->map = p + REC_MAP_BYTES;
        size = REC_MAP_BYTES + 8u * r->count;
        if (size > left || r->index > STORE_FILE_MAX / STORE_BLOCK_SIZE)
            return false;
    } else if (r->type == REC_TRIM) {
        if (left < REC_TRIM_BYTES)
            return false;
        r->ino = get64(p + 2);
        r->index = get32(p + 10);
        r->end = get32(p + 14);
        size = REC_TRIM_BYTES;
    } else {
        return false;
    }
    *at += size;
    return true;
}

static bool block_valid(const struct store *s, uint32_t block)
{
    return block >= s->log_start + s->log_blocks && block < s->blocks;
}

/* 1: every page of the transaction is on the device; 0: not. */
static int tx_pages_hold(struct store *s)
{
    struct record r = {0};
    void *page = s->sb_page;

    for (uint32_t at = TX_HEADER; at < s->tx.len;) {
        if (!record_next(s, &at, &r))
            return -EBADMSG;
        for (uint32_t i = 0; r.type == REC_MAP && i < r.count; i++) {
            int err = 0;

            if (!block_valid(s, get32(r.map + 8 * i)))
                return -EBADMSG;
            err = store_device_read(s, get32(r.map + 8 * i), 1, &page);
            if (err < 0)
                return err;
            if (store_page_sum(s, page) != get32(r.map + 8 * i + 4))
                return 0;
        }
    }
    return 1;
}

static int record_apply(struct store *s, const struct record *r)
{
    uint64_t ino = 0;
    int err = store_tree_reserve(s, 8 * (store_tree_height(s) + 2));

    if (err < 0 || store_tree_height(s) >= TN_LEVEL_MAX)
        return err < 0 ? err : -EBADMSG;
    switch (r->type) {
    case REC_PUT:
        ino = r->item.key[0] == KEY_INODE ? store_key_get(r->item.key) : 0;
        if (ino >= s->next_ino)
            s->next_ino = ino + 1;
        store_tree_put(s, r->item.key, r->item.key_len, r->item.value, r->item.value_len);
        break;
    case REC_DEL:
        (void)store_tree_del(s, r->item.key, r->item.key_len);
        break;
    case REC_MAP:
        for (uint32_t i = 0; i < r->count; i++) {
            if (!block_valid(s, get32(r->map + 8 * i)))
                return -EBADMSG;
            store_map_set(s, r->ino, r->index + i, get32(r->map + 8 * i), get32(r->map + 8 * i + 4));
        }
        break;
    default:
        store_map_trim(s, r->ino, r->index, r->end);
        break;
    }
    return 0;
}

static int tx_apply(struct store *s)
{
    struct record r = {0};
    int err = 0;

    for (uint32_t at = TX_HEADER; err == 0 && at < s->tx.len;)
        err = record_next(s, &at, &r) ? record_apply(s, &r) : -EBADMSG;
    return err;
}

/* How many transactions count, before the last one's pages are looked at. */
static int log_scan(struct store *s, uint32_t *count, bool *again)
{
    uint32_t pos = 0, blocks = 0;
    uint64_t seq = 1;
    int kind = TX_NONE;

    *count = 0;
    while (pos < s->log_blocks) {
        kind = tx_read(s, pos, &blocks);
        if (kind < 0)
            return kind;
        if (kind != TX_WHOLE || get64(s->tx.buf + TX_GEN) != s->generation ||
            get64(s->tx.buf + TX_SEQ) != seq)
            break;
        pos += blocks;
        seq++;
        ++*count;
    }
    *again = *count > 0 || kind != TX_NONE;
    for (; pos < s->log_blocks; pos += blocks) {
        int none = blocks_without(s, pos);

        if (none < 0)
            return none;
        blocks = (uint32_t)none;
        if (none > 0)
            continue;
        kind = tx_read(s, pos, &blocks);
        if (kind < 0)
            return kind;
        if (kind == TX_WHOLE &&
            (get64(s->tx.buf + TX_GEN) > s->generation || get64(s->tx.buf + TX_SEQ) > seq))
            return -EBADMSG;
    }
    return 0;
}

int store_replay(struct store *s, bool *again)
{
    uint32_t count = 0, pos = 0, blocks = 0;
    int err = log_scan(s, &count, again);

    s->replaying = true;
    for (uint32_t i = 0; err == 0 && i < count; i++, pos += blocks) {
        err = tx_read(s, pos, &blocks);
        if (err == TX_WHOLE && i + 1 == count)
            err = tx_pages_hold(s);
        else if (err >= 0)
            err = err == TX_WHOLE ? 1 : -EBADMSG; /* it was whole a moment ago */
        if (err == 0)
            break; /* its pages did not arrive: it never happened */
        if (err > 0)
            err = tx_apply(s);
        if (err == 0)
            s->stats.replayed++;
    }
    s->replaying = false;
    store_tx_start(s);
    return err;
}
