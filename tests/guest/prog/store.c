/* SPDX-License-Identifier: MIT */
/*
 * The store's tree through the C library, at /data: one part a run, named by the argument, so that a script
 * can look at the image between two boots. Invariant: what `write` leaves is what `again` and the host
 * expect.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capos/start.h"
#include "capos/store.h"
#include "tap.h"

#define BIG 3000000u

static char big[BIG], back[BIG];

static void pattern(char *p, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        p[i] = (char)(seed >> 16);
    }
}

static int put(const char *path, const char *p, size_t n, int sync)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t done = fd < 0 ? -1 : 0;
    for (size_t at = 0; done >= 0 && at < n; at += (size_t)done) {
        done = write(fd, p + at, n - at);
        if (done == 0)
            break;
    }
    if (done >= 0 && sync)
        done = fsync(fd);
    int err = errno;
    if (fd >= 0 && close(fd) < 0 && done >= 0)
        return -1;
    errno = err;
    return done < 0 ? -1 : 0;
}

static int same(const char *path, const char *p, size_t n)
{
    int fd = open(path, O_RDONLY);
    size_t at = 0;
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && at < sizeof back) {
        got = read(fd, back + at, sizeof back - at);
        at += got > 0 ? (size_t)got : 0;
    }
    int err = errno;
    if (fd >= 0)
        close(fd);
    errno = err;
    return got >= 0 && at == n && memcmp(back, p, n) == 0;
}

/* Names in a directory, in its order, joined by blanks. */
static const char *names(const char *path)
{
    static char all[512];
    DIR *d = opendir(path);
    const struct dirent *e;
    all[0] = '\0';
    while (d && (e = readdir(d)) != NULL)
        if (e->d_name[0] != '.' && strlen(all) + strlen(e->d_name) + 2 < sizeof all)
            strcat(strcat(all, all[0] ? " " : ""), e->d_name);
    if (d)
        closedir(d);
    return all;
}

static void part_write(void)
{
    struct stat st;
    int fd, dir;

    CHECK(same("/data/from_host", "hello\n", 6), "a file of the host's");
    pattern(big, BIG, 1);
    CHECK(mkdir("/data/d", 0755) == 0 && mkdir("/data/d/e", 0755) == 0, "folders");
    FAILS(mkdir("/data/d", 0755), EEXIST, "a folder that is there");
    CHECK(put("/data/d/big", big, BIG, 1) == 0 && same("/data/d/big", big, BIG), "three megabytes");
    fd = open("/data/d/big", O_RDWR);
    CHECK(fd >= 0 && pwrite(fd, "0123456789", 10, 4090) == 10, "a write across a page");
    memcpy(big + 4090, "0123456789", 10);
    CHECK(fsync(fd) == 0 && close(fd) == 0 && same("/data/d/big", big, BIG), "and it is there");
    CHECK(put("/data/a", "a", 1, 0) == 0 && rename("/data/a", "/data/b") == 0 && same("/data/b", "a", 1),
          "rename");
    CHECK(put("/data/a", "other", 5, 0) == 0 && rename("/data/a", "/data/b") == 0 &&
              same("/data/b", "other", 5),
          "rename onto a name");
    FAILS(rmdir("/data/d"), ENOTEMPTY, "a folder with something in it");
    CHECK(put("/data/gone", "gone", 4, 0) == 0, "a file to be removed");
    fd = open("/data/gone", O_RDWR);
    CHECK(unlink("/data/gone") == 0 && pwrite(fd, "G", 1, 0) == 1 && pread(fd, back, 4, 0) == 4 &&
              memcmp(back, "Gone", 4) == 0 && close(fd) == 0,
          "a removed file lives as long as it is open");
    FAILS(open("/data/gone", O_RDONLY), ENOENT, "and has no name");
    CHECK(put("/data/short", "0123456789", 10, 0) == 0 && truncate("/data/short", 4) == 0 &&
              truncate("/data/short", 6) == 0 && same("/data/short", "0123\0\0", 6),
          "truncate");
    CHECK(stat("/data/d/big", &st) == 0 && st.st_size == BIG && S_ISREG(st.st_mode) && st.st_mtime > 0,
          "stat");
    dir = open("/data/d/e", O_RDONLY | O_DIRECTORY);
    CHECK(dir >= 0 && fsync(dir) == 0 && close(dir) == 0, "fsync of a folder without a file");
    CHECK(strcmp(names("/data"), "b d from_host short") == 0, "the listing");
}

static void part_again(void)
{
    pattern(big, BIG, 1);
    memcpy(big + 4090, "0123456789", 10);
    CHECK(same("/data/d/big", big, BIG), "the file of the last boot");
    CHECK(strcmp(names("/data"), "b d from_host short") == 0, "its names");
    CHECK(same("/data/b", "other", 5) && same("/data/short", "0123\0\0", 6), "the small files");
    CHECK(unlink("/data/d/big") == 0 && rmdir("/data/d/e") == 0 && rmdir("/data/d") == 0, "removing");
    CHECK(strcmp(names("/data"), "b from_host short") == 0, "what is left");
}

static void part_full(void)
{
    struct stat st;
    int r = 0, n = 0;
    char path[32];

    pattern(big, BIG, 2);
    for (; r == 0 && n < 100; n++) {
        snprintf(path, sizeof path, "/data/f%d", n);
        r = put(path, big, 1 << 20, 0);
    }
    CHECK(r == -1 && errno == ENOSPC && n > 1, "a full store is ENOSPC");
    CHECK(same("/data/f0", big, 1 << 20), "what was written before is there");
    for (int i = 1; i < n; i++) {
        snprintf(path, sizeof path, "/data/f%d", i);
        unlink(path);
    }
    CHECK(put("/data/f1", big, 1 << 20, 1) == 0 && same("/data/f1", big, 1 << 20), "removing makes room");
    CHECK(stat("/data/f2", &st) == -1 && errno == ENOENT, "what was removed is gone");
}

static void part_readonly(void)
{
    CHECK(same("/data/f0", (pattern(big, BIG, 2), big), 1 << 20), "reading");
    FAILS(open("/data/new", O_WRONLY | O_CREAT, 0644), EROFS, "no new file");
    FAILS(open("/data/f0", O_RDWR), EROFS, "no writing");
    FAILS(unlink("/data/f0"), EROFS, "no removing");
    FAILS(mkdir("/data/dir", 0755), EROFS, "no new folder");
    FAILS(rename("/data/f0", "/data/g"), EROFS, "no renaming");
    int fd = open("/data", O_RDONLY | O_DIRECTORY);
    CHECK(fd >= 0 && fsync(fd) == 0 && close(fd) == 0, "fsync has nothing to do");
}

static void part_damaged(void)
{
    int fd = open("/data/f0", O_RDONLY), bad = 0, good = 0;

    for (int i = 0; i < 256; i++) {
        ssize_t n = pread(fd, back, 4096, i * 4096L);
        bad += n == -1 && errno == EIO;
        good += n == 4096;
    }
    CHECK(bad == 1 && good == 255, "the damaged page is EIO, the others are read");
    CHECK(same("/data/f1", (pattern(big, BIG, 2), big), 1 << 20), "another file is whole");
    CHECK(put("/data/new", "new", 3, 1) == 0 && same("/data/new", "new", 3), "and can be written");
}

static void part_blobs(void)
{
    static const uint8_t hello[CAPOS_STORE_HASH_BYTES] = /* of "hello\n" */
        {0x58, 0x91, 0xb5, 0xb5, 0x22, 0xd5, 0xdf, 0x08, 0x6d, 0x0f, 0xf0, 0xb1, 0x10, 0xfb, 0xd9, 0xd2,
         0x1b, 0xb4, 0xfc, 0x71, 0x63, 0xaf, 0x34, 0xd0, 0x82, 0x86, 0xa2, 0xe8, 0x46, 0xf6, 0xbe, 0x03};
    uint8_t hash[CAPOS_STORE_HASH_BYTES];
    uint32_t blobs = 0;
    bool there = false;

    CHECK(capos_grant_by_name("blobs", CAPOS_IFACE_STORE, &blobs) == 0, "the grant is a Store");
    CHECK(capos_store_has(blobs, hello, &there) == 0 && there, "a blob of the host's is there");
    CHECK(capos_store_get(blobs, hello, back, sizeof back) == 6 && memcmp(back, "hello\n", 6) == 0,
          "and is what it was");
    CHECK(capos_store_put(blobs, "from the guest\n", 15, hash) == 0, "a new one");
    CHECK(capos_store_get(blobs, hash, back, sizeof back) == 15 && memcmp(back, "from the guest\n", 15) == 0,
          "which comes back");
    CHECK(capos_store_delete(blobs, hello) == 0 && capos_store_has(blobs, hello, &there) == 0 && !there,
          "deleting");
    CHECK(capos_store_get(blobs, hello, back, sizeof back) == -ENOENT, "what is deleted is not found");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*f)(void);
    } parts[] = {{"write", part_write},       {"again", part_again},     {"full", part_full},
                 {"readonly", part_readonly}, {"damaged", part_damaged}, {"blobs", part_blobs}};

    for (size_t i = 0; argc == 2 && i < sizeof parts / sizeof parts[0]; i++)
        if (strcmp(parts[i].name, argv[1]) == 0) {
            parts[i].f();
            return tap_end();
        }
    return 2;
}
