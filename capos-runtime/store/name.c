/* SPDX-License-Identifier: MIT */
/*
 * Directories: a name is one item of the tree, so looking up, adding and removing cost the same in a
 * directory of any size, and listing is in byte order. Invariant: an inode other than the root has exactly
 * one of: a name, a blob's hash, a mark that it is to be reclaimed.
 */
#include "store/core.h"

static int name_check(const struct store_node *dir, const char *name, size_t len)
{
    if (dir->info.kind != STORE_DIR)
        return -ENOTDIR;
    if (len == 0)
        return -EINVAL;
    if (len > STORE_NAME_MAX)
        return -ENAMETOOLONG;
    for (size_t i = 0; i < len; i++)
        if (name[i] == '/' || name[i] == '\0')
            return -EINVAL;
    if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
        return -EINVAL;
    return 0;
}

/* The ino behind a name; 0: no such name. */
static uint64_t entry_find(struct store_node *dir, const char *name, size_t len)
{
    uint8_t key[TN_KEY_MAX];
    uint32_t value_len = 0;
    const uint8_t *value =
        store_tree_find(dir->s, key, store_key_entry(key, dir->ino, name, len), &value_len);

    return value == NULL ? 0 : get64(value);
}

static void entry_put(struct store_node *dir, const char *name, size_t len, uint64_t ino, uint8_t kind)
{
    uint8_t key[TN_KEY_MAX], value[ENTRY_BYTES];

    put64(value, ino);
    value[8] = kind;
    store_tx_put(dir->s, key, store_key_entry(key, dir->ino, name, len), value, ENTRY_BYTES);
}

static void dir_touch(struct store_node *dir)
{
    store_node_touch(dir);
    dir->info.modified = store_now(dir->s);
}

int store_lookup(struct store_node *dir, const char *name, size_t len, struct store_node **out)
{
    int err = name_check(dir, name, len);
    uint64_t ino = err < 0 ? 0 : entry_find(dir, name, len);

    if (err < 0)
        return err;
    return ino == 0 ? -ENOENT : store_node_get(dir->s, ino, out);
}

int store_create(struct store_node *dir, const char *name, size_t len, enum store_kind kind,
                 struct store_node **out)
{
    struct store_node *n = NULL;
    int err = name_check(dir, name, len);

    if (err == 0 && kind != STORE_FILE && kind != STORE_DIR)
        err = -EINVAL;
    if (err == 0 && dir->removed)
        err = -ENOENT;
    if (err == 0 && entry_find(dir, name, len) != 0)
        err = -EEXIST;
    if (err == 0)
        err = store_begin(dir->s, 3, 2 * REC_PUT_BYTES + 9 + INODE_BYTES + 9 + (uint32_t)len + ENTRY_BYTES, 0,
                          true);
    if (err < 0)
        return err;
    n = store_node_alloc(dir->s, kind);
    if (n == NULL)
        return -ENOMEM;
    store_node_birth(n);
    entry_put(dir, name, len, n->ino, (uint8_t)kind);
    dir_touch(dir);
    *out = n;
    return 0;
}

static bool dir_empty(struct store *s, uint64_t ino)
{
    uint8_t key[16];
    struct tree_item item;

    return !store_tree_next(s, key, store_key_ino(key, KEY_ENTRY, ino), false, &item) ||
           item.key[0] != KEY_ENTRY || store_key_get(item.key) != ino;
}

int store_remove(struct store_node *dir, const char *name, size_t len)
{
    uint8_t key[TN_KEY_MAX];
    struct store_node *n = NULL;
    struct store *s = dir->s;
    int err = name_check(dir, name, len);
    uint64_t ino = err < 0 ? 0 : entry_find(dir, name, len);

    if (err < 0)
        return err;
    if (ino == 0)
        return -ENOENT;
    err = store_node_get(s, ino, &n);
    if (err < 0)
        return err;
    if (n->info.kind == STORE_DIR && !dir_empty(s, ino))
        err = -ENOTEMPTY;
    if (err == 0)
        err = store_begin(s, 3, REC_DEL_BYTES + 9 + (uint32_t)len + REC_PUT_BYTES + 9 + RECLAIM_BYTES, 0,
                          false);
    if (err == 0) {
        store_tx_del(s, key, store_key_entry(key, dir->ino, name, len));
        store_reclaim_mark(s, ino, 0, true);
        dir_touch(dir);
        n->removed = true;
    }
    store_node_put(n);
    return err;
}

int store_rename(struct store_node *dir, const char *from, size_t from_len, const char *to, size_t to_len)
{
    uint8_t key[TN_KEY_MAX];
    uint32_t value_len = 0, key_len = 0;
    const uint8_t *value = NULL;
    uint64_t ino = 0;
    uint8_t kind = 0;
    int err = name_check(dir, from, from_len);

    if (err == 0)
        err = name_check(dir, to, to_len);
    if (err < 0)
        return err;
    if (entry_find(dir, from, from_len) == 0)
        return -ENOENT;
    if (entry_find(dir, to, to_len) != 0)
        return -EEXIST;
    err = store_begin(dir->s, 3,
                      REC_DEL_BYTES + REC_PUT_BYTES + 18 + (uint32_t)(from_len + to_len) + ENTRY_BYTES, 0,
                      false);
    if (err < 0)
        return err;
    key_len = store_key_entry(key, dir->ino, from, from_len);
    value = store_tree_find(dir->s, key, key_len, &value_len);
    ino = get64(value);
    kind = value[8];
    store_tx_del(dir->s, key, key_len);
    entry_put(dir, to, to_len, ino, kind);
    dir_touch(dir);
    return 0;
}

int store_next(struct store_node *dir, const char *after, size_t len, struct store_entry *out)
{
    uint8_t key[TN_KEY_MAX];
    const struct store_node *n = NULL;
    struct tree_item item;
    const uint8_t *value = NULL;
    uint32_t value_len = 0;
    uint64_t ino = 0;

    if (dir->info.kind != STORE_DIR)
        return -ENOTDIR;
    if (len > STORE_NAME_MAX)
        return -ENAMETOOLONG;
    if (!store_tree_next(dir->s, key, store_key_entry(key, dir->ino, after, len), true, &item) ||
        item.key[0] != KEY_ENTRY || store_key_get(item.key) != dir->ino)
        return 0;
    out->len = item.key_len - 9;
    memcpy(out->name, item.key + 9, out->len);
    out->name[out->len] = '\0';
    ino = get64(item.value);
    n = store_node_find(dir->s, ino);
    if (n != NULL) {
        out->info = n->info;
        return 1;
    }
    value = store_tree_find(dir->s, key, store_key_ino(key, KEY_INODE, ino), &value_len);
    return value != NULL && store_inode_decode(value, value_len, &out->info) ? 1 : -EBADMSG;
}
