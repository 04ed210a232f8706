/* SPDX-License-Identifier: MIT */
/* See storefs.h. Invariant: nothing is kept here: every operation is one call of the store, within a call of
 * the kernel's. */
#include "kernel/storefs.h"

#include "abi/errno.h"
#include "kernel/cap_fs.h"
#include "kernel/diskstore.h"
#include "kernel/scratch.h"

_Static_assert(FS_NAME_MAX == STORE_NAME_MAX, "a checked name is one of the store's");

static struct store_node *of(struct fs_node *n)
{
    return (struct store_node *)n;
}

static struct fs_node *as_fs(struct store_node *n)
{
    return (struct fs_node *)n;
}

struct fs_node *storefs_root(struct store *s)
{
    return as_fs(store_root(s));
}

static void op_ref(struct fs_node *n)
{
    store_node_ref(of(n));
}

static void op_unref(struct fs_node *n)
{
    store_node_put(of(n));
}

static struct fs_info info_of(const struct store_info *i)
{
    return (struct fs_info){i->kind == STORE_DIR, i->size, i->created, i->modified};
}

static void op_info(struct fs_node *n, struct fs_info *out)
{
    struct store_info i;

    store_node_info(of(n), &i);
    *out = info_of(&i);
}

static int op_lookup(struct fs_node *dir, const char *name, size_t len, struct fs_node **out)
{
    struct store_node *n = NULL;
    int err = store_lookup(of(dir), name, len, &n);

    *out = as_fs(n);
    return diskstore_error(err);
}

static int op_create(struct fs_node *dir, const char *name, size_t len, bool is_dir, struct fs_node **out)
{
    struct store_node *n = NULL;
    int err = store_create(of(dir), name, len, is_dir ? STORE_DIR : STORE_FILE, &n);

    *out = as_fs(n);
    return diskstore_error(err);
}

static int op_remove(struct fs_node *dir, const char *name, size_t len)
{
    return diskstore_error(store_remove(of(dir), name, len));
}

static int op_rename(struct fs_node *dir, const char *from, size_t from_len, const char *to, size_t to_len)
{
    return diskstore_error(store_rename(of(dir), from, from_len, to, to_len));
}

static int op_list(struct fs_node *dir, fs_entry_f f, void *ctx)
{
    struct store_entry *e = scratch_take(sizeof *e); /* large for a kernel stack */
    int r = 0, err = 0;

    if (e == NULL)
        return -ENOMEM;
    e->len = 0;
    while (r == 0 && (err = store_next(of(dir), e->name, e->len, e)) > 0) {
        struct fs_info info = info_of(&e->info);

        r = f(ctx, e->name, e->len, &info);
    }
    return r != 0 ? r : diskstore_error(err);
}

static int64_t op_read(struct fs_node *file, uint64_t offset, void *buf, size_t n)
{
    int64_t got = store_read(of(file), offset, buf, n);

    return got < 0 ? diskstore_error((int)got) : got;
}

static int64_t op_read_parts(struct fs_node *file, uint64_t offset, const struct fs_part *parts, unsigned n)
{
    uint64_t done = 0, all = 0;
    int err = 0;

    for (unsigned i = 0; i < n; i++)
        all += parts[i].n;
    err = store_read_ahead(of(file), offset, all); /* as few requests as one read of all would make */
    for (unsigned i = 0; err == 0 && i < n; i++) {
        int64_t got = store_read(of(file), offset + done, parts[i].at, parts[i].n);

        err = got < 0 ? (int)got : 0;
        done += got < 0 ? 0 : (uint64_t)got;
        if (got < (int64_t)parts[i].n)
            break;
    }
    return err < 0 && done == 0 ? diskstore_error(err) : (int64_t)done;
}

static int64_t op_write(struct fs_node *file, uint64_t offset, const void *buf, size_t n, bool append)
{
    struct store_info i;
    int64_t done = 0;

    if (append) {
        store_node_info(of(file), &i);
        offset = i.size;
    }
    done = store_write(of(file), offset, buf, n);
    return done < 0 ? diskstore_error((int)done) : done;
}

static int op_truncate(struct fs_node *file, uint64_t size)
{
    return diskstore_error(store_truncate(of(file), size));
}

static int op_sync(struct fs_node *file)
{
    return diskstore_error(store_sync(store_node_owner(of(file))));
}

const struct fs_ops storefs_ops = {
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
    .truncate = op_truncate,
    .sync = op_sync,
};

static struct cap_object *root_new(bool read_only, int *err, const char **why)
{
    struct store *s = diskstore_get(err, why);
    struct fs_node *root = s == NULL ? NULL : storefs_root(s);
    struct cap_object *o = NULL;

    if (s == NULL)
        return NULL;
    o = root == NULL ? NULL : cap_directory_over(&storefs_ops, root, read_only);
    *err = o == NULL ? -ENOMEM : 0;
    *why = "no memory";
    return o;
}

struct cap_object *cap_writable_fs_root_new(int *err, const char **why)
{
    return root_new(false, err, why);
}

struct cap_object *cap_read_only_fs_root_new(int *err, const char **why)
{
    return root_new(true, err, why);
}
