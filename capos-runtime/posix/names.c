/* SPDX-License-Identifier: MIT */
/*
 * Changing names. Invariant: the Directory acts first, the cache follows; unlink never removes a directory
 * and rmdir never a file, though Directory.remove takes both.
 */
#include "capos/file.h"

#include "posix/fd.h"
#include "posix/path.h"

static uint32_t mask = 022;

/* The place of a name that is to be made, removed or moved; anything but a name in a directory has an errno
 * of its own. */
static int name_place(long dirfd, const char *path, int root_err, struct place *p)
{
    int err = path_resolve(dirfd, path, p);
    if (err < 0)
        return err;
    if (p->kind == PLACE_NAME)
        return 0;
    return p->kind == PLACE_DEVICE ? -EACCES : root_err;
}

static long mkdir_at(long dirfd, const char *path)
{
    struct place p;
    int err = name_place(dirfd, path, -EEXIST, &p);
    return err < 0 ? err : node_mkdir(p.dir, p.name, p.len);
}

long posix_mkdir(const long *a)
{
    return mkdir_at(LX_AT_FDCWD, (const char *)a[0]);
}

long posix_mkdirat(const long *a)
{
    return mkdir_at((int)a[0], (const char *)a[1]);
}

/* Whether `name` is a directory, without spending a capability on either: 1, 0, or a negative errno. */
static int is_dir(struct place *p)
{
    int kind = node_kind_of(p->dir, p->name, p->len);
    return kind < 0 ? kind : kind == NODE_DIR;
}

static int remove_place(struct place *p)
{
    int err = capos_dir_remove(p->dir->cap, p->name, p->len);
    if (err == 0)
        node_forget(p->dir, p->name, p->len);
    return err;
}

static long unlink_at(long dirfd, const char *path)
{
    struct place p;
    int err = name_place(dirfd, path, -EISDIR, &p);
    int dir = err < 0 ? err : is_dir(&p);
    if (dir < 0)
        return dir;
    if (dir)
        return -EISDIR;
    return p.dir_only ? -ENOTDIR : remove_place(&p);
}

static long rmdir_at(long dirfd, const char *path)
{
    struct place p;
    size_t n = posix_strlen(path);
    if (n && path[n - 1] == '.' && (n == 1 || path[n - 2] == '/'))
        return -EINVAL;
    int err = name_place(dirfd, path, -EBUSY, &p);
    int dir = err < 0 ? err : is_dir(&p);
    if (dir < 0)
        return dir;
    return dir ? remove_place(&p) : -ENOTDIR;
}

long posix_unlink(const long *a)
{
    return unlink_at(LX_AT_FDCWD, (const char *)a[0]);
}

long posix_rmdir(const long *a)
{
    return rmdir_at(LX_AT_FDCWD, (const char *)a[0]);
}

long posix_unlinkat(const long *a)
{
    if (a[2] & ~(long)LX_AT_REMOVEDIR)
        return -EINVAL;
    return a[2] ? rmdir_at((int)a[0], (const char *)a[1]) : unlink_at((int)a[0], (const char *)a[1]);
}

static long rename_at(long fd1, const char *p1, long fd2, const char *p2, bool replace)
{
    struct place a, b;
    int err = path_resolve_pair(fd1, p1, &a, fd2, p2, &b);
    if (err < 0)
        return err;
    if (a.kind != PLACE_NAME || b.kind != PLACE_NAME)
        return -EBUSY;
    if (a.dir != b.dir)
        return -EXDEV;
    int from_dir = is_dir(&a);
    if (from_dir < 0)
        return from_dir;
    if (a.len == b.len && posix_memeq(a.name, b.name, a.len))
        return replace ? 0 : -EEXIST;
    int to_dir = is_dir(&b);
    if (to_dir < 0 && to_dir != -ENOENT)
        return to_dir;
    if (to_dir >= 0) {
        if (!replace)
            return -EEXIST;
        if (to_dir != from_dir)
            return to_dir ? -EISDIR : -ENOTDIR;
        err = remove_place(&b); /* then rename: two steps, not atomic */
        if (err < 0)
            return err;
    } else if (b.dir_only && !from_dir) {
        return -ENOTDIR;
    }
    err = capos_dir_rename(a.dir->cap, a.name, a.len, b.name, b.len);
    if (err == 0)
        node_moved(a.dir, a.name, a.len, b.name, b.len);
    return err;
}

long posix_rename(const long *a)
{
    return rename_at(LX_AT_FDCWD, (const char *)a[0], LX_AT_FDCWD, (const char *)a[1], true);
}

long posix_renameat(const long *a)
{
    return rename_at((int)a[0], (const char *)a[1], (int)a[2], (const char *)a[3], true);
}

long posix_renameat2(const long *a)
{
    if (a[4] & ~1L) /* RENAME_NOREPLACE is all there is */
        return -EINVAL;
    return rename_at((int)a[0], (const char *)a[1], (int)a[2], (const char *)a[3], a[4] == 0);
}

static long readlink_at(long dirfd, const char *path)
{
    struct place p;
    int err = path_resolve(dirfd, path, &p);
    if (err < 0)
        return err;
    if (p.kind == PLACE_NAME) {
        int kind = node_kind_of(p.dir, p.name, p.len);
        if (kind < 0)
            return kind;
    }
    return -EINVAL; /* there, and not a link */
}

long posix_readlink(const long *a)
{
    return readlink_at(LX_AT_FDCWD, (const char *)a[0]);
}

long posix_readlinkat(const long *a)
{
    return readlink_at((int)a[0], (const char *)a[1]);
}

long posix_truncate(const long *a)
{
    struct place p;
    struct node *n;
    if (a[1] < 0)
        return -EINVAL;
    int err = name_place(LX_AT_FDCWD, (const char *)a[0], -EISDIR, &p);
    if (err == 0)
        err = node_open(p.dir, p.name, p.len, false, &n);
    return err < 0 ? err : capos_file_truncate(n->cap, (uint64_t)a[1]);
}

long posix_getcwd(const long *a)
{
    size_t n = posix_strlen(path_cwd()) + 1;
    if ((uint64_t)a[1] < n)
        return -ERANGE;
    __builtin_memcpy((char *)a[0], path_cwd(), n);
    return (long)n;
}

static int cwd_to(const struct place *p)
{
    if (p->kind == PLACE_DEVICE)
        return -ENOTDIR;
    if (p->kind == PLACE_NAME) {
        int kind = node_kind_of(p->dir, p->name, p->len);
        if (kind < 0)
            return kind;
        if (kind != NODE_DIR)
            return -ENOTDIR;
    }
    return path_set_cwd(p->text);
}

long posix_chdir(const long *a)
{
    struct place p;
    int err = path_resolve(LX_AT_FDCWD, (const char *)a[0], &p);
    return err < 0 ? err : cwd_to(&p);
}

long posix_fchdir(const long *a)
{
    static char text[PATH_MAX_BYTES];
    struct ofd *o = fd_get((int)a[0]);
    if (!o)
        return -EBADF;
    if (o->kind != OFD_DIR)
        return -ENOTDIR;
    if (!o->node)
        return path_set_cwd("/");
    int err = node_path(o->node, text, sizeof text);
    return err < 0 ? err : path_set_cwd(text);
}

long posix_umask(const long *a)
{
    uint32_t old = mask;
    mask = (uint32_t)a[0] & 0777;
    return (long)old;
}
