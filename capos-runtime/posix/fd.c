/* SPDX-License-Identifier: MIT */
/*
 * Descriptor table and descriptions. Invariant: a description with refs > 0 is reachable from a descriptor or
 * from the call being served; ofd_unref is the only place where what it holds is given back. No descriptor is
 * used from fds_top on, no description from ofds_top on: whoever walks them stops there.
 */
#include "posix/fd.h"

#include "capos/console.h"
#include "capos/file.h"
#include "capos/system.h"
#include "posix/shared.h"
#include "posix/terminal.h"

#define FILE_CHUNK 61440u /* whole pages that fit one call */

static struct ofd ofds[OFD_MAX];
static struct fd_entry fds[FD_MAX];
static unsigned ofds_top;
static long fds_top;

struct ofd *ofd_new(enum ofd_kind kind, uint32_t flags)
{
    for (unsigned i = 0; i < OFD_MAX; i++)
        if (ofds[i].kind == OFD_FREE) {
            ofds[i] = (struct ofd){.kind = (uint8_t)kind, .refs = 1, .flags = flags};
            ofds_top = i < ofds_top ? ofds_top : i + 1;
            return &ofds[i];
        }
    return NULL;
}

void ofd_unref(struct ofd *o)
{
    if (--o->refs)
        return;
    if (o->shared)
        shared_drop(o->shared - 1u);
    switch (o->kind) {
    case OFD_FILE:
    case OFD_DIR:
        listing_free(o);
        if (o->node)
            node_drop(o->node);
        break;
    case OFD_PIPE:
        pipe_release(o);
        break;
    case OFD_LOCAL_PIPE:
        local_pipe_release(o);
        break;
    case OFD_STDIO:
    case OFD_TERMINAL:
    case OFD_CONSOLE:
        capos_release(o->cap);
        break;
    default:
        break;
    }
    o->kind = OFD_FREE;
}

/* The only writer of the table. */
static void entry_set(long fd, struct ofd *o, bool cloexec)
{
    fds[fd] = (struct fd_entry){o, cloexec};
    if (o && fd >= fds_top)
        fds_top = fd + 1;
    while (fds_top > 0 && !fds[fds_top - 1].ofd)
        fds_top--;
}

long fd_top(void)
{
    return fds_top;
}

struct ofd *fd_get(long fd)
{
    struct ofd *o = fd >= 0 && fd < fds_top ? fds[fd].ofd : NULL;
    if (o && o->shared) { /* another process may have set them */
        const struct startup_shared_ofd *s = shared_slot(o->shared - 1u);
        o->flags = (o->flags & ~FD_SETTABLE) | (__atomic_load_n(&s->flags, __ATOMIC_RELAXED) & FD_SETTABLE);
    }
    return o;
}

uint64_t ofd_offset(const struct ofd *o)
{
    return o->shared ? __atomic_load_n(&shared_slot(o->shared - 1u)->offset, __ATOMIC_RELAXED) : o->offset;
}

void ofd_seek(struct ofd *o, uint64_t to)
{
    if (o->shared)
        __atomic_store_n(&shared_slot(o->shared - 1u)->offset, to, __ATOMIC_RELAXED);
    else
        o->offset = to;
}

/* Moves from -> to unless another process has moved it meanwhile. */
static bool offset_move(struct ofd *o, uint64_t from, uint64_t to)
{
    if (o->shared)
        return __atomic_compare_exchange_n(&shared_slot(o->shared - 1u)->offset, &from, to, false,
                                           __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    o->offset = to;
    return true;
}

/* The next n bytes are this caller's to write: where they begin. */
static uint64_t offset_claim(struct ofd *o, uint64_t n)
{
    if (o->shared)
        return __atomic_fetch_add(&shared_slot(o->shared - 1u)->offset, n, __ATOMIC_RELAXED);
    o->offset += n;
    return o->offset - n;
}

void ofd_set_flags(struct ofd *o, uint32_t flags)
{
    o->flags = (o->flags & ~FD_SETTABLE) | (flags & FD_SETTABLE);
    if (o->shared)
        __atomic_store_n(&shared_slot(o->shared - 1u)->flags, o->flags & FD_SETTABLE, __ATOMIC_RELAXED);
}

int ofd_share(struct ofd *o)
{
    if (!o->shared) {
        int slot = shared_take(o->offset, o->flags & FD_SETTABLE);
        if (slot < 0)
            return slot;
        o->shared = (uint16_t)(slot + 1);
    }
    return o->shared - 1;
}

long fd_install(struct ofd *o, long min, bool cloexec)
{
    for (long fd = min < 0 ? 0 : min; fd < (long)FD_MAX; fd++)
        if (!fds[fd].ofd) {
            entry_set(fd, o, cloexec);
            return fd;
        }
    ofd_unref(o);
    return -EMFILE;
}

long fd_place(struct ofd *o, long fd, bool cloexec)
{
    if (fd < 0 || fd >= (long)FD_MAX) {
        ofd_unref(o);
        return -EBADF;
    }
    struct ofd *old = fds[fd].ofd;
    entry_set(fd, o, cloexec);
    if (old)
        ofd_unref(old);
    return fd;
}

long fd_close(long fd)
{
    struct ofd *o = fd_get(fd);
    if (!o)
        return -EBADF;
    entry_set(fd, NULL, false);
    ofd_unref(o);
    return 0;
}

void fd_close_all(void)
{
    while (fds_top > 0)
        fd_close(fds_top - 1);
}

void fd_close_but_terminal(void)
{
    for (long fd = 0; fd < fds_top; fd++) {
        const struct ofd *o = fd_get(fd);
        if (o && o->kind != OFD_TERMINAL)
            fd_close(fd);
    }
}

void fd_exit(void)
{
    for (const struct ofd *o = ofds; o < ofds + ofds_top; o++)
        if (o->kind != OFD_FREE && o->shared)
            shared_drop(o->shared - 1u);
}

void fd_save(struct fd_table *to)
{
    to->n = fds_top;
    for (long fd = 0; fd < fds_top; fd++) {
        to->fd[fd] = fds[fd];
        if (fds[fd].ofd)
            fds[fd].ofd->refs++;
    }
}

void fd_restore(const struct fd_table *from)
{
    fd_close_all();
    for (long fd = 0; fd < from->n; fd++)
        entry_set(fd, from->fd[fd].ofd, from->fd[fd].cloexec); /* the references pass on */
}

bool fd_cloexec(long fd)
{
    return fds[fd].cloexec;
}

void fd_set_cloexec(long fd, bool on)
{
    fds[fd].cloexec = on;
}

static long file_read_at(struct ofd *o, uint64_t at, uint8_t *buf, size_t n)
{
    size_t done = 0;
    while (done < n) {
        size_t want = n - done < FILE_CHUNK ? n - done : FILE_CHUNK;
        int64_t got = capos_file_read(o->node->cap, at + done, buf + done, want);
        if (got < 0)
            return done ? (long)done : (long)got;
        done += (size_t)got;
        if ((size_t)got < want)
            break;
    }
    return (long)done;
}

static long file_read(struct ofd *o, uint8_t *buf, size_t n, int64_t offset)
{
    if (offset >= 0)
        return file_read_at(o, (uint64_t)offset, buf, n);
    for (;;) {
        uint64_t at = ofd_offset(o);
        long got = file_read_at(o, at, buf, n);
        if (got <= 0 || offset_move(o, at, at + (uint64_t)got))
            return got;
    }
}

/* A file to append to: *cap writes at its end, wherever that is; or *at is the end, when the file has no name
 * here to open it for appending by (another process opened it). */
static int append_prepare(struct ofd *o, uint32_t *cap, uint64_t *at)
{
    struct capos_file_stat st;
    int err = node_append(o->node);
    if (err == 0)
        *cap = o->node->append_cap;
    if (err != -ENOENT)
        return err;
    err = capos_file_stat(o->node->cap, &st);
    *at = st.size;
    return err;
}

static long file_write(struct ofd *o, const uint8_t *buf, size_t n, int64_t offset)
{
    bool append = o->flags & LX_O_APPEND, own = offset < 0 && !append;
    uint64_t at = own ? offset_claim(o, n) : offset < 0 ? 0 : (uint64_t)offset;
    uint32_t cap = o->node->cap;
    size_t done = 0;
    long result = append ? append_prepare(o, &cap, &at) : 0;
    while (result == 0 && done < n) {
        size_t want = n - done < FILE_CHUNK ? n - done : FILE_CHUNK;
        int64_t put = capos_file_write(cap, at + done, buf + done, want);
        if (put > 0)
            done += (size_t)put;
        else
            result = put < 0 ? (long)put : -ENOSPC;
    }
    if (own && done < n)
        offset_move(o, at + n, at + done);
    if (offset < 0 && append && done) {
        struct capos_file_stat st; /* the end may have moved by others' writes too */
        if (capos_file_stat(o->node->cap, &st) == 0)
            ofd_seek(o, st.size);
    }
    return done ? (long)done : result;
}

static long stdio_read(struct ofd *o, uint8_t *buf, size_t n)
{
    unsigned status;
    int64_t got = capos_stdio_read(o->cap, CAPOS_READ_BLOCK, buf, n < 32768 ? (uint32_t)n : 32768, &status);
    node_world_changed();
    return got < 0 ? (long)got : status == CAPOS_LINE_SUBMITTED ? (long)got : 0;
}

long ofd_read(struct ofd *o, void *buf, size_t n, int64_t offset)
{
    if ((o->flags & LX_O_ACCMODE) == LX_O_WRONLY)
        return -EBADF;
    if (offset >= 0 && o->kind != OFD_FILE && o->kind != OFD_NULL && o->kind != OFD_ZERO)
        return o->kind == OFD_DIR ? -EISDIR : -ESPIPE;
    if (n == 0)
        return o->kind == OFD_DIR ? -EISDIR : 0;
    switch (o->kind) {
    case OFD_FILE:
        return file_read(o, buf, n, offset);
    case OFD_DIR:
        return -EISDIR;
    case OFD_PIPE:
        return pipe_read(o, buf, n);
    case OFD_LOCAL_PIPE:
        return local_pipe_read(o, buf, n);
    case OFD_STDIO:
        return stdio_read(o, buf, n);
    case OFD_TERMINAL:
        return terminal_read(o, buf, n);
    case OFD_ZERO:
        __builtin_memset(buf, 0, n);
        return (long)n;
    case OFD_RANDOM: {
        int err = capos_entropy_fill(posix_caps.entropy, buf, n);
        return err < 0 ? err : (long)n;
    }
    case OFD_NULL:
        return 0;
    default:
        return -EBADF;
    }
}

static long text_write(struct ofd *o, const uint8_t *buf, size_t n)
{
    size_t k = n < CAPOS_WRITE_MAX ? n : CAPOS_WRITE_MAX;
    int err = o->kind == OFD_STDIO      ? capos_stdio_write(o->cap, o->stream, (const char *)buf, k)
              : o->kind == OFD_TERMINAL ? capos_terminal_write(o->cap, buf, k)
                                        : capos_console_write(o->cap, buf, k);
    return err < 0 ? err : (long)k;
}

long ofd_write(struct ofd *o, const void *buf, size_t n, int64_t offset)
{
    if ((o->flags & LX_O_ACCMODE) == LX_O_RDONLY)
        return -EBADF;
    if (offset >= 0 && o->kind != OFD_FILE && o->kind != OFD_NULL && o->kind != OFD_ZERO)
        return -ESPIPE;
    if (n == 0)
        return 0;
    switch (o->kind) {
    case OFD_FILE:
        return file_write(o, buf, n, offset);
    case OFD_PIPE:
        return pipe_write(o, buf, n);
    case OFD_LOCAL_PIPE:
        return local_pipe_write(o, buf, n);
    case OFD_STDIO:
    case OFD_TERMINAL:
    case OFD_CONSOLE:
        return text_write(o, buf, n);
    case OFD_NULL:
    case OFD_ZERO:
    case OFD_RANDOM:
        return (long)n;
    default:
        return -EBADF;
    }
}
