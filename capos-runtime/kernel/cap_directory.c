/* SPDX-License-Identifier: MIT */
/*
 * Directory: names in one RAM directory. A capability to it reaches downwards only. Listing has no cursor in
 * the schema: an answer holds all entries, or the call fails (the ring's "does not fit" when the caller's
 * buffer is too small, overloaded when no buffer could hold them). Invariant: a method that gives a
 * capability makes sure of the slot and the object before it changes the tree.
 */
#include "kernel/cap_fs.h"
#include "kernel/cap_params.h"
#include "kernel/process.h"

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
    err = ramfs_name_check(*name, *len);
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

/* Makes a node and names it; the object for it, or an exception in *raised. */
static struct cap_object *dir_make(struct call *c, const char *name, uint32_t len, bool is_dir, bool append,
                                   int *raised)
{
    struct ramfs_node *node = is_dir ? ramfs_dir_new() : ramfs_file_new();
    struct cap_object *o = NULL;
    int err = 0;

    if (node == NULL) {
        *raised = dir_raise(c, -ENOSPC);
        return NULL;
    }
    o = is_dir ? cap_directory_over(node, false) : cap_file_over(node, false, append);
    err = o == NULL ? -ENOMEM : ramfs_link(dir_of(c)->node, name, len, node);
    ramfs_unref(node);
    if (err == 0)
        return o;
    if (o != NULL)
        cap_unref(o);
    *raised = dir_raise(c, err);
    return NULL;
}

static int directory_open(struct call *c)
{
    struct fs_object *d = dir_of(c);
    uint32_t flags = capnp_get_u32(&c->params, CAPOS_P_DIRECTORY_OPEN_FLAGS);
    bool append = (flags & CAPOS_OPEN_APPEND) != 0;
    struct ramfs_node *node = NULL;
    struct cap_object *o = NULL;
    const char *name = NULL;
    uint32_t len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_OPEN_NAME_PTR, false, &name, &len);

    if (err != 0)
        return err;
    if ((flags & ~CAPOS_OPEN_ALL) != 0)
        return dir_raise(c, -EINVAL);
    node = ramfs_lookup(d->node, name, len);
    if (node == NULL && (flags & CAPOS_OPEN_CREATE) == 0)
        return dir_raise(c, -ENOENT);
    if (node != NULL && node->is_dir)
        return dir_raise(c, -EISDIR);
    if (d->read_only && (node == NULL || (flags & (CAPOS_OPEN_TRUNCATE | CAPOS_OPEN_APPEND)) != 0))
        return dir_raise(c, -EROFS);
    if (captable_free_slots(c->process) == 0)
        return dir_raise(c, -EMFILE);
    if (node == NULL) {
        o = dir_make(c, name, len, false, append, &err);
        return o == NULL ? err : dir_give(c, o);
    }
    o = cap_file_over(node, d->read_only, append);
    if (o != NULL && (flags & CAPOS_OPEN_TRUNCATE) != 0 && node->u.file.size > 0)
        (void)ramfs_truncate(node, 0); /* cutting cannot fail */
    return dir_give(c, o);
}

static int directory_sub(struct call *c)
{
    struct ramfs_node *node = NULL;
    const char *name = NULL;
    uint32_t len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_SUB_NAME_PTR, false, &name, &len);

    if (err != 0)
        return err;
    node = ramfs_lookup(dir_of(c)->node, name, len);
    if (node == NULL)
        return dir_raise(c, -ENOENT);
    if (!node->is_dir)
        return dir_raise(c, -ENOTDIR);
    return dir_give(c, cap_directory_over(node, dir_of(c)->read_only));
}

static int directory_mkdir(struct call *c)
{
    struct cap_object *o = NULL;
    const char *name = NULL;
    uint32_t len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_MKDIR_NAME_PTR, true, &name, &len);

    if (err != 0)
        return err;
    if (captable_free_slots(c->process) == 0)
        return dir_raise(c, -EMFILE);
    o = dir_make(c, name, len, true, false, &err);
    return o == NULL ? err : dir_give(c, o);
}

static int directory_create(struct call *c)
{
    struct ramfs_node *node = NULL;
    const char *name = NULL;
    uint32_t len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_CREATE_NAME_PTR, true, &name, &len);

    if (err != 0)
        return err;
    node = ramfs_file_new();
    if (node == NULL)
        return dir_raise(c, -ENOSPC);
    err = ramfs_link(dir_of(c)->node, name, len, node);
    ramfs_unref(node);
    return err < 0 ? dir_raise(c, err) : 0;
}

static int directory_remove(struct call *c)
{
    const char *name = NULL;
    uint32_t len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_REMOVE_NAME_PTR, true, &name, &len);

    if (err != 0)
        return err;
    err = ramfs_remove(dir_of(c)->node, name, len);
    return err < 0 ? dir_raise(c, err) : 0;
}

static int directory_rename(struct call *c)
{
    const char *from = NULL, *to = NULL;
    uint32_t from_len = 0, to_len = 0;
    int err = dir_name(c, CAPOS_P_DIRECTORY_RENAME_FROM_PTR, true, &from, &from_len);

    if (err == 0)
        err = dir_name(c, CAPOS_P_DIRECTORY_RENAME_TO_PTR, true, &to, &to_len);
    if (err != 0)
        return err;
    err = ramfs_rename(dir_of(c)->node, from, from_len, to, to_len);
    return err < 0 ? dir_raise(c, err) : 0;
}

/* Words of the whole listing: framing, root and list pointers, tag, then each entry with its name. */
static uint64_t list_words(const struct ramfs_node *dir)
{
    uint64_t words = 4;

    for (const struct ramfs_entry *e = dir->u.dir.first; e != NULL; e = e->next)
        words += CAPOS_S_DIR_ENTRY_WORDS + CAPOS_S_DIR_ENTRY_PTRS + (e->name_len + 8u) / 8u;
    return words;
}

static int directory_list(struct call *c)
{
    const struct ramfs_node *dir = dir_of(c)->node;
    struct capnp_bstruct results, row;
    struct capnp_blist rows;
    uint32_t i = 0;

    if (list_words(dir) * 8 > CAPOS_SCRATCH_BYTES)
        return dir_raise(c, -ENOMEM);
    (void)call_results(c, CAPOS_R_DIRECTORY_LIST_WORDS, CAPOS_R_DIRECTORY_LIST_PTRS, &results);
    if (capnp_set_struct_list(&results, CAPOS_R_DIRECTORY_LIST_ENTRIES_PTR, dir->u.dir.count,
                              CAPOS_S_DIR_ENTRY_WORDS, CAPOS_S_DIR_ENTRY_PTRS, &rows) < 0)
        return 0; /* does not fit the caller's buffer: the ring says so */
    for (const struct ramfs_entry *e = dir->u.dir.first; e != NULL; e = e->next) {
        if (capnp_blist_struct(&rows, i++, &row) < 0)
            break;
        capnp_set_u64(&row, CAPOS_S_DIR_ENTRY_SIZE, e->node->is_dir ? 0 : e->node->u.file.size);
        capnp_set_bool(&row, CAPOS_S_DIR_ENTRY_IS_DIR_BIT, e->node->is_dir);
        (void)capnp_set_text(&row, CAPOS_S_DIR_ENTRY_NAME_PTR, e->name, e->name_len);
    }
    return 0;
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
};

_Static_assert(CAPOS_R_DIRECTORY_OPEN_PTRS == CAPOS_R_DIRECTORY_MKDIR_PTRS &&
                   CAPOS_R_DIRECTORY_OPEN_PTRS == CAPOS_R_DIRECTORY_SUB_PTRS,
               "dir_give serves open, mkdir and sub");

struct cap_object *cap_directory_over(struct ramfs_node *dir, bool read_only)
{
    struct fs_object *d = heap_alloc(sizeof *d);

    if (d == NULL)
        return NULL;
    cap_object_init(&d->object, &directory_class);
    ramfs_ref(dir);
    d->node = dir;
    d->read_only = read_only;
    return &d->object;
}

static struct cap_object *directory_take(struct ramfs_node *node, bool read_only)
{
    struct cap_object *o = NULL;

    if (node == NULL)
        return NULL;
    o = cap_directory_over(node, read_only);
    ramfs_unref(node);
    return o;
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
