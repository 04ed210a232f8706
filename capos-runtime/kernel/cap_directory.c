/* SPDX-License-Identifier: MIT */
/*
 * Directory: names in one directory. A capability to it reaches downwards only. Listing has no cursor in
 * the schema: an answer holds all entries, or the call fails (the ring's "does not fit" when the caller's
 * buffer is too small, overloaded when no buffer could hold them). Invariant: a method that gives a
 * capability makes sure of the slot and the object before it changes the tree.
 */
#include "kernel/cap_fs.h"
#include "kernel/cap_params.h"
#include "kernel/process.h"
#include "kernel/ramfs.h"

static const struct cap_class directory_class;

static struct fs_object *dir_of(struct call *c)
{
    return (struct fs_object *)c->object;
}

/* A checked name from the params, in a directory that may be changed if `change`. */
static int dir_name(struct call *c, uint16_t ptr, bool change, const char **name, uint32_t *len)
{
    int err = param_text(c, ptr, name, len);

    if (err != 0)
        return err;
    err = fs_name_check(*name, *len);
    if (err == 0 && change && dir_of(c)->read_only)
        err = -EROFS;
    return err < 0 ? call_raise_errno(c, err, dir_of(c)->object.cls->methods[c->method].name) : 0;
}

static int dir_raise(struct call *c, int err)
{
    return call_raise_errno(c, err, dir_of(c)->object.cls->methods[c->method].name);
}

/* Answers with o (NULL: no memory) as result capability 0; takes over its reference. All three methods have
 * one answer shape. */
static int dir_give(struct call *c, struct cap_object *o)
{
    struct capnp_bstruct results;
    int index = 0;

    if (o == NULL)
        return dir_raise(c, -ENOMEM);
    index = call_add_cap(c, o);
    if (index < 0) {
        cap_unref(o);
        return dir_raise(c, index);
    }
    (void)call_results(c, CAPOS_R_DIRECTORY_OPEN_WORDS, CAPOS_R_DIRECTORY_OPEN_PTRS, &results);
    (void)capnp_set_cap(&results, CAPOS_R_DIRECTORY_OPEN_FILE_PTR, (uint32_t)index);
    return 0;
}

/* Makes a node, names it, and answers with an object for it. */
static int dir_make(struct call *c, const char *name, uint32_t len, bool is_dir, bool append)
{
    const struct fs_object *d = dir_of(c);
    struct fs_object *o = NULL;
    int err = 0;

    if (captable_free_slots(c->process) == 0)
        return dir_raise(c, -EMFILE);
    o = cap_fs_new(is_dir ? &directory_class : &cap_file_class, d->fs, false);
    if (o == NULL)
        return dir_raise(c, -ENOMEM);
    o->append = append;
    err = d->fs->create(d->node, name, len, is_dir, &o->node);
    if (err == 0)
        return dir_give(c, &o->object);
    o->node = NULL;
    cap_unref(&o->object);
    return dir_raise(c, err);
}

/* Answers with a File for a node that is there; takes over its reference. */
static int dir_open_node(struct call *c, struct fs_node *node, uint32_t flags)
{
    const struct fs_object *d = dir_of(c);
    struct cap_object *o = NULL;
    struct fs_info info;
    int err = 0;

    if (captable_free_slots(c->process) == 0) {
        d->fs->unref(node);
        return dir_raise(c, -EMFILE);
    }
    o = cap_file_over(d->fs, node, d->read_only, (flags & CAPOS_OPEN_APPEND) != 0);
    if (o == NULL)
        return dir_raise(c, -ENOMEM);
    d->fs->info(node, &info);
    if ((flags & CAPOS_OPEN_TRUNCATE) != 0 && info.size > 0)
        err = d->fs->truncate(node, 0);
    if (err == 0)
        return dir_give(c, o);
    cap_unref(o);
    return dir_raise(c, err);
}

static int directory_open(struct call *c)
{
    const struct fs_object *d = dir_of(c);
    uint32_t flags = capnp_get_u32(&c->params, CAPOS_P_DIRECTORY_OPEN_FLAGS);
    struct fs_node *node = NULL;
    struct fs_info info;
    const char *name = NULL;
    uint32_t len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_OPEN_NAME_PTR, false, &name, &len);

    if (err != 0)
        return err;
    if ((flags & ~CAPOS_OPEN_ALL) != 0)
        return dir_raise(c, -EINVAL);
    err = d->fs->lookup(d->node, name, len, &node);
    if (err == -ENOENT && (flags & CAPOS_OPEN_CREATE) != 0)
        return d->read_only ? dir_raise(c, -EROFS)
                            : dir_make(c, name, len, false, (flags & CAPOS_OPEN_APPEND) != 0);
    if (err < 0)
        return dir_raise(c, err);
    d->fs->info(node, &info);
    if (info.is_dir)
        err = -EISDIR;
    else if (d->read_only && (flags & (CAPOS_OPEN_TRUNCATE | CAPOS_OPEN_APPEND)) != 0)
        err = -EROFS;
    if (err == 0)
        return dir_open_node(c, node, flags);
    d->fs->unref(node);
    return dir_raise(c, err);
}

static int directory_sub(struct call *c)
{
    const struct fs_object *d = dir_of(c);
    struct fs_node *node = NULL;
    struct fs_info info;
    const char *name = NULL;
    uint32_t len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_SUB_NAME_PTR, false, &name, &len);

    if (err != 0)
        return err;
    err = d->fs->lookup(d->node, name, len, &node);
    if (err < 0)
        return dir_raise(c, err);
    d->fs->info(node, &info);
    if (info.is_dir)
        return dir_give(c, cap_directory_over(d->fs, node, d->read_only)); /* takes over the reference */
    d->fs->unref(node);
    return dir_raise(c, -ENOTDIR);
}

static int directory_mkdir(struct call *c)
{
    const char *name = NULL;
    uint32_t len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_MKDIR_NAME_PTR, true, &name, &len);

    return err != 0 ? err : dir_make(c, name, len, true, false);
}

static int directory_create(struct call *c)
{
    const struct fs_object *d = dir_of(c);
    struct fs_node *node = NULL;
    const char *name = NULL;
    uint32_t len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_CREATE_NAME_PTR, true, &name, &len);

    if (err != 0)
        return err;
    err = d->fs->create(d->node, name, len, false, &node);
    if (err < 0)
        return dir_raise(c, err);
    d->fs->unref(node);
    return 0;
}

static int directory_remove(struct call *c)
{
    const struct fs_object *d = dir_of(c);
    const char *name = NULL;
    uint32_t len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_REMOVE_NAME_PTR, true, &name, &len);

    if (err != 0)
        return err;
    err = d->fs->remove(d->node, name, len);
    return err < 0 ? dir_raise(c, err) : 0;
}

static int directory_rename(struct call *c)
{
    const struct fs_object *d = dir_of(c);
    const char *from = NULL, *to = NULL;
    uint32_t from_len = 0, to_len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_RENAME_FROM_PTR, true, &from, &from_len);

    if (err == 0)
        err = dir_name(c, CAPOS_P_DIRECTORY_RENAME_TO_PTR, true, &to, &to_len);
    if (err != 0)
        return err;
    err = d->fs->rename(d->node, from, from_len, to, to_len);
    return err < 0 ? dir_raise(c, err) : 0;
}

/* A listing while it is measured (words) and then built (rows). */
struct listing {
    uint64_t words;
    uint32_t count, next;
    struct capnp_blist rows;
};

static int list_measure(void *ctx, const char *name, uint32_t len, const struct fs_info *info)
{
    struct listing *l = ctx;

    (void)name;
    (void)info;
    l->words += CAPOS_S_DIR_ENTRY_WORDS + CAPOS_S_DIR_ENTRY_PTRS + (len + 8u) / 8u;
    l->count++;
    return l->words * 8 > CAPOS_SCRATCH_BYTES ? -ENOMEM : 0;
}

static int list_add(void *ctx, const char *name, uint32_t len, const struct fs_info *info)
{
    struct listing *l = ctx;
    struct capnp_bstruct row;

    if (capnp_blist_struct(&l->rows, l->next++, &row) < 0)
        return 0; /* does not fit the caller's buffer: the ring says so */
    capnp_set_u64(&row, CAPOS_S_DIR_ENTRY_SIZE, info->size);
    capnp_set_bool(&row, CAPOS_S_DIR_ENTRY_IS_DIR_BIT, info->is_dir);
    (void)capnp_set_text(&row, CAPOS_S_DIR_ENTRY_NAME_PTR, name, len);
    return 0;
}

static int directory_list(struct call *c)
{
    const struct fs_object *d = dir_of(c);
    struct listing l = {.words = 4}; /* framing, root and list pointers, tag */
    struct capnp_bstruct results;
    int err = d->fs->list(d->node, list_measure, &l);

    if (err < 0)
        return dir_raise(c, err);
    (void)call_results(c, CAPOS_R_DIRECTORY_LIST_WORDS, CAPOS_R_DIRECTORY_LIST_PTRS, &results);
    if (capnp_set_struct_list(&results, CAPOS_R_DIRECTORY_LIST_ENTRIES_PTR, l.count, CAPOS_S_DIR_ENTRY_WORDS,
                              CAPOS_S_DIR_ENTRY_PTRS, &l.rows) < 0)
        return 0;
    err = d->fs->list(d->node, list_add, &l);
    return err < 0 ? dir_raise(c, err) : 0;
}

static const struct cap_method directory_methods[] = {
    [CAPOS_M_DIRECTORY_OPEN] = {"open", directory_open},
    [CAPOS_M_DIRECTORY_LIST] = {"list", directory_list},
    [CAPOS_M_DIRECTORY_MKDIR] = {"mkdir", directory_mkdir},
    [CAPOS_M_DIRECTORY_REMOVE] = {"remove", directory_remove},
    [CAPOS_M_DIRECTORY_SUB] = {"sub", directory_sub},
    [CAPOS_M_DIRECTORY_CREATE] = {"create", directory_create},
    [CAPOS_M_DIRECTORY_RENAME] = {"rename", directory_rename},
};

static const struct cap_class directory_class = {
    .name = "Directory",
    .interface_id = CAPOS_IFACE_DIRECTORY,
    .transferable = true,
    .methods = directory_methods,
    .nmethods = sizeof directory_methods / sizeof directory_methods[0],
    .destroy = cap_fs_destroy,
    .mode = cap_fs_mode,
};

_Static_assert(CAPOS_R_DIRECTORY_OPEN_PTRS == CAPOS_R_DIRECTORY_MKDIR_PTRS &&
                   CAPOS_R_DIRECTORY_OPEN_PTRS == CAPOS_R_DIRECTORY_SUB_PTRS,
               "dir_give serves open, mkdir and sub");

struct cap_object *cap_directory_over(const struct fs_ops *fs, struct fs_node *dir, bool read_only)
{
    struct fs_object *d = cap_fs_new(&directory_class, fs, read_only);

    if (d == NULL) {
        fs->unref(dir);
        return NULL;
    }
    d->node = dir;
    return &d->object;
}

static struct cap_object *directory_take(struct ramfs_node *node, bool read_only)
{
    return node == NULL ? NULL : cap_directory_over(&ramfs_ops, ramfs_as_fs(node), read_only);
}

struct cap_object *cap_directory_new(void)
{
    return directory_take(ramfs_dir_new(), false);
}

struct cap_object *cap_image_directory_new(const uint8_t *image, size_t len, const char *path, bool read_only)
{
    int err = 0;

    return directory_take(ramfs_image_dir(image, len, path, &err), read_only);
}
