/* SPDX-License-Identifier: MIT */
/* Reading, writing and the descriptor calls around them. Invariant: a count never exceeds Linux's own limit.
 */
#include "capos/file.h"

#include "posix/fd.h"
#include "posix/terminal.h"

#define COUNT_MAX 0x7ffff000u
#define IOV_MAX   1024

static size_t clamp(uint64_t n)
{
    return n < COUNT_MAX ? (size_t)n : COUNT_MAX;
}

/* read, write and their positional forms: `offset` < 0 is the description's own. */
static long transfer(long fd, void *buf, uint64_t n, int64_t offset, bool out)
{
    struct ofd *o = fd_get(fd);
    if (!o)
        return -EBADF;
    return out ? ofd_write(o, buf, clamp(n), offset) : ofd_read(o, buf, clamp(n), offset);
}

static long transfer_vec(long fd, const struct lx_iovec *v, long count, int64_t offset, bool out)
{
    long done = 0;
    if (!fd_get(fd))
        return -EBADF;
    if (count < 0 || count > IOV_MAX)
        return -EINVAL;
    for (long i = 0; i < count; i++) {
        if (v[i].len == 0)
            continue;
        long r = transfer(fd, v[i].base, v[i].len, offset < 0 ? -1 : offset + done, out);
        if (r < 0)
            return done ? done : r;
        done += r;
        if ((uint64_t)r < v[i].len)
            break;
    }
    return done;
}

long posix_read(const long *a)
{
    return transfer((int)a[0], (void *)a[1], (uint64_t)a[2], -1, false);
}

long posix_write(const long *a)
{
    return transfer((int)a[0], (void *)a[1], (uint64_t)a[2], -1, true);
}

long posix_pread64(const long *a)
{
    return a[3] < 0 ? -EINVAL : transfer((int)a[0], (void *)a[1], (uint64_t)a[2], a[3], false);
}

long posix_pwrite64(const long *a)
{
    return a[3] < 0 ? -EINVAL : transfer((int)a[0], (void *)a[1], (uint64_t)a[2], a[3], true);
}

long posix_readv(const long *a)
{
    return transfer_vec((int)a[0], (const struct lx_iovec *)a[1], a[2], -1, false);
}

long posix_writev(const long *a)
{
    return transfer_vec((int)a[0], (const struct lx_iovec *)a[1], a[2], -1, true);
}

long posix_preadv(const long *a)
{
    return a[3] < 0 ? -EINVAL : transfer_vec((int)a[0], (const struct lx_iovec *)a[1], a[2], a[3], false);
}

long posix_pwritev(const long *a)
{
    return a[3] < 0 ? -EINVAL : transfer_vec((int)a[0], (const struct lx_iovec *)a[1], a[2], a[3], true);
}

long posix_lseek(const long *a)
{
    struct ofd *o = fd_get((int)a[0]);
    struct capos_file_stat st;
    int64_t base = 0;
    if (!o)
        return -EBADF;
    if (o->kind == OFD_DIR) {
        if (a[2] != LX_SEEK_SET || a[1] < 0)
            return -EINVAL;
        if (a[1] == 0)
            listing_free(o); /* rewinddir: read the directory again */
        o->offset = (uint64_t)a[1];
        return a[1];
    }
    if (o->kind == OFD_NULL || o->kind == OFD_ZERO || o->kind == OFD_RANDOM)
        return 0;
    if (o->kind != OFD_FILE)
        return -ESPIPE;
    if (a[2] == LX_SEEK_CUR)
        base = (int64_t)ofd_offset(o);
    else if (a[2] == LX_SEEK_END) {
        int err = capos_file_stat(o->node->cap, &st);
        if (err < 0)
            return err;
        base = (int64_t)st.size;
    } else if (a[2] != LX_SEEK_SET) {
        return -EINVAL;
    }
    int64_t to;
    if (__builtin_add_overflow(base, (int64_t)a[1], &to))
        return -EOVERFLOW;
    if (to < 0)
        return -EINVAL;
    ofd_seek(o, (uint64_t)to);
    return to;
}

static long truncate_node(struct node *n, int64_t length)
{
    return length < 0 ? -EINVAL : capos_file_truncate(n->cap, (uint64_t)length);
}

long posix_ftruncate(const long *a)
{
    struct ofd *o = fd_get((int)a[0]);
    if (!o)
        return -EBADF;
    if (o->kind != OFD_FILE || (o->flags & LX_O_ACCMODE) == LX_O_RDONLY)
        return -EINVAL;
    return truncate_node(o->node, a[1]);
}

long posix_fallocate(const long *a)
{
    struct ofd *o = fd_get((int)a[0]);
    struct capos_file_stat st;
    if (!o)
        return -EBADF;
    if (o->kind != OFD_FILE || (o->flags & LX_O_ACCMODE) == LX_O_RDONLY)
        return -EBADF;
    if (a[1] != 0)
        return -EOPNOTSUPP;
    if (a[2] < 0 || a[3] <= 0)
        return -EINVAL;
    int err = capos_file_stat(o->node->cap, &st);
    if (err < 0)
        return err;
    uint64_t end = (uint64_t)a[2] + (uint64_t)a[3];
    return end > st.size ? capos_file_truncate(o->node->cap, end) : 0;
}

long posix_fsync(const long *a)
{
    struct ofd *o = fd_get((int)a[0]);
    if (!o)
        return -EBADF;
    if (o->kind == OFD_DIR)
        return o->node ? node_sync_dir(o->node) : 0; /* above all preopened directories nothing can change */
    if (o->kind != OFD_FILE)
        return -EINVAL;
    int err = capos_file_sync(o->node->cap);
    return err == -EROFS ? 0 : err;
}

long posix_fdatasync(const long *a)
{
    return posix_fsync(a);
}

long posix_dup(const long *a)
{
    struct ofd *o = fd_get((int)a[0]);
    if (!o)
        return -EBADF;
    o->refs++;
    return fd_install(o, 0, false);
}

static long dup_to(long from, long to, uint32_t flags)
{
    struct ofd *o = fd_get(from);
    if (!o || to < 0 || to >= (long)FD_MAX)
        return -EBADF;
    if (flags & ~(uint32_t)LX_O_CLOEXEC)
        return -EINVAL;
    o->refs++;
    return fd_place(o, to, flags & LX_O_CLOEXEC);
}

long posix_dup2(const long *a)
{
    if ((int)a[0] == (int)a[1])
        return fd_get((int)a[0]) ? (int)a[0] : -EBADF;
    return dup_to((int)a[0], (int)a[1], 0);
}

long posix_dup3(const long *a)
{
    return (int)a[0] == (int)a[1] ? -EINVAL : dup_to((int)a[0], (int)a[1], (uint32_t)a[2]);
}

long posix_fcntl(const long *a)
{
    struct ofd *o = fd_get((int)a[0]);
    if (!o)
        return -EBADF;
    switch (a[1]) {
    case LX_F_DUPFD:
    case LX_F_DUPFD_CLOEXEC:
        if (a[2] < 0 || a[2] >= (long)FD_MAX)
            return -EINVAL;
        o->refs++;
        return fd_install(o, a[2], a[1] == LX_F_DUPFD_CLOEXEC);
    case LX_F_GETFD:
        return fd_cloexec((int)a[0]);
    case LX_F_SETFD:
        fd_set_cloexec((int)a[0], a[2] & 1);
        return 0;
    case LX_F_GETFL:
        return (long)o->flags;
    case LX_F_SETFL:
        if (a[2] & LX_O_APPEND && o->kind == OFD_FILE) {
            int err = node_append(o->node);
            if (err < 0 && err != -ENOENT) /* without a name here: the write asks where the end is */
                return err;
        }
        ofd_set_flags(o, (uint32_t)a[2]);
        return 0;
    case LX_F_GETLK:
        ((struct lx_flock *)a[2])->type = LX_F_UNLCK;
        return 0;
    case LX_F_SETLK:
    case LX_F_SETLKW:
        return o->kind == OFD_FILE ? 0 : -EINVAL;
    default:
        return -EINVAL;
    }
}

static long terminal_ioctl(const struct ofd *o, uint32_t request, struct lx_termios *t)
{
    if (o->kind != OFD_TERMINAL)
        return -ENOTTY;
    if (request != LX_TCGETS)
        return terminal_set(t);
    *t = terminal_settings();
    return 0;
}

long posix_ioctl(const long *a)
{
    struct ofd *o = fd_get((int)a[0]);
    if (!o)
        return -EBADF;
    switch ((uint32_t)a[1]) {
    case LX_TIOCGWINSZ:
        if (o->kind != OFD_TERMINAL)
            return -ENOTTY;
        *(struct lx_winsize *)a[2] = terminal_size();
        return 0;
    case LX_TCGETS:
    case LX_TCGETS + 1:
    case LX_TCGETS + 2:
    case LX_TCSETSF:
        return terminal_ioctl(o, (uint32_t)a[1], (struct lx_termios *)a[2]);
    case LX_FIONBIO:
        ofd_set_flags(o, *(const int *)a[2] ? o->flags | LX_O_NONBLOCK : o->flags & ~(uint32_t)LX_O_NONBLOCK);
        return 0;
    default:
        return -ENOTTY;
    }
}

long posix_flock(const long *a)
{
    return fd_get((int)a[0]) ? 0 : -EBADF;
}

long posix_fadvise64(const long *a)
{
    struct ofd *o = fd_get((int)a[0]);
    return !o ? -EBADF : o->kind == OFD_FILE ? 0 : -ESPIPE;
}

long posix_sendfile(const long *a)
{
    static uint8_t buf[16384];
    struct ofd *out = fd_get((int)a[0]), *in = fd_get((int)a[1]);
    int64_t *offset = (int64_t *)a[2];
    size_t left = clamp((uint64_t)a[3]), done = 0;
    if (!out || !in)
        return -EBADF;
    if (in->kind != OFD_FILE)
        return -EINVAL;
    while (left) {
        long got = ofd_read(in, buf, left < sizeof buf ? left : sizeof buf, offset ? *offset : -1);
        if (got <= 0)
            return done ? (long)done : got;
        long put = ofd_write(out, buf, (size_t)got, -1);
        if (put < 0)
            return done ? (long)done : put;
        if (offset)
            *offset += put;
        else if (put < got)
            ofd_seek(in, ofd_offset(in) - (uint64_t)(got - put));
        done += (size_t)put;
        left -= (size_t)put;
        if (put < got)
            break;
    }
    return (long)done;
}
