/* SPDX-License-Identifier: MIT */
/*
 * Reading, writing and cutting files. Invariants: the bytes of the last page behind the end of a file are
 * zero; a page is checked against the sum in the map whenever it comes from the device; a write finds
 * everything it needs before it changes anything.
 */
#include "store/core.h"

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static int page_check(const struct store *s, const struct store_page *p, uint32_t sum)
{
    return store_page_sum(s, p->data) == sum ? 0 : -EBADMSG;
}

/* Reads pages first..first+count-1, which follow each other on the device, and keeps them. */
static int run_read(struct store *s, struct store_page **run, const uint32_t *sums, uint32_t count)
{
    void *pages[STORE_PAGE_BATCH];
    int err = 0;

    for (uint32_t i = 0; i < count; i++)
        pages[i] = run[i]->data;
    err = store_device_read(s, run[0]->block, count, pages);
    for (uint32_t i = 0; i < count; i++) {
        int bad = err < 0 ? err : page_check(s, run[i], sums[i]);

        run[i]->pinned = false;
        run[i]->filled = bad == 0;
        if (bad < 0) {
            store_cache_drop(s, run[i]);
            if (i == 0)
                err = bad; /* later ones are found again when they are asked for */
        }
    }
    return err;
}

/* The page, with up to `ahead` more that lie behind it on the device too. */
static int page_load(struct store_node *n, uint32_t index, uint32_t ahead, struct store_page **out)
{
    struct store *s = n->s;
    struct store_page *run[STORE_PAGE_BATCH];
    uint32_t sums[STORE_PAGE_BATCH], count = 0, block = 0, sum = 0, first = 0;

    *out = store_cache_find(s, n->ino, index);
    if (*out != NULL)
        return 0;
    for (; count < STORE_PAGE_BATCH && count <= ahead; count++) {
        store_map_get(s, n->ino, index + count, &block, &sum);
        if (block == 0 ||
            (count > 0 && (block != first + count || store_cache_find(s, n->ino, index + count))))
            break;
        run[count] = store_cache_add(s, n->ino, index + count);
        if (run[count] == NULL && count == 0)
            return -ENOMEM;
        if (run[count] == NULL)
            break;
        first = count == 0 ? block : first;
        run[count]->block = block;
        sums[count] = sum;
    }
    if (count == 0)
        return 0; /* a hole */
    *out = run[0];
    return run_read(s, run, sums, count);
}

int store_page_load(struct store_node *n, uint32_t index, struct store_page **out)
{
    return page_load(n, index, 0, out);
}

int64_t store_read(struct store_node *n, uint64_t offset, void *buf, size_t len)
{
    uint8_t *to = buf;
    uint64_t left = offset < n->info.size ? n->info.size - offset : 0, done = 0;

    if (n->info.kind == STORE_DIR)
        return -EISDIR;
    left = min64(left, len);
    while (done < left) {
        uint32_t in = (uint32_t)((offset + done) % STORE_BLOCK_SIZE);
        uint32_t part = (uint32_t)min64(STORE_BLOCK_SIZE - in, left - done);
        struct store_page *p = NULL;
        uint64_t index = (offset + done) / STORE_BLOCK_SIZE;
        int err = page_load(n, (uint32_t)index, (uint32_t)((in + left - done - 1) / STORE_BLOCK_SIZE), &p);

        if (err < 0)
            return done > 0 ? (int64_t)done : err;
        if (p == NULL)
            memset(to + done, 0, part);
        else
            memcpy(to + done, p->data + in, part);
        done += part;
    }
    return (int64_t)done;
}

int store_read_ahead(struct store_node *n, uint64_t offset, uint64_t len)
{
    uint64_t left = offset < n->info.size ? min64(n->info.size - offset, len) : 0;
    uint32_t last = 0;

    if (n->info.kind == STORE_DIR)
        return -EISDIR;
    if (left == 0)
        return 0;
    last = (uint32_t)((offset + left - 1) / STORE_BLOCK_SIZE);
    for (uint32_t i = (uint32_t)(offset / STORE_BLOCK_SIZE); i < last;
         i++) { /* a single page is read as it comes */
        struct store_page *p = NULL;

        if (page_load(n, i, last - i, &p) < 0)
            break;
    }
    return 0;
}

/* The page for writing: there, filled where the write does not cover it, pinned. */
static int page_prepare(struct store_node *n, uint32_t index, bool covered, struct store_page **out)
{
    int err = 0;

    *out = store_cache_find(n->s, n->ino, index);
    if (*out == NULL && !covered)
        err = store_page_load(n, index, out);
    if (err < 0)
        return err;
    if (*out == NULL) {
        *out = store_cache_add(n->s, n->ino, index);
        if (*out == NULL)
            return -ENOMEM;
        store_map_get(n->s, n->ino, index, &(*out)->block, &(uint32_t){0});
        memset((*out)->data, 0, STORE_BLOCK_SIZE);
    }
    (*out)->pinned = true;
    return 0;
}

/* Inside a change: the page gets a block of its own for this transaction, if it has none. */
static void page_dirty(struct store_node *n, struct store_page *p)
{
    struct store *s = n->s;

    p->pinned = false;
    p->filled = true;
    if (p->dirty)
        return;
    if (p->block != 0)
        store_space_later(&s->space, p->block, AFTER_COMMIT);
    p->block = store_space_take(&s->space);
    store_map_set(s, n->ino, p->index, p->block, 0);
    store_cache_dirty(s, p);
}

#define PIECE_PAGES (STORE_WRITE_ATOMIC / STORE_BLOCK_SIZE + 1)

struct piece {
    struct store_page *pages[PIECE_PAGES];
    uint32_t first, count;
};

/* A prepared page that was new and stayed unfilled must not stay. */
static void piece_undo(struct store *s, struct piece *w)
{
    for (uint32_t i = 0; i < w->count; i++) {
        w->pages[i]->pinned = false;
        if (!w->pages[i]->filled)
            store_cache_drop(s, w->pages[i]);
    }
}

static int piece_prepare(struct store_node *n, struct piece *w, uint64_t offset, uint32_t len)
{
    uint64_t end = offset + len;
    int err = 0;

    w->first = (uint32_t)(offset / STORE_BLOCK_SIZE);
    for (w->count = 0; w->first + w->count <= (end - 1) / STORE_BLOCK_SIZE; w->count++) {
        uint64_t at = (uint64_t)(w->first + w->count) * STORE_BLOCK_SIZE;
        bool covered = offset <= at && (end >= at + STORE_BLOCK_SIZE || end >= n->info.size);

        err = page_prepare(n, w->first + w->count, covered, &w->pages[w->count]);
        if (err < 0)
            break;
    }
    if (err < 0)
        piece_undo(n->s, w);
    return err;
}

static int piece_write(struct store_node *n, uint64_t offset, const uint8_t *from, uint32_t len)
{
    struct piece w = {{NULL}, 0, 0};
    uint32_t pages = (uint32_t)((offset + len - 1) / STORE_BLOCK_SIZE - offset / STORE_BLOCK_SIZE) + 1;
    int err = store_begin(n->s, 3, 0, pages, true);

    if (err == 0)
        err = piece_prepare(n, &w, offset, len);
    if (err < 0)
        return err;
    for (uint32_t i = 0, done = 0; i < w.count; i++) {
        uint32_t in = i == 0 ? (uint32_t)(offset % STORE_BLOCK_SIZE) : 0;
        uint32_t part = (uint32_t)min64(STORE_BLOCK_SIZE - in, len - done);

        page_dirty(n, w.pages[i]);
        memcpy(w.pages[i]->data + in, from + done, part);
        done += part;
    }
    store_node_touch(n);
    if (offset + len > n->info.size)
        n->info.size = offset + len;
    n->info.modified = store_now(n->s);
    return 0;
}

/* A cut that could not be finished comes before anything that would make its pages part of the file again. */
static int cut_finish(struct store_node *n)
{
    int err = 0;

    if (n->cutting)
        err = n->removed ? store_map_cut(n->s, n->ino, n->cut_from) : store_reclaim(n->s, n->ino);
    if (err == 0)
        n->cutting = false;
    return err;
}

int64_t store_write_any(struct store_node *n, uint64_t offset, const void *buf, size_t len)
{
    const uint8_t *from = buf;
    size_t done = 0;

    int err = 0;

    if (offset > STORE_FILE_MAX || len > STORE_FILE_MAX - offset)
        return -EFBIG;
    if (len > 0)
        err = cut_finish(n);
    if (err < 0)
        return err;
    while (done < len) {
        uint32_t part = (uint32_t)min64(len - done, STORE_WRITE_ATOMIC);
        err = piece_write(n, offset + done, from + done, part);

        if (err < 0)
            return done > 0 ? (int64_t)done : err;
        done += part;
    }
    return (int64_t)done;
}

static int file_check(const struct store_node *n)
{
    if (n->info.kind == STORE_FILE)
        return 0;
    return n->info.kind == STORE_DIR ? -EISDIR : -EPERM;
}

int64_t store_write(struct store_node *n, uint64_t offset, const void *buf, size_t len)
{
    int err = file_check(n);

    if (err == 0 && n->s->read_only)
        err = -EROFS; /* also of an empty write, which would find no reason to refuse */
    return err < 0 ? err : store_write_any(n, offset, buf, len);
}

/* Zeros behind the new end in the page it cuts. */
static int tail_clear(struct store_node *n, uint64_t size)
{
    struct store_page *p = NULL;
    uint32_t in = (uint32_t)(size % STORE_BLOCK_SIZE);
    int err = in == 0 ? 0 : store_page_load(n, (uint32_t)(size / STORE_BLOCK_SIZE), &p);

    if (err < 0 || p == NULL)
        return err;
    page_dirty(n, p);
    memset(p->data + in, 0, STORE_BLOCK_SIZE - in);
    return 0;
}

int store_truncate(struct store_node *n, uint64_t size)
{
    uint32_t keep = (uint32_t)((size + STORE_BLOCK_SIZE - 1) / STORE_BLOCK_SIZE);
    bool shrinks = size < n->info.size;
    int err = file_check(n);

    if (err == 0 && size > STORE_FILE_MAX)
        err = -EFBIG;
    if (err < 0 || size == n->info.size)
        return err;
    err = cut_finish(n);
    if (err < 0)
        return err;
    err = store_begin(n->s, 4, REC_PUT_BYTES + 9 + RECLAIM_BYTES, 1, !shrinks);
    if (err == 0 && shrinks)
        err = tail_clear(n, size);
    if (err < 0)
        return err;
    store_node_touch(n);
    n->info.size = size;
    n->info.modified = store_now(n->s);
    if (!shrinks)
        return 0;
    n->cutting = true;
    n->cut_from = keep;
    if (!n->removed) /* a removed file has a mark already, for all of it */
        store_reclaim_mark(n->s, n->ino, keep, false);
    (void)cut_finish(n); /* the file is cut; giving the blocks back can be done later */
    return 0;
}
