/* SPDX-License-Identifier: MIT */
/*
 * File: the bytes of one file. Data moves once between the file's pages and the caller's
 * memory, where the file system can do that.
 * Invariant: a read never gives more than the answer can hold (it is short instead); a read-only object
 * changes nothing.
 */
#include "kernel/cap_fs.h"
#include "kernel/cap_params.h"
#include "kernel/ramfs.h"

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

/* An answer with room for no byte at all: right only where there is nothing to read. */
static int read_nothing(struct call *c, uint64_t offset)
{
    const struct fs_object *f = file_of(c);
    struct capnp_bstruct results;
    struct fs_info info;

    f->fs->info(f->node, &info);
    if (offset < info.size)
        return call_raise_errno(c, -EINVAL, "result buffer");
    (void)call_results(c, CAPOS_R_FILE_READ_WORDS, CAPOS_R_FILE_READ_PTRS, &results);
    return 0;
}

static int file_read(struct call *c)
{
    const struct fs_object *f = file_of(c);
    uint64_t offset = capnp_get_u64(&c->params, CAPOS_P_FILE_READ_OFFSET);
    uint32_t want = capnp_get_u32(&c->params, CAPOS_P_FILE_READ_LENGTH);
    uint32_t room = answer_room(c, CAPOS_R_FILE_READ_WORDS, CAPOS_R_FILE_READ_PTRS);
    struct fs_part parts[CALL_DATA_PARTS];
    struct capnp_bstruct results;
    uint8_t *to = NULL;
    unsigned n = 0;
    int64_t got = 0;
    int err = file_check(c, false);

    if (err != 0)
        return err;
    if (want > 0 && room == 0)
        return read_nothing(c, offset);
    if (want > room)
        want = room;
    n = call_data_parts(c, want, parts);
    if (n > 0) {
        got = n == 1 ? f->fs->read(f->node, offset, parts[0].at, want)
                     : f->fs->read_parts(f->node, offset, parts, n);
        return got < 0 ? call_raise_errno(c, (int)got, "File.read") : call_data_done(c, (uint32_t)got);
    }
    (void)call_results(c, CAPOS_R_FILE_READ_WORDS, CAPOS_R_FILE_READ_PTRS, &results);
    to = want == 0 ? NULL : capnp_reserve_data(&results, CAPOS_R_FILE_READ_DATA_PTR, want);
    if (to == NULL)
        return 0;
    got = f->fs->read(f->node, offset, to, want);
    if (got < 0)
        return call_raise_errno(c, (int)got, "File.read");
    (void)capnp_commit_data(&results, CAPOS_R_FILE_READ_DATA_PTR, (size_t)got);
    return 0;
}

/* Data still in the caller's memory, written from there if the file system can take it in parts. */
static int64_t write_bulk(struct call *c, uint64_t offset)
{
    const struct fs_object *f = file_of(c);
    struct fs_part parts[CALL_DATA_PARTS];
    const uint8_t *data = NULL;
    unsigned n = 0;

    if (f->fs->write_parts != NULL) {
        n = call_bulk_parts(c, parts);
        return n == 0 ? -EFAULT : f->fs->write_parts(f->node, offset, parts, n, f->append);
    }
    data = call_bulk_copy(c);
    return data == NULL ? -EFAULT : f->fs->write(f->node, offset, data, c->bulk_len, f->append);
}

static int file_write(struct call *c)
{
    struct fs_object *f = file_of(c);
    uint64_t offset = capnp_get_u64(&c->params, CAPOS_P_FILE_WRITE_OFFSET);
    struct capnp_bstruct results;
    const uint8_t *data = NULL;
    uint32_t len = c->bulk_len;
    int64_t done = 0;
    int err = len > 0 ? 0 : param_data(c, CAPOS_P_FILE_WRITE_DATA_PTR, &data, &len);

    if (err == 0)
        err = file_check(c, true);
    if (err != 0)
        return err;
    if (len > WRITE_MAX)
        return call_raise_errno(c, -EINVAL, "File.write takes at most 64 KiB with its framing");
    done = data == NULL ? write_bulk(c, offset) : f->fs->write(f->node, offset, data, len, f->append);
    if (done == -EFAULT)
        return call_refuse(c, CAPOS_ERR_INVALID_PARAMS_BUFFER);
    if (done < 0)
        return call_raise_errno(c, (int)done, "File.write");
    (void)call_results(c, CAPOS_R_FILE_WRITE_WORDS, CAPOS_R_FILE_WRITE_PTRS, &results);
    capnp_set_u32(&results, CAPOS_R_FILE_WRITE_WRITTEN, (uint32_t)done);
    return 0;
}

static int file_stat(struct call *c)
{
    const struct fs_object *f = file_of(c);
    struct capnp_bstruct results;
    struct fs_info info;
    int err = file_check(c, false);

    if (err != 0)
        return err;
    f->fs->info(f->node, &info);
    (void)call_results(c, CAPOS_R_FILE_STAT_WORDS, CAPOS_R_FILE_STAT_PTRS, &results);
    capnp_set_u64(&results, CAPOS_R_FILE_STAT_SIZE, info.size);
    capnp_set_u64(&results, CAPOS_R_FILE_STAT_CREATED, info.created);
    capnp_set_u64(&results, CAPOS_R_FILE_STAT_MODIFIED, info.modified);
    return 0;
}

static int file_truncate(struct call *c)
{
    const struct fs_object *f = file_of(c);
    uint64_t length = capnp_get_u64(&c->params, CAPOS_P_FILE_TRUNCATE_LENGTH);
    int err = file_check(c, true);

    if (err != 0)
        return err;
    err = f->fs->truncate(f->node, length);
    return err < 0 ? call_raise_errno(c, err, "File.truncate") : 0;
}

/* A read-only file has nothing to flush and refuses, as upstream's does. */
static int file_sync(struct call *c)
{
    const struct fs_object *f = file_of(c);
    int err = file_check(c, true);

    if (err != 0)
        return err;
    err = f->fs->sync(f->node);
    return err < 0 ? call_raise_errno(c, err, "File.sync") : 0;
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

const struct cap_class cap_file_class = {
    .name = "File",
    .interface_id = CAPOS_IFACE_FILE,
    .transferable = true,
    .methods = file_methods,
    .nmethods = sizeof file_methods / sizeof file_methods[0],
    .destroy = cap_fs_destroy,
    .mode = cap_fs_mode,
    .bulk_methods = 1u << CAPOS_M_FILE_WRITE,
};

const char *cap_fs_mode(const struct cap_object *o)
{
    return ((const struct fs_object *)o)->read_only ? "ro" : "rw";
}

_Static_assert(CAPOS_P_FILE_WRITE_WORDS == 1 && CAPOS_P_FILE_WRITE_PTRS == 1, "a word and Data");

void cap_fs_destroy(struct cap_object *o)
{
    struct fs_object *f = (struct fs_object *)o;

    if (f->node != NULL)
        f->fs->unref(f->node);
    heap_free(f);
}

struct fs_object *cap_fs_new(const struct cap_class *cls, const struct fs_ops *fs, bool read_only)
{
    struct fs_object *f = heap_alloc(sizeof *f);

    if (f == NULL)
        return NULL;
    cap_object_init(&f->object, cls);
    f->fs = fs;
    f->read_only = read_only;
    return f;
}

struct cap_object *cap_file_over(const struct fs_ops *fs, struct fs_node *file, bool read_only, bool append)
{
    struct fs_object *f = cap_fs_new(&cap_file_class, fs, read_only);

    if (f == NULL) {
        fs->unref(file);
        return NULL;
    }
    f->node = file;
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
    struct fs_info info;
    int64_t got = 0;

    if (f == NULL || o->cls != &cap_file_class)
        return -EINVAL;
    if (f->closed)
        return -EBADF;
    f->fs->info(f->node, &info);
    if (info.size == 0)
        return -ENOEXEC;
    if (info.size > max)
        return -EFBIG;
    *len = (size_t)info.size;
    *bytes = heap_alloc(*len);
    if (*bytes == NULL)
        return -ENOMEM;
    got = f->fs->read(f->node, 0, *bytes, *len);
    if (got == (int64_t)*len)
        return 0;
    heap_free(*bytes);
    return got < 0 ? (int)got : -EIO;
}

struct cap_object *cap_image_file_new(const uint8_t *image, size_t len, const char *path)
{
    int err = 0;
    struct ramfs_node *node = ramfs_image_file(image, len, path, &err);

    return node == NULL ? NULL : cap_file_over(&ramfs_ops, ramfs_as_fs(node), true, false);
}
