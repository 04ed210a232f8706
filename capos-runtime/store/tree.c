/* SPDX-License-Identifier: MIT */
/*
 * The B-tree of all metadata: look-up, change, order. Every node is in memory; an interior item is
 * (lowest key below, block and sum of the child), and the first child of a node takes every key below the
 * second's. Invariants: all leaves at one depth; a node other than the root has an item; a dirty node's
 * parent is dirty; store_begin has held nodes and blocks for everything here, so nothing fails.
 */
#include "store/core.h"

#include "store/tree_walk.h"

#define MERGE_BELOW 1024u /* a node with fewer bytes joins a neighbour, */
#define MERGE_LIMIT 3072u /* if together they have at most this */

struct step {
    struct tree_node *node;
    unsigned index;
};

struct path {
    struct step at[TN_LEVEL_MAX + 2]; /* by level */
    unsigned top;                     /* level of the root */
};

unsigned store_tree_height(const struct store *s)
{
    return tree_page_level(s->tree.root->page) + 1;
}

/* Which child of an interior node a key belongs to. */
static unsigned child_index(const uint8_t *page, const uint8_t *key, uint32_t key_len)
{
    bool found = false;
    unsigned i = tree_page_search(page, key, key_len, &found);

    return found || i == 0 ? i : i - 1;
}

/* Down to the leaf; the leaf's index is where the key is or would be. */
static bool path_find(struct store *s, struct path *p, const uint8_t *key, uint32_t key_len)
{
    struct tree_node *n = s->tree.root;
    bool found = false;

    p->top = tree_page_level(n->page);
    for (unsigned level = p->top; level > 0; level--) {
        p->at[level] = (struct step){n, child_index(n->page, key, key_len)};
        n = tree_child(s, n, p->at[level].index);
    }
    p->at[0] = (struct step){n, tree_page_search(n->page, key, key_len, &found)};
    return found;
}

static void path_dirty(struct store *s, const struct path *p)
{
    for (unsigned level = p->top + 1; level-- > 0;) {
        struct tree_node *n = p->at[level].node;

        if (tree_node_dirty(s, n) && level < p->top)
            put32(tree_page_value(p->at[level + 1].node->page, p->at[level + 1].index), n->block);
    }
}

const uint8_t *store_tree_find(struct store *s, const uint8_t *key, uint32_t key_len, uint32_t *value_len)
{
    struct path p;
    struct tree_item item;

    if (!path_find(s, &p, key, key_len))
        return NULL;
    tree_page_item(p.at[0].node->page, p.at[0].index, &item);
    *value_len = item.value_len;
    return item.value;
}

uint8_t *store_tree_edit(struct store *s, const uint8_t *key, uint32_t key_len)
{
    struct path p;

    if (!path_find(s, &p, key, key_len))
        return NULL;
    path_dirty(s, &p);
    return tree_page_value(p.at[0].node->page, p.at[0].index);
}

/* Moves the upper items of n to the empty node right; gives how many stay. At the end of everything, as when
 * a file grows, all stay. */
static unsigned node_split(struct store *s, struct tree_node *n, struct tree_node *right, unsigned i)
{
    unsigned count = tree_page_count(n->page), keep = count;
    uint32_t half = tree_page_used(n->page) / 2, bytes = 0;
    struct tree_item item;

    if (i == count)
        return count;
    for (unsigned k = 0; k < count; k++) {
        tree_page_item(n->page, k, &item);
        bytes += 6 + item.key_len + item.value_len;
        if (bytes >= half) {
            keep = k + 1 < count ? k + 1 : count - 1;
            break;
        }
    }
    for (unsigned k = keep; k < count; k++) {
        tree_page_item(n->page, k, &item);
        (void)tree_page_insert(right->page, s->tree.scratch, k - keep, &item);
    }
    tree_page_truncate(n->page, keep);
    return keep;
}

/* Inserts at the path's index on this level; splits upwards. The path is spent afterwards. */
static void path_insert(struct store *s, struct path *p, unsigned level, const struct tree_item *item)
{
    struct tree_node *n = p->at[level].node, *right = NULL, *root = NULL;
    unsigned i = p->at[level].index, keep = 0;
    uint8_t key[TN_KEY_MAX], value[8] = {0};
    struct tree_item first, up = {key, value, 0, 8};

    if (tree_page_insert(n->page, s->tree.scratch, i, item))
        return;
    right = tree_node_new(s, level);
    keep = node_split(s, n, right, i);
    if (i <= keep && !(i == keep && tree_page_count(right->page) == 0))
        (void)tree_page_insert(n->page, s->tree.scratch, i, item);
    else
        (void)tree_page_insert(right->page, s->tree.scratch, i - keep, item);
    tree_page_item(right->page, 0, &first);
    memcpy(key, first.key, first.key_len);
    up.key_len = first.key_len;
    put32(value, right->block);
    if (level < p->top) {
        p->at[level + 1].index++;
        path_insert(s, p, level + 1, &up);
        return;
    }
    root = tree_node_new(s, level + 1);
    (void)tree_page_insert(root->page, s->tree.scratch, 0, &up);
    put32(value, n->block);
    up.key_len = 0;
    (void)tree_page_insert(root->page, s->tree.scratch, 0, &up);
    s->tree.root = root;
}

void store_tree_put(struct store *s, const uint8_t *key, uint32_t key_len, const uint8_t *value,
                    uint32_t value_len)
{
    struct path p;
    struct tree_item item = {key, value, key_len, value_len}, old;
    bool found = path_find(s, &p, key, key_len);

    path_dirty(s, &p);
    if (found) {
        uint8_t *page = p.at[0].node->page;

        tree_page_item(page, p.at[0].index, &old);
        if (old.value_len == value_len) {
            memcpy(tree_page_value(page, p.at[0].index), value, value_len);
            return;
        }
        tree_page_remove(page, p.at[0].index);
    }
    path_insert(s, &p, 0, &item);
}

/* Appends the items of b, whose key in the parent is sep, to a. */
static void node_join(struct store *s, struct tree_node *a, const struct tree_node *b,
                      const struct tree_item *sep)
{
    unsigned count = tree_page_count(b->page);
    struct tree_item item;

    for (unsigned i = 0; i < count; i++) {
        tree_page_item(b->page, i, &item);
        if (i == 0 && tree_page_level(b->page) > 0) {
            item.key = sep->key;
            item.key_len = sep->key_len;
        }
        (void)tree_page_insert(a->page, s->tree.scratch, tree_page_count(a->page), &item);
    }
}

/* Joins the children i and i + 1 of a dirty node when they are small enough. */
static bool child_merge(struct store *s, struct tree_node *parent, unsigned i)
{
    struct tree_node *a = NULL, *b = NULL;
    struct tree_item sep;

    if (i + 1 >= tree_page_count(parent->page))
        return false;
    a = tree_child(s, parent, i);
    b = tree_child(s, parent, i + 1);
    if (tree_page_used(a->page) + tree_page_used(b->page) > MERGE_LIMIT)
        return false;
    if (tree_node_dirty(s, a))
        put32(tree_page_value(parent->page, i), a->block);
    tree_page_item(parent->page, i + 1, &sep);
    node_join(s, a, b, &sep);
    tree_page_remove(parent->page, i + 1);
    tree_node_free(s, b);
    return true;
}

static void path_shrink(struct store *s, const struct path *p)
{
    for (unsigned level = 0; level < p->top; level++) {
        struct tree_node *n = p->at[level].node, *parent = p->at[level + 1].node;
        unsigned i = p->at[level + 1].index;

        if (tree_page_count(n->page) == 0) {
            tree_page_remove(parent->page, i);
            tree_node_free(s, n);
        } else if (tree_page_used(n->page) >= MERGE_BELOW ||
                   (!child_merge(s, parent, i) && (i == 0 || !child_merge(s, parent, i - 1)))) {
            break;
        }
    }
    while (tree_page_level(s->tree.root->page) > 0 && tree_page_count(s->tree.root->page) == 1) {
        struct tree_node *old = s->tree.root;

        s->tree.root = tree_child(s, old, 0);
        tree_node_free(s, old);
    }
}

bool store_tree_del(struct store *s, const uint8_t *key, uint32_t key_len)
{
    struct path p;

    if (!path_find(s, &p, key, key_len))
        return false;
    path_dirty(s, &p);
    tree_page_remove(p.at[0].node->page, p.at[0].index);
    path_shrink(s, &p);
    return true;
}

bool store_tree_next(struct store *s, const uint8_t *key, uint32_t key_len, bool after, struct tree_item *out)
{
    struct path p;
    unsigned level = 0;

    if (path_find(s, &p, key, key_len) && after)
        p.at[0].index++;
    while (p.at[level].index >= tree_page_count(p.at[level].node->page)) {
        if (level == p.top)
            return false;
        p.at[++level].index++;
    }
    while (level > 0) {
        struct tree_node *n = tree_child(s, p.at[level].node, p.at[level].index);

        p.at[--level] = (struct step){n, 0};
    }
    tree_page_item(p.at[0].node->page, p.at[0].index, out);
    return true;
}
