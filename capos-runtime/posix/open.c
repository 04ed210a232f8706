/* SPDX-License-Identifier: MIT */
/* Opening. Invariant: a failed open leaves no descriptor, no held node, and no file that was not there
 * before, O_CREAT excepted. */
#include "capos/file.h"

#include "posix/fd.h"
#include "posix/path.h"

static long install_node(struct node *n, enum ofd_kind kind, uint32_t flags)
{
    struct ofd *o = ofd_new(kind, flags & (LX_O_ACCMODE | LX_O_APPEND | LX_O_NONBLOCK));
    if (!o)
        return -ENFILE;
    o->node = n;
    if (n)
        node_hold(n);
    return fd_install(o, 0, flags & LX_O_CLOEXEC);
}

static long open_device(enum device device, uint32_t flags)
{
    static const enum ofd_kind kinds[] = {OFD_NULL, OFD_ZERO, OFD_RANDOM};
    struct ofd *o = ofd_new(kinds[device], flags & LX_O_ACCMODE);
    return o ? fd_install(o, 0, flags & LX_O_CLOEXEC) : -ENFILE;
}

static long open_dir(struct node *n, uint32_t flags)
{
    if ((flags & LX_O_ACCMODE) != LX_O_RDONLY || flags & LX_O_CREAT)
        return -EISDIR;
    return install_node(n, OFD_DIR, flags);
}

static long open_file(const struct place *p, uint32_t flags)
{
    bool create = flags & LX_O_CREAT, write = (flags & LX_O_ACCMODE) != LX_O_RDONLY;
    struct node *n;
    int err;
    if (create && flags & LX_O_EXCL) {
        err = capos_dir_create(p->dir->cap, p->name, p->len);
        if (err < 0)
            return err;
        node_forget(p->dir, p->name, p->len);
        create = false;
    }
    err = node_open(p->dir, p->name, p->len, create, &n);
    if (err == -EISDIR)
        return open_dir(n, flags);
    if (err < 0)
        return err;
    if (flags & LX_O_DIRECTORY || p->dir_only)
        return -ENOTDIR;
    if (write && flags & LX_O_TRUNC) {
        err = capos_file_truncate(n->cap, 0);
        n->access = err == 0 ? 1 : n->access;
    } else if (write) {
        err = node_writable(n);
    }
    if (err == 0 && write && flags & LX_O_APPEND)
        err = node_append(n);
    return err < 0 ? err : install_node(n, OFD_FILE, flags);
}

static long open_at(long dirfd, const char *path, uint32_t flags)
{
    struct place p;
    if ((flags & LX_O_ACCMODE) == LX_O_ACCMODE)
        return -EINVAL;
    if ((flags & LX_O_TMPFILE) == LX_O_TMPFILE)
        return -EOPNOTSUPP;
    int err = path_resolve(dirfd, path, &p);
    if (err < 0)
        return err;
    switch (p.kind) {
    case PLACE_DEVICE:
        return open_device(p.device, flags);
    case PLACE_ABOVE:
        return open_dir(NULL, flags);
    case PLACE_ROOT:
        return flags & LX_O_EXCL && flags & LX_O_CREAT ? -EEXIST : open_dir(p.dir, flags);
    default:
        break;
    }
    if (p.dir_only && flags & LX_O_CREAT)
        return -EISDIR;
    if (!(flags & LX_O_DIRECTORY))
        return open_file(&p, flags);
    struct node *n;
    err = node_walk(p.dir, p.name, p.len, &n);
    return err < 0 ? err : open_dir(n, flags);
}

long posix_openat(const long *a)
{
    return open_at((int)a[0], (const char *)a[1], (uint32_t)a[2]);
}

long posix_open(const long *a)
{
    return open_at(LX_AT_FDCWD, (const char *)a[0], (uint32_t)a[1]);
}

long posix_creat(const long *a)
{
    return open_at(LX_AT_FDCWD, (const char *)a[0], LX_O_CREAT | LX_O_WRONLY | LX_O_TRUNC);
}

long posix_close(const long *a)
{
    return fd_close((int)a[0]);
}

long posix_close_range(const long *a)
{
    uint64_t first = (uint32_t)a[0], last = (uint32_t)a[1];
    if (first > last || a[2] & ~4L)
        return -EINVAL;
    for (uint64_t fd = first; fd <= last && fd < FD_MAX; fd++) {
        if (a[2] & 4 && fd_get((long)fd))
            fd_set_cloexec((long)fd, true);
        else if (!(a[2] & 4))
            fd_close((long)fd);
    }
    return 0;
}
