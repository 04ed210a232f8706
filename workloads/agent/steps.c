/* SPDX-License-Identifier: MIT */
/* File steps over plain POSIX calls, the same on both guests. Links are never followed: they are refused. */
#include "steps.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frames.h"

#define PATH_BYTES 4096

static const char *tree_root = "";
static uint8_t chunk[BENCH_MAX_PAYLOAD];

void steps_set_root(const char *root)
{
    tree_root = root;
}

int steps_path(const char *path, char *buf, size_t n)
{
    int len = snprintf(buf, n, "%s%s", tree_root, path);
    return len < 0 || (size_t)len >= n ? -ENAMETOOLONG : 0;
}

/* Says which call failed on what; keeps errno's value as the result. */
static int step_fail(char *why, size_t n, const char *what, const char *path)
{
    int err = errno != 0 ? errno : EIO;
    (void)snprintf(why, n, "%s %s: %s", what, path, strerror(err));
    return -err;
}

static int too_long(char *why, size_t n, const char *path)
{
    errno = ENAMETOOLONG;
    return step_fail(why, n, "path", path);
}

static int join(char *buf, size_t n, const char *dir, const char *name)
{
    int len = snprintf(buf, n, "%s/%s", dir, name);
    return len < 0 || (size_t)len >= n ? -ENAMETOOLONG : 0;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int make_parents(char *path, char *why, size_t n)
{
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        int rc = mkdir(path, 0755);
        if (rc != 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
            return step_fail(why, n, "mkdir", path);
        *p = '/';
    }
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return step_fail(why, n, "mkdir", path);
    return 0;
}

int step_mkdir(const char *path, char *why, size_t n)
{
    char full[PATH_BYTES];
    if (steps_path(path, full, sizeof full) != 0)
        return too_long(why, n, path);
    return make_parents(full, why, n);
}

/* Calls f for each entry of dir; the entries are read first, so that f may change the directory. */
static int dir_each(const char *dir,
                    int (*f)(void *ctx, const char *dir, const char *name, char *why, size_t n), void *ctx,
                    char *why, size_t n)
{
    char **names = NULL;
    size_t count = 0;
    int rc = 0;
    DIR *d = opendir(dir);
    if (d == NULL)
        return step_fail(why, n, "opendir", dir);
    for (struct dirent *e; (errno = 0, e = readdir(d)) != NULL;) {
        if (is_dots(e->d_name))
            continue;
        char **bigger = realloc(names, (count + 1) * sizeof *names);
        if (bigger != NULL)
            names = bigger;
        if (bigger == NULL || (names[count] = strdup(e->d_name)) == NULL) {
            errno = ENOMEM;
            break;
        }
        count++;
    }
    if (errno != 0)
        rc = step_fail(why, n, "readdir", dir);
    (void)closedir(d);
    for (size_t i = 0; i < count; i++) {
        if (rc == 0)
            rc = f(ctx, dir, names[i], why, n);
        free(names[i]);
    }
    free(names);
    return rc;
}

static int remove_tree(const char *path, char *why, size_t n);

static int remove_entry(void *ctx, const char *dir, const char *name, char *why, size_t n)
{
    char path[PATH_BYTES];
    (void)ctx;
    if (join(path, sizeof path, dir, name) != 0)
        return too_long(why, n, name);
    return remove_tree(path, why, n);
}

static int remove_tree(const char *path, char *why, size_t n)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? 0 : step_fail(why, n, "stat", path);
    if (!S_ISDIR(st.st_mode))
        return unlink(path) == 0 ? 0 : step_fail(why, n, "unlink", path);
    int rc = dir_each(path, remove_entry, NULL, why, n);
    if (rc != 0)
        return rc;
    return rmdir(path) == 0 ? 0 : step_fail(why, n, "rmdir", path);
}

int step_remove(const char *path, char *why, size_t n)
{
    char full[PATH_BYTES];
    if (steps_path(path, full, sizeof full) != 0)
        return too_long(why, n, path);
    return remove_tree(full, why, n);
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
    while (len > 0) {
        ssize_t got = write(fd, p, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        p += got;
        len -= (size_t)got;
    }
    return 0;
}

static int copy_bytes(const char *src, int in, const char *dst, int out, char *why, size_t n)
{
    for (;;) {
        ssize_t got = read(in, chunk, sizeof chunk);
        if (got == 0)
            return 0;
        if (got < 0)
            return step_fail(why, n, "read", src);
        if (write_all(out, chunk, (size_t)got) != 0)
            return step_fail(why, n, "write", dst);
    }
}

static int copy_file(const char *src, const char *dst, mode_t mode, char *why, size_t n)
{
    int in = open(src, O_RDONLY | O_NOFOLLOW);
    if (in < 0)
        return step_fail(why, n, "open", src);
    int out = open(dst, O_WRONLY | O_CREAT | O_TRUNC, (mode & 0777) | 0600);
    if (out < 0) {
        int rc = step_fail(why, n, "create", dst);
        (void)close(in);
        return rc;
    }
    int rc = copy_bytes(src, in, dst, out, why, n);
    (void)close(in);
    if (close(out) != 0 && rc == 0)
        rc = step_fail(why, n, "close", dst);
    return rc;
}

static int copy_tree(const char *src, const char *dst, char *why, size_t n);

static int copy_entry(void *ctx, const char *dir, const char *name, char *why, size_t n)
{
    char from[PATH_BYTES], to[PATH_BYTES];
    if (join(from, sizeof from, dir, name) != 0 || join(to, sizeof to, ctx, name) != 0)
        return too_long(why, n, name);
    return copy_tree(from, to, why, n);
}

static int copy_tree(const char *src, const char *dst, char *why, size_t n)
{
    struct stat st;
    char to[PATH_BYTES];
    if (lstat(src, &st) != 0)
        return step_fail(why, n, "stat", src);
    if (S_ISREG(st.st_mode))
        return copy_file(src, dst, st.st_mode, why, n);
    if (!S_ISDIR(st.st_mode)) {
        errno = EINVAL;
        return step_fail(why, n, "not a file or directory:", src);
    }
    if (snprintf(to, sizeof to, "%s", dst) >= (int)sizeof to)
        return too_long(why, n, dst);
    int rc = make_parents(to, why, n);
    return rc != 0 ? rc : dir_each(src, copy_entry, to, why, n);
}

int step_copy(const char *src, const char *dst, char *why, size_t n)
{
    char from[PATH_BYTES], to[PATH_BYTES];
    if (steps_path(src, from, sizeof from) != 0 || steps_path(dst, to, sizeof to) != 0)
        return too_long(why, n, src);
    return copy_tree(from, to, why, n);
}

struct move {
    const char *suffix, *dst;
    int want;
};

static int move_entry(void *ctx, const char *dir, const char *name, char *why, size_t n)
{
    const struct move *m = ctx;
    char from[PATH_BYTES], to[PATH_BYTES];
    struct stat st;
    size_t len = strlen(name), suf = strlen(m->suffix);
    int ends = len >= suf && strcmp(name + len - suf, m->suffix) == 0;

    if (ends != m->want)
        return 0;
    if (join(from, sizeof from, dir, name) != 0 || join(to, sizeof to, m->dst, name) != 0)
        return too_long(why, n, name);
    if (lstat(from, &st) != 0)
        return step_fail(why, n, "stat", from);
    if (!S_ISREG(st.st_mode))
        return 0;
    if (rename(from, to) == 0)
        return 0;
    if (errno != EXDEV)
        return step_fail(why, n, "rename", from);
    int rc = copy_file(from, to, st.st_mode, why, n);
    if (rc != 0)
        return rc;
    return unlink(from) == 0 ? 0 : step_fail(why, n, "unlink", from);
}

int step_move(const char *src, const char *suffix, int want, const char *dst, char *why, size_t n)
{
    char from[PATH_BYTES], to[PATH_BYTES];
    if (steps_path(src, from, sizeof from) != 0 || steps_path(dst, to, sizeof to) != 0)
        return too_long(why, n, src);
    int rc = make_parents(to, why, n);
    struct move m = {.suffix = suffix, .dst = to, .want = want != 0};
    return rc != 0 ? rc : dir_each(from, move_entry, &m, why, n);
}

int step_nonce_file(const char *path, uint64_t nonce, char *why, size_t n)
{
    char full[PATH_BYTES], text[24];
    if (steps_path(path, full, sizeof full) != 0)
        return too_long(why, n, path);
    int len = snprintf(text, sizeof text, "%016llx\n", (unsigned long long)nonce);
    int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        return step_fail(why, n, "create", full);
    int rc = write_all(fd, (const uint8_t *)text, (size_t)len) != 0 ? step_fail(why, n, "write", full) : 0;
    if (close(fd) != 0 && rc == 0)
        rc = step_fail(why, n, "close", full);
    return rc;
}

int step_settle(const char *path, char *why, size_t n)
{
    char full[PATH_BYTES];
    if (steps_path(path, full, sizeof full) != 0)
        return too_long(why, n, path);
    int fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return step_fail(why, n, "open", full);
    /* A whole file system where the guest has such a call; else fsync of a folder, which means as much there.
     */
    int rc = syncfs(fd) != 0 && (errno != ENOSYS || fsync(fd) != 0) ? step_fail(why, n, "sync", full) : 0;
    (void)close(fd);
    return rc;
}

/* ---- export ---- */

struct export
{
    const char *dst;
    uint64_t *budget;
};

static void send_header(const char *dst, uint32_t kind, uint64_t size)
{
    struct bench_file f = {.size = size, .kind = kind};
    frames_send(BENCH_FILE_BEGIN, &f, sizeof f, dst, strlen(dst));
}

static int export_file(const char *src, const char *dst, uint64_t size, uint64_t *budget, char *why, size_t n)
{
    if (size > *budget) {
        errno = EFBIG;
        return step_fail(why, n, "over the export limit:", src);
    }
    *budget -= size;
    int fd = open(src, O_RDONLY | O_NOFOLLOW);
    if (fd < 0)
        return step_fail(why, n, "open", src);
    send_header(dst, 0, size);
    int rc = 0;
    while (size > 0 && rc == 0) {
        size_t want = size < sizeof chunk ? (size_t)size : sizeof chunk;
        ssize_t got = read(fd, chunk, want);
        if (got <= 0) {
            if (got == 0)
                errno = EIO;
            rc = step_fail(why, n, "read", src);
        } else {
            frames_send(BENCH_FILE_DATA, NULL, 0, chunk, (size_t)got);
            size -= (uint64_t)got;
        }
    }
    (void)close(fd);
    if (rc == 0)
        frames_send(BENCH_FILE_END, NULL, 0, NULL, 0);
    return rc;
}

static int export_tree(const char *src, const char *dst, uint64_t *budget, char *why, size_t n);

static int export_entry(void *ctx, const char *dir, const char *name, char *why, size_t n)
{
    const struct export *x = ctx;
    char from[PATH_BYTES], to[BENCH_PATH_MAX + 1];
    if (join(from, sizeof from, dir, name) != 0 || join(to, sizeof to, x->dst, name) != 0)
        return too_long(why, n, name);
    return export_tree(from, to, x->budget, why, n);
}

static int export_tree(const char *src, const char *dst, uint64_t *budget, char *why, size_t n)
{
    struct stat st;
    if (lstat(src, &st) != 0)
        return step_fail(why, n, "stat", src);
    if (S_ISREG(st.st_mode))
        return export_file(src, dst, (uint64_t)st.st_size, budget, why, n);
    if (!S_ISDIR(st.st_mode)) {
        errno = EINVAL;
        return step_fail(why, n, "not a file or directory:", src);
    }
    send_header(dst, 1, 0);
    frames_send(BENCH_FILE_END, NULL, 0, NULL, 0);
    struct export x = {.dst = dst, .budget = budget};
    return dir_each(src, export_entry, &x, why, n);
}

int step_export(const char *src, const char *dst, uint64_t *budget, char *why, size_t n)
{
    char from[PATH_BYTES];
    if (steps_path(src, from, sizeof from) != 0 || strlen(dst) > BENCH_PATH_MAX)
        return too_long(why, n, src);
    return export_tree(from, dst, budget, why, n);
}
