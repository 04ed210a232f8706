/* SPDX-License-Identifier: MIT */
/*
 * Nodes in memory, and inodes in the tree. Invariant: one store_node for an inode that is open; it leaves
 * memory when nobody holds it and its inode is not newer than the last commit.
 */
#include "store/core.h"

static struct store_node **bucket_of(struct store *s, uint64_t ino)
{
    return &s->nodes[ino % NODE_BUCKETS];
}

static void put_be64(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (56 - 8 * i));
}

uint32_t store_key_ino(uint8_t *key, uint8_t letter, uint64_t ino)
{
    key[0] = letter;
    put_be64(key + 1, ino);
    return 9;
}

uint32_t store_key_map(uint8_t *key, uint64_t ino, uint32_t group)
{
    uint32_t n = store_key_ino(key, KEY_MAP, ino);

    for (unsigned i = 0; i < 4; i++)
        key[n + i] = (uint8_t)(group >> (24 - 8 * i));
    return n + 4;
}

uint32_t store_key_entry(uint8_t *key, uint64_t ino, const char *name, size_t len)
{
    uint32_t n = store_key_ino(key, KEY_ENTRY, ino);

    memcpy(key + n, name, len);
    return n + (uint32_t)len;
}

uint64_t store_key_get(const uint8_t *key)
{
    uint64_t v = 0;

    for (unsigned i = 1; i < 9; i++)
        v = v << 8 | key[i];
    return v;
}

bool store_item_valid(const struct tree_item *item)
{
    uint32_t k = item->key_len, v = item->value_len;

    switch (k > 0 ? item->key[0] : 0) {
    case KEY_INODE:
        return k == 9 && v == INODE_BYTES;
    case KEY_ENTRY:
        return k > 9 && k <= 9 + STORE_NAME_MAX && v == ENTRY_BYTES;
    case KEY_MAP:
        return k == 13 && v == MAP_BYTES;
    case KEY_RECLAIM:
        return k == 9 && v == RECLAIM_BYTES;
    case KEY_BLOB:
        return k == 1 + STORE_HASH_SIZE && v == 8;
    case KEY_NAME:
        return k > 1 && k <= 1 + STORE_NAME_MAX && v == STORE_HASH_SIZE;
    default:
        return false;
    }
}

void store_inode_encode(const struct store_info *info, uint8_t *value)
{
    put64(value + INODE_KIND, (uint64_t)info->kind);
    put64(value + INODE_SIZE, info->size);
    put64(value + INODE_CREATED, info->created);
    put64(value + INODE_MODIFIED, info->modified);
}

bool store_inode_decode(const uint8_t *value, uint32_t len, struct store_info *info)
{
    uint64_t kind = len == INODE_BYTES ? get64(value + INODE_KIND) : 0;

    if (kind != STORE_FILE && kind != STORE_DIR && kind != STORE_BLOB)
        return false;
    info->kind = (enum store_kind)kind;
    info->size = get64(value + INODE_SIZE);
    info->created = get64(value + INODE_CREATED);
    info->modified = get64(value + INODE_MODIFIED);
    return info->size <= STORE_FILE_MAX;
}

struct store_node *store_node_find(struct store *s, uint64_t ino)
{
    struct store_node *n = *bucket_of(s, ino);

    while (n != NULL && n->ino != ino)
        n = n->hash_next;
    return n;
}

static void node_insert(struct store_node *n)
{
    struct store_node **b = bucket_of(n->s, n->ino);

    n->hash_next = *b;
    *b = n;
}

int store_node_get(struct store *s, uint64_t ino, struct store_node **out)
{
    struct store_node *n = store_node_find(s, ino);
    struct store_info info;
    const uint8_t *value = NULL;
    uint8_t key[16];
    uint32_t len = 0;

    if (n == NULL) {
        value = store_tree_find(s, key, store_key_ino(key, KEY_INODE, ino), &len);
        if (value == NULL || !store_inode_decode(value, len, &info))
            return -EBADMSG;
        n = store_alloc(s, sizeof *n);
        if (n == NULL)
            return -ENOMEM;
        n->s = s;
        n->ino = ino;
        n->info = info;
        value = store_tree_find(s, key, store_key_ino(key, KEY_RECLAIM, ino), &len);
        n->cutting = value != NULL;
        n->cut_from = value == NULL ? 0 : get32(value);
        node_insert(n);
    }
    n->refs++;
    *out = n;
    return 0;
}

struct store_node *store_node_alloc(struct store *s, enum store_kind kind)
{
    struct store_node *n = store_alloc(s, sizeof *n);

    if (n == NULL)
        return NULL;
    n->s = s;
    n->refs = 1;
    n->info.kind = kind;
    n->info.created = n->info.modified = store_now(s);
    return n;
}

void store_node_birth(struct store_node *n)
{
    uint8_t key[16], value[INODE_BYTES];

    n->ino = n->s->next_ino++;
    node_insert(n);
    store_inode_encode(&n->info, value);
    store_tx_put(n->s, key, store_key_ino(key, KEY_INODE, n->ino), value, INODE_BYTES);
}

void store_node_touch(struct store_node *n)
{
    uint8_t key[16];

    if (n->dirty)
        return;
    (void)store_tree_edit(n->s, key, store_key_ino(key, KEY_INODE, n->ino));
    n->dirty = true;
    n->dirty_next = n->s->dirty_nodes;
    n->s->dirty_nodes = n;
    n->s->ndirty_nodes++;
}

static void node_clean(struct store_node *n)
{
    struct store_node **d = &n->s->dirty_nodes;

    if (!n->dirty)
        return;
    while (*d != n)
        d = &(*d)->dirty_next;
    *d = n->dirty_next;
    n->dirty = false;
    n->s->ndirty_nodes--;
}

static void node_free(struct store_node *n)
{
    struct store_node **b = bucket_of(n->s, n->ino);

    node_clean(n);
    while (*b != n)
        b = &(*b)->hash_next;
    *b = n->hash_next;
    store_free(n->s, n, sizeof *n);
}

struct store_node *store_root(struct store *s)
{
    struct store_node *n = NULL;

    /* The mount looked it up and holds it. */
    return store_node_get(s, ROOT_INO, &n) == 0 ? n : NULL;
}

void store_node_ref(struct store_node *n)
{
    n->refs++;
}

void store_node_put(struct store_node *n)
{
    struct store *s = n->s;
    uint64_t ino = n->ino;

    if (n->refs > 1 || (n->dirty && !n->removed)) {
        n->refs--;
        return;
    }
    if (n->removed) {
        node_free(n);
        (void)store_reclaim(s, ino); /* what fails here is done by the next mount */
    } else {
        node_free(n);
    }
}

void store_node_info(const struct store_node *n, struct store_info *out)
{
    *out = n->info;
}

struct store *store_node_owner(const struct store_node *n)
{
    return n->s;
}

void store_nodes_drop(struct store *s)
{
    for (unsigned i = 0; i < NODE_BUCKETS; i++)
        while (s->nodes[i] != NULL)
            node_free(s->nodes[i]);
}
