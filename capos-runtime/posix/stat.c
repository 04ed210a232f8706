/* SPDX-License-Identifier: MIT */
/*
 * What a file is. Invariant: size and times are the File's own; owner, mode and link count are not kept by
 * capOS and always read the same (files 0644, directories 0755, owner 0), so chmod and chown change nothing.
 */
#include "capos/file.h"

#include "posix/fd.h"
#include "posix/path.h"

#define BLOCK_SIZE 65536

static void fill(struct lx_stat *st, uint32_t mode, uint64_t ino)
{
    *st = (struct lx_stat){.dev = 1, .ino = ino, .nlink = 1, .mode = mode, .blksize = BLOCK_SIZE};
}

static void fill_dir(struct lx_stat *st, uint64_t ino)
{
    fill(st, LX_S_IFDIR | 0755, ino);
    st->nlink = 2;
}

static void fill_device(struct lx_stat *st, uint64_t number)
{
    fill(st, LX_S_IFCHR | 0666, 3 + number);
    st->rdev = 1 << 8 | number;
}

static struct lx_timespec time_of(uint64_t ns)
{
    return (struct lx_timespec){(int64_t)(ns / 1000000000u), (int64_t)(ns % 1000000000u)};
}

static int stat_node(struct node *n, struct lx_stat *st)
{
    struct capos_file_stat f;
    if (n->kind == NODE_DIR) {
        fill_dir(st, node_ino(n, 0));
        return 0;
    }
    int err = capos_file_stat(n->cap, &f);
    if (err < 0)
        return err;
    fill(st, LX_S_IFREG | 0644, node_ino(n, f.created));
    st->size = (int64_t)f.size;
    st->blocks = (int64_t)((f.size + 511) / 512);
    st->atim = st->mtim = st->ctim = time_of(f.modified);
    return 0;
}

static uint64_t text_ino(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;
    while (*text)
        h = (h ^ (uint8_t)*text++) * 0x100000001b3u;
    return h | 1;
}

static int stat_place(const struct place *p, struct lx_stat *st)
{
    static const uint8_t device_numbers[] = {3, 5, 9};
    struct node *n;
    switch (p->kind) {
    case PLACE_DEVICE:
        fill_device(st, device_numbers[p->device]);
        return 0;
    case PLACE_ABOVE:
        fill_dir(st, text_ino(p->text));
        return 0;
    case PLACE_ROOT:
        return stat_node(p->dir, st);
    default:
        break;
    }
    int kind = node_kind_of(p->dir, p->name, p->len);
    if (kind < 0)
        return kind;
    if (kind == NODE_DIR) {
        fill_dir(st, text_ino(p->text));
        return 0;
    }
    if (p->dir_only)
        return -ENOTDIR;
    int err = node_lookup(p->dir, p->name, p->len, &n);
    return err < 0 ? err : stat_node(n, st);
}

static long stat_path(long dirfd, const char *path, struct lx_stat *st)
{
    struct place p;
    int err = path_resolve(dirfd, path, &p);
    return err < 0 ? err : stat_place(&p, st);
}

static long stat_fd(long fd, struct lx_stat *st)
{
    static char text[PATH_MAX_BYTES];
    struct ofd *o = fd_get(fd);
    if (!o)
        return -EBADF;
    switch (o->kind) {
    case OFD_FILE:
        return stat_node(o->node, st);
    case OFD_DIR:
        if (o->node && !o->node->root && node_path(o->node, text, sizeof text) == 0)
            fill_dir(st, text_ino(text)); /* as by path */
        else if (o->node)
            return stat_node(o->node, st);
        else
            fill_dir(st, text_ino("/"));
        return 0;
    case OFD_PIPE:
    case OFD_LOCAL_PIPE:
        fill(st, LX_S_IFIFO | 0600, (uint64_t)(uintptr_t)o);
        return 0;
    case OFD_NULL:
        fill_device(st, 3);
        return 0;
    case OFD_ZERO:
        fill_device(st, 5);
        return 0;
    default:
        fill_device(st, 9);
        return 0;
    }
}

long posix_stat(const long *a)
{
    return stat_path(LX_AT_FDCWD, (const char *)a[0], (struct lx_stat *)a[1]);
}

long posix_lstat(const long *a)
{
    return posix_stat(a); /* there are no symbolic links */
}

long posix_fstat(const long *a)
{
    return stat_fd((int)a[0], (struct lx_stat *)a[1]);
}

long posix_newfstatat(const long *a)
{
    const char *path = (const char *)a[1];
    if (a[3] & ~(long)(LX_AT_SYMLINK_NOFOLLOW | LX_AT_EMPTY_PATH | 0x800))
        return -EINVAL;
    if (path[0] == '\0' && a[3] & LX_AT_EMPTY_PATH)
        return (int)a[0] == LX_AT_FDCWD ? stat_path(LX_AT_FDCWD, ".", (struct lx_stat *)a[2])
                                        : stat_fd((int)a[0], (struct lx_stat *)a[2]);
    return stat_path((int)a[0], path, (struct lx_stat *)a[2]);
}

static long access_at(long dirfd, const char *path, long mode)
{
    struct place p;
    struct lx_stat st;
    struct node *n;
    if (mode & ~(long)(LX_R_OK | LX_W_OK | LX_X_OK))
        return -EINVAL;
    int err = path_resolve(dirfd, path, &p);
    if (err == 0)
        err = stat_place(&p, &st);
    if (err < 0)
        return err;
    if (mode & LX_W_OK) {
        if (p.kind == PLACE_ABOVE)
            return -EACCES;
        if (p.kind == PLACE_NAME && (st.mode & LX_S_IFREG) == LX_S_IFREG) {
            err = node_lookup(p.dir, p.name, p.len, &n);
            return err < 0 ? err : node_writable(n);
        }
    }
    return 0; /* execute permission is not kept: any file may be asked for */
}

long posix_access(const long *a)
{
    return access_at(LX_AT_FDCWD, (const char *)a[0], a[1]);
}

long posix_faccessat(const long *a)
{
    return access_at((int)a[0], (const char *)a[1], a[2]);
}

long posix_faccessat2(const long *a)
{
    return access_at((int)a[0], (const char *)a[1], a[2]);
}

static void fill_statfs(struct lx_statfs *s)
{
    *s = (struct lx_statfs){.type = 0x01021994, /* as tmpfs: memory */
                            .bsize = 4096,
                            .frsize = 4096,
                            .namelen = NODE_NAME_MAX};
}

long posix_statfs(const long *a)
{
    struct lx_stat st;
    long err = stat_path(LX_AT_FDCWD, (const char *)a[0], &st);
    if (err == 0)
        fill_statfs((struct lx_statfs *)a[1]);
    return err;
}

long posix_fstatfs(const long *a)
{
    if (!fd_get((int)a[0]))
        return -EBADF;
    fill_statfs((struct lx_statfs *)a[1]);
    return 0;
}

/* Modes, owners and times are accepted for what exists and change nothing. */
long posix_chmod(const long *a)
{
    struct lx_stat st;
    return stat_path(LX_AT_FDCWD, (const char *)a[0], &st);
}

long posix_fchmod(const long *a)
{
    return fd_get((int)a[0]) ? 0 : -EBADF;
}

long posix_fchmodat(const long *a)
{
    struct lx_stat st;
    return stat_path((int)a[0], (const char *)a[1], &st);
}

long posix_chown(const long *a)
{
    return posix_chmod(a);
}

long posix_lchown(const long *a)
{
    return posix_chmod(a);
}

long posix_fchown(const long *a)
{
    return posix_fchmod(a);
}

long posix_fchownat(const long *a)
{
    struct lx_stat st;
    const char *path = (const char *)a[1];
    if (path[0] == '\0' && a[4] & LX_AT_EMPTY_PATH)
        return posix_fchmod(a);
    return stat_path((int)a[0], path, &st);
}

long posix_utimensat(const long *a)
{
    struct lx_stat st;
    if (!a[1])
        return fd_get((int)a[0]) ? 0 : -EBADF;
    return stat_path((int)a[0], (const char *)a[1], &st);
}

long posix_utimes(const long *a)
{
    return posix_chmod(a);
}

long posix_utime(const long *a)
{
    return posix_chmod(a);
}

long posix_futimesat(const long *a)
{
    return posix_utimensat(a);
}
