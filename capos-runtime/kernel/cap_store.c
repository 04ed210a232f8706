/* SPDX-License-Identifier: MIT */
/*
 * Store: blobs under the SHA-256 of their bytes, wherever they are kept (blobs.h).
 * Invariant: a hash from the caller has 32 bytes before anything is asked about it.
 */
#include "kernel/blobs.h"
#include "kernel/cap_params.h"

/* Data bytes of one blob: an answer to `get` must be able to carry it. */
#define BLOB_MAX (CAPOS_INLINE_DATA_BYTES - 8u * (2u + CAPOS_R_STORE_GET_WORDS + CAPOS_R_STORE_GET_PTRS))

_Static_assert(BLOB_HASH_BYTES == CAPOS_STORE_HASH_BYTES, "the Store's hash is SHA-256");

struct store_object {
    struct cap_object object;
    struct blobs *blobs;
};

static struct blobs *blobs_of(struct call *c)
{
    return ((struct store_object *)c->object)->blobs;
}

static int store_hash_param(struct call *c, const uint8_t **hash)
{
    uint32_t len = 0;
    int err = param_data(c, CAPOS_P_STORE_GET_HASH_PTR, hash, &len);

    if (err != 0)
        return err;
    return len == BLOB_HASH_BYTES ? 0 : call_raise_errno(c, -EINVAL, "a hash has 32 bytes");
}

static int store_put(struct call *c)
{
    struct blobs *b = blobs_of(c);
    struct capnp_bstruct results;
    uint8_t hash[BLOB_HASH_BYTES];
    const uint8_t *data = NULL;
    uint32_t len = 0;
    int err = param_data(c, CAPOS_P_STORE_PUT_DATA_PTR, &data, &len);

    if (err != 0)
        return err;
    if (len > BLOB_MAX)
        return call_raise_errno(c, -EINVAL, "Store.put takes at most 64 KiB with its framing");
    err = b->ops->put(b, data, len, hash);
    if (err < 0)
        return call_raise_errno(c, err, "Store.put");
    (void)call_results(c, CAPOS_R_STORE_PUT_WORDS, CAPOS_R_STORE_PUT_PTRS, &results);
    (void)capnp_set_data(&results, CAPOS_R_STORE_PUT_HASH_PTR, hash, sizeof hash);
    return 0;
}

static int store_get(struct call *c)
{
    struct blobs *b = blobs_of(c);
    struct capnp_bstruct results;
    const uint8_t *hash = NULL;
    uint64_t size = 0;
    uint8_t *to = NULL;
    int err = store_hash_param(c, &hash);

    if (err != 0)
        return err;
    err = b->ops->size(b, hash, &size);
    if (err == 0 && size > BLOB_MAX) /* put by another way than Store.put */
        err = -EFBIG;
    if (err < 0)
        return call_raise_errno(c, err, "Store.get");
    (void)call_results(c, CAPOS_R_STORE_GET_WORDS, CAPOS_R_STORE_GET_PTRS, &results);
    to = capnp_reserve_data(&results, CAPOS_R_STORE_GET_DATA_PTR, (size_t)size);
    if (to == NULL)
        return 0; /* does not fit the caller's buffer: the ring says so */
    err = b->ops->read(b, hash, to, (uint32_t)size);
    if (err < 0)
        return call_raise_errno(c, err, "Store.get");
    (void)capnp_commit_data(&results, CAPOS_R_STORE_GET_DATA_PTR, (size_t)size);
    return 0;
}

static int store_has(struct call *c)
{
    struct blobs *b = blobs_of(c);
    struct capnp_bstruct results;
    const uint8_t *hash = NULL;
    uint64_t size = 0;
    int err = store_hash_param(c, &hash);

    if (err != 0)
        return err;
    err = b->ops->size(b, hash, &size);
    if (err < 0 && err != -ENOENT)
        return call_raise_errno(c, err, "Store.has");
    (void)call_results(c, CAPOS_R_STORE_HAS_WORDS, CAPOS_R_STORE_HAS_PTRS, &results);
    capnp_set_bool(&results, CAPOS_R_STORE_HAS_EXISTS_BIT, err == 0);
    return 0;
}

static int store_delete(struct call *c)
{
    struct blobs *b = blobs_of(c);
    const uint8_t *hash = NULL;
    int err = store_hash_param(c, &hash);

    if (err != 0)
        return err;
    err = b->ops->remove(b, hash);
    return err < 0 ? call_raise_errno(c, err, "Store.delete") : 0;
}

static void store_destroy(struct cap_object *o)
{
    struct store_object *s = (struct store_object *)o;

    s->blobs->ops->free(s->blobs);
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

struct cap_object *cap_store_over(struct blobs *b)
{
    struct store_object *s = heap_alloc(sizeof *s);

    if (s == NULL) {
        b->ops->free(b);
        return NULL;
    }
    cap_object_init(&s->object, &store_class);
    s->blobs = b;
    return &s->object;
}

struct cap_object *cap_store_new(void)
{
    struct blobs *b = blobs_ram_new();

    return b == NULL ? NULL : cap_store_over(b);
}
