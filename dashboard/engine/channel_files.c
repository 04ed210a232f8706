/* SPDX-License-Identifier: MIT */
/*
 * Receiver of exported files.
 * Invariant: see channel_files.h. Data goes to a temporary name at the top of the folder, which no exported
 * path can have because a guest's path is never allowed to start with it, and is renamed without replacing
 * anything.
 */
#include "channel_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "files.h"
#include "text.h"

#define PART_NAME ".capbench-part"

__attribute__((format(printf, 3, 4))) static int files_fail(struct channel_files *f, int err, const char *fmt,
                                                            ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(f->why, sizeof f->why, fmt, ap);
    va_end(ap);
    return err;
}

static int path_fail(struct channel_files *f, int err, const char *what)
{
    char *shown = text_escaped(f->path, strlen(f->path), 80);
    int r = files_fail(f, err, "exported file %s: %s", shown, what);

    free(shown);
    return r;
}

int channel_files_open(struct channel_files *f, const char *dir, uint64_t limit_bytes)
{
    int err;

    *f = (struct channel_files){.top = -1, .fd = -1, .limit = limit_bytes};
    if (!dir)
        return 0;
    err = files_mkdir(dir);
    if (!err) {
        f->top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        err = f->top < 0 ? -errno : 0;
    }
    if (!err && unlinkat(f->top, PART_NAME, 0) != 0 && errno != ENOENT)
        err = -errno;
    return err ? files_fail(f, err, "artifact folder %s: %s", dir, strerror(-err)) : 0;
}

/* Opens (making what is missing) the folder of f->path; *name gets its last component. A descriptor or errno.
 */
static int parent_open(struct channel_files *f, const char **name)
{
    char *part = f->path, *slash;
    int at = dup(f->top);

    while (at >= 0 && (slash = strchr(part, '/')) != NULL) {
        *slash = 0;
        int made = mkdirat(at, part, 0755);
        int err = made != 0 && errno != EEXIST ? errno : 0;
        int next = err ? -1 : openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0 && !err)
            err = errno;
        *slash = '/';
        close(at);
        at = next;
        if (err)
            return -err;
        part = slash + 1;
    }
    *name = part;
    return at < 0 ? -errno : at;
}

/* What the guest provoked (a name in the way) is its fault; a full disk is not. */
static int errno_sort(int err)
{
    return err == -EEXIST || err == -ENOTDIR || err == -EISDIR || err == -ELOOP ? -EPROTO : err;
}

static int folder_make(struct channel_files *f)
{
    const char *name = "";
    struct stat st;
    int at = parent_open(f, &name), err = at < 0 ? at : 0;

    if (!err && mkdirat(at, name, 0755) != 0) {
        err = -errno;
        if (err == -EEXIST && fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
            err = 0;
    }
    if (at >= 0)
        close(at);
    f->folder = !err;
    return err ? path_fail(f, errno_sort(err), strerror(-err)) : 0;
}

static int file_begin(struct channel_files *f, const struct bench_frame *head, const uint8_t *payload)
{
    struct bench_file b;
    size_t len = head->len - sizeof b;

    if (f->fd >= 0 || f->folder)
        return path_fail(f, -EPROTO, "another one began before its end");
    memcpy(&b, payload, sizeof b);
    memcpy(f->path, payload + sizeof b, len);
    f->path[len] = 0;
    if (f->top < 0)
        return path_fail(f, -EPROTO, "this run exports nothing");
    if (!channel_path_safe(payload + sizeof b, len) || strncmp(f->path, PART_NAME, strlen(PART_NAME)) == 0)
        return path_fail(f, -EPROTO, "unsafe path");
    if (++f->count > CHANNEL_FILES_MAX)
        return path_fail(f, -EFBIG, "too many files");
    if (b.size > f->limit)
        return path_fail(f, -EFBIG, "over the limit for exported bytes");
    if (b.kind == 1)
        return folder_make(f);
    f->fd = openat(f->top, PART_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (f->fd < 0) {
        int err = -errno;
        return path_fail(f, err, strerror(-err));
    }
    f->left = b.size;
    f->limit -= b.size;
    return 0;
}

static int file_data(struct channel_files *f, const struct bench_frame *head, const uint8_t *payload)
{
    size_t n = head->len;

    if (f->fd < 0)
        return files_fail(f, -EPROTO, "file data without a file");
    if (n > f->left)
        return path_fail(f, -EPROTO, "more bytes than announced");
    while (n) {
        ssize_t put = write(f->fd, payload, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            int err = put < 0 ? -errno : -EIO;
            return path_fail(f, err, strerror(-err));
        }
        payload += put;
        n -= (size_t)put;
    }
    f->left -= head->len;
    f->bytes += head->len;
    return 0;
}

static int file_end(struct channel_files *f)
{
    const char *name = "";
    int at, err;

    if (f->folder) {
        f->folder = false;
        return 0;
    }
    if (f->fd < 0)
        return files_fail(f, -EPROTO, "end of a file that never began");
    if (f->left)
        return path_fail(f, -EPROTO, "fewer bytes than announced");
    err = close(f->fd) != 0 ? -errno : 0;
    f->fd = -1;
    at = err ? err : parent_open(f, &name);
    if (at < 0)
        err = at;
    else {
        if (renameat2(f->top, PART_NAME, at, name, RENAME_NOREPLACE) != 0)
            err = -errno;
        close(at);
    }
    if (err) {
        unlinkat(f->top, PART_NAME, 0);
        return path_fail(f, errno_sort(err), strerror(-err));
    }
    return 0;
}

int channel_files_frame(struct channel_files *f, const struct bench_frame *head, const uint8_t *payload)
{
    if (head->type == BENCH_FILE_BEGIN)
        return file_begin(f, head, payload);
    if (head->type == BENCH_FILE_DATA)
        return file_data(f, head, payload);
    return file_end(f);
}

int channel_files_close(struct channel_files *f)
{
    int err = 0;

    if (f->fd >= 0) {
        close(f->fd);
        unlinkat(f->top, PART_NAME, 0);
        err = path_fail(f, -EPROTO, "never finished");
    }
    if (f->top >= 0)
        close(f->top);
    f->top = f->fd = -1;
    return err;
}
