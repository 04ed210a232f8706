/* SPDX-License-Identifier: MIT */
/*
 * Nodes and directories of ramfs.h. Entries are kept twice: in a hash table for look-up and in a list in the
 * order of their making for listing. Invariant: both hold the same entries; the table has at least half as
 * many buckets as entries once it has grown.
 */
#include "kernel/ramfs.h"

#include "abi/errno.h"
#include "kernel/string.h"

#define FIRST_BUCKETS 8u

static struct ramfs_node *node_new(bool is_dir)
{
    struct ramfs_node *n = ramfs_has_room() ? heap_alloc(sizeof *n) : NULL;

    if (n == NULL)
        return NULL;
    n->refs = 1;
    n->is_dir = is_dir;
    n->created = n->modified = fs_now();
    return n;
}

struct ramfs_node *ramfs_file_new(void)
{
    return node_new(false);
}

struct ramfs_node *ramfs_file_over(const uint8_t *base, uint64_t len, uint64_t time_ns)
{
    struct ramfs_node *n = node_new(false);

    if (n == NULL)
        return NULL;
    n->created = n->modified = time_ns;
    n->u.file.base = base;
    n->u.file.base_len = n->u.file.size = len;
    return n;
}

struct ramfs_node *ramfs_dir_new(void)
{
    struct ramfs_node *n = node_new(true);

    if (n == NULL)
        return NULL;
    n->u.dir.buckets = heap_alloc(FIRST_BUCKETS * sizeof n->u.dir.buckets[0]);
    if (n->u.dir.buckets == NULL) {
        heap_free(n);
        return NULL;
    }
    n->u.dir.nbuckets = FIRST_BUCKETS;
    n->u.dir.last = &n->u.dir.first;
    return n;
}

void ramfs_ref(struct ramfs_node *n)
{
    n->refs++;
}

/* Empties a directory without references; children that lose their last one are put before `dead`, which is
 * returned. A child that someone holds lives on as the root of its own tree. */
static struct ramfs_node *dir_free(struct ramfs_node *d, struct ramfs_node *dead)
{
    for (struct ramfs_entry *e = d->u.dir.first, *next; e != NULL; e = next) {
        struct ramfs_node *child = e->node;

        next = e->next;
        if (--child->refs == 0) {
            child->next_dead = dead;
            dead = child;
        }
        heap_free(e);
    }
    heap_free(d->u.dir.buckets);
    return dead;
}

/* A list instead of recursion: a tree may be deeper than the kernel's stack. */
void ramfs_unref(struct ramfs_node *n)
{
    struct ramfs_node *dead = NULL;

    if (--n->refs > 0)
        return;
    n->next_dead = NULL;
    for (dead = n; dead != NULL;) {
        struct ramfs_node *d = dead;

        dead = d->next_dead;
        if (d->is_dir)
            dead = dir_free(d, dead);
        else
            ramfs_pages_cut(&d->u.file.pages, 0);
        heap_free(d);
    }
}

/* ---- names ---- */

/* FNV-1a */
static uint32_t name_hash(const char *name, size_t len)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)name[i]) * 16777619u;
    return h;
}

static struct ramfs_entry **bucket_of(const struct ramfs_node *dir, uint32_t hash)
{
    return &dir->u.dir.buckets[hash & (dir->u.dir.nbuckets - 1)];
}

static struct ramfs_entry *entry_find(const struct ramfs_node *dir, const char *name, size_t len)
{
    uint32_t hash = name_hash(name, len);

    for (struct ramfs_entry *e = *bucket_of(dir, hash); e != NULL; e = e->bucket_next)
        if (e->hash == hash && e->name_len == len && memcmp(e->name, name, len) == 0)
            return e;
    return NULL;
}

struct ramfs_node *ramfs_lookup(const struct ramfs_node *dir, const char *name, size_t len)
{
    struct ramfs_entry *e = entry_find(dir, name, len);

    return e == NULL ? NULL : e->node;
}

static struct ramfs_entry *entry_new(const char *name, size_t len, struct ramfs_node *node)
{
    struct ramfs_entry *e = ramfs_has_room() ? heap_alloc(sizeof *e + len) : NULL;

    if (e == NULL)
        return NULL;
    e->node = node;
    e->hash = name_hash(name, len);
    e->name_len = (uint32_t)len;
    memcpy(e->name, name, len);
    return e;
}

static void bucket_add(const struct ramfs_node *dir, struct ramfs_entry *e)
{
    struct ramfs_entry **b = bucket_of(dir, e->hash);

    e->bucket_next = *b;
    *b = e;
}

/* Twice the buckets; when there is no memory for that the chains just get longer. */
static void buckets_grow(struct ramfs_node *dir)
{
    struct ramfs_entry **bigger = heap_alloc(2 * dir->u.dir.nbuckets * sizeof bigger[0]);

    if (bigger == NULL)
        return;
    heap_free(dir->u.dir.buckets);
    dir->u.dir.buckets = bigger;
    dir->u.dir.nbuckets *= 2;
    for (struct ramfs_entry *e = dir->u.dir.first; e != NULL; e = e->next)
        bucket_add(dir, e);
}

static void entry_add(struct ramfs_node *dir, struct ramfs_entry *e)
{
    e->next = NULL;
    e->prev = dir->u.dir.last;
    *dir->u.dir.last = e;
    dir->u.dir.last = &e->next;
    bucket_add(dir, e);
    if (++dir->u.dir.count > 2 * dir->u.dir.nbuckets)
        buckets_grow(dir);
    dir->modified = fs_now();
}

/* Out of both structures, and freed; the node's reference passes to the caller. */
static void entry_take(struct ramfs_node *dir, struct ramfs_entry *e)
{
    struct ramfs_entry **b = bucket_of(dir, e->hash);

    while (*b != e)
        b = &(*b)->bucket_next;
    *b = e->bucket_next;
    *e->prev = e->next;
    if (e->next != NULL)
        e->next->prev = e->prev;
    else
        dir->u.dir.last = e->prev;
    dir->u.dir.count--;
    dir->modified = fs_now();
    heap_free(e);
}

int ramfs_link(struct ramfs_node *dir, const char *name, size_t len, struct ramfs_node *node)
{
    struct ramfs_entry *e = NULL;

    if (dir->removed)
        return -ENOENT;
    if (entry_find(dir, name, len) != NULL)
        return -EEXIST;
    e = entry_new(name, len, node);
    if (e == NULL)
        return -ENOSPC;
    ramfs_ref(node);
    entry_add(dir, e);
    return 0;
}

int ramfs_remove(struct ramfs_node *dir, const char *name, size_t len)
{
    struct ramfs_entry *e = entry_find(dir, name, len);
    struct ramfs_node *node = NULL;

    if (e == NULL)
        return -ENOENT;
    node = e->node;
    if (node->is_dir && node->u.dir.count > 0)
        return -ENOTEMPTY;
    node->removed = true;
    entry_take(dir, e);
    ramfs_unref(node);
    return 0;
}

int ramfs_rename(struct ramfs_node *dir, const char *from, size_t from_len, const char *to, size_t to_len)
{
    struct ramfs_entry *old = entry_find(dir, from, from_len), *e = NULL;

    if (old == NULL)
        return -ENOENT;
    if (entry_find(dir, to, to_len) != NULL)
        return -EEXIST;
    e = entry_new(to, to_len, old->node);
    if (e == NULL)
        return -ENOSPC;
    entry_take(dir, old);
    entry_add(dir, e);
    return 0;
}

/* ---- bytes ---- */

/* Copies n bytes of the page's part [in, in + n) as the boot image has them, zeros where it ends. */
static void base_read(const struct ramfs_node *f, uint64_t offset, uint8_t *to, size_t n)
{
    uint64_t left = offset < f->u.file.base_len ? f->u.file.base_len - offset : 0;
    size_t have = left < n ? (size_t)left : n;

    if (have > 0)
        memcpy(to, f->u.file.base + offset, have);
    if (have < n)
        memset(to + have, 0, n - have);
}

static size_t page_part(uint64_t offset, size_t n)
{
    size_t room = PAGE_SIZE - (size_t)(offset % PAGE_SIZE);

    return n < room ? n : room;
}

size_t ramfs_read(struct ramfs_node *file, uint64_t offset, void *buf, size_t n)
{
    uint8_t *to = buf;
    size_t done = 0;

    if (offset >= file->u.file.size)
        return 0;
    if (n > file->u.file.size - offset)
        n = (size_t)(file->u.file.size - offset);
    while (done < n) {
        uint64_t at = offset + done;
        size_t part = page_part(at, n - done);
        const uint8_t *page = ramfs_pages_at(&file->u.file.pages, at / PAGE_SIZE);

        if (page != NULL)
            memcpy(to + done, page + at % PAGE_SIZE, part);
        else
            base_read(file, at, to + done, part);
        done += part;
    }
    return done;
}

/* The page to write `part` bytes at `at` into, holding what the boot image has there unless all of it will be
 * overwritten. */
static uint8_t *page_for_write(struct ramfs_node *f, uint64_t at, size_t part)
{
    uint64_t index = at / PAGE_SIZE;
    uint8_t *page = NULL;

    if (index * PAGE_SIZE >= f->u.file.base_len || part == PAGE_SIZE)
        return ramfs_pages_make(&f->u.file.pages, index);
    page = ramfs_pages_at(&f->u.file.pages, index);
    if (page != NULL)
        return page;
    page = ramfs_pages_make(&f->u.file.pages, index);
    if (page != NULL)
        base_read(f, index * PAGE_SIZE, page, PAGE_SIZE);
    return page;
}

int64_t ramfs_write(struct ramfs_node *file, uint64_t offset, const void *buf, size_t n, bool append)
{
    const uint8_t *from = buf;
    size_t done = 0;

    if (append)
        offset = file->u.file.size;
    if (offset > RAMFS_SIZE_MAX || n > RAMFS_SIZE_MAX - offset)
        return -EFBIG;
    while (done < n) {
        uint64_t at = offset + done;
        size_t part = page_part(at, n - done);
        uint8_t *page = page_for_write(file, at, part);

        if (page == NULL)
            break;
        memcpy(page + at % PAGE_SIZE, from + done, part);
        done += part;
    }
    if (done == 0 && n > 0)
        return -ENOSPC;
    if (done > 0 && offset + done > file->u.file.size)
        file->u.file.size = offset + done;
    if (done > 0)
        file->modified = fs_now();
    return (int64_t)done;
}

int ramfs_truncate(struct ramfs_node *file, uint64_t size)
{
    if (size > RAMFS_SIZE_MAX)
        return -EFBIG;
    if (size < file->u.file.size) {
        ramfs_pages_cut(&file->u.file.pages, (size + PAGE_SIZE - 1) / PAGE_SIZE);
        if (size % PAGE_SIZE != 0) {
            uint8_t *page = ramfs_pages_at(&file->u.file.pages, size / PAGE_SIZE);

            if (page != NULL)
                memset(page + size % PAGE_SIZE, 0, PAGE_SIZE - (size_t)(size % PAGE_SIZE));
        }
        if (file->u.file.base_len > size)
            file->u.file.base_len = size;
    }
    file->u.file.size = size;
    file->modified = fs_now();
    return 0;
}

/* ---- as a file system ---- */

static struct ramfs_node *of(struct fs_node *n)
{
    return (struct ramfs_node *)n;
}

static void op_ref(struct fs_node *n)
{
    ramfs_ref(of(n));
}

static void op_unref(struct fs_node *n)
{
    ramfs_unref(of(n));
}

static void info_of(const struct ramfs_node *n, struct fs_info *out)
{
    *out = (struct fs_info){n->is_dir, n->is_dir ? 0 : n->u.file.size, n->created, n->modified};
}

static void op_info(struct fs_node *n, struct fs_info *out)
{
    info_of(of(n), out);
}

static int op_lookup(struct fs_node *dir, const char *name, size_t len, struct fs_node **out)
{
    struct ramfs_node *n = ramfs_lookup(of(dir), name, len);

    if (n == NULL)
        return -ENOENT;
    ramfs_ref(n);
    *out = ramfs_as_fs(n);
    return 0;
}

static int op_create(struct fs_node *dir, const char *name, size_t len, bool is_dir, struct fs_node **out)
{
    struct ramfs_node *n = is_dir ? ramfs_dir_new() : ramfs_file_new();
    int err = n == NULL ? -ENOSPC : ramfs_link(of(dir), name, len, n);

    if (err == 0)
        *out = ramfs_as_fs(n);
    else if (n != NULL)
        ramfs_unref(n);
    return err;
}

static int op_remove(struct fs_node *dir, const char *name, size_t len)
{
    return ramfs_remove(of(dir), name, len);
}

static int op_rename(struct fs_node *dir, const char *from, size_t from_len, const char *to, size_t to_len)
{
    return ramfs_rename(of(dir), from, from_len, to, to_len);
}

static int op_list(struct fs_node *dir, fs_entry_f f, void *ctx)
{
    struct fs_info info;
    int r = 0;

    for (const struct ramfs_entry *e = of(dir)->u.dir.first; r == 0 && e != NULL; e = e->next) {
        info_of(e->node, &info);
        r = f(ctx, e->name, e->name_len, &info);
    }
    return r;
}

static int64_t op_read(struct fs_node *file, uint64_t offset, void *buf, size_t n)
{
    return (int64_t)ramfs_read(of(file), offset, buf, n);
}

static int64_t op_read_parts(struct fs_node *file, uint64_t offset, const struct fs_part *parts, unsigned n)
{
    size_t done = 0;

    for (unsigned i = 0; i < n; i++) {
        size_t got = ramfs_read(of(file), offset + done, parts[i].at, parts[i].n);

        done += got;
        if (got < parts[i].n)
            break;
    }
    return (int64_t)done;
}

static int64_t op_write(struct fs_node *file, uint64_t offset, const void *buf, size_t n, bool append)
{
    return ramfs_write(of(file), offset, buf, n, append);
}

static int64_t op_write_parts(struct fs_node *file, uint64_t offset, const struct fs_part *parts, unsigned n,
                              bool append)
{
    int64_t done = 0;

    for (unsigned i = 0; i < n; i++) {
        int64_t put = ramfs_write(of(file), offset + (uint64_t)done, parts[i].at, parts[i].n, append);

        if (put < 0)
            return done > 0 ? done : put;
        done += put;
        if (put < (int64_t)parts[i].n)
            break;
    }
    return done;
}

static int op_truncate(struct fs_node *file, uint64_t size)
{
    return ramfs_truncate(of(file), size);
}

/* RAM is as durable as this backing gets. */
static int op_sync(struct fs_node *file)
{
    (void)file;
    return 0;
}

const struct fs_ops ramfs_ops = {
    .ref = op_ref,
    .unref = op_unref,
    .info = op_info,
    .lookup = op_lookup,
    .create = op_create,
    .remove = op_remove,
    .rename = op_rename,
    .list = op_list,
    .read = op_read,
    .read_parts = op_read_parts,
    .write = op_write,
    .write_parts = op_write_parts,
    .truncate = op_truncate,
    .sync = op_sync,
};
