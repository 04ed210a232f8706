/* SPDX-License-Identifier: MIT */
/*
 * Files and directories through the C library, in its working directory or in the one its argument names.
 * Invariant: leaves the directory empty.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tap.h"

#define PLACE_BYTES 81920u /* memory that reads are placed in */

static char big[200000], back[200000];

static int put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

static int has(const char *path, const char *text)
{
    char buf[64];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf);
    if (fd >= 0)
        close(fd);
    return n == (ssize_t)strlen(text) && memcmp(buf, text, (size_t)n) == 0;
}

static void basics(void)
{
    struct stat st, st2;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 7 + i / 251);
    int fd = open("big", O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0, "open O_CREAT|O_EXCL");
    FAILS(open("big", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST, "O_EXCL of an existing file is EEXIST");
    CHECK(write(fd, big, sizeof big) == sizeof big, "one write of 200000 bytes");
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && read(fd, back, sizeof back) == sizeof back &&
              memcmp(big, back, sizeof big) == 0,
          "one read gives them back");
    CHECK(read(fd, back, 10) == 0, "end of file");
    CHECK(pread(fd, back, 100, 65500) == 100 && memcmp(back, big + 65500, 100) == 0, "pread across a chunk");
    CHECK(lseek(fd, -5, SEEK_END) == 199995 && read(fd, back, 10) == 5, "lseek from the end");
    CHECK(pwrite(fd, "xyz", 3, 300000) == 3 && fstat(fd, &st) == 0 && st.st_size == 300003,
          "pwrite makes a hole");
    CHECK(pread(fd, back, 1000, 250000) == 1000 && back[0] == 0 && back[999] == 0, "a hole reads as zeros");
    CHECK(ftruncate(fd, 10) == 0 && fstat(fd, &st) == 0 && st.st_size == 10, "ftruncate");
    CHECK(stat("big", &st2) == 0 && st2.st_ino == st.st_ino && st2.st_dev == st.st_dev &&
              S_ISREG(st2.st_mode),
          "stat and fstat agree");
    CHECK(put("other", "x") == 0 && stat("other", &st2) == 0 && st2.st_ino != st.st_ino,
          "another file, another inode");
    FAILS(lseek(fd, -1, SEEK_SET), EINVAL, "lseek before the start is EINVAL");
    char parts[] = "abcde";
    struct iovec v[3] = {{parts, 2}, {parts, 0}, {parts + 2, 3}};
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && writev(fd, v, 3) == 5, "writev");
    CHECK(fsync(fd) == 0 && fdatasync(fd) == 0, "fsync, fdatasync");
    CHECK(close(fd) == 0, "close");
    FAILS(close(fd), EBADF, "a second close is EBADF");
    FAILS(read(fd, back, 1), EBADF, "read of a closed descriptor is EBADF");
    CHECK(truncate("big", 2) == 0 && has("big", "ab"), "truncate by name");
    fd = open("big", O_RDONLY);
    FAILS(write(fd, "x", 1), EBADF, "write to a read-only descriptor is EBADF");
    close(fd);
    CHECK(unlink("big") == 0 && unlink("other") == 0, "unlink");
    FAILS(stat("big", &st), ENOENT, "a removed name is ENOENT");
}

static void shared_offsets(void)
{
    int fd = open("s", O_RDWR | O_CREAT | O_TRUNC, 0644);
    int d = dup(fd);
    CHECK(write(fd, "abc", 3) == 3 && write(d, "def", 3) == 3 && has("s", "abcdef"), "dup shares the offset");
    CHECK(dup2(fd, 77) == 77 && lseek(77, 0, SEEK_CUR) == 6, "dup2 to a number");
    CHECK(fcntl(fd, F_DUPFD, 100) == 100 && close(100) == 0, "F_DUPFD takes the lowest above");
    CHECK(fcntl(77, F_SETFD, FD_CLOEXEC) == 0 && fcntl(77, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFD) == 0,
          "close-on-exec is the descriptor's own");
    int a = open("s", O_WRONLY | O_APPEND);
    CHECK(write(a, "1", 1) == 1 && write(fd, "X", 1) == 1 && write(a, "2", 1) == 1 && has("s", "abcdefX2"),
          "O_APPEND goes to the end, the other offset stays");
    CHECK(lseek(a, 0, SEEK_CUR) == 8, "and moves its own offset there");
    close(a), close(d), close(77);
    CHECK(unlink("s") == 0 && write(fd, "more", 4) == 4 && lseek(fd, 0, SEEK_SET) == 0 &&
              read(fd, back, 4) == 4,
          "a removed file lives while it is open");
    close(fd);
}

static void names(void)
{
    struct stat st;
    CHECK(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0, "mkdir, nested");
    FAILS(mkdir("d", 0755), EEXIST, "mkdir of an existing name is EEXIST");
    FAILS(mkdir("x/y", 0755), ENOENT, "mkdir below nothing is ENOENT");
    CHECK(put("d/f", "one") == 0 && put("d/g", "two") == 0, "files in a directory");
    FAILS(open("d/f/x", O_RDONLY), ENOTDIR, "a file is no directory: ENOTDIR");
    FAILS(open("d", O_WRONLY), EISDIR, "a directory cannot be written: EISDIR");
    FAILS(open("d/f/", O_RDONLY), ENOTDIR, "a trailing slash after a file is ENOTDIR");
    FAILS(unlink("d"), EISDIR, "unlink of a directory is EISDIR");
    FAILS(rmdir("d/f"), ENOTDIR, "rmdir of a file is ENOTDIR");
    FAILS(rmdir("d"), ENOTEMPTY, "rmdir of a full directory is ENOTEMPTY");
    CHECK(rename("d/f", "d/g") == 0 && has("d/g", "one"), "rename replaces a file");
    FAILS(stat("d/f", &st), ENOENT, "and the old name is gone");
    FAILS(rename("d/g", "g"), EXDEV, "rename across directories is EXDEV");
    FAILS(rename("d/none", "d/x"), ENOENT, "rename of nothing is ENOENT");
    FAILS(link("d/g", "d/h"), EPERM, "link is EPERM");
    FAILS(symlink("d/g", "d/h"), EPERM, "symlink is EPERM");
    FAILS(readlink("d/g", back, 10), EINVAL, "readlink of a file is EINVAL");
    CHECK(stat("d/./e/../g", &st) == 0 && st.st_size == 3, "dots in a path");
    CHECK(stat("d/", &st) == 0 && S_ISDIR(st.st_mode), "a trailing slash after a directory");
    CHECK(access("d/g", R_OK | W_OK) == 0, "access");
    FAILS(access("d/none", F_OK), ENOENT, "access of nothing is ENOENT");
    CHECK(chmod("d/g", 0600) == 0, "chmod is accepted");
    char old[256], now[256];
    CHECK(getcwd(old, sizeof old) && chdir("d/e") == 0 && getcwd(now, sizeof now) &&
              strlen(now) == strlen(old) + 4 && has("../g", "one") && chdir("../..") == 0,
          "chdir, getcwd");
    FAILS(chdir("d/g"), ENOTDIR, "chdir to a file is ENOTDIR");
    int dir = open("d", O_RDONLY | O_DIRECTORY);
    CHECK(dir >= 0 && mkdirat(dir, "k", 0755) == 0 && unlinkat(dir, "k", AT_REMOVEDIR) == 0,
          "mkdirat, unlinkat");
    int fd = openat(dir, "g", O_RDONLY);
    CHECK(fd >= 0 && read(fd, back, 3) == 3 && fstatat(dir, "g", &st, 0) == 0, "openat, fstatat");
    close(fd), close(dir);
    CHECK(unlink("d/g") == 0 && rmdir("d/e") == 0 && rmdir("d") == 0, "everything removed");
}

static void listing(void)
{
    enum { N = 300 };
    static char seen[N];
    char name[32];
    int n = 0, bad = 0;
    mkdir("many", 0755);
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "many/file-%03d", i);
        bad |= put(name, "x");
    }
    CHECK(!bad, "300 files in a directory");
    DIR *d = opendir("many");
    struct dirent *e;
    while (d && (e = readdir(d)) != NULL) {
        int i;
        if (e->d_name[0] == '.')
            continue;
        if (sscanf(e->d_name, "file-%d", &i) == 1 && i >= 0 && i < N && !seen[i]++ && e->d_type == DT_REG)
            n++;
    }
    CHECK(n == N, "readdir gives each of them once");
    rewinddir(d);
    CHECK((e = readdir(d)) != NULL && strcmp(e->d_name, ".") == 0, "rewinddir");
    closedir(d);
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "many/file-%03d", i);
        bad |= unlink(name);
    }
    CHECK(!bad && rmdir("many") == 0, "and all are removed");
}

static void outside(void)
{
    struct stat st;
    FAILS(open("/etc/passwd", O_RDONLY), ENOENT, "a path outside every grant is ENOENT");
    FAILS(open("/../../../etc/passwd", O_RDONLY), ENOENT, "climbing leads nowhere");
    FAILS(open("../../../../../etc/passwd", O_RDONLY), ENOENT, "nor does it from here");
    CHECK(mkdir("/elsewhere", 0755) == -1 && (errno == ENOENT || errno == EACCES), "nothing is made outside");
    CHECK(stat("/", &st) == 0 && S_ISDIR(st.st_mode), "the root that only leads to grants is a directory");
    FAILS(open("", O_RDONLY), ENOENT, "an empty path is ENOENT");
    memset(back, 'a', 5000);
    back[5000] = 0;
    FAILS(open(back, O_RDONLY), ENAMETOOLONG, "a name too long is ENAMETOOLONG");
    int fd = open("/dev/null", O_RDWR);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && read(fd, back, 1) == 0, "/dev/null");
    close(fd);
}

/* A process has 65,536 capability lifetimes; opening one name more often than that must work. */
static void lifetimes(void)
{
    int bad = 0;
    struct stat st;
    put("again", "x");
    for (int i = 0; i < 70000 && !bad; i++) {
        int fd = open("again", O_RDONLY);
        bad = fd < 0 || close(fd) != 0;
        if (i % 7 == 0)
            bad |= stat("again", &st);
    }
    CHECK(!bad, "70000 opens of one name");
    unlink("again");
}

/* Is what is at `at` in the file in the n bytes of buf that were read, and not a byte around them touched? */
static bool placed_at(int fd, unsigned char *page, size_t offset, size_t n, size_t at, size_t want)
{
    memset(page, 0xa5, PLACE_BYTES);
    if (pread(fd, page + offset, n, (off_t)at) != (ssize_t)want || memcmp(page + offset, big + at, want) != 0)
        return false;
    for (size_t i = 0; i < PLACE_BYTES; i++)
        if ((i < offset || i >= offset + n) && page[i] != 0xa5)
            return false;
    return true;
}

/* A buffer that may be the lowest thing in its caller's frame. */
__attribute__((noinline)) static bool placed_on_stack(int fd, size_t n)
{
    unsigned char buf[4096];
    return pread(fd, buf, n, 77) == (ssize_t)n && memcmp(buf, big + 77, n) == 0;
}

/* Reads land where they were asked to, wherever in a page that is, and nowhere else. */
static void placed(void)
{
    static const size_t offsets[] = {0, 1, 8, 16, 23, 24, 32, 4072, 4095, 4096, 4112, 4120};
    static const size_t sizes[] = {8, 504, 511, 512, 520, 4095, 4096, 8192, 61440, 65512, 65536, 70000};
    unsigned char *page =
        mmap(NULL, PLACE_BYTES + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool ok = true, cut = true, stack = true;
    int fd = open("placed", O_RDWR | O_CREAT, 0644);

    CHECK(page != MAP_FAILED && mprotect(page, 4096, PROT_NONE) == 0 &&
              write(fd, big, sizeof big) == sizeof big,
          "memory behind a page that may not be touched, and a file");
    page += 4096;
    for (size_t o = 0; o < sizeof offsets / sizeof offsets[0]; o++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            ok = ok && placed_at(fd, page, offsets[o], sizes[i], 1000 + i, sizes[i]);
            cut = cut && placed_at(fd, page, offsets[o], sizes[i], sizeof big - 3, 3);
        }
    for (size_t n = 8; n <= 4096; n += 8)
        stack = stack && placed_on_stack(fd, n);
    CHECK(ok, "reads land in the buffer, and nothing around it changes");
    CHECK(cut, "and so do reads that the end of the file cuts short");
    CHECK(stack, "and reads onto the stack");
    munmap(page - 4096, PLACE_BYTES + 4096);
    close(fd);
    unlink("placed");
}

static void exhaustion(void)
{
    static int fds[400];
    int n = 0;
    char name[32];
    while (n < 400) {
        snprintf(name, sizeof name, "x%d", n);
        fds[n] = open(name, O_WRONLY | O_CREAT, 0644);
        if (fds[n] < 0)
            break;
        n++;
    }
    CHECK(n >= 100 && n < 400 && (errno == ENFILE || errno == EMFILE), "too many open files end in ENFILE");
    for (int i = 0; i < n; i++)
        close(fds[i]);
    int fd = open("x0", O_RDONLY);
    CHECK(fd >= 0, "and closing them makes room");
    close(fd);
    for (int i = 0; i <= n; i++) {
        snprintf(name, sizeof name, "x%d", i);
        unlink(name);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && chdir(argv[1]) < 0)
        return 2;
    basics();
    shared_offsets();
    names();
    listing();
    outside();
    lifetimes();
    placed();
    exhaustion();
    return tap_end();
}
