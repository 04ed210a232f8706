/* SPDX-License-Identifier: MIT */
/* Safe opening and listing of guest files; see artifact.h. */
#include "artifact.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int artifact_directory(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

int artifact_open(int dir, const char *name)
{
    struct stat st;
    int fd, err = 0;

    if (name[0] == '\0' || strchr(name, '/'))
        return -EINVAL;
    fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        err = -errno;
    else if (!S_ISREG(st.st_mode))
        err = -EINVAL;
    else if (st.st_nlink != 1)
        err = -EMLINK;
    if (err == 0)
        return fd;
    close(fd);
    return err;
}

static int name_expected(const char *name, const char *const expected[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, expected[i]) == 0)
            return 1;
    }
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void name_show(const char *name, char *out, size_t size)
{
    size_t used = 0;

    for (; *name && used + 5 <= size; name++) {
        unsigned char c = (unsigned char)*name;

        if (c >= 0x20 && c < 0x7f)
            out[used++] = (char)c;
        else
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", c);
    }
    out[used] = '\0';
}

int artifact_unexpected(int dir, const char *const expected[], size_t count, char *found, size_t size)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *handle = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;
    int result = 0;

    if (!handle) {
        result = -errno;
        if (copy >= 0)
            close(copy);
        return result;
    }
    while (result == 0) {
        errno = 0;
        entry = readdir(handle);
        if (!entry) {
            result = -errno;
            break;
        }
        if (!name_expected(entry->d_name, expected, count)) {
            name_show(entry->d_name, found, size);
            result = 1;
        }
    }
    closedir(handle);
    return result;
}

ssize_t artifact_read(int fd, void *to, size_t size, uint64_t offset)
{
    size_t used = 0;

    while (used < size) {
        ssize_t n = pread(fd, (char *)to + used, size - used, (off_t)(offset + used));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        used += (size_t)n;
    }
    return (ssize_t)used;
}
