/* SPDX-License-Identifier: MIT */
/*
 * The store from inside: its parts, and which may be called when.
 *
 *   device  the callbacks, counted and range-checked        space  which blocks are in use
 *   tree    all metadata: one B-tree, resident, copy-on-write    cache  pages of files
 *   commit  transactions, log, checkpoints                  mount  format, recovery
 *   inode   nodes, map of pages, reclaiming                 name, file, blob, check  the public calls
 *
 * Invariants:
 * - The tree on the device never changes in place: a node that changes moves. The checkpoint's tree is whole
 * until the next superblock is durable.
 * - A page of a file never changes in place either, unless its block was taken since the last commit.
 * - A block that a durable state refers to is not given out again until a state without it is durable.
 * - Nothing after a successful store_begin can fail: memory, space and room in the transaction are held.
 * - Every change is in the open transaction as a record, or is derived at commit (sums of dirty pages,
 * inodes).
 */
#ifndef STORE_CORE_H
#define STORE_CORE_H

#include "store/format.h"
#include "store/hash.h"
#include "store/port.h"
#include "store/store.h"

#define STORE_PAGE_BATCH  32u /* pages of one device request */
#define STORE_TX_BLOCKS   32u /* the largest transaction */
#define STORE_SPACE_CHUNK 64u /* words of a bitmap that share a flag */

/* When a block that is given up may be used again. */
enum store_release { AFTER_COMMIT, AFTER_CHECKPOINT };

struct store_space {
    uint64_t *used;       /* a bit for each block of the device */
    uint64_t *pending[2]; /* by enum store_release: in use until then */
    uint8_t *flags[2];    /* a chunk of pending that has bits */
    uint32_t blocks, words, chunks;
    uint32_t nfree, cursor;
};

struct tree_node {
    struct tree_node *hash_next;
    struct tree_node *dirty_next, *dirty_prev;
    uint32_t block; /* not placed: a number above the device's, standing for a place not yet chosen */
    bool dirty;     /* not what the checkpoint has */
    bool placed;
    uint8_t *page;
};

struct store_tree {
    struct tree_node *root;
    struct tree_node **buckets;
    struct tree_node *dirty; /* list */
    struct tree_node *pool;  /* nodes in hand, linked by hash_next */
    uint32_t nbuckets, npool, nnodes, unplaced, next_virtual;
    uint8_t *scratch;
};

struct store_page {
    struct store_page *hash_next;
    struct store_page *next, *prev; /* clean: by last use; dirty: by age */
    uint64_t ino;
    uint32_t index, block;
    bool dirty, pinned, filled;
    uint8_t *data;
};

struct store_cache {
    struct store_page **buckets;
    struct store_page clean, dirty; /* list heads */
    uint32_t nbuckets, npages, ndirty, limit;
};

struct store_tx {
    uint8_t *buf; /* header, then records */
    uint32_t len, cap;
};

struct store_node {
    struct store *s;
    struct store_node *hash_next, *dirty_next;
    uint64_t ino;
    struct store_info info;
    uint32_t refs;
    uint32_t cut_from;
    bool removed; /* its name is gone */
    bool cutting; /* pages from cut_from on are not the file's any more, and not all given back yet */
    bool dirty;   /* size or time are newer than in the last commit */
};

#define NODE_BUCKETS 256u

struct store {
    struct store_device dev;
    struct store_env env;
    uint64_t id, generation, seq, next_ino;
    uint32_t blocks, log_start, log_blocks, log_pos;
    unsigned slot; /* the superblock that is valid now */
    bool read_only, replaying;
    int failed; /* a superblock may or may not be on the device: no change any more until a mount finds out */
    struct store_space space;
    struct store_tree tree;
    struct store_cache cache;
    struct store_tx tx;
    struct store_node *nodes[NODE_BUCKETS];
    struct store_node *dirty_nodes;
    uint32_t ndirty_nodes;
    uint8_t *sb_page;
    struct store_stats stats;
};

/* memory (device.c) */
void *store_alloc(struct store *s, size_t size); /* zeroed */
void store_free(struct store *s, void *p, size_t size);
uint64_t store_now(struct store *s);

/* device.c: -EIO for blocks outside the device. A positive result of a callback counts as -EIO. */
int store_device_read(struct store *s, uint32_t block, uint32_t count, void *const *pages);
int store_device_write(struct store *s, uint32_t block, uint32_t count, const void *const *pages);
int store_device_flush(struct store *s);

/* space.c */
int store_space_open(struct store *s);
void store_space_close(struct store *s);
bool store_space_mark(struct store_space *sp, uint32_t block); /* false: outside, or already in use */
uint32_t store_space_take(struct store_space *sp);             /* 0: none is free */
void store_space_drop(struct store_space *sp, uint32_t block); /* at once: no durable state refers to it */
void store_space_later(struct store_space *sp, uint32_t block, enum store_release when);
void store_space_release(struct store_space *sp, enum store_release when); /* that state is durable now */
/* Blocks that new nodes and pages can take, unplaced nodes already counted off. */
uint32_t store_space_left(const struct store *s);
/* Blocks held back so that removing, and a checkpoint, always work. */
uint32_t store_space_reserve(const struct store *s);

/* tree.c and tree_node.c; keys and values as format.h has them. */
struct tree_item {
    const uint8_t *key, *value;
    uint32_t key_len, value_len;
};
int store_tree_open(struct store *s); /* tables only */
void store_tree_close(struct store *s);
int store_tree_new(struct store *s); /* an empty root */
/* Reads and checks the whole tree and marks its blocks. -EBADMSG. */
int store_tree_load(struct store *s, uint32_t block, uint32_t sum, uint32_t level);
unsigned store_tree_height(const struct store *s);
int store_tree_reserve(struct store *s, uint32_t nodes);
const uint8_t *store_tree_find(struct store *s, const uint8_t *key, uint32_t key_len, uint32_t *value_len);
/* The value in place, to be changed; NULL: no such key. */
uint8_t *store_tree_edit(struct store *s, const uint8_t *key, uint32_t key_len);
void store_tree_put(struct store *s, const uint8_t *key, uint32_t key_len, const uint8_t *value,
                    uint32_t value_len);
bool store_tree_del(struct store *s, const uint8_t *key, uint32_t key_len);
/* The first item at or above key (after: above). It stays valid until the tree changes. */
bool store_tree_next(struct store *s, const uint8_t *key, uint32_t key_len, bool after,
                     struct tree_item *out);
/* Gives every dirty node a place, sums it, writes it. Again after a failure: writes all of them again. */
int store_tree_write(struct store *s, uint32_t *root_sum);
void store_tree_clean(struct store *s); /* the checkpoint is durable */

/* tree_node.c: items inside one page */
void tree_page_init(struct store *s, uint8_t *page, unsigned level);
unsigned tree_page_count(const uint8_t *page);
unsigned tree_page_level(const uint8_t *page);
void tree_page_item(const uint8_t *page, unsigned i, struct tree_item *out);
uint8_t *tree_page_value(uint8_t *page, unsigned i);
unsigned tree_page_search(const uint8_t *page, const uint8_t *key, uint32_t key_len, bool *found);
bool tree_page_insert(uint8_t *page, uint8_t *scratch, unsigned i, const struct tree_item *item);
void tree_page_remove(uint8_t *page, unsigned i);
void tree_page_truncate(uint8_t *page, unsigned count); /* keeps the first items */
uint32_t tree_page_used(const uint8_t *page);           /* bytes of items and slots */
bool tree_page_valid(const struct store *s, const uint8_t *page, unsigned level);
int tree_key_compare(const uint8_t *a, uint32_t a_len, const uint8_t *b, uint32_t b_len);

/* cache.c */
int store_cache_open(struct store *s, uint32_t limit);
void store_cache_close(struct store *s);
struct store_page *store_cache_find(struct store *s, uint64_t ino, uint32_t index);
/* A page that is not there yet, unfilled, pinned; NULL: no memory. */
struct store_page *store_cache_add(struct store *s, uint64_t ino, uint32_t index);
void store_cache_drop(struct store *s, struct store_page *p);
void store_cache_dirty(struct store *s, struct store_page *p);
void store_cache_clean(struct store *s); /* all dirty pages are durable */
uint32_t store_page_sum(const struct store *s, const void *page);

/* commit.c */
int store_tx_open(struct store *s);
void store_tx_close(struct store *s);
void store_tx_start(struct store *s);
void store_tx_put(struct store *s, const uint8_t *key, uint32_t key_len, const uint8_t *value,
                  uint32_t value_len); /* in tree and transaction */
void store_tx_del(struct store *s, const uint8_t *key, uint32_t key_len);
void store_tx_trim(struct store *s, uint64_t ino, uint32_t from, uint32_t end); /* record only */
/*
 * Opens a change: items that may be put or deleted in the tree, bytes of records, new pages; grows: it must
 * leave the reserve alone. May commit or checkpoint what came before. 0, -EROFS, -EIO, -ENOMEM, -ENOSPC:
 * nothing happened.
 */
int store_begin(struct store *s, uint32_t items, uint32_t bytes, uint32_t pages, bool grows);
int store_commit(struct store *s);
int store_checkpoint(struct store *s);
void store_superblock(const struct store *s, uint8_t *page, uint32_t root_sum, uint64_t generation);

/* replay.c: the log of this generation into the tree. -EBADMSG: it is damaged, not merely torn. *again: a
 * checkpoint is needed before the log can be used. */
int store_replay(struct store *s, bool *again);

/* inode.c */
uint32_t store_key_ino(uint8_t *key, uint8_t letter, uint64_t ino); /* the key's length */
uint32_t store_key_map(uint8_t *key, uint64_t ino, uint32_t group);
uint32_t store_key_entry(uint8_t *key, uint64_t ino, const char *name, size_t len);
uint64_t store_key_get(const uint8_t *key); /* the ino in any of these */
int store_node_get(struct store *s, uint64_t ino, struct store_node **out);
struct store_node *store_node_find(struct store *s, uint64_t ino);
/* A node that no name leads to yet; call inside a change. Cannot fail: node was allocated by
 * store_node_alloc. */
struct store_node *store_node_alloc(struct store *s, enum store_kind kind);
void store_node_birth(struct store_node *n);
void store_node_touch(struct store_node *n); /* inside a change: size or time will be written at commit */
void store_inode_encode(const struct store_info *info, uint8_t *value);
bool store_inode_decode(const uint8_t *value, uint32_t len, struct store_info *info);
void store_map_get(struct store *s, uint64_t ino, uint32_t index, uint32_t *block, uint32_t *sum);
void store_map_set(struct store *s, uint64_t ino, uint32_t index, uint32_t block, uint32_t sum);
void store_map_trim(struct store *s, uint64_t ino, uint32_t from, uint32_t end);   /* frees [from, end) */
void store_reclaim_mark(struct store *s, uint64_t ino, uint32_t from, bool whole); /* inside a change */
int store_reclaim(struct store *s, uint64_t ino);                /* does what the mark says, and removes it */
int store_map_cut(struct store *s, uint64_t ino, uint32_t from); /* gives back all pages from there on */
int store_reclaim_all(struct store *s);
void store_nodes_drop(struct store *s);

bool store_item_valid(const struct tree_item *item); /* the shape that its letter asks for */

/* file.c */
int store_page_load(struct store_node *n, uint32_t index, struct store_page **out); /* *out NULL: a hole */
int64_t store_write_any(struct store_node *n, uint64_t offset, const void *buf, size_t len);

#endif
