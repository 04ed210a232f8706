/* SPDX-License-Identifier: MIT */
/*
 * The run image: checking, sorting, and writing it as a newc archive or as a tree.
 * Invariant: see image.h; every byte written comes from the sorted list alone, never from the machine's
 * state.
 */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "files.h"
#include "guest.h"
#include "mem.h"

#define IMAGE_CHUNK   (1u << 20)
#define IMAGE_MAX_LEN UINT64_C(0xffffffff) /* eight hex digits */

struct entry {
    char *path;
    const struct guest_file *file; /* NULL: a folder */
    uint64_t size;
};

struct image {
    struct entry *e;
    size_t n;
};

static int entry_order(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int c = strcmp(x->path, y->path);
    /* Of two equal paths the folder comes first, so that duplicates are easy to find. */
    return c ? c : (x->file != NULL) - (y->file != NULL);
}

static bool path_sane(const char *path)
{
    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        if (*p < 0x20 || *p == 0x7f)
            return false;
    }
    return files_path_safe(path);
}

/* A link leads to a file beside it below bin/. */
static bool link_sane(const struct guest_file *f)
{
    return strncmp(f->path, "bin/", 4) == 0 && !strchr(f->path + 4, '/') && !f->host_path && f->len > 0 &&
           f->len <= 255 && !memchr(f->data, '/', f->len) && !memchr(f->data, 0, f->len);
}

static void image_add(struct image *im, char *path, const struct guest_file *file, uint64_t size)
{
    im->e = mem_grow(im->e, im->n + 1, sizeof *im->e);
    im->e[im->n++] = (struct entry){.path = path, .file = file, .size = size};
}

static int image_add_file(struct image *im, const struct guest_file *f, char *why, size_t whylen)
{
    size_t len = strlen(f->path);
    bool folder = len && f->path[len - 1] == '/';
    char *path = mem_dup(f->path);
    struct stat st;
    uint64_t size = f->len;

    if (folder)
        path[len - 1] = 0;
    if (!path_sane(path) || (f->link && !link_sane(f))) {
        snprintf(why, whylen, "image: bad path for a file or link (%zu bytes long)", len);
        free(path);
        return -EINVAL;
    }
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        image_add(im, mem_dup(path), NULL, 0);
        *slash = '/';
    }
    if (!folder && f->host_path) {
        if (stat(f->host_path, &st) != 0) {
            int err = -errno;
            snprintf(why, whylen, "image: %s: %s", f->host_path, strerror(-err));
            free(path);
            return err;
        }
        size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : UINT64_MAX;
    }
    if (size > IMAGE_MAX_LEN) {
        snprintf(why, whylen, "image: %s is not a regular file of less than 4 GiB", path);
        free(path);
        return -EFBIG;
    }
    image_add(im, path, folder ? NULL : f, folder ? 0 : size);
    return 0;
}

/* Drops repeated folders; any other repetition is an error. */
static int image_unique(struct image *im, char *why, size_t whylen)
{
    size_t kept = 0;

    for (size_t i = 0; i < im->n; i++) {
        struct entry *prev = kept ? &im->e[kept - 1] : NULL;
        if (!prev || strcmp(prev->path, im->e[i].path) != 0) {
            im->e[kept++] = im->e[i];
            continue;
        }
        if (prev->file || im->e[i].file) {
            snprintf(why, whylen, "image: %s is in the list twice", im->e[i].path);
            for (size_t j = i; j < im->n; j++)
                free(im->e[j].path);
            im->n = kept;
            return -EEXIST;
        }
        free(im->e[i].path);
    }
    im->n = kept;
    return 0;
}

int image_new(const struct guest_file *files, size_t n, struct image **out, char *why, size_t whylen)
{
    struct image *im = mem_zalloc(sizeof *im);
    int err = 0;

    for (size_t i = 0; i < n && !err; i++)
        err = image_add_file(im, &files[i], why, whylen);
    if (!err) {
        qsort(im->e, im->n, sizeof *im->e, entry_order);
        err = image_unique(im, why, whylen);
    }
    if (err) {
        image_free(im);
        return err;
    }
    *out = im;
    return 0;
}

void image_free(struct image *im)
{
    if (!im)
        return;
    for (size_t i = 0; i < im->n; i++)
        free(im->e[i].path);
    free(im->e);
    free(im);
}

/* Gives all bytes of an entry to `sink` in pieces; exactly e->size of them, or -EIO. */
typedef int entry_sink(void *ctx, const void *bytes, size_t n);

static int entry_bytes(const struct entry *e, entry_sink *sink, void *ctx, char *why, size_t whylen)
{
    uint64_t left = e->size;
    char *chunk;
    int fd, err = 0;

    if (!e->file)
        return 0;
    if (!e->file->host_path)
        return left ? sink(ctx, e->file->data, (size_t)left) : 0;
    fd = open(e->file->host_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err = -errno;
        snprintf(why, whylen, "image: %s: %s", e->file->host_path, strerror(-err));
        return err;
    }
    chunk = mem_zalloc(IMAGE_CHUNK);
    for (;;) {
        ssize_t got = read(fd, chunk, IMAGE_CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 && left == 0)
            break;
        if (got <= 0 || (uint64_t)got > left) {
            err = got < 0 ? -errno : -EIO;
            snprintf(why, whylen, "image: %s %s", e->file->host_path,
                     got < 0 ? strerror(-err) : "changed while it was read");
            break;
        }
        left -= (uint64_t)got;
        err = sink(ctx, chunk, (size_t)got);
        if (err)
            break;
    }
    free(chunk);
    close(fd);
    return err;
}

static int stream_sink(void *ctx, const void *bytes, size_t n)
{
    errno = 0;
    return fwrite(bytes, 1, n, ctx) == n ? 0 : errno ? -errno : -EIO;
}

static int stream_pad(FILE *f, uint64_t *at, unsigned align)
{
    static const char zeros[512];
    size_t n = (size_t)((align - *at % align) % align);

    *at += n;
    return stream_sink(f, zeros, n);
}

static unsigned entry_mode(const struct entry *e)
{
    if (!e->file)
        return 040755;
    return e->file->link ? 0120777 : e->file->executable ? 0100755 : 0100644;
}

static int newc_entry(FILE *f, const struct entry *e, size_t ino, uint64_t *at, char *why, size_t whylen)
{
    size_t namesize = strlen(e->path) + 1;
    unsigned mode = entry_mode(e);
    int err;

    errno = 0;
    if (fprintf(f, "070701%08zx%08x%08x%08x%08x%08x%08llx%08x%08x%08x%08x%08zx%08x", ino, mode, 0u, 0u,
                e->file ? 1u : 2u, 0u, (unsigned long long)e->size, 0u, 0u, 0u, 0u, namesize, 0u) != 110)
        return errno ? -errno : -EIO;
    *at += 110 + namesize;
    err = stream_sink(f, e->path, namesize);
    if (!err)
        err = stream_pad(f, at, 4);
    if (!err)
        err = entry_bytes(e, stream_sink, f, why, whylen);
    *at += e->size;
    return err ? err : stream_pad(f, at, 4);
}

int image_write(const struct image *im, const char *path, uint64_t *bytes, char *why, size_t whylen)
{
    char last[] = "TRAILER!!!";
    static const struct guest_file none;
    const struct entry trailer = {.path = last, .file = &none};
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    uint64_t at = 0;
    int err = 0;

    if (!f) {
        err = -errno;
        snprintf(why, whylen, "image: %s: %s", path, strerror(-err));
        if (fd >= 0)
            close(fd);
        return err;
    }
    why[0] = 0;
    for (size_t i = 0; i < im->n && !err; i++)
        err = newc_entry(f, &im->e[i], i + 1, &at, why, whylen);
    if (!err)
        err = newc_entry(f, &trailer, 0, &at, why, whylen);
    if (!err)
        err = stream_pad(f, &at, 512);
    if (fclose(f) != 0 && !err)
        err = -errno;
    if (err) {
        if (!why[0])
            snprintf(why, whylen, "image: cannot write %s: %s", path, strerror(-err));
        unlink(path);
        return err;
    }
    *bytes = at;
    return 0;
}

static int fd_sink(void *ctx, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n) {
        ssize_t put = write(*(int *)ctx, p, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return put < 0 ? -errno : -EIO;
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

static int file_unpack(int top, const struct entry *e, char *why, size_t whylen)
{
    int fd, err;

    if (e->file->link) {
        char *target = mem_printf("%.*s", (int)e->file->len, (const char *)e->file->data);

        err = symlinkat(target, top, e->path) ? -errno : 0;
        free(target);
        return err;
    }
    fd = openat(top, e->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                e->file->executable ? 0755 : 0644);
    err = fd < 0 ? -errno : entry_bytes(e, fd_sink, &fd, why, whylen);
    if (fd >= 0 && close(fd) != 0 && !err)
        err = -errno;
    return err;
}

int image_unpack(const struct image *im, const char *dir, char *why, size_t whylen)
{
    int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = top < 0 ? -errno : 0;

    why[0] = 0;
    for (size_t i = 0; i < im->n && !err; i++) {
        const struct entry *e = &im->e[i];

        if (!e->file)
            err = mkdirat(top, e->path, 0755) ? -errno : 0;
        else
            err = file_unpack(top, e, why, whylen);
    }
    if (err && !why[0])
        snprintf(why, whylen, "image: cannot unpack below %s: %s", dir, strerror(-err));
    if (top >= 0)
        close(top);
    return err;
}

static int digest_sink(void *ctx, const void *bytes, size_t n)
{
    digest_add(ctx, bytes, n);
    return 0;
}

int image_hash(const struct image *im, const char *prefix, char hex[65], char *why, size_t whylen)
{
    struct digest *d = digest_new();
    int err = 0;

    for (size_t i = 0; i < im->n && !err; i++) {
        const struct entry *e = &im->e[i];
        uint8_t size[8];
        if (strncmp(e->path, prefix, strlen(prefix)) != 0)
            continue;
        for (unsigned b = 0; b < 8; b++)
            size[b] = (uint8_t)(e->size >> (8 * b));
        digest_add(d, e->file ? "f" : "d", 1);
        digest_field(d, e->path);
        digest_add(d, size, sizeof size);
        err = entry_bytes(e, digest_sink, d, why, whylen);
    }
    digest_end(d, hex);
    return err;
}

int guest_tree_hash(const struct guest_file *files, size_t nfiles, char hex[65], char *why, size_t whylen)
{
    struct image *im = NULL;
    int err = image_new(files, nfiles, &im, why, whylen);

    hex[0] = 0;
    if (!err)
        err = image_hash(im, "tree/", hex, why, whylen);
    image_free(im);
    if (err)
        hex[0] = 0;
    return err;
}
