/* SPDX-License-Identifier: MIT */
/*
 * Reading directories. Invariant: a description reads one snapshot, taken at the first getdents after open or
 * rewind; the offset counts entries, `.` and `..` first. A directory of which the answer does not fit is an
 * error, never cut.
 */
#include "capos/file.h"

#include "posix/fd.h"
#include "posix/pages.h"
#include "posix/path.h"

#define LIST_FIRST 32768u
#define LIST_LAST  262144u

struct listing {
    uint64_t mapped; /* bytes of this mapping */
    uint64_t len;    /* of the message, 0: no entries */
    uint64_t message[];
};

void listing_free(struct ofd *o)
{
    if (o->list)
        pages_unmap((uint64_t)(uintptr_t)o->list, o->list->mapped);
    o->list = NULL;
}

static int listing_take(struct ofd *o)
{
    for (uint64_t bytes = LIST_FIRST;; bytes *= 2) {
        int64_t at = pages_map(bytes, LX_PROT_READ | LX_PROT_WRITE);
        if (at <= 0)
            return at < 0 ? (int)at : -ENOMEM;
        o->list = (struct listing *)(uintptr_t)at;
        o->list->mapped = bytes;
        o->list->len = 0;
        if (!o->node)
            return 0;
        int64_t len = capos_dir_list(o->node->cap, o->list->message, bytes - sizeof *o->list);
        if (len >= 0) {
            o->list->len = (uint64_t)len;
            return 0;
        }
        listing_free(o);
        if (len != -EMSGSIZE || bytes == LIST_LAST)
            return len == -EMSGSIZE ? -EOVERFLOW : (int)len;
    }
}

/* The first component of preopen `i`: what a directory above the preopened ones is seen to hold. */
static int above_entry(uint64_t index, struct capos_dir_entry *e)
{
    const char *p = path_preopen_at((unsigned)index);
    if (!p)
        return -ENOENT;
    size_t k = 0;
    while (p[1 + k] && p[1 + k] != '/')
        k++;
    *e = (struct capos_dir_entry){.name = p + 1, .len = (uint32_t)k, .is_dir = true};
    return 0;
}

static int entry_at(const struct ofd *o, uint64_t index, struct capos_dir_entry *e)
{
    if (index < 2) {
        *e = (struct capos_dir_entry){.name = "..", .len = (uint32_t)index + 1, .is_dir = true};
        return 0;
    }
    if (!o->node)
        return above_entry(index - 2, e);
    return capos_dir_entry_at(o->list->message, o->list->len, (uint32_t)(index - 2), e);
}

static uint64_t name_ino(const char *p, uint32_t len)
{
    uint64_t h = 0xcbf29ce484222325u;
    while (len--)
        h = (h ^ (uint8_t)*p++) * 0x100000001b3u;
    return h | 1;
}

long posix_getdents64(const long *a)
{
    struct ofd *o = fd_get((int)a[0]);
    uint8_t *out = (uint8_t *)a[1];
    uint64_t room = (uint32_t)a[2], done = 0;
    if (!o)
        return -EBADF;
    if (o->kind != OFD_DIR)
        return -ENOTDIR;
    if (!o->list) {
        int err = listing_take(o);
        if (err < 0)
            return err;
    }
    for (;;) {
        struct capos_dir_entry e;
        int err = entry_at(o, o->offset, &e);
        if (err == -ENOENT)
            return (long)done;
        if (err < 0)
            return err;
        uint64_t len = (sizeof(struct lx_dirent) + e.len + 1 + 7) & ~UINT64_C(7);
        if (done + len > room)
            return done ? (long)done : -EINVAL;
        struct lx_dirent *d = (struct lx_dirent *)(void *)(out + done);
        d->ino = name_ino(e.name, e.len);
        d->off = (int64_t)++o->offset;
        d->reclen = (uint16_t)len;
        d->type = e.is_dir ? LX_DT_DIR : LX_DT_REG;
        __builtin_memcpy(d->name, e.name, e.len);
        d->name[e.len] = '\0';
        done += len;
    }
}
