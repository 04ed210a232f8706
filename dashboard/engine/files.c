/* SPDX-License-Identifier: MIT */
/*
 * Files and folders; see files.h.
 * Invariant: recursion goes by open folders and never follows a link.
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

int files_mkdir(const char *path)
{
    char *p = mem_dup(path);
    int rc = 0;

    for (char *s = p + 1; rc == 0 && *p; s++) {
        bool last = *s == '\0';

        if (*s != '/' && !last)
            continue;
        *s = '\0';
        if (mkdir(p, 0777) < 0 && errno != EEXIST)
            rc = -errno;
        if (last)
            break;
        *s = '/';
    }
    if (rc == 0 && !files_is_dir(path))
        rc = -ENOTDIR;
    free(p);
    return rc;
}

static int files_remove_at(int dirfd, const char *name)
{
    struct dirent *e;
    DIR *d;
    int fd, rc = 0;

    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -errno;
    fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    d = fdopendir(fd);
    if (!d) {
        rc = -errno;
        close(fd);
        return rc;
    }
    while (rc == 0 && (e = readdir(d)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = files_remove_at(fd, e->d_name);
    closedir(d);
    if (rc == 0 && unlinkat(dirfd, name, AT_REMOVEDIR) < 0)
        rc = -errno;
    return rc;
}

int files_remove(const char *path)
{
    return files_remove_at(AT_FDCWD, path);
}

int files_read(const char *path, size_t max, char **out, size_t *len)
{
    struct buf b = {0};
    struct stat st;
    char block[1 << 15];
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = 0;

    *out = NULL;
    *len = 0;
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        rc = -errno;
    else if (S_ISDIR(st.st_mode))
        rc = -EISDIR;
    while (rc == 0 && (n = read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = -errno;
        else if (b.len + (size_t)n > max)
            rc = -EFBIG;
        else
            buf_add(&b, block, (size_t)n);
    }
    close(fd);
    if (rc == 0) {
        *len = b.len;
        *out = buf_take(&b);
    }
    buf_free(&b);
    return rc;
}

static int files_write_fd(int fd, const char *p, size_t len)
{
    while (len) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static void files_sync_parent(const char *path)
{
    char *dir = mem_dup(path), *slash = strrchr(dir, '/');
    int fd;

    if (slash)
        *(slash == dir ? slash + 1 : slash) = '\0';
    fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(dir);
}

int files_write_atomic(const char *path, const void *bytes, size_t len)
{
    char *tmp = mem_printf("%s.tmp%ld", path, (long)getpid());
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), rc;

    if (fd < 0) {
        rc = -errno;
        free(tmp);
        return rc;
    }
    rc = files_write_fd(fd, bytes, len);
    if (rc == 0 && fsync(fd) < 0)
        rc = -errno;
    if (close(fd) < 0 && rc == 0)
        rc = -errno;
    if (rc == 0 && rename(tmp, path) < 0)
        rc = -errno;
    if (rc < 0)
        unlink(tmp);
    else
        files_sync_parent(path);
    free(tmp);
    return rc;
}

static int files_walk(int dirfd, const char *prefix, struct files *out, int depth)
{
    DIR *d = fdopendir(dirfd);
    struct dirent *e;
    int rc = 0;

    if (!d) {
        rc = -errno;
        close(dirfd);
        return rc;
    }
    while (rc == 0 && (e = readdir(d))) {
        struct stat st;
        char *rel;

        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        rel = mem_printf("%s%s%s", prefix, *prefix ? "/" : "", e->d_name);
        if (fstatat(dirfd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
            rc = -errno;
        } else if (S_ISREG(st.st_mode)) {
            out->path = mem_grow(out->path, out->n + 1, sizeof *out->path);
            out->path[out->n++] = rel;
            rel = NULL;
        } else if (S_ISDIR(st.st_mode) && depth < 64) {
            int fd = openat(dirfd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            rc = fd < 0 ? -errno : files_walk(fd, rel, out, depth + 1);
        } else {
            rc = -EINVAL;
        }
        free(rel);
    }
    closedir(d);
    return rc;
}

static int files_compare(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

int files_list(const char *dir, struct files *out)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

    *out = (struct files){0};
    if (fd < 0)
        return -errno;
    rc = files_walk(fd, "", out, 0);
    if (rc < 0)
        files_free(out);
    else if (out->n)
        qsort(out->path, out->n, sizeof *out->path, files_compare);
    return rc;
}

void files_free(struct files *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->path[i]);
    free(list->path);
    *list = (struct files){0};
}

static int files_copy_one(const char *src, const char *dst)
{
    char block[1 << 15];
    ssize_t n = 0;
    int in = open(src, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), out, rc = 0;

    if (in < 0)
        return -errno;
    out = open(dst, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (out < 0) {
        rc = -errno;
        close(in);
        return rc;
    }
    while (rc == 0 && (n = read(in, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        rc = n < 0 ? -errno : files_write_fd(out, block, (size_t)n);
    }
    close(in);
    if (close(out) < 0 && rc == 0)
        rc = -errno;
    return rc;
}

int files_copy(const char *src, const char *dst)
{
    struct files list = {0};
    int rc = files_list(src, &list);

    if (rc == 0)
        rc = files_mkdir(dst);
    for (size_t i = 0; rc == 0 && i < list.n; i++) {
        char *from = mem_printf("%s/%s", src, list.path[i]), *to = mem_printf("%s/%s", dst, list.path[i]);
        char *slash = strrchr(to, '/');

        *slash = '\0';
        rc = files_mkdir(to);
        *slash = '/';
        if (rc == 0)
            rc = files_copy_one(from, to);
        free(from);
        free(to);
    }
    files_free(&list);
    return rc;
}

bool files_is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool files_is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool files_path_safe(const char *path)
{
    const char *s = path;

    if (!*s || strlen(path) > 255)
        return false;
    for (;;) {
        size_t n = strcspn(s, "/");

        if (n == 0 || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
            return false;
        if (!s[n])
            return true;
        s += n + 1;
    }
}

const char *files_build_dir(void)
{
    static char dir[PATH_MAX];
    const char *env = getenv("CAPBENCH_BUILD");
    char *slash;
    ssize_t n;

    if (dir[0])
        return dir;
    if (env && *env && realpath(env, dir))
        return dir;
    n = readlink("/proc/self/exe", dir, sizeof dir - 1);
    dir[n > 0 ? n : 0] = '\0';
    slash = strrchr(dir, '/');
    if (slash)
        *slash = '\0';
    return dir;
}

const char *files_root_dir(void)
{
    static char dir[PATH_MAX];
    char *slash;

    if (dir[0])
        return dir;
    snprintf(dir, sizeof dir, "%s", files_build_dir());
    slash = strrchr(dir, '/');
    if (slash && slash != dir)
        *slash = '\0';
    return dir;
}
