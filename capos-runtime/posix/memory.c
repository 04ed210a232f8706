/* SPDX-License-Identifier: MIT */
/*
 * mmap and its relatives. Invariant: file mappings are copies made at once, so they are private or refused;
 * advice that asks for nothing visible costs nothing.
 */
#include "posix/fd.h"
#include "posix/pages.h"

/* Fills fresh memory with a file's bytes; what lies behind the file's end stays zero. */
static long fill_from(struct ofd *o, uint64_t at, uint64_t bytes, int64_t offset)
{
    long got = ofd_read(o, (void *)(uintptr_t)at, bytes, offset);
    return got < 0 ? got : 0;
}

static long map_fixed(uint64_t addr, uint64_t bytes, unsigned prot)
{
    int64_t err = pages_protect(addr, bytes, LX_PROT_READ | LX_PROT_WRITE);
    if (err == 0)
        err = pages_zero(addr, bytes);
    if (err == 0 && prot != (LX_PROT_READ | LX_PROT_WRITE))
        err = pages_protect(addr, bytes, prot);
    return err < 0 ? err : (long)addr;
}

long posix_mmap(const long *a)
{
    uint64_t addr = (uint64_t)a[0], bytes = (uint64_t)a[1];
    unsigned prot = (unsigned)a[2], flags = (unsigned)a[3];
    bool anonymous = flags & LX_MAP_ANONYMOUS, shared = (flags & LX_MAP_TYPE) != LX_MAP_PRIVATE;
    struct ofd *o = NULL;
    if (bytes == 0 || a[5] & (PAGES_SIZE - 1) || prot & ~7u)
        return -EINVAL;
    if (!anonymous) {
        o = fd_get((int)a[4]);
        if (!o)
            return -EBADF;
        if (shared || o->kind != OFD_FILE)
            return -ENODEV;
        if ((o->flags & LX_O_ACCMODE) == LX_O_WRONLY)
            return -EACCES;
    }
    if (flags & LX_MAP_FIXED_NOREPLACE)
        return -EOPNOTSUPP;
    unsigned first = o ? LX_PROT_READ | LX_PROT_WRITE : prot;
    if (flags & LX_MAP_FIXED && addr % PAGES_SIZE)
        return -EINVAL;
    if ((prot & (LX_PROT_WRITE | LX_PROT_EXEC)) == (LX_PROT_WRITE | LX_PROT_EXEC))
        return -EACCES;
    int64_t at = flags & LX_MAP_FIXED ? map_fixed(addr, bytes, first) : pages_map(bytes, first);
    if (at < 0 || !o)
        return at;
    long err = fill_from(o, (uint64_t)at, bytes, a[5]);
    if (err == 0 && prot != first)
        err = pages_protect((uint64_t)at, bytes, prot);
    if (err < 0) {
        pages_unmap((uint64_t)at, bytes);
        return err;
    }
    return at;
}

long posix_munmap(const long *a)
{
    return pages_unmap((uint64_t)a[0], (uint64_t)a[1]);
}

long posix_mprotect(const long *a)
{
    if (a[2] & ~7L)
        return -EINVAL;
    return pages_protect((uint64_t)a[0], (uint64_t)a[1], (unsigned)a[2]);
}

long posix_mremap(const long *a)
{
    if (a[3] & ~(long)LX_MREMAP_MAYMOVE)
        return -EINVAL;
    return pages_remap((uint64_t)a[0], (uint64_t)a[1], (uint64_t)a[2], a[3] & LX_MREMAP_MAYMOVE);
}

long posix_madvise(const long *a)
{
    if (a[0] & (long)(PAGES_SIZE - 1) || a[1] < 0)
        return -EINVAL;
    if (a[2] == LX_MADV_DONTNEED)
        return pages_zero((uint64_t)a[0], (uint64_t)a[1]);
    if (a[2] == LX_MADV_REMOVE || a[2] < 0 || a[2] > LX_MADV_POPULATE_W)
        return -EINVAL;
    return 0; /* MADV_FREE too: keeping the bytes is one of the things it allows */
}

long posix_msync(const long *a)
{
    return a[0] & (long)(PAGES_SIZE - 1) ? -EINVAL : 0;
}

long posix_mlock(const long *a)
{
    (void)a;
    return 0; /* nothing is ever paged out */
}

long posix_munlock(const long *a)
{
    (void)a;
    return 0;
}

long posix_mlockall(const long *a)
{
    return posix_mlock(a);
}

long posix_munlockall(const long *a)
{
    return posix_mlock(a);
}
