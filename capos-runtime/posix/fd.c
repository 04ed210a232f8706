/* SPDX-License-Identifier: MIT */
/*
 * Descriptor table and descriptions. Invariant: a description with refs > 0 is reachable from a descriptor or
 * from the call being served; ofd_unref is the only place where what it holds is given back.
 */
#include "posix/fd.h"

#include "capos/console.h"
#include "capos/file.h"
#include "capos/system.h"

#define FILE_CHUNK 61440u /* whole pages that fit one call */
#define LINE_BYTES 4096u

static struct ofd ofds[OFD_MAX];
static struct {
    struct ofd *ofd;
    bool cloexec;
} fds[FD_MAX];

struct ofd *ofd_new(enum ofd_kind kind, uint32_t flags)
{
    for (struct ofd *o = ofds; o < ofds + OFD_MAX; o++)
        if (o->kind == OFD_FREE) {
            *o = (struct ofd){.kind = (uint8_t)kind, .refs = 1, .flags = flags};
            return o;
        }
    return NULL;
}

void ofd_unref(struct ofd *o)
{
    if (--o->refs)
        return;
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

struct ofd *fd_get(long fd)
{
    return fd >= 0 && fd < (long)FD_MAX ? fds[fd].ofd : NULL;
}

long fd_install(struct ofd *o, long min, bool cloexec)
{
    for (long fd = min < 0 ? 0 : min; fd < (long)FD_MAX; fd++)
        if (!fds[fd].ofd) {
            fds[fd].ofd = o;
            fds[fd].cloexec = cloexec;
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
    fds[fd].ofd = o;
    fds[fd].cloexec = cloexec;
    if (old)
        ofd_unref(old);
    return fd;
}

long fd_close(long fd)
{
    struct ofd *o = fd_get(fd);
    if (!o)
        return -EBADF;
    fds[fd].ofd = NULL;
    ofd_unref(o);
    return 0;
}

bool fd_cloexec(long fd)
{
    return fds[fd].cloexec;
}

void fd_set_cloexec(long fd, bool on)
{
    fds[fd].cloexec = on;
}

static long file_read(struct ofd *o, uint8_t *buf, size_t n, int64_t offset)
{
    uint64_t at = offset < 0 ? o->offset : (uint64_t)offset;
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
    if (offset < 0)
        o->offset = at + done;
    return (long)done;
}

static long file_write(struct ofd *o, const uint8_t *buf, size_t n, int64_t offset)
{
    bool append = o->flags & LX_O_APPEND;
    uint64_t at = offset < 0 ? o->offset : (uint64_t)offset;
    size_t done = 0;
    if (append) {
        int err = node_append(o->node);
        if (err < 0)
            return err;
    }
    while (done < n) {
        size_t want = n - done < FILE_CHUNK ? n - done : FILE_CHUNK;
        int64_t put =
            capos_file_write(append ? o->node->append_cap : o->node->cap, at + done, buf + done, want);
        if (put < 0)
            return done ? (long)done : (long)put;
        done += (size_t)put;
        if (put == 0)
            return done ? (long)done : -ENOSPC;
    }
    if (offset < 0 && append) {
        struct capos_file_stat st; /* the end may have moved by others' writes too */
        o->offset = capos_file_stat(o->node->cap, &st) == 0 ? st.size : at + done;
    } else if (offset < 0) {
        o->offset = at + done;
    }
    return (long)done;
}

/* A terminal gives whole lines; what the caller did not take stays for the next read. */
static long terminal_read(struct ofd *o, uint8_t *buf, size_t n)
{
    static char line[LINE_BYTES];
    if (!o->line || o->line_at == o->line_len) {
        unsigned status;
        int64_t got = capos_terminal_read_line(o->cap, "", false, line, LINE_BYTES - 1, &status);
        node_world_changed();
        if (got < 0)
            return (long)got;
        if (status == CAPOS_LINE_CLOSED)
            return 0;
        if (status == CAPOS_LINE_CANCELLED)
            return -EINTR;
        line[got] = '\n';
        o->line = line;
        o->line_at = 0;
        o->line_len = (uint32_t)got + 1;
    }
    size_t k = o->line_len - o->line_at < n ? o->line_len - o->line_at : n;
    __builtin_memcpy(buf, o->line + o->line_at, k);
    o->line_at += (uint32_t)k;
    return (long)k;
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
