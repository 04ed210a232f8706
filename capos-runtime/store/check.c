/* SPDX-License-Identifier: MIT */
/*
 * Checking a store at rest. The mount, read-only, has already held every node against its sum and every block
 * against double use; here each item is looked at with what it refers to, and each page and blob is read.
 * Invariant: writes nothing; a problem is reported, not repaired.
 */
#include "store/core.h"

struct check {
    struct store *s;
    void (*report)(void *ctx, const char *line);
    void *ctx;
    uint64_t *refs; /* inodes that something leads to */
    uint64_t nrefs, max_refs, inodes;
    int problems;
};

static void problem(struct check *c, const char *what, uint64_t number)
{
    char line[128], digits[24];
    size_t n = 0, d = 0;

    while (what[n] != '\0')
        n++;
    n = n > 96 ? 96 : n;
    memcpy(line, what, n);
    line[n++] = ' ';
    do {
        digits[d++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (d > 0)
        line[n++] = digits[--d];
    line[n] = '\0';
    c->problems++;
    if (c->report != NULL)
        c->report(c->ctx, line);
}

static bool inode_find(struct check *c, uint64_t ino, struct store_info *info)
{
    uint8_t key[16];
    uint32_t len = 0;
    const uint8_t *value = store_tree_find(c->s, key, store_key_ino(key, KEY_INODE, ino), &len);

    return value != NULL && store_inode_decode(value, len, info);
}

/* -1: none; else the first page it frees, or 0 with *whole. */
static int64_t mark_find(struct check *c, uint64_t ino, bool *whole)
{
    uint8_t key[16];
    uint32_t len = 0;
    const uint8_t *value = store_tree_find(c->s, key, store_key_ino(key, KEY_RECLAIM, ino), &len);

    *whole = value != NULL && get32(value + 4) != 0;
    return value == NULL ? -1 : (int64_t)get32(value);
}

static void ref_add(struct check *c, uint64_t ino)
{
    if (c->nrefs < c->max_refs)
        c->refs[c->nrefs] = ino;
    c->nrefs++;
}

static void check_reference(struct check *c, uint64_t ino, unsigned kind)
{
    struct store_info info;

    if (!inode_find(c, ino, &info))
        problem(c, "a name or hash leads to an inode that is not there:", ino);
    else if ((unsigned)info.kind != kind)
        problem(c, "a name or hash leads to an inode of another kind:", ino);
    ref_add(c, ino);
}

static void check_entry(struct check *c, const struct tree_item *item)
{
    struct store_info info;
    uint64_t dir = store_key_get(item->key);

    if (!inode_find(c, dir, &info) || info.kind != STORE_DIR)
        problem(c, "a name in what is no directory:", dir);
    if (item->value[8] != STORE_FILE && item->value[8] != STORE_DIR)
        problem(c, "a name of an unknown kind in directory", dir);
    check_reference(c, get64(item->value), item->value[8]);
}

/* Each mapped page: checksum, place within the file, zeros behind the end. */
static int check_map(struct check *c, const struct tree_item *item)
{
    struct store_info info = {STORE_FILE, 0, 0, 0};
    uint64_t ino = store_key_get(item->key), first = 0;
    bool whole = false;
    int64_t mark = mark_find(c, ino, &whole);
    uint32_t mapped = 0;
    uint8_t *page = c->s->sb_page;
    void *to = page;

    for (unsigned i = 9; i < 13; i++)
        first = first << 8 | item->key[i];
    first *= MAP_GROUP;
    if (!inode_find(c, ino, &info) || info.kind == STORE_DIR)
        problem(c, "pages of what is no file:", ino);
    for (uint32_t i = 0; i < MAP_GROUP; i++) {
        uint32_t block = get32(item->value + 8 * i);
        uint64_t at = (first + i) * STORE_BLOCK_SIZE;
        int err = 0;

        if (block == 0)
            continue;
        mapped++;
        if (at >= info.size && !whole && (mark < 0 || first + i < (uint64_t)mark))
            problem(c, "a page behind the end of file", ino);
        err = store_device_read(c->s, block, 1, &to);
        if (err < 0)
            return err;
        if (store_page_sum(c->s, page) != get32(item->value + 8 * i + 4))
            problem(c, "a page that does not match its checksum, in file", ino);
        for (uint64_t b = info.size > at ? info.size - at : 0; at < info.size && b < STORE_BLOCK_SIZE; b++)
            if (page[b] != 0) {
                problem(c, "bytes behind the end in the last page of file", ino);
                break;
            }
    }
    if (mapped == 0)
        problem(c, "an empty group in the map of file", ino);
    return 0;
}

static int check_blob(struct check *c, const struct tree_item *item)
{
    struct store_node *n = NULL;
    uint64_t ino = get64(item->value);
    uint8_t hash[STORE_HASH_SIZE];
    int err = 0;

    check_reference(c, ino, STORE_BLOB);
    memcpy(hash, item->key + 1, STORE_HASH_SIZE);
    err = store_blob_open(c->s, hash, &n);
    if (err == -EIO || err == -ENOMEM)
        return err;
    if (err == 0)
        store_node_put(n);
    else
        problem(c, "a blob that does not match its hash, inode", ino);
    return 0;
}

static int check_item(struct check *c, const struct tree_item *item)
{
    struct store_info info;
    uint64_t ino = store_key_get(item->key);
    bool whole = false;

    switch (item->key[0]) {
    case KEY_INODE:
        c->inodes++;
        if (!store_inode_decode(item->value, item->value_len, &info))
            problem(c, "an inode that makes no sense:", ino);
        if (ino == 0 || ino >= c->s->next_ino)
            problem(c, "an inode with a number not given out yet:", ino);
        return 0;
    case KEY_ENTRY:
        check_entry(c, item);
        return 0;
    case KEY_MAP:
        return check_map(c, item);
    case KEY_BLOB:
        return check_blob(c, item);
    case KEY_RECLAIM:
        if (!inode_find(c, ino, &info))
            problem(c, "a mark on an inode that is not there:", ino);
        (void)mark_find(c, ino, &whole);
        if (whole)
            ref_add(c, ino);
        return 0;
    default:
        return 0;
    }
}

static void sift(uint64_t *a, uint64_t i, uint64_t n)
{
    while (2 * i + 1 < n) {
        uint64_t child = 2 * i + 1, v = a[i];

        if (child + 1 < n && a[child + 1] > a[child])
            child++;
        if (a[child] <= v)
            return;
        a[i] = a[child];
        a[child] = v;
        i = child;
    }
}

static void sort(uint64_t *a, uint64_t n)
{
    for (uint64_t i = n / 2; i-- > 0;)
        sift(a, i, n);
    for (uint64_t end = n; end-- > 1;) {
        uint64_t v = a[0];

        a[0] = a[end];
        a[end] = v;
        sift(a, 0, end);
    }
}

/* Every inode but the root has one reference. */
static void check_references(struct check *c)
{
    sort(c->refs, c->nrefs);
    for (uint64_t i = 1; i < c->nrefs; i++)
        if (c->refs[i] == c->refs[i - 1])
            problem(c, "more than one reference to inode", c->refs[i]);
    if (c->nrefs + 1 < c->inodes)
        problem(c, "inodes that nothing leads to:", c->inodes - 1 - c->nrefs);
}

static int check_walk(struct check *c, int (*visit)(struct check *, const struct tree_item *))
{
    uint8_t key[TN_KEY_MAX];
    uint32_t key_len = 0;
    struct tree_item item;
    int err = 0;

    while (err == 0 && store_tree_next(c->s, key, key_len, key_len > 0, &item)) {
        key_len = item.key_len;
        memcpy(key, item.key, key_len);
        err = visit(c, &item);
    }
    return err;
}

static int count_refs(struct check *c, const struct tree_item *item)
{
    uint8_t k = item->key[0];

    c->max_refs += k == KEY_ENTRY || k == KEY_BLOB || k == KEY_RECLAIM;
    return 0;
}

int store_check(const struct store_device *dev, const struct store_env *env,
                void (*report)(void *ctx, const char *line), void *ctx)
{
    struct store_options options = {true, STORE_CACHE_MIN};
    struct check c = {NULL, report, ctx, NULL, 0, 0, 0, 0};
    int err = store_mount(&c.s, dev, env, &options);

    if (err == -EBADMSG)
        problem(&c, "a damaged node, log or map; the mount refused it: error", EBADMSG);
    else if (err == -EINVAL)
        problem(&c, "no valid superblock: error", EINVAL);
    if (err == -EBADMSG || err == -EINVAL)
        return c.problems;
    if (err < 0)
        return err;
    (void)check_walk(&c, count_refs);
    c.refs = store_alloc(c.s, (c.max_refs + 1) * sizeof *c.refs);
    err = c.refs == NULL ? -ENOMEM : check_walk(&c, check_item);
    if (err == 0)
        check_references(&c);
    store_free(c.s, c.refs, (c.max_refs + 1) * sizeof *c.refs);
    store_abandon(c.s);
    return err < 0 ? err : c.problems;
}
