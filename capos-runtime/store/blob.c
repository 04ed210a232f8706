/* SPDX-License-Identifier: MIT */
/*
 * Blobs and bindings. A blob is an inode under its hash instead of a name. Until it is finished it carries a
 * reclaim mark, so a power cut leaves nothing behind. Invariant: a blob's content never changes; it is
 * compared with its hash each time it is opened.
 */
#include "store/core.h"

#define HASH_KEY (1u + STORE_HASH_SIZE)

struct store_blob {
    struct store_node *node;
    struct store_digest digest;
};

static uint32_t hash_key(uint8_t *key, const uint8_t *hash)
{
    key[0] = KEY_BLOB;
    memcpy(key + 1, hash, STORE_HASH_SIZE);
    return HASH_KEY;
}

static uint64_t blob_find(struct store *s, const uint8_t *hash)
{
    uint8_t key[HASH_KEY];
    uint32_t len = 0;
    const uint8_t *value = store_tree_find(s, key, hash_key(key, hash), &len);

    return value == NULL ? 0 : get64(value);
}

int store_blob_begin(struct store *s, struct store_blob **out)
{
    struct store_blob *b = store_alloc(s, sizeof *b);
    int err = b == NULL ? -ENOMEM : 0;

    if (err == 0)
        err = store_begin(s, 2, 2 * REC_PUT_BYTES + 18 + INODE_BYTES + RECLAIM_BYTES, 0, true);
    if (err == 0) {
        b->node = store_node_alloc(s, STORE_BLOB);
        err = b->node == NULL ? -ENOMEM : 0;
    }
    if (err < 0) {
        store_free(s, b, sizeof *b);
        return err;
    }
    store_node_birth(b->node);
    store_reclaim_mark(s, b->node->ino, 0, true);
    b->node->removed = true; /* until it is finished */
    store_digest_start(&b->digest);
    *out = b;
    return 0;
}

int store_blob_append(struct store_blob *b, const void *data, size_t len)
{
    uint64_t size = b->node->info.size;
    int64_t done = store_write_any(b->node, size, data, len);

    if (done >= 0 && (size_t)done < len) { /* the rest failed: find out why by asking again */
        store_digest_add(&b->digest, data, (size_t)done);
        return store_blob_append(b, (const uint8_t *)data + done, len - (size_t)done);
    }
    if (done >= 0)
        store_digest_add(&b->digest, data, len);
    return done < 0 ? (int)done : 0;
}

void store_blob_cancel(struct store_blob *b)
{
    struct store *s = b->node->s;

    store_node_put(b->node);
    store_free(s, b, sizeof *b);
}

int store_blob_finish(struct store_blob *b, uint8_t hash[STORE_HASH_SIZE])
{
    struct store *s = b->node->s;
    uint8_t key[HASH_KEY], value[8];
    int err = 0;

    store_digest_end(&b->digest, hash);
    if (blob_find(s, hash) == 0) {
        err = store_begin(s, 3, REC_PUT_BYTES + HASH_KEY + 8 + REC_DEL_BYTES + 9, 0, true);
        if (err == 0) {
            put64(value, b->node->ino);
            store_tx_put(s, key, hash_key(key, hash), value, 8);
            store_tx_del(s, key, store_key_ino(key, KEY_RECLAIM, b->node->ino));
            b->node->removed = false;
        }
    }
    store_blob_cancel(b); /* frees a second copy, or one that failed */
    return err;
}

int store_blob_put(struct store *s, const void *data, size_t len, uint8_t hash[STORE_HASH_SIZE])
{
    struct store_blob *b = NULL;
    int err = 0;

    if (s->read_only)
        return -EROFS;
    store_digest_of(data, len, hash);
    if (blob_find(s, hash) != 0)
        return 0;
    err = store_blob_begin(s, &b);
    if (err < 0)
        return err;
    err = store_blob_append(b, data, len);
    if (err < 0) {
        store_blob_cancel(b);
        return err;
    }
    return store_blob_finish(b, hash);
}

int store_blob_has(struct store *s, const uint8_t hash[STORE_HASH_SIZE], uint64_t *size)
{
    struct store_node *n = NULL;
    uint64_t ino = blob_find(s, hash);
    int err = ino == 0 ? -ENOENT : store_node_get(s, ino, &n);

    if (err < 0)
        return err;
    *size = n->info.size;
    store_node_put(n);
    return 0;
}

int store_blob_open(struct store *s, const uint8_t hash[STORE_HASH_SIZE], struct store_node **out)
{
    struct store_digest d;
    struct store_node *n = NULL;
    uint8_t found[STORE_HASH_SIZE], *buf = NULL;
    uint64_t ino = blob_find(s, hash);
    size_t room = STORE_WRITE_ATOMIC;
    int64_t got = 0;
    int err = ino == 0 ? -ENOENT : store_node_get(s, ino, &n);

    if (err < 0)
        return err;
    buf = store_alloc(s, room);
    if (buf == NULL) /* memory in small pieces only */
        buf = store_alloc(s, room = STORE_BLOCK_SIZE);
    if (buf == NULL) {
        store_node_put(n);
        return -ENOMEM;
    }
    store_digest_start(&d);
    for (uint64_t at = 0; (got = store_read(n, at, buf, room)) > 0; at += (uint64_t)got)
        store_digest_add(&d, buf, (size_t)got);
    store_free(s, buf, room);
    store_digest_end(&d, found);
    err = got < 0 ? (int)got : memcmp(found, hash, STORE_HASH_SIZE) != 0 ? -EBADMSG : 0;
    if (err < 0)
        store_node_put(n);
    else
        *out = n;
    return err;
}

int store_blob_delete(struct store *s, const uint8_t hash[STORE_HASH_SIZE])
{
    uint8_t key[HASH_KEY];
    struct store_node *n = NULL;
    uint64_t ino = blob_find(s, hash);
    int err = ino == 0 ? -ENOENT : store_node_get(s, ino, &n);

    if (err < 0)
        return err;
    err = store_begin(s, 2, REC_DEL_BYTES + HASH_KEY + REC_PUT_BYTES + 9 + RECLAIM_BYTES, 0, false);
    if (err == 0) {
        store_tx_del(s, key, hash_key(key, hash));
        store_reclaim_mark(s, ino, 0, true);
        n->removed = true;
    }
    store_node_put(n);
    return err;
}

int store_blob_next(struct store *s, const uint8_t *after, uint8_t hash[STORE_HASH_SIZE], uint64_t *size)
{
    uint8_t key[HASH_KEY] = {KEY_BLOB};
    uint32_t key_len = after == NULL ? 1 : hash_key(key, after);
    struct tree_item item;
    int err = 0;

    if (!store_tree_next(s, key, key_len, true, &item) || item.key[0] != KEY_BLOB)
        return 0;
    memcpy(hash, item.key + 1, STORE_HASH_SIZE);
    err = store_blob_has(s, hash, size);
    return err < 0 ? err : 1;
}

static int bind_key(uint8_t *key, const char *name, size_t len)
{
    if (len == 0)
        return -EINVAL;
    if (len > STORE_NAME_MAX)
        return -ENAMETOOLONG;
    key[0] = KEY_NAME;
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '\0')
            return -EINVAL;
        key[1 + i] = (uint8_t)name[i];
    }
    return 1 + (int)len;
}

int store_bind(struct store *s, const char *name, size_t len, const uint8_t hash[STORE_HASH_SIZE])
{
    uint8_t key[1 + STORE_NAME_MAX];
    int key_len = bind_key(key, name, len);
    int err = key_len < 0 ? key_len
                          : store_begin(s, 1, REC_PUT_BYTES + (uint32_t)key_len + STORE_HASH_SIZE, 0, true);

    if (err == 0)
        store_tx_put(s, key, (uint32_t)key_len, hash, STORE_HASH_SIZE);
    return err;
}

int store_resolve(struct store *s, const char *name, size_t len, uint8_t hash[STORE_HASH_SIZE])
{
    uint8_t key[1 + STORE_NAME_MAX];
    uint32_t value_len = 0;
    int key_len = bind_key(key, name, len);
    const uint8_t *value = key_len < 0 ? NULL : store_tree_find(s, key, (uint32_t)key_len, &value_len);

    if (key_len < 0)
        return key_len;
    if (value == NULL)
        return -ENOENT;
    memcpy(hash, value, STORE_HASH_SIZE);
    return 0;
}

int store_unbind(struct store *s, const char *name, size_t len)
{
    uint8_t key[1 + STORE_NAME_MAX], hash[STORE_HASH_SIZE];
    int err = store_resolve(s, name, len, hash), key_len = 0;

    if (err == 0)
        err = store_begin(s, 1, REC_DEL_BYTES + 1 + STORE_NAME_MAX, 0, false);
    if (err < 0)
        return err;
    key_len = bind_key(key, name, len);
    store_tx_del(s, key, (uint32_t)key_len);
    return 0;
}

int store_bind_next(struct store *s, const char *after, size_t len, char out[STORE_NAME_MAX + 1],
                    uint32_t *out_len, uint8_t hash[STORE_HASH_SIZE])
{
    uint8_t key[1 + STORE_NAME_MAX] = {KEY_NAME};
    int key_len = len == 0 ? 1 : bind_key(key, after, len);
    struct tree_item item;

    if (key_len < 0)
        return key_len;
    if (!store_tree_next(s, key, (uint32_t)key_len, true, &item) || item.key[0] != KEY_NAME)
        return 0;
    *out_len = item.key_len - 1;
    memcpy(out, item.key + 1, *out_len);
    out[*out_len] = '\0';
    memcpy(hash, item.value, STORE_HASH_SIZE);
    return 1;
}
