/* SPDX-License-Identifier: MIT */
/* Blobs and names. Invariant: a hash of another length than 32 never reaches the caller. */
#include "capos/store.h"

static size_t text_len(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

static int hash_get(struct capos_reply *reply, uint8_t *hash)
{
    const uint8_t *p;
    uint32_t len;
    int err = capnp_get_data(&reply->root, 0, &p, &len);
    if (err < 0)
        return err;
    if (len != CAPOS_STORE_HASH_BYTES)
        return -EPROTO;
    __builtin_memcpy(hash, p, len);
    return 0;
}

static void hash_begin(struct capos_request *r, uint32_t store, uint16_t method, const uint8_t *hash)
{
    capos_request_begin(r, store, method, CAPOS_P_STORE_GET_WORDS, CAPOS_P_STORE_GET_PTRS);
    capnp_set_data(&r->root, CAPOS_P_STORE_GET_HASH_PTR, hash, CAPOS_STORE_HASH_BYTES);
}

int capos_store_put(uint32_t store, const void *p, size_t len, uint8_t hash[CAPOS_STORE_HASH_BYTES])
{
    struct capos_request r;
    struct capos_reply reply;
    if (len > CAPOS_WRITE_MAX)
        return -EMSGSIZE;
    capos_request_begin(&r, store, CAPOS_M_STORE_PUT, CAPOS_P_STORE_PUT_WORDS, CAPOS_P_STORE_PUT_PTRS);
    capnp_set_data(&r.root, CAPOS_P_STORE_PUT_DATA_PTR, p, len);
    int err = capos_request_send(&r, &reply);
    return err < 0 ? err : hash_get(&reply, hash);
}

int64_t capos_store_get(uint32_t store, const uint8_t hash[CAPOS_STORE_HASH_BYTES], void *buf, size_t max)
{
    struct capos_request r;
    struct capos_reply reply;
    const uint8_t *p;
    uint32_t len;
    hash_begin(&r, store, CAPOS_M_STORE_GET, hash);
    int err = capos_request_send(&r, &reply);
    if (err == 0)
        err = capnp_get_data(&reply.root, CAPOS_R_STORE_GET_DATA_PTR, &p, &len);
    if (err < 0)
        return err;
    if (len > max)
        return -EMSGSIZE;
    __builtin_memcpy(buf, p, len);
    return len;
}

int capos_store_has(uint32_t store, const uint8_t hash[CAPOS_STORE_HASH_BYTES], bool *exists)
{
    struct capos_request r;
    struct capos_reply reply;
    hash_begin(&r, store, CAPOS_M_STORE_HAS, hash);
    int err = capos_request_send(&r, &reply);
    if (err == 0)
        *exists = capnp_get_bool(&reply.root, CAPOS_R_STORE_HAS_EXISTS_BIT);
    return err;
}

int capos_store_delete(uint32_t store, const uint8_t hash[CAPOS_STORE_HASH_BYTES])
{
    struct capos_request r;
    hash_begin(&r, store, CAPOS_M_STORE_DELETE, hash);
    return capos_request_do(&r);
}

int capos_namespace_resolve(uint32_t ns, const char *name, uint8_t hash[CAPOS_STORE_HASH_BYTES])
{
    struct capos_request r;
    struct capos_reply reply;
    capos_request_begin(&r, ns, CAPOS_M_NAMESPACE_RESOLVE, CAPOS_P_NAMESPACE_RESOLVE_WORDS,
                        CAPOS_P_NAMESPACE_RESOLVE_PTRS);
    capnp_set_text(&r.root, CAPOS_P_NAMESPACE_RESOLVE_NAME_PTR, name, text_len(name));
    int err = capos_request_send(&r, &reply);
    return err < 0 ? err : hash_get(&reply, hash);
}

int capos_namespace_bind(uint32_t ns, const char *name, const uint8_t hash[CAPOS_STORE_HASH_BYTES])
{
    struct capos_request r;
    capos_request_begin(&r, ns, CAPOS_M_NAMESPACE_BIND, CAPOS_P_NAMESPACE_BIND_WORDS,
                        CAPOS_P_NAMESPACE_BIND_PTRS);
    capnp_set_text(&r.root, CAPOS_P_NAMESPACE_BIND_NAME_PTR, name, text_len(name));
    capnp_set_data(&r.root, CAPOS_P_NAMESPACE_BIND_HASH_PTR, hash, CAPOS_STORE_HASH_BYTES);
    return capos_request_do(&r);
}

int capos_namespace_list(uint32_t ns, int (*f)(void *ctx, const char *name, uint32_t len), void *ctx)
{
    struct capos_reply reply;
    struct capnp_list list;
    int err = capos_call_empty(ns, CAPOS_M_NAMESPACE_LIST, &reply);
    if (err == 0)
        err = capnp_get_list(&reply.root, CAPOS_R_NAMESPACE_LIST_NAMES_PTR, &list);
    for (uint32_t i = 0; err == 0 && i < list.count; i++) {
        const char *name;
        uint32_t len;
        err = capnp_list_text(&list, i, &name, &len);
        if (err == 0)
            err = f(ctx, name, len);
    }
    return err;
}

int capos_namespace_sub(uint32_t ns, const char *prefix, uint32_t *sub)
{
    struct capos_request r;
    struct capos_reply reply;
    uint32_t index;
    capos_request_begin(&r, ns, CAPOS_M_NAMESPACE_SUB, CAPOS_P_NAMESPACE_SUB_WORDS,
                        CAPOS_P_NAMESPACE_SUB_PTRS);
    capnp_set_text(&r.root, CAPOS_P_NAMESPACE_SUB_PREFIX_PTR, prefix, text_len(prefix));
    int err = capos_request_send(&r, &reply);
    if (err < 0)
        return err;
    if (capnp_get_cap(&reply.root, CAPOS_R_NAMESPACE_SUB_NS_PTR, &index) < 0)
        index = 0;
    return capos_reply_cap(&reply, index, CAPOS_IFACE_NAMESPACE, sub);
}
