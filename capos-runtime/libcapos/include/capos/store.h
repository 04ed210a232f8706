/* SPDX-License-Identifier: MIT */
/*
 * Store (blobs named by their SHA-256) and Namespace (names for hashes).
 * Invariant: a hash is CAPOS_STORE_HASH_BYTES bytes; names are NUL-terminated here. Errors are negative errno
 * values. Source: the published schema.
 */
#ifndef CAPOS_STORE_H
#define CAPOS_STORE_H

#include "abi/fields.h"
#include "capos/call.h"

/* capos_store_put: stores `len` (at most CAPOS_WRITE_MAX) bytes and gives their hash. */
int capos_store_put(uint32_t store, const void *p, size_t len, uint8_t hash[CAPOS_STORE_HASH_BYTES]);
/* capos_store_get: the blob, at most `max` bytes (longer: -EMSGSIZE); gives its length. -ENOENT. */
int64_t capos_store_get(uint32_t store, const uint8_t hash[CAPOS_STORE_HASH_BYTES], void *buf, size_t max);
int capos_store_has(uint32_t store, const uint8_t hash[CAPOS_STORE_HASH_BYTES], bool *exists);
int capos_store_delete(uint32_t store, const uint8_t hash[CAPOS_STORE_HASH_BYTES]);

int capos_namespace_resolve(uint32_t ns, const char *name, uint8_t hash[CAPOS_STORE_HASH_BYTES]);
int capos_namespace_bind(uint32_t ns, const char *name, const uint8_t hash[CAPOS_STORE_HASH_BYTES]);
/* capos_namespace_list: calls f for every name until it gives non-zero, which is then the result. */
int capos_namespace_list(uint32_t ns, int (*f)(void *ctx, const char *name, uint32_t len), void *ctx);
/* capos_namespace_sub: the part below `prefix`; the caller owns *sub. */
int capos_namespace_sub(uint32_t ns, const char *prefix, uint32_t *sub);

#endif
