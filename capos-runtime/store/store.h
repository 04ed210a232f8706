/* SPDX-License-Identifier: MIT */
/*
 * The persistent Store: content-addressed blobs, names bound to hashes, and a tree of mutable files, on one
 * block device. Freestanding: needs mem* functions (port.h) and the callbacks below, nothing else.
 *
 * The contract. store_sync returned 0: every change made before survives power loss. A change not yet
 * acknowledged is there whole or not at all, and changes appear in the order they were made: what a mount
 * finds is the store as it was between two calls, never earlier than the last acknowledged sync. Every block
 * of metadata, every page of a file and every blob is checked when it is read; a mismatch is -EBADMSG.
 *
 * One call at a time: the caller serializes. Names and data are copied; buffers stay the caller's.
 * Errors are negative errno values. Common to all calls and not repeated below: -EIO the device failed,
 * -EBADMSG a checksum, hash or structure does not hold, -ENOMEM, -EROFS (changes, on a read-only mount).
 * Calls that change: -ENOSPC (nothing was changed; reading and removing still work).
 * After -EIO from store_sync nothing is acknowledged; it may be called again and then writes everything anew.
 * Source for the bytes: SPEC.md; for the design: DESIGN.md.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_BLOCK_SIZE 4096u
#define STORE_BLOCKS_MIN 128u /* the smallest device */
#define STORE_NAME_MAX   255u
#define STORE_FILE_MAX   (UINT64_C(1) << 43) /* bytes of one file */
#define STORE_HASH_SIZE  32u
#define STORE_CACHE_MIN  16u

/*
 * The device, in blocks of STORE_BLOCK_SIZE. read and write move `count` consecutive blocks, each to or from
 * a page of its own; on return the pages are the caller's again, but that a write may read them until the
 * next flush, or until a call that failed: the store leaves them as they are so long, and writes no block
 * twice in between. An error of such a write is the flush's. A write may be torn between 512-byte sectors and
 * reordered with others until flush returned 0; then everything written before it is durable. 0, or a
 * negative errno value that the store hands on.
 */
struct store_device {
    void *ctx;
    int (*read)(void *ctx, uint64_t block, uint32_t count, void *const *pages);
    int (*write)(void *ctx, uint64_t block, uint32_t count, const void *const *pages);
    int (*flush)(void *ctx);
    uint64_t (*size)(void *ctx); /* in blocks; constant while mounted */
};

/*
 * Memory and time. alloc: NULL when there is none; the contents may be anything. free gets the size alloc
 * got. now: nanoseconds since the epoch, or 0. Sizes are STORE_BLOCK_SIZE, small, or tables of up to blocks /
 * 8 bytes.
 */
struct store_env {
    void *ctx;
    void *(*alloc)(void *ctx, size_t size);
    void (*free)(void *ctx, void *p, size_t size);
    uint64_t (*now)(void *ctx);
};

struct store_format_options {
    uint64_t id;         /* random, new for every format: tells old blocks of the device from ours */
    uint32_t log_blocks; /* 0: chosen by the device's size */
};

struct store_options {
    bool read_only;       /* no write reaches the device, recovery included */
    uint32_t cache_pages; /* file pages kept in memory; 0: 1024; at least STORE_CACHE_MIN */
};

struct store;
struct store_node;

enum store_kind { STORE_FILE = 1, STORE_DIR = 2, STORE_BLOB = 3 };

struct store_info {
    enum store_kind kind;
    uint64_t size;              /* bytes; 0 for a directory */
    uint64_t created, modified; /* ns since the epoch */
};

struct store_entry {
    uint32_t len;
    char name[STORE_NAME_MAX + 1]; /* NUL-terminated */
    struct store_info info;
};

struct store_stats {
    uint64_t blocks, free_blocks;                                 /* free: what files can still take */
    uint64_t generation;                                          /* checkpoints since the format */
    uint64_t reads, read_blocks, writes, written_blocks, flushes; /* of the device, since the mount */
    uint64_t commits, checkpoints;                                /* since the mount */
    uint64_t replayed;                                            /* log transactions found by this mount */
    uint32_t nodes, height, cached_pages, dirty_pages;
};

/* Makes an empty store of the whole device. -EINVAL: device too small, too large, or too many log blocks. */
int store_format(const struct store_device *dev, const struct store_env *env,
                 const struct store_format_options *options);

/*
 * Opens the store; recovers it when it was not unmounted. *out is the caller's until store_unmount or
 * store_abandon. options may be NULL. Time: reads the metadata (0.3 % of the data) once and the log at most
 * twice, writes at most one checkpoint. -EINVAL: not a store, or of another version, or larger than the
 * device.
 */
int store_mount(struct store **out, const struct store_device *dev, const struct store_env *env,
                const struct store_options *options);
/* Syncs, leaves the log empty, frees everything, whatever it returns. No node may be held any more. */
int store_unmount(struct store *s);
/* Frees everything and writes nothing: what was not synced is lost, as by a power cut. */
void store_abandon(struct store *s);
/* Makes every change so far durable: one flush of the device, none if nothing changed. */
int store_sync(struct store *s);
void store_statistics(const struct store *s, struct store_stats *out);

/*
 * Nodes: files, directories, blobs. Each pointer given out is one reference; store_node_put gives it back.
 * A removed file lives until its last reference goes; if the power fails first, the next mount reclaims it.
 */
struct store_node *store_root(struct store *s);
void store_node_ref(struct store_node *n);
void store_node_put(struct store_node *n);
void store_node_info(const struct store_node *n, struct store_info *out);
struct store *store_node_owner(const struct store_node *n);

/* Names: 1 to STORE_NAME_MAX bytes without '/' and NUL, not "." or "..": else -EINVAL or -ENAMETOOLONG.
 * -ENOTDIR: dir is none. -ENOENT: no such name, or dir itself was removed. */
int store_lookup(struct store_node *dir, const char *name, size_t len, struct store_node **out);
/* A new empty file or directory. -EEXIST. */
int store_create(struct store_node *dir, const char *name, size_t len, enum store_kind kind,
                 struct store_node **out);
/* -ENOTEMPTY: a directory with entries. */
int store_remove(struct store_node *dir, const char *name, size_t len);
/* Within dir. -EEXIST: `to` is taken. */
int store_rename(struct store_node *dir, const char *from, size_t from_len, const char *to, size_t to_len);
/* The first entry after the name given, in byte order (len 0: the very first). 1: *out is filled; 0: no more.
 */
int store_next(struct store_node *dir, const char *after, size_t len, struct store_entry *out);

/* Bytes read: fewer than n only at the end of the file. Files and blobs; -EISDIR. */
int64_t store_read(struct store_node *n, uint64_t offset, void *buf, size_t len);
/* Brings what such a read would give into memory, in as few requests; 0 also where some of it cannot be read:
 * the read says so. */
int store_read_ahead(struct store_node *n, uint64_t offset, uint64_t len);
/* Writes all or nothing of up to STORE_WRITE_ATOMIC bytes; more is done piece by piece, and fewer than len
 * are returned when a later piece fails. Gaps read as zeros. Files only: -EISDIR, -EPERM (a blob). -EFBIG. */
#define STORE_WRITE_ATOMIC 65536u
int64_t store_write(struct store_node *n, uint64_t offset, const void *buf, size_t len);
/* Cuts, or extends by zeros. -EFBIG, -EISDIR, -EPERM. */
int store_truncate(struct store_node *n, uint64_t size);

/*
 * Blobs: bytes named by their SHA-256. A blob reaches the store in pieces (begin, append..., finish) or in
 * one (put). The same bytes twice are one blob. One that was begun and not finished vanishes.
 */
struct store_blob;
int store_blob_begin(struct store *s, struct store_blob **out);
int store_blob_append(struct store_blob *b, const void *data, size_t len);
int store_blob_finish(struct store_blob *b, uint8_t hash[STORE_HASH_SIZE]); /* frees b in any case */
void store_blob_cancel(struct store_blob *b);
int store_blob_put(struct store *s, const void *data, size_t len, uint8_t hash[STORE_HASH_SIZE]);
/* The blob as a node for store_read, after its whole content has been read and compared with the hash.
 * -ENOENT. */
int store_blob_open(struct store *s, const uint8_t hash[STORE_HASH_SIZE], struct store_node **out);
/* 0 and its size, or -ENOENT. Reads no content. */
int store_blob_has(struct store *s, const uint8_t hash[STORE_HASH_SIZE], uint64_t *size);
/* -ENOENT. Bindings to it stay. */
int store_blob_delete(struct store *s, const uint8_t hash[STORE_HASH_SIZE]);
/* The blob with the smallest hash above `after` (NULL: of all). 1, or 0: no more. */
int store_blob_next(struct store *s, const uint8_t *after, uint8_t hash[STORE_HASH_SIZE], uint64_t *size);

/* Bindings: names of 1 to STORE_NAME_MAX bytes without NUL; any other byte will do. */
int store_bind(struct store *s, const char *name, size_t len, const uint8_t hash[STORE_HASH_SIZE]);
int store_resolve(struct store *s, const char *name, size_t len, uint8_t hash[STORE_HASH_SIZE]); /* -ENOENT */
int store_unbind(struct store *s, const char *name, size_t len);                                 /* -ENOENT */
/* The first name after the one given, in byte order (len 0: the first). 1: out filled, NUL-terminated; 0. */
int store_bind_next(struct store *s, const char *after, size_t len, char out[STORE_NAME_MAX + 1],
                    uint32_t *out_len, uint8_t hash[STORE_HASH_SIZE]);

/*
 * Checks a device that is not mounted, writing nothing: structure, checksums of everything, hashes of blobs,
 * references both ways. Calls report (may be NULL) with a line for each problem. The number of problems, or a
 * negative error when it could not look (-EIO, -ENOMEM).
 */
int store_check(const struct store_device *dev, const struct store_env *env,
                void (*report)(void *ctx, const char *line), void *ctx);

#endif
