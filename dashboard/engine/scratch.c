/* SPDX-License-Identifier: MIT */
/*
 * See scratch.h. Invariant: a mark is locked before it has its name, so that one that can be locked has lost
 * its process.
 */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "mem.h"

#define MARK     ".capbench-scratch"
#define MARK_NEW ".capbench-scratch.new"

static const char mark_text[] = "This folder is removed when the capbench that made it has ended.\n";

int scratch_mark(const char *dir)
{
    const size_t n = sizeof mark_text - 1;
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), lock, rc = 0;

    if (at < 0)
        return -errno;
    lock = openat(at, MARK_NEW, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock < 0)
        rc = -errno;
    else if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        rc = -errno;
    else if (write(lock, mark_text, n) != (ssize_t)n)
        rc = -EIO;
    else if (renameat(at, MARK_NEW, at, MARK) != 0)
        rc = -errno;
    if (rc < 0 && lock >= 0) {
        (void)unlinkat(at, MARK_NEW, 0);
        close(lock);
    }
    close(at);
    return rc < 0 ? rc : lock;
}

int scratch_make(const char *dir)
{
    int lock;

    if (mkdir(dir, 0777) != 0)
        return -errno;
    lock = scratch_mark(dir);
    if (lock < 0)
        (void)rmdir(dir);
    return lock;
}

int scratch_remove(const char *dir, int lock)
{
    int rc = files_remove(dir);

    close(lock);
    return rc;
}

int scratch_keep(const char *dir, int lock)
{
    char *mark = mem_printf("%s/" MARK, dir);
    int rc = unlink(mark) == 0 ? 0 : -errno;

    free(mark);
    close(lock);
    return rc;
}

/* The lock of a folder that is ours and whose process has ended; else negative. */
static int left_lock(const char *dir)
{
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), lock = -1;
    char text[sizeof mark_text];
    struct stat st;

    if (at < 0)
        return -1;
    if (fstat(at, &st) == 0 && st.st_uid == geteuid())
        lock = openat(at, MARK, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(at);
    if (lock < 0)
        return -1;
    if (fstat(lock, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        read(lock, text, sizeof text) != (ssize_t)sizeof mark_text - 1 ||
        memcmp(text, mark_text, sizeof mark_text - 1) != 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
        close(lock);
        return -1;
    }
    return lock;
}

unsigned scratch_sweep(const char *parent, const char *prefix, const char *below)
{
    DIR *d = opendir(parent);
    const struct dirent *e;
    unsigned n = 0;

    while (d && (e = readdir(d))) {
        char *dir;
        int lock;

        if (e->d_name[0] == '.' || strncmp(e->d_name, prefix, strlen(prefix)) != 0)
            continue;
        dir = mem_printf("%s/%s%s%s", parent, e->d_name, below ? "/" : "", below ? below : "");
        lock = left_lock(dir);
        if (lock >= 0)
            n += scratch_remove(dir, lock) == 0;
        free(dir);
    }
    if (d)
        closedir(d);
    return n;
}
