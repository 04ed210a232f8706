/* SPDX-License-Identifier: MIT */
/*
 * The tree between memory and device: nodes by block, loading with every check, placing and writing at a
 * checkpoint. Invariant: a node that is changed leaves its old block untouched until the next checkpoint is
 * durable; a dirty node has no place on the device until that checkpoint gives it one.
 */
#include "store/core.h"

#include "store/tree_walk.h"

static struct tree_node **bucket_of(struct store *s, uint32_t block)
{
    return &s->tree.buckets[block & (s->tree.nbuckets - 1)];
}

static struct tree_node *node_by_block(struct store *s, uint32_t block)
{
    struct tree_node *n = *bucket_of(s, block);

    while (n != NULL && n->block != block)
        n = n->hash_next;
    return n;
}

static void node_hash(struct store *s, struct tree_node *n, uint32_t block)
{
    struct tree_node **b = bucket_of(s, block);

    n->block = block;
    n->hash_next = *b;
    *b = n;
}

static void node_unhash(struct store *s, const struct tree_node *n)
{
    struct tree_node **b = bucket_of(s, n->block);

    while (*b != n)
        b = &(*b)->hash_next;
    *b = n->hash_next;
}

static struct tree_node *node_alloc(struct store *s)
{
    struct tree_node *n = store_alloc(s, sizeof *n);

    if (n == NULL)
        return NULL;
    n->page = store_alloc(s, STORE_BLOCK_SIZE);
    if (n->page != NULL)
        return n;
    store_free(s, n, sizeof *n);
    return NULL;
}

static void node_release(struct store *s, struct tree_node *n)
{
    store_free(s, n->page, STORE_BLOCK_SIZE);
    store_free(s, n, sizeof *n);
}

int store_tree_open(struct store *s)
{
    struct store_tree *t = &s->tree;

    t->nbuckets = 64;
    while (t->nbuckets < s->blocks / 256 && t->nbuckets < 65536)
        t->nbuckets *= 2;
    t->next_virtual = s->blocks;
    t->buckets = store_alloc(s, t->nbuckets * sizeof(struct tree_node *));
    t->scratch = store_alloc(s, STORE_BLOCK_SIZE);
    return t->buckets == NULL || t->scratch == NULL ? -ENOMEM : 0;
}

void store_tree_close(struct store *s)
{
    struct store_tree *t = &s->tree;
    struct tree_node *n = NULL;

    for (uint32_t i = 0; t->buckets != NULL && i < t->nbuckets; i++)
        while ((n = t->buckets[i]) != NULL) {
            t->buckets[i] = n->hash_next;
            node_release(s, n);
        }
    while ((n = t->pool) != NULL) {
        t->pool = n->hash_next;
        node_release(s, n);
    }
    store_free(s, t->buckets, t->nbuckets * sizeof(struct tree_node *));
    store_free(s, t->scratch, STORE_BLOCK_SIZE);
}

int store_tree_reserve(struct store *s, uint32_t nodes)
{
    struct store_tree *t = &s->tree;

    while (t->npool < nodes) {
        struct tree_node *n = node_alloc(s);

        if (n == NULL)
            return -ENOMEM;
        n->hash_next = t->pool;
        t->pool = n;
        t->npool++;
    }
    return 0;
}

struct tree_node *tree_child(struct store *s, const struct tree_node *n, unsigned i)
{
    struct tree_item item;

    tree_page_item(n->page, i, &item);
    return node_by_block(s, get32(item.value));
}

static void dirty_link(struct store *s, struct tree_node *n)
{
    struct store_tree *t = &s->tree;

    n->dirty = true;
    n->placed = false;
    n->dirty_prev = NULL;
    n->dirty_next = t->dirty;
    if (t->dirty != NULL)
        t->dirty->dirty_prev = n;
    t->dirty = n;
    t->unplaced++;
}

static void dirty_unlink(struct store *s, struct tree_node *n)
{
    if (n->dirty_prev != NULL)
        n->dirty_prev->dirty_next = n->dirty_next;
    else
        s->tree.dirty = n->dirty_next;
    if (n->dirty_next != NULL)
        n->dirty_next->dirty_prev = n->dirty_prev;
    n->dirty = false;
}

struct tree_node *tree_node_new(struct store *s, unsigned level)
{
    struct tree_node *n = s->tree.pool;

    s->tree.pool = n->hash_next;
    s->tree.npool--;
    s->tree.nnodes++;
    tree_page_init(s, n->page, level);
    node_hash(s, n, s->tree.next_virtual++);
    dirty_link(s, n);
    return n;
}

bool tree_node_dirty(struct store *s, struct tree_node *n)
{
    if (n->dirty)
        return false;
    node_unhash(s, n);
    store_space_later(&s->space, n->block, AFTER_CHECKPOINT);
    node_hash(s, n, s->tree.next_virtual++);
    dirty_link(s, n);
    return true;
}

void tree_node_free(struct store *s, struct tree_node *n)
{
    struct store_tree *t = &s->tree;

    node_unhash(s, n);
    if (!n->dirty) {
        store_space_later(&s->space, n->block, AFTER_CHECKPOINT);
    } else {
        if (n->placed)
            store_space_drop(&s->space, n->block);
        else
            t->unplaced--;
        dirty_unlink(s, n);
    }
    n->hash_next = t->pool;
    t->pool = n;
    t->npool++;
    t->nnodes--;
}

int store_tree_new(struct store *s)
{
    int err = store_tree_reserve(s, 1);

    if (err == 0)
        s->tree.root = tree_node_new(s, 0);
    return err;
}

/* Keys of a node from lo (inclusive) to hi (exclusive, NULL: no end). */
static bool keys_between(const uint8_t *page, const struct tree_item *lo, const struct tree_item *hi)
{
    unsigned count = tree_page_count(page);
    struct tree_item item;

    if (count == 0)
        return true;
    tree_page_item(page, 0, &item);
    /* An interior node's first key is not looked at by a search: it may be lower. */
    if (tree_page_level(page) == 0 && tree_key_compare(item.key, item.key_len, lo->key, lo->key_len) < 0)
        return false;
    tree_page_item(page, count - 1, &item);
    return hi == NULL || tree_key_compare(item.key, item.key_len, hi->key, hi->key_len) < 0;
}

struct load {
    uint32_t block, sum;
    unsigned level;
    const struct tree_item *lo, *hi;
};

static int node_load(struct store *s, const struct load *l, struct tree_node **out)
{
    struct tree_node *n = NULL;
    void *page = NULL;
    int err = 0;

    /* Each block once: no loops, and no more nodes than blocks. */
    if (!store_space_mark(&s->space, l->block))
        return -EBADMSG;
    n = node_alloc(s);
    if (n == NULL)
        return -ENOMEM;
    page = n->page;
    err = store_device_read(s, l->block, 1, &page);
    if (err == 0 && (store_page_sum(s, page) != l->sum || !tree_page_valid(s, page, l->level) ||
                     !keys_between(page, l->lo, l->hi)))
        err = -EBADMSG;
    if (err < 0) {
        node_release(s, n);
        return err;
    }
    node_hash(s, n, l->block);
    s->tree.nnodes++;
    *out = n;
    return 0;
}

static int subtree_load(struct store *s, const struct load *l, struct tree_node **out)
{
    struct tree_node *n = NULL, *child = NULL;
    int err = node_load(s, l, &n);
    unsigned count = 0;

    if (err < 0)
        return err;
    *out = n;
    if (l->level == 0)
        return 0;
    count = tree_page_count(n->page);
    if (count == 0)
        return -EBADMSG;
    for (unsigned i = 0; i < count; i++) {
        struct tree_item item, above;
        struct load down = {0, 0, l->level - 1, l->lo, l->hi};

        tree_page_item(n->page, i, &item);
        down.block = get32(item.value);
        down.sum = get32(item.value + 4);
        if (i > 0)
            down.lo = &item;
        if (i + 1 < count) {
            tree_page_item(n->page, i + 1, &above);
            down.hi = &above;
        }
        err = subtree_load(s, &down, &child);
        if (err == 0 && tree_page_count(child->page) == 0)
            err = -EBADMSG;
        if (err < 0)
            return err;
    }
    return 0;
}

int store_tree_load(struct store *s, uint32_t block, uint32_t sum, uint32_t level)
{
    static const struct tree_item lowest = {(const uint8_t *)"", (const uint8_t *)"", 0, 0};
    struct load l = {block, sum, level, &lowest, NULL};

    int err = level > TN_LEVEL_MAX ? -EBADMSG : subtree_load(s, &l, &s->tree.root);

    if (err == 0 && level > 0 && tree_page_count(s->tree.root->page) < 2)
        err = -EBADMSG;
    return err;
}

/* Nodes waiting to be written in one request: their blocks follow each other. */
struct batch {
    uint32_t start, count;
    const void *pages[STORE_PAGE_BATCH];
};

static int batch_write(struct store *s, struct batch *b)
{
    int err = b->count == 0 ? 0 : store_device_write(s, b->start, b->count, b->pages);

    b->count = 0;
    return err;
}

static int batch_add(struct store *s, struct batch *b, const struct tree_node *n)
{
    int err = 0;

    if (b->count == STORE_PAGE_BATCH || (b->count > 0 && n->block != b->start + b->count))
        err = batch_write(s, b);
    if (b->count == 0)
        b->start = n->block;
    b->pages[b->count++] = n->page;
    return err;
}

/* Children first: a node's bytes are final once it knows their places and sums. */
static int subtree_write(struct store *s, struct tree_node *n, struct batch *b, uint32_t *sum)
{
    unsigned count = tree_page_level(n->page) == 0 ? 0 : tree_page_count(n->page);
    int err = 0;

    for (unsigned i = 0; i < count; i++) {
        struct tree_node *child = tree_child(s, n, i);
        uint32_t child_sum = 0;

        if (!child->dirty)
            continue;
        err = subtree_write(s, child, b, &child_sum);
        /* Also after an error: the child may have moved. */
        put32(tree_page_value(n->page, i), child->block);
        put32(tree_page_value(n->page, i) + 4, child_sum);
        if (err < 0)
            return err;
    }
    if (!n->placed) {
        uint32_t block = store_space_take(&s->space);

        if (block == 0)
            return -ENOSPC; /* store_begin's reckoning was wrong: say so rather than write anywhere */
        node_unhash(s, n);
        node_hash(s, n, block);
        n->placed = true;
        s->tree.unplaced--;
    }
    *sum = store_page_sum(s, n->page);
    return batch_add(s, b, n);
}

int store_tree_write(struct store *s, uint32_t *root_sum)
{
    struct batch b = {0, 0, {NULL}};
    int err = 0;

    if (!s->tree.root->dirty) {
        *root_sum = store_page_sum(s, s->tree.root->page);
        return 0;
    }
    err = subtree_write(s, s->tree.root, &b, root_sum);
    return err < 0 ? err : batch_write(s, &b);
}

void store_tree_clean(struct store *s)
{
    while (s->tree.dirty != NULL)
        dirty_unlink(s, s->tree.dirty);
    if (s->tree.unplaced == 0)
        s->tree.next_virtual = s->blocks;
}
