/* SPDX-License-Identifier: MIT */
/*
 * Where the blobs behind a Store object are: in RAM (blobs_ram.c) or in the store on the disk (blobs_disk.c:
 * cap_persistent_store_new). Invariant: a blob never changes; its hash is the SHA-256 of its bytes; the same
 * bytes are kept once. Errors are negative errno values as fs.h has them.
 */
#ifndef KERNEL_BLOBS_H
#define KERNEL_BLOBS_H

#include <stddef.h>
#include <stdint.h>

#define BLOB_HASH_BYTES 32u

struct blobs {
    const struct blobs_ops *ops;
};

struct blobs_ops {
    /* Keeps the bytes and gives their hash. -ENOSPC. */
    int (*put)(struct blobs *b, const uint8_t *data, uint32_t len, uint8_t hash[BLOB_HASH_BYTES]);
    int (*size)(struct blobs *b, const uint8_t *hash, uint64_t *size); /* -ENOENT */
    /* All n bytes of a blob of that size. */
    int (*read)(struct blobs *b, const uint8_t *hash, uint8_t *to, uint32_t n);
    int (*remove)(struct blobs *b, const uint8_t *hash); /* -ENOENT */
    void (*free)(struct blobs *b);                       /* what was kept in RAM is gone */
};

/* NULL: no memory. */
struct blobs *blobs_ram_new(void);

#endif
