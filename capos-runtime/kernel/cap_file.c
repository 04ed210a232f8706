/* SPDX-License-Identifier: MIT */
/*
 * File: the bytes of one RAM file. Data moves once: between the caller's message and the file's pages.
 * Invariant: a read never gives more than the answer can hold (it is short instead); a read-only object
 * changes nothing.
 */
#include "kernel/cap_fs.h"
#include "kernel/cap_params.h"

/* Data bytes of one write: what the limit leaves beside framing, root pointer, params. */
#define WRITE_MAX (CAPOS_INLINE_DATA_BYTES - 8u * (2u + CAPOS_P_FILE_WRITE_WORDS + CAPOS_P_FILE_WRITE_PTRS))

static struct fs_object *file_of(struct call *c)
{
    return (struct fs_object *)c->object;
}

/* 0, or an exception when the object may not be used that way any more. */
static int file_check(struct call *c, bool change)
{
    if (file_of(c)->closed)
        return call_raise_errno(c, -EBADF, "File");
    if (change && file_of(c)->read_only)
        return call_raise_errno(c, -EROFS, "File");
    return 0;
}

static int file_read(struct call *c)
{
    struct ramfs_node *node = file_of(c)->node;
    uint64_t offset = capnp_get_u64(&c->params, CAPOS_P_FILE_READ_OFFSET);
    uint32_t want = capnp_get_u32(&c->params, CAPOS_P_FILE_READ_LENGTH);
    uint32_t room = answer_room(c, CAPOS_R_FILE_READ_WORDS, CAPOS_R_FILE_READ_PTRS);
    uint64_t left = offset < node->u.file.size ? node->u.file.size - offset : 0;
    struct capnp_bstruct results;
    uint8_t *to = NULL;
    int err = file_check(c, false);

    if (err != 0)
        return err;
    if (want > left)
        want = (uint32_t)left;
    if (want > 0 && room == 0)
        return call_raise_errno(c, -EINVAL, "result buffer");
    if (want > room)
        want = room;
    (void)call_results(c, CAPOS_R_FILE_READ_WORDS, CAPOS_R_FILE_READ_PTRS, &results);
    to = want == 0 ? NULL : capnp_reserve_data(&results, CAPOS_R_FILE_READ_DATA_PTR, want);
    if (to != NULL)
        (void)capnp_commit_data(&results, CAPOS_R_FILE_READ_DATA_PTR, ramfs_read(node, offset, to, want));
    return 0;
}

static int file_write(struct call *c)
{
    struct fs_object *f = file_of(c);
    uint64_t offset = capnp_get_u64(&c->params, CAPOS_P_FILE_WRITE_OFFSET);
    struct capnp_bstruct results;
    const uint8_t *data = NULL;
    uint32_t len = 0;
    int64_t done = 0;
    int err = param_data(c, CAPOS_P_FILE_WRITE_DATA_PTR, &data, &len);

    if (err == 0)
        err = file_check(c, true);
    if (err != 0)
        return err;
    if (len > WRITE_MAX)
        return call_raise_errno(c, -EINVAL, "File.write takes at most 64 KiB with its framing");
    done = ramfs_write(f->node, offset, data, len, f->append);
    if (done < 0)
        return call_raise_errno(c, (int)done, "File.write");
    (void)call_results(c, CAPOS_R_FILE_WRITE_WORDS, CAPOS_R_FILE_WRITE_PTRS, &results);
    capnp_set_u32(&results, CAPOS_R_FILE_WRITE_WRITTEN, (uint32_t)done);
    return 0;
}

static int file_stat(struct call *c)
{
    const struct ramfs_node *node = file_of(c)->node;
    struct capnp_bstruct results;
    int err = file_check(c, false);

    if (err != 0)
        return err;
    (void)call_results(c, CAPOS_R_FILE_STAT_WORDS, CAPOS_R_FILE_STAT_PTRS, &results);
    capnp_set_u64(&results, CAPOS_R_FILE_STAT_SIZE, node->u.file.size);
    capnp_set_u64(&results, CAPOS_R_FILE_STAT_CREATED, node->created);
    capnp_set_u64(&results, CAPOS_R_FILE_STAT_MODIFIED, node->modified);
    return 0;
}

static int file_truncate(struct call *c)
{
    uint64_t length = capnp_get_u64(&c->params, CAPOS_P_FILE_TRUNCATE_LENGTH);
    int err = file_check(c, true);

    if (err != 0)
        return err;
    err = ramfs_truncate(file_of(c)->node, length);
    return err < 0 ? call_raise_errno(c, err, "File.truncate") : 0;
}

/* RAM is as durable as this backing gets; a read-only file has nothing to flush and refuses, as upstream's
 * does. */
static int file_sync(struct call *c)
{
    return file_check(c, true);
}

static int file_close(struct call *c)
{
    file_of(c)->closed = true;
    return 0;
}

static const struct cap_method file_methods[] = {
    [CAPOS_M_FILE_READ] = {"read", file_read}, [CAPOS_M_FILE_WRITE] = {"write", file_write},
    [CAPOS_M_FILE_STAT] = {"stat", file_stat}, [CAPOS_M_FILE_TRUNCATE] = {"truncate", file_truncate},
    [CAPOS_M_FILE_SYNC] = {"sync", file_sync}, [CAPOS_M_FILE_CLOSE] = {"close", file_close},
};

static const struct cap_class file_class = {
    .name = "File",
    .interface_id = CAPOS_IFACE_FILE,
    .transferable = true,
    .methods = file_methods,
    .nmethods = sizeof file_methods / sizeof file_methods[0],
    .destroy = cap_fs_destroy,
};

void cap_fs_destroy(struct cap_object *o)
{
    struct fs_object *f = (struct fs_object *)o;

    ramfs_unref(f->node);
    heap_free(f);
}

struct cap_object *cap_file_over(struct ramfs_node *file, bool read_only, bool append)
{
    struct fs_object *f = heap_alloc(sizeof *f);

    if (f == NULL)
        return NULL;
    cap_object_init(&f->object, &file_class);
    ramfs_ref(file);
    f->node = file;
    f->read_only = read_only;
    f->append = append;
    return &f->object;
}

struct fs_object *cap_fs_object(struct cap_object *o)
{
    return o->cls->destroy == cap_fs_destroy ? (struct fs_object *)o : NULL;
}

int cap_file_bytes(struct cap_object *o, size_t max, uint8_t **bytes, size_t *len)
{
    struct fs_object *f = cap_fs_object(o);

    if (f == NULL || f->node->is_dir)
        return -EINVAL;
    if (f->closed)
        return -EBADF;
    if (f->node->u.file.size == 0)
        return -ENOEXEC;
    if (f->node->u.file.size > max)
        return -EFBIG;
    *len = (size_t)f->node->u.file.size;
    *bytes = heap_alloc(*len);
    if (*bytes == NULL)
        return -ENOMEM;
    if (ramfs_read(f->node, 0, *bytes, *len) == *len)
        return 0;
    heap_free(*bytes);
    return -EIO;
}

struct cap_object *cap_image_file_new(const uint8_t *image, size_t len, const char *path)
{
    int err = 0;
    struct ramfs_node *node = ramfs_image_file(image, len, path, &err);
    struct cap_object *o = NULL;

    if (node == NULL)
        return NULL;
    o = cap_file_over(node, true, false);
    ramfs_unref(node);
    return o;
}
