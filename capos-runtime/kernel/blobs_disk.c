/* SPDX-License-Identifier: MIT */
/*
 * Blobs in the store on the disk: see blobs.h. Store has no method that makes what was put durable, so a put
 * or a removal is durable before it is answered. Invariant: nothing is kept here; there is one store.
 */
#include "kernel/blobs.h"

#include "abi/errno.h"
#include "kernel/cap.h"
#include "kernel/diskstore.h"

static struct {
    struct blobs blobs; /* first */
    struct store *store;
} disk;

static int disk_put(struct blobs *b, const uint8_t *data, uint32_t len, uint8_t hash[BLOB_HASH_BYTES])
{
    int err = store_blob_put(disk.store, data, len, hash);

    (void)b;
    return diskstore_error(err == 0 ? store_sync(disk.store) : err);
}

static int disk_size(struct blobs *b, const uint8_t *hash, uint64_t *size)
{
    (void)b;
    return diskstore_error(store_blob_has(disk.store, hash, size));
}

static int disk_read(struct blobs *b, const uint8_t *hash, uint8_t *to, uint32_t n)
{
    struct store_node *node = NULL;
    int err = store_blob_open(disk.store, hash, &node); /* compares all of it with the hash */
    int64_t got = 0;

    (void)b;
    if (err < 0)
        return diskstore_error(err);
    got = store_read(node, 0, to, n);
    store_node_put(node);
    return got < 0 ? diskstore_error((int)got) : got == (int64_t)n ? 0 : -EUCLEAN;
}

static int disk_remove(struct blobs *b, const uint8_t *hash)
{
    int err = store_blob_delete(disk.store, hash);

    (void)b;
    return diskstore_error(err == 0 ? store_sync(disk.store) : err);
}

static void disk_free(struct blobs *b)
{
    (void)b; /* the store outlives every object */
}

struct cap_object *cap_persistent_store_new(int *err, const char **why)
{
    static const struct blobs_ops ops = {disk_put, disk_size, disk_read, disk_remove, disk_free};
    struct cap_object *o = NULL;

    disk.blobs.ops = &ops;
    disk.store = diskstore_get(err, why);
    if (disk.store == NULL)
        return NULL;
    o = cap_store_over(&disk.blobs);
    *err = o == NULL ? -ENOMEM : 0;
    *why = "no memory";
    return o;
}
