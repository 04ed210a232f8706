/* SPDX-License-Identifier: MIT */
/*
 * Paths, descriptors and the cache of Files and Directories, over a made-up capability layer (fake_caps.c).
 * Invariant: every call goes through the dispatcher, as the C library's do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_caps.h"
#include "posix/fd.h"
#include "posix/path.h"
#include "posix/shared.h"

struct posix_caps posix_caps;

enum {
    NR_READ = 0,
    NR_WRITE = 1,
    NR_OPEN = 2,
    NR_CLOSE = 3,
    NR_STAT = 4,
    NR_FSTAT = 5,
    NR_LSEEK = 8,
    NR_DUP = 32,
    NR_RENAME = 82,
    NR_MKDIR = 83,
    NR_RMDIR = 84,
    NR_UNLINK = 87,
    NR_CHDIR = 80,
    NR_OPENAT = 257,
    NR_GETDENTS = 217
};

static long sys(long n, ...)
{
    va_list ap;
    long a[6];
    va_start(ap, n);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(ap, long);
    va_end(ap);
    return __capos_syscall(n, a[0], a[1], a[2], a[3], a[4], a[5]);
}
#define SYS(n, a, b, c) sys(n, (long)(a), (long)(b), (long)(c), 0L, 0L, 0L)

static long put(const char *path, const char *text)
{
    long fd = SYS(NR_OPEN, path, LX_O_WRONLY | LX_O_CREAT | LX_O_TRUNC, 0644);
    if (fd < 0)
        return fd;
    long n = SYS(NR_WRITE, fd, text, strlen(text));
    SYS(NR_CLOSE, fd, 0, 0);
    return n == (long)strlen(text) ? 0 : n;
}

static const char *get(const char *path)
{
    static char buf[256];
    long fd = SYS(NR_OPEN, path, LX_O_RDONLY, 0);
    if (fd < 0)
        return NULL;
    long n = SYS(NR_READ, fd, buf, sizeof buf - 1);
    SYS(NR_CLOSE, fd, 0, 0);
    buf[n < 0 ? 0 : n] = '\0';
    return buf;
}

/* The tree is made once: preopened directories stay. */
static int start(void **state)
{
    (void)state;
    uint32_t root = fake_reset();
    assert_int_equal(path_preopen("/data", root), 0);
    assert_int_equal(SYS(NR_MKDIR, "/data/inner", 0755, 0), 0);
    assert_int_equal(path_set_cwd("/data"), 0);
    return 0;
}

static void joining(void **state)
{
    (void)state;
    static const struct {
        const char *base, *path, *want;
        bool dir_only;
    } cases[] = {
        {"/a/b", "c", "/a/b/c", false},
        {"/a/b", "../c", "/a/c", false},
        {"/a/b", "/x//y/./z/", "/x/y/z", true},
        {"/", "..", "/", true},
        {"/a", "../../../..", "/", true},
        {"/a", ".", "/a", true},
        {"/a", "b/..", "/a", true},
        {"/a", "...", "/a/...", false},
        {"/a", "..b", "/a/..b", false},
        {"/", "/", "/", false},
        {"/a", "./b/../../c", "/c", false},
    };
    char out[64];
    bool dir_only;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(path_join(cases[i].base, cases[i].path, out, sizeof out, &dir_only), 0);
        assert_string_equal(out, cases[i].want);
        if (strcmp(cases[i].want, "/") != 0)
            assert_int_equal(dir_only, cases[i].dir_only);
    }
    assert_int_equal(path_join("/", "", out, sizeof out, &dir_only), -ENOENT);
    char *exact = malloc(8);
    assert_int_equal(path_join("/", "abcdef", exact, 8, &dir_only), 0);
    assert_int_equal(path_join("/", "abcdefg", exact, 8, &dir_only), -ENAMETOOLONG);
    free(exact);
}

static void authority(void **state)
{
    (void)state;
    struct lx_stat st;
    put("/data/f", "x");
    assert_int_equal(SYS(NR_OPEN, "/etc/passwd", 0, 0), -ENOENT);
    assert_int_equal(SYS(NR_OPEN, "/data/../etc/passwd", 0, 0), -ENOENT);
    assert_int_equal(SYS(NR_OPEN, "../../f", 0, 0), -ENOENT);
    assert_int_equal(SYS(NR_OPEN, "/dataf", 0, 0), -ENOENT); /* a prefix in letters only */
    assert_int_equal(SYS(NR_OPEN, "/data/inner/../f", 0, 0), 0);
    SYS(NR_CLOSE, 0, 0, 0);
    assert_int_equal(SYS(NR_STAT, "/", &st, 0), 0);
    assert_int_equal(SYS(NR_MKDIR, "/x", 0, 0), -ENOENT);
    assert_int_equal(SYS(NR_RMDIR, "/data", 0, 0), -EBUSY);
    assert_int_equal(SYS(NR_MKDIR, "/data", 0, 0), -EEXIST);
    SYS(NR_UNLINK, "/data/f", 0, 0);
}

static void reopening_spends_nothing(void **state)
{
    (void)state;
    put("again", "x");
    unsigned before = fake_spent();
    for (int i = 0; i < 10000; i++)
        assert_string_equal(get("again"), "x");
    assert_true(fake_spent() - before <= 10000 / NODE_USES + 1);
    before = fake_spent();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(SYS(NR_OPEN, "absent", 0, 0), -ENOENT);
    assert_int_equal(fake_spent(), before);
    SYS(NR_UNLINK, "again", 0, 0);
}

static void others_changes_are_seen(void **state)
{
    (void)state;
    struct lx_stat a, b;
    put("seen", "old");
    assert_string_equal(get("seen"), "old");
    SYS(NR_STAT, "seen", &a, 0);
    fake_replace("seen", "new!");
    node_world_changed();
    assert_string_equal(get("seen"), "new!");
    SYS(NR_STAT, "seen", &b, 0);
    assert_true(a.ino != b.ino);
    node_world_changed();
    SYS(NR_STAT, "seen", &a, 0);
    assert_true(a.ino == b.ino); /* the same file under a new capability */
    fake_replace("seen", NULL);
    node_world_changed();
    assert_null(get("seen"));
}

static void an_open_file_outlives_its_name(void **state)
{
    (void)state;
    char buf[8] = "";
    struct lx_stat st, st2;
    put("u", "kept");
    long fd = SYS(NR_OPEN, "u", LX_O_RDWR, 0);
    assert_int_equal(SYS(NR_FSTAT, fd, &st, 0), 0);
    assert_int_equal(SYS(NR_UNLINK, "u", 0, 0), 0);
    put("u", "other");
    assert_int_equal(SYS(NR_READ, fd, buf, 4), 4);
    assert_string_equal(buf, "kept");
    assert_int_equal(SYS(NR_FSTAT, fd, &st2, 0), 0);
    assert_true(st.ino == st2.ino);
    SYS(NR_STAT, "u", &st2, 0);
    assert_true(st.ino != st2.ino);
    SYS(NR_CLOSE, fd, 0, 0);
    SYS(NR_UNLINK, "u", 0, 0);
}

static void renaming(void **state)
{
    (void)state;
    struct lx_stat a, b;
    put("r1", "one");
    put("r2", "two");
    SYS(NR_STAT, "r1", &a, 0);
    assert_int_equal(SYS(NR_RENAME, "r1", "r2", 0), 0);
    assert_string_equal(get("r2"), "one");
    assert_null(get("r1"));
    SYS(NR_STAT, "r2", &b, 0);
    assert_true(a.ino == b.ino);
    assert_int_equal(SYS(NR_RENAME, "r2", "inner/r2", 0), -EXDEV);
    assert_int_equal(SYS(NR_RENAME, "r2", "inner", 0), -EISDIR);
    assert_int_equal(SYS(NR_RENAME, "inner", "r2", 0), -ENOTDIR);
    SYS(NR_MKDIR, "d1", 0, 0);
    put("d1/x", "in d1");
    assert_int_equal(SYS(NR_RENAME, "d1", "d2", 0), 0);
    assert_string_equal(get("d2/x"), "in d1");
    assert_null(get("d1/x"));
    SYS(NR_UNLINK, "d2/x", 0, 0);
    assert_int_equal(SYS(NR_RMDIR, "d2", 0, 0), 0);
    SYS(NR_UNLINK, "r2", 0, 0);
}

static void read_only_tree(void **state)
{
    (void)state;
    put("ro", "x");
    put("ro2", "x");
    node_world_changed();
    fake_read_only(true);
    SYS(NR_UNLINK, "nothing", 0, 0);
    assert_string_equal(get("ro"), "x");
    assert_int_equal(SYS(NR_OPEN, "ro3", LX_O_CREAT | LX_O_WRONLY, 0), -EROFS);
    assert_int_equal(SYS(NR_OPEN, "ro2", LX_O_WRONLY | LX_O_TRUNC, 0), -EROFS);
    assert_int_equal(SYS(NR_UNLINK, "ro", 0, 0), -EROFS);
    assert_int_equal(SYS(NR_MKDIR, "rod", 0, 0), -EROFS);
    fake_read_only(false);
    SYS(NR_UNLINK, "ro", 0, 0);
    SYS(NR_UNLINK, "ro2", 0, 0);
}

/* Few slots: names are still reachable one after another, and running out of them while all are open is
 * ENFILE. */
static void scarce_slots(void **state)
{
    (void)state;
    char name[32];
    long fds[64];
    int n = 0;
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "s%d", i);
        assert_int_equal(put(name, "x"), 0);
    }
    fake_limit(12);
    node_world_changed();
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 40; i++) {
            snprintf(name, sizeof name, "s%d", i);
            assert_string_equal(get(name), "x");
        }
    for (; n < 40; n++) {
        snprintf(name, sizeof name, "s%d", n);
        fds[n] = SYS(NR_OPEN, name, 0, 0);
        if (fds[n] < 0)
            break;
    }
    assert_true(n > 4 && n < 12);
    assert_int_equal(fds[n], -ENFILE);
    while (n--)
        assert_int_equal(SYS(NR_CLOSE, fds[n], 0, 0), 0);
    fake_limit(240);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "s%d", i);
        assert_int_equal(SYS(NR_UNLINK, name, 0, 0), 0);
    }
}

static void descriptors_run_out(void **state)
{
    (void)state;
    long fd = SYS(NR_OPEN, "/dev/null", LX_O_RDWR, 0), last = fd, n = 1;
    while ((last = SYS(NR_DUP, fd, 0, 0)) >= 0)
        n++;
    assert_int_equal(last, -EMFILE);
    assert_int_equal(n, FD_MAX);
    for (long i = 0; i < (long)FD_MAX; i++)
        assert_int_equal(SYS(NR_CLOSE, i, 0, 0), 0);
}

/* Whatever its number and however senseless its arguments, a call without a capability gives an errno, and
 * the table is sane. */
static void every_refusal(void **state)
{
    (void)state;
    static const struct {
        int nr, err;
    } refused[] = {
#define POSIX_SERVED(nr, name, status, note)
#define POSIX_REFUSED(nr, name, err, note) {nr, err},
#include "posix/calls.def"
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_true(refused[i].err > 0);
        assert_int_equal(SYS(refused[i].nr, -1, -1, -1), -refused[i].err);
    }
    assert_int_equal(SYS(-1, 0, 0, 0), -ENOSYS);
    assert_int_equal(SYS(100000, 0, 0, 0), -ENOSYS);
    assert_int_equal(SYS(400, 0, 0, 0), -ENOSYS);
}

/* A description in the table that processes share: what another one does with it is seen here. */
static void shared_descriptions(void **state)
{
    (void)state;
    char buf[8] = "";
    uint32_t cap;
    assert_false(shared_have(&cap));
    fake_share(true);
    shared_start();
    assert_true(shared_have(&cap));
    assert_int_equal(put("/data/shared", "abcdefgh"), 0);
    long fd = SYS(NR_OPEN, "/data/shared", LX_O_RDWR, 0), other = SYS(NR_DUP, fd, 0, 0);
    assert_int_equal(SYS(NR_READ, fd, buf, 2), 2);
    int slot = ofd_share(fd_get(fd));
    assert_true(slot >= 0 && ofd_share(fd_get(other)) == slot);
    struct startup_shared_ofd *s = shared_slot((uint32_t)slot);
    assert_int_equal(s->offset, 2);
    s->offset = 5;
    assert_int_equal(SYS(NR_READ, other, buf, 2), 2);
    assert_memory_equal(buf, "fg", 2);
    assert_int_equal(s->offset, 7);
    assert_int_equal(SYS(NR_WRITE, fd, "XYZ", 3), 3);
    assert_int_equal(s->offset, 10);
    s->flags = LX_O_APPEND;
    assert_int_equal(SYS(NR_LSEEK, fd, 0, LX_SEEK_SET), 0);
    assert_int_equal(SYS(NR_WRITE, fd, "!", 1), 1);
    assert_int_equal(s->offset, 11);
    assert_string_equal(get("/data/shared"), "abcdefgXYZ!");
    shared_ref((uint32_t)slot); /* a child's */
    SYS(NR_CLOSE, fd, 0, 0);
    SYS(NR_CLOSE, other, 0, 0);
    assert_int_equal(s->refs, 1);
    shared_drop((uint32_t)slot);
    unsigned n = 0;
    while (shared_take(0, 0) >= 0)
        n++;
    assert_int_equal(n, STARTUP_SHARED_SLOTS);
    assert_int_equal(shared_take(0, 0), -ENFILE);
    assert_null(shared_slot(STARTUP_SHARED_SLOTS));
    uint32_t a = shared_pid(), b = shared_pid();
    assert_true(a != b && a != (uint32_t)posix_pid());
    for (uint32_t i = 0; i < STARTUP_SHARED_SLOTS; i++)
        shared_drop(i);
}

static void nothing_is_left(void **state)
{
    (void)state;
    node_world_changed();
    for (int i = 0; i < (int)FD_MAX; i++)
        assert_null(fd_get(i));
    assert_true(fake_live() <= NODE_MAX);
    assert_null(get("absent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joining),
        cmocka_unit_test(authority),
        cmocka_unit_test(reopening_spends_nothing),
        cmocka_unit_test(others_changes_are_seen),
        cmocka_unit_test(an_open_file_outlives_its_name),
        cmocka_unit_test(renaming),
        cmocka_unit_test(read_only_tree),
        cmocka_unit_test(scarce_slots),
        cmocka_unit_test(descriptors_run_out),
        cmocka_unit_test(every_refusal),
        cmocka_unit_test(shared_descriptions),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests_name("posix files", tests, start, NULL);
}
