/* SPDX-License-Identifier: MIT */
/*
 * Store: blobs in RAM under the SHA-256 of their bytes. Invariant: a blob never changes; the same bytes are
 * kept once. A hash table with chains, which doubles as it fills.
 */
#include "kernel/cap_params.h"
#include "kernel/ramfs_pages.h"
#include "kernel/sha256.h"

#define FIRST_BUCKETS 16u
/* Data bytes of one blob: an answer to `get` must be able to carry it. */
#define BLOB_MAX (CAPOS_INLINE_DATA_BYTES - 8u * (2u + CAPOS_R_STORE_GET_WORDS + CAPOS_R_STORE_GET_PTRS))

_Static_assert(SHA256_BYTES == CAPOS_STORE_HASH_BYTES, "the Store's hash is SHA-256");

struct blob {
    struct blob *next;
    uint8_t hash[SHA256_BYTES];
    uint32_t len;
    uint8_t bytes[];
};

struct store {
    struct cap_object object;
    struct blob **buckets;
    uint32_t nbuckets, count;
};

static struct store *store_of(struct call *c)
{
    return (struct store *)c->object;
}

/* The link that points at the blob with this hash, or at the NULL where it would hang. */
static struct blob **blob_link(const struct store *s, const uint8_t *hash)
{
    uint32_t key = 0;
    struct blob **link = NULL;

    memcpy(&key, hash, sizeof key);
    link = &s->buckets[key & (s->nbuckets - 1)];
    while (*link != NULL && memcmp((*link)->hash, hash, SHA256_BYTES) != 0)
        link = &(*link)->next;
    return link;
}

/* Twice the buckets; without memory for that the chains just get longer. */
static void store_grow(struct store *s)
{
    struct blob **old = s->buckets, **bigger = heap_alloc(2 * s->nbuckets * sizeof bigger[0]);
    uint32_t n = s->nbuckets;

    if (bigger == NULL)
        return;
    s->buckets = bigger;
    s->nbuckets = 2 * n;
    for (uint32_t i = 0; i < n; i++) {
        for (struct blob *b = old[i], *next; b != NULL; b = next) {
            struct blob **link = blob_link(s, b->hash);

            next = b->next;
            b->next = NULL;
            *link = b;
        }
    }
    heap_free(old);
}

static int store_hash_param(struct call *c, const uint8_t **hash)
{
    uint32_t len = 0;
    int err = param_data(c, CAPOS_P_STORE_GET_HASH_PTR, hash, &len);

    if (err != 0)
        return err;
    return len == SHA256_BYTES ? 0 : call_raise_errno(c, -EINVAL, "a hash has 32 bytes");
}

static int store_put(struct call *c)
{
    struct store *s = store_of(c);
    struct capnp_bstruct results;
    uint8_t hash[SHA256_BYTES];
    const uint8_t *data = NULL;
    uint32_t len = 0;
    int err = param_data(c, CAPOS_P_STORE_PUT_DATA_PTR, &data, &len);

    if (err != 0)
        return err;
    if (len > BLOB_MAX)
        return call_raise_errno(c, -EINVAL, "Store.put takes at most 64 KiB with its framing");
    sha256(data, len, hash);
    struct blob **link = blob_link(s, hash);
    if (*link == NULL) {
        struct blob *b = ramfs_has_room() ? heap_alloc(sizeof *b + len) : NULL;

        if (b == NULL)
            return call_raise_errno(c, -ENOSPC, "Store.put");
        memcpy(b->hash, hash, sizeof hash);
        b->len = len;
        memcpy(b->bytes, data, len);
        *link = b;
        if (++s->count > 2 * s->nbuckets)
            store_grow(s);
    }
    (void)call_results(c, CAPOS_R_STORE_PUT_WORDS, CAPOS_R_STORE_PUT_PTRS, &results);
    (void)capnp_set_data(&results, CAPOS_R_STORE_PUT_HASH_PTR, hash, sizeof hash);
    return 0;
}

static int store_get(struct call *c)
{
    struct capnp_bstruct results;
    const struct blob *b = NULL;
    const uint8_t *hash = NULL;
    int err = store_hash_param(c, &hash);

    if (err != 0)
        return err;
    b = *blob_link(store_of(c), hash);
    if (b == NULL)
        return call_raise_errno(c, -ENOENT, "Store.get");
    (void)call_results(c, CAPOS_R_STORE_GET_WORDS, CAPOS_R_STORE_GET_PTRS, &results);
    (void)capnp_set_data(&results, CAPOS_R_STORE_GET_DATA_PTR, b->bytes, b->len);
    return 0;
}

static int store_has(struct call *c)
{
    struct capnp_bstruct results;
    const uint8_t *hash = NULL;
    int err = store_hash_param(c, &hash);

    if (err != 0)
        return err;
    (void)call_results(c, CAPOS_R_STORE_HAS_WORDS, CAPOS_R_STORE_HAS_PTRS, &results);
    capnp_set_bool(&results, CAPOS_R_STORE_HAS_EXISTS_BIT, *blob_link(store_of(c), hash) != NULL);
    return 0;
}

static int store_delete(struct call *c)
{
    struct store *s = store_of(c);
    const uint8_t *hash = NULL;
    int err = store_hash_param(c, &hash);

    if (err != 0)
        return err;
    struct blob **link = blob_link(s, hash), *b = *link;
    if (b == NULL)
        return call_raise_errno(c, -ENOENT, "Store.delete");
    *link = b->next;
    s->count--;
    heap_free(b);
    return 0;
}

static void store_destroy(struct cap_object *o)
{
    struct store *s = (struct store *)o;

    for (uint32_t i = 0; i < s->nbuckets; i++) {
        for (struct blob *b = s->buckets[i], *next; b != NULL; b = next) {
            next = b->next;
            heap_free(b);
        }
    }
    heap_free(s->buckets);
    heap_free(s);
}

static const struct cap_method store_methods[] = {
    [CAPOS_M_STORE_PUT] = {"put", store_put},
    [CAPOS_M_STORE_GET] = {"get", store_get},
    [CAPOS_M_STORE_HAS] = {"has", store_has},
    [CAPOS_M_STORE_DELETE] = {"delete", store_delete},
};

static const struct cap_class store_class = {
    .name = "Store",
    .interface_id = CAPOS_IFACE_STORE,
    .transferable = true,
    .methods = store_methods,
    .nmethods = sizeof store_methods / sizeof store_methods[0],
    .destroy = store_destroy,
};

struct cap_object *cap_store_new(void)
{
    struct store *s = heap_alloc(sizeof *s);

    if (s == NULL)
        return NULL;
    cap_object_init(&s->object, &store_class);
    s->nbuckets = FIRST_BUCKETS;
    s->buckets = heap_alloc(FIRST_BUCKETS * sizeof s->buckets[0]);
    if (s->buckets == NULL) {
        heap_free(s);
        return NULL;
    }
    return &s->object;
}
