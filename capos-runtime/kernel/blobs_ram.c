/* SPDX-License-Identifier: MIT */
/*
 * Blobs in RAM: see blobs.h. Invariant: a hash table with chains, which doubles as it fills.
 */
#include "kernel/blobs.h"

#include "abi/errno.h"
#include "kernel/machine.h"
#include "kernel/ramfs_pages.h"
#include "kernel/string.h"
#include "store/hash.h"

#define FIRST_BUCKETS 16u

struct blob {
    struct blob *next;
    uint8_t hash[BLOB_HASH_BYTES];
    uint32_t len;
    uint8_t bytes[];
};

struct ram {
    struct blobs blobs; /* first */
    struct blob **buckets;
    uint32_t nbuckets, count;
};

static struct ram *ram_of(struct blobs *b)
{
    return (struct ram *)b;
}

/* The link that points at the blob with this hash, or at the NULL where it would hang. */
static struct blob **blob_link(const struct ram *r, const uint8_t *hash)
{
    uint32_t key = 0;
    struct blob **link = NULL;

    memcpy(&key, hash, sizeof key);
    link = &r->buckets[key & (r->nbuckets - 1)];
    while (*link != NULL && memcmp((*link)->hash, hash, BLOB_HASH_BYTES) != 0)
        link = &(*link)->next;
    return link;
}

/* Twice the buckets; without memory for that the chains just get longer. */
static void buckets_grow(struct ram *r)
{
    struct blob **old = r->buckets, **bigger = heap_alloc(2 * r->nbuckets * sizeof bigger[0]);
    uint32_t n = r->nbuckets;

    if (bigger == NULL)
        return;
    r->buckets = bigger;
    r->nbuckets = 2 * n;
    for (uint32_t i = 0; i < n; i++) {
        for (struct blob *b = old[i], *next; b != NULL; b = next) {
            struct blob **link = blob_link(r, b->hash);

            next = b->next;
            b->next = NULL;
            *link = b;
        }
    }
    heap_free(old);
}

static int ram_put(struct blobs *b, const uint8_t *data, uint32_t len, uint8_t hash[BLOB_HASH_BYTES])
{
    struct ram *r = ram_of(b);
    struct blob **link = NULL, *new = NULL;

    store_digest_of(data, len, hash);
    link = blob_link(r, hash);
    if (*link != NULL)
        return 0;
    new = ramfs_has_room() ? heap_alloc(sizeof *new + len) : NULL;
    if (new == NULL)
        return -ENOSPC;
    memcpy(new->hash, hash, BLOB_HASH_BYTES);
    new->len = len;
    memcpy(new->bytes, data, len);
    *link = new;
    if (++r->count > 2 * r->nbuckets)
        buckets_grow(r);
    return 0;
}

static int ram_size(struct blobs *b, const uint8_t *hash, uint64_t *size)
{
    const struct blob *found = *blob_link(ram_of(b), hash);

    if (found == NULL)
        return -ENOENT;
    *size = found->len;
    return 0;
}

static int ram_read(struct blobs *b, const uint8_t *hash, uint8_t *to, uint32_t n)
{
    const struct blob *found = *blob_link(ram_of(b), hash);

    if (found == NULL || found->len != n)
        return -ENOENT;
    memcpy(to, found->bytes, n);
    return 0;
}

static int ram_remove(struct blobs *b, const uint8_t *hash)
{
    struct blob **link = blob_link(ram_of(b), hash), *found = *link;

    if (found == NULL)
        return -ENOENT;
    *link = found->next;
    ram_of(b)->count--;
    heap_free(found);
    return 0;
}

static void ram_free(struct blobs *b)
{
    struct ram *r = ram_of(b);

    for (uint32_t i = 0; i < r->nbuckets; i++) {
        for (struct blob *at = r->buckets[i], *next; at != NULL; at = next) {
            next = at->next;
            heap_free(at);
        }
    }
    heap_free(r->buckets);
    heap_free(r);
}

struct blobs *blobs_ram_new(void)
{
    static const struct blobs_ops ops = {ram_put, ram_size, ram_read, ram_remove, ram_free};
    struct ram *r = heap_alloc(sizeof *r);

    if (r == NULL)
        return NULL;
    r->blobs.ops = &ops;
    r->nbuckets = FIRST_BUCKETS;
    r->buckets = heap_alloc(FIRST_BUCKETS * sizeof r->buckets[0]);
    if (r->buckets != NULL)
        return &r->blobs;
    heap_free(r);
    return NULL;
}
