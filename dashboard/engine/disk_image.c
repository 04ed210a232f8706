/* SPDX-License-Identifier: MIT */
/*
 * See disk_image.h. capOS's store is made by our own tool, ext4 by e2fsprogs with its default options, but
 * for the lazy ones: those would have the guest's kernel format in the background, in timed regions.
 */
#include "disk_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "json.h"
#include "mem.h"
#include "process.h"
#include "scratch.h"
#include "text.h"

#define DISK_FOLDER  "disk"
#define MIB          (UINT64_C(1) << 20)
#define MKFS_SECONDS 120
#define MKFS_OUTPUT  65536u
#define EXT4_OPTIONS "lazy_itable_init=0,lazy_journal_init=0"

static int refuse(char *why, size_t n, const char *what, int err)
{
    snprintf(why, n, "%s: %s", what, strerror(-err));
    return err;
}

/* Runs a formatter that may be outside PATH. Its output is in *out. */
static int tool_run(char *const *args, char **out)
{
    static const char *const folders[] = {"", "/usr/sbin/", "/sbin/"};
    char *argv[8] = {NULL};
    int rc = -ENOENT;

    for (size_t i = 0; i < 7 && args[i]; i++)
        argv[i] = args[i];
    *out = NULL;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && rc == -ENOENT; i++) {
        free(*out);
        argv[0] = mem_printf("%s%s", args[0][0] == '/' ? "" : folders[i], args[0]);
        rc = process_run(argv, MKFS_SECONDS, MKFS_OUTPUT, PROCESS_ERR_TOO, out);
        free(argv[0]);
    }
    return rc;
}

/* The first line of what a tool says. */
static char *first_line(const char *text)
{
    return text_escaped(text, strcspn(text, "\n"), 200);
}

/* Formats the file; 0, or a negative errno with the tool's own words in `why`. `remedy` is what gets the tool
 * where it is missing. */
static int format_run(char *const *args, const char *remedy, char *why, size_t n)
{
    char *out, *line;
    int rc = tool_run(args, &out);

    if (rc == 0) {
        free(out);
        return 0;
    }
    line = first_line(out ? out : "");
    if (rc == -ENOENT)
        snprintf(why, n, "%s is not there: %s", args[0], remedy);
    else
        snprintf(why, n, "%s failed (%d): %s", args[0], rc, line);
    free(line);
    free(out);
    return rc < 0 ? rc : -EIO;
}

static int format_capos(struct disk_template *t, char *why, size_t n)
{
    char *tool = mem_printf("%s/capstore", files_build_dir()), hash[DIGEST_HEX] = "";
    char *args[] = {tool, mem_dup("mkfs"), t->path, NULL};
    int err = format_run(args, "make build makes it", why, n);

    (void)digest_file(tool, hash);
    t->format = mem_dup("capstore");
    t->mkfs = mem_dup("capstore mkfs IMG");
    t->version = mem_printf("sha256 %s", hash);
    free(args[1]);
    free(tool);
    return err;
}

static int format_linux(struct disk_template *t, char *why, size_t n)
{
    char *args[] = {mem_dup("mkfs.ext4"),  mem_dup("-q"), mem_dup("-F"), mem_dup("-E"),
                    mem_dup(EXT4_OPTIONS), t->path,       NULL};
    char *ask[] = {args[0], mem_dup("-V"), NULL}, *out;
    int err = format_run(args, "install e2fsprogs", why, n);

    if (!err && tool_run(ask, &out) >= 0) {
        t->version = first_line(out);
        free(out);
    }
    t->format = mem_dup("ext4, journal in its default mode");
    t->mkfs = mem_dup("mkfs.ext4 -q -F -E " EXT4_OPTIONS " IMG");
    for (size_t i = 0; i < 5; i++)
        free(args[i]);
    free(ask[1]);
    return err;
}

static const struct disk_template *template_find(const struct disk_images *di, enum guest_kind guest,
                                                 unsigned mib)
{
    for (size_t i = 0; i < di->n; i++)
        if (di->t[i].guest == guest && di->t[i].mib == mib)
            return &di->t[i];
    return NULL;
}

static void template_free(struct disk_template *t)
{
    free(t->path);
    free(t->format);
    free(t->mkfs);
    free(t->version);
}

static int template_make(struct disk_images *di, enum guest_kind guest, unsigned mib, char *why, size_t n)
{
    struct disk_template t = {.guest = guest, .mib = mib};
    int fd, err = 0;

    t.path = mem_printf("%s/%s-%u.img", di->dir, guest_kind_name(guest), mib);
    fd = open(t.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)(mib * MIB)) != 0)
        err = refuse(why, n, t.path, -errno);
    if (fd >= 0)
        close(fd);
    if (!err)
        err = guest == GUEST_CAPOS ? format_capos(&t, why, n) : format_linux(&t, why, n);
    if (err) {
        template_free(&t);
        return err;
    }
    di->t = mem_grow(di->t, di->n + 1, sizeof *di->t);
    di->t[di->n++] = t;
    return 0;
}

/* Copies the data of [at, end) at the same place. */
static int range_copy(int from, int to, off_t at, off_t end)
{
    off_t in = at, out = at;

    while (in < end) {
        ssize_t got = copy_file_range(from, &in, to, &out, (size_t)(end - in), 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -errno : -EIO;
    }
    return 0;
}

/* Holes stay holes; what was written is on the host's disk at the end. */
static int sparse_copy(const char *src, const char *dst)
{
    int from = open(src, O_RDONLY | O_CLOEXEC), err = 0;
    int to = from < 0 ? -1 : open(dst, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    off_t size = from < 0 ? -1 : lseek(from, 0, SEEK_END), at = 0, end = 0;

    if (from < 0 || to < 0 || size < 0 || ftruncate(to, size) != 0)
        err = -errno;
    while (!err && end < size && (at = lseek(from, end, SEEK_DATA)) >= 0) {
        end = lseek(from, at, SEEK_HOLE);
        err = end < 0 ? -errno : range_copy(from, to, at, end);
    }
    if (!err && at < 0 && errno != ENXIO)
        err = -errno;
    if (!err && fsync(to) != 0)
        err = -errno;
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return err;
}

static int dir_make(struct disk_images *di, const char *run_dir, char *why, size_t n)
{
    char *dir;
    int lock;

    if (di->dir)
        return 0;
    dir = mem_printf("%s/" DISK_FOLDER, run_dir);
    lock = scratch_make(dir);
    if (lock < 0) {
        snprintf(why, n, "%s: %s (choose another --out)", dir, strerror(-lock));
        free(dir);
        return lock;
    }
    di->dir = dir;
    di->lock = lock;
    return 0;
}

int disk_images_fresh(struct disk_images *di, const char *run_dir, enum guest_kind guest, unsigned mib,
                      struct disk *out, char *why, size_t n)
{
    const struct disk_template *t;
    char *path, *line = NULL;
    int err = dir_make(di, run_dir, why, n);

    *out = (struct disk){0};
    if (!err && !template_find(di, guest, mib))
        err = template_make(di, guest, mib, why, n);
    if (err)
        return err;
    t = template_find(di, guest, mib);
    path = mem_printf("%s/disk.img", di->dir);
    err = sparse_copy(t->path, path);
    if (err)
        refuse(why, n, path, err);
    else if ((err = disk_set(out, path, &line)) < 0)
        snprintf(why, n, "%s (choose another --out)", line);
    free(line);
    free(path);
    return err;
}

void disk_images_sweep(const char *run_dir)
{
    char *parent = mem_printf("%s/..", run_dir);

    (void)scratch_sweep(parent, "", DISK_FOLDER);
    free(parent);
}

cJSON *disk_images_context(const struct disk_images *di, enum guest_kind guest, unsigned mib)
{
    const struct disk_template *t = template_find(di, guest, mib);
    cJSON *o = cJSON_CreateObject();

    json_add_u64(o, "mib", mib);
    json_add_text(o, "device", "virtio-blk");
    json_add_text(o, "cache", DISK_CACHE);
    json_add_text(o, "format", t ? t->format : NULL);
    json_add_text(o, "mkfs", t ? t->mkfs : NULL);
    json_add_text(o, "mkfsVersion", t ? t->version : NULL);
    return o;
}

void disk_images_end(struct disk_images *di)
{
    if (di->dir)
        (void)scratch_remove(di->dir, di->lock);
    for (size_t i = 0; i < di->n; i++)
        template_free(&di->t[i]);
    free(di->t);
    free(di->dir);
    *di = (struct disk_images){0};
}
