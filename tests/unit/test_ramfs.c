/* SPDX-License-Identifier: MIT */
/* RAM file tree: sparse pages, names, lifetimes, exhaustion. Invariant tested throughout: everything comes
 * back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cap_harness.h"
#include "kernel/ramfs.h"

static int begin(void **state)
{
    (void)state;
    harness_begin();
    return 0;
}

static void fill(uint8_t *p, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        p[i] = (uint8_t)(seed >> 16);
    }
}

/* Writes and reads at random places, against a plain array. */
static void test_against_model(void **state)
{
    enum { SIZE = 300000, ROUNDS = 3000 };
    static uint8_t model[SIZE], buf[70000], back[70000], base[50001];
    struct ramfs_node *f = NULL;
    uint64_t size = 0;

    (void)state;
    memset(model, 0, sizeof model);
    fill(base, sizeof base, 7);
    memcpy(model, base, sizeof base);
    f = ramfs_file_over(base, size = sizeof base, 5);
    assert_int_equal(f->modified, 5);
    srand(1);
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint64_t at = (uint64_t)rand() % SIZE;
        size_t n = (size_t)rand() % (r % 16 == 0 ? sizeof buf : 9000);

        if (n > SIZE - at)
            n = (size_t)(SIZE - at);
        if (r % 50 == 49) {
            assert_int_equal(ramfs_truncate(f, at), 0);
            if (at < size)
                memset(model + at, 0, SIZE - at);
            size = at;
        } else if (r % 3 != 0) {
            fill(buf, n, r);
            assert_int_equal(ramfs_write(f, at, buf, n, false), n);
            memcpy(model + at, buf, n);
            if (n > 0 && at + n > size)
                size = at + n;
        }
        assert_int_equal(f->u.file.size, size);
        at = (uint64_t)rand() % SIZE;
        n = ramfs_read(f, at, back, (size_t)rand() % sizeof back);
        assert_true(at >= size ? n == 0 : n <= size - at);
        assert_memory_equal(back, model + at, n);
    }
    ramfs_unref(f);
    harness_end();
}

static void test_append(void **state)
{
    struct ramfs_node *f = ramfs_file_new();
    char buf[16] = {0};

    (void)state;
    assert_int_equal(ramfs_write(f, 0, "ab", 2, true), 2);
    assert_int_equal(ramfs_write(f, 0, "cd", 2, true), 2);
    assert_int_equal(ramfs_read(f, 0, buf, sizeof buf), 4);
    assert_string_equal(buf, "abcd");
    ramfs_unref(f);
    harness_end();
}

static void test_sparse_and_huge(void **state)
{
    struct ramfs_node *f = ramfs_file_new();
    uint64_t before = harness_frames_left;
    char buf[4] = {1, 1, 1, 1};

    (void)state;
    assert_int_equal(ramfs_write(f, RAMFS_SIZE_MAX - 3, "xyz", 3, false), 3);
    assert_true(before - harness_frames_left <= 6);
    assert_int_equal(f->u.file.size, RAMFS_SIZE_MAX);
    assert_int_equal(ramfs_read(f, RAMFS_SIZE_MAX - 4, buf, 4), 4);
    assert_memory_equal(buf, "\0xyz", 4);
    assert_int_equal(ramfs_write(f, RAMFS_SIZE_MAX, "q", 1, false), -EFBIG);
    assert_int_equal(ramfs_write(f, UINT64_MAX, "q", 1, false), -EFBIG);
    assert_int_equal(ramfs_truncate(f, RAMFS_SIZE_MAX + 1), -EFBIG);
    assert_int_equal(ramfs_write(f, 5000, "m", 1, false), 1);
    assert_int_equal(ramfs_truncate(f, 5001), 0);
    assert_int_equal(ramfs_truncate(f, 0), 0);
    assert_int_equal(harness_frames_left, before);
    ramfs_unref(f);
    harness_end();
}

/* A cut and a new length must never show the old bytes again: not the page's, not the image's. */
static void test_cut_hides_bytes(void **state)
{
    static const uint8_t base[6000] = {[0] = 1, [100] = 2, [5000] = 3};
    struct ramfs_node *f = ramfs_file_over(base, sizeof base, 0);
    uint8_t back[6000];

    (void)state;
    assert_int_equal(ramfs_truncate(f, 50), 0);
    assert_int_equal(ramfs_truncate(f, 6000), 0);
    assert_int_equal(ramfs_read(f, 0, back, sizeof back), 6000);
    assert_int_equal(back[0], 1);
    for (size_t i = 1; i < sizeof back; i++)
        assert_int_equal(back[i], 0);
    assert_int_equal(ramfs_write(f, 10, "zzzz", 4, false), 4);
    assert_int_equal(ramfs_truncate(f, 12), 0);
    assert_int_equal(ramfs_truncate(f, 20), 0);
    assert_int_equal(ramfs_read(f, 10, back, 10), 10);
    assert_memory_equal(back, "zz\0\0\0\0\0\0\0\0", 10);
    ramfs_unref(f);
    harness_end();
}

static void test_names(void **state)
{
    char longest[FS_NAME_MAX + 1];
    struct ramfs_node *d = ramfs_dir_new(), *f = ramfs_file_new(), *g = ramfs_file_new();

    (void)state;
    memset(longest, 'n', sizeof longest);
    assert_int_equal(fs_name_check(longest, FS_NAME_MAX), 0);
    assert_int_equal(fs_name_check(longest, FS_NAME_MAX + 1), -ENAMETOOLONG);
    assert_int_equal(fs_name_check("", 0), -EINVAL);
    assert_int_equal(fs_name_check(".", 1), -EINVAL);
    assert_int_equal(fs_name_check("..", 2), -EINVAL);
    assert_int_equal(fs_name_check("...", 3), 0);
    assert_int_equal(fs_name_check("a/b", 3), -EINVAL);
    assert_int_equal(fs_name_check("a\0b", 3), -EINVAL);

    assert_int_equal(ramfs_link(d, "a", 1, f), 0);
    assert_int_equal(ramfs_link(d, "a", 1, g), -EEXIST);
    assert_int_equal(ramfs_link(d, "b", 1, g), 0);
    assert_int_equal(ramfs_rename(d, "a", 1, "b", 1), -EEXIST);
    assert_int_equal(ramfs_rename(d, "a", 1, "a", 1), -EEXIST);
    assert_int_equal(ramfs_rename(d, "x", 1, "y", 1), -ENOENT);
    assert_int_equal(ramfs_rename(d, "a", 1, "c", 1), 0);
    assert_null(ramfs_lookup(d, "a", 1));
    assert_ptr_equal(ramfs_lookup(d, "c", 1), f);
    assert_int_equal(ramfs_remove(d, "a", 1), -ENOENT);
    assert_int_equal(ramfs_remove(d, "c", 1), 0);
    assert_int_equal(ramfs_write(f, 0, "still here", 10, false), 10); /* we hold it */
    ramfs_unref(f);
    ramfs_unref(g);
    ramfs_unref(d);
    harness_end();
}

static void test_directories(void **state)
{
    struct ramfs_node *d = ramfs_dir_new(), *sub = ramfs_dir_new(), *f = ramfs_file_new();

    (void)state;
    assert_int_equal(ramfs_link(d, "sub", 3, sub), 0);
    assert_int_equal(ramfs_link(sub, "f", 1, f), 0);
    ramfs_unref(f);
    assert_int_equal(ramfs_remove(d, "sub", 3), -ENOTEMPTY);
    assert_int_equal(ramfs_remove(sub, "f", 1), 0);
    assert_int_equal(ramfs_remove(d, "sub", 3), 0);
    f = ramfs_file_new();
    assert_int_equal(ramfs_link(sub, "late", 4, f), -ENOENT);
    ramfs_unref(f);
    ramfs_unref(sub);
    ramfs_unref(d);
    harness_end();
}

/* Whoever holds a folder may go on using it when the folder above has been let go. */
static void test_orphan_subtree(void **state)
{
    struct ramfs_node *d = ramfs_dir_new(), *sub = ramfs_dir_new(), *f = ramfs_file_new();

    (void)state;
    assert_int_equal(ramfs_link(d, "sub", 3, sub), 0);
    ramfs_unref(d);
    assert_int_equal(ramfs_link(sub, "f", 1, f), 0);
    ramfs_unref(f);
    assert_ptr_equal(ramfs_lookup(sub, "f", 1), f);
    ramfs_unref(sub);
    harness_end();
}

static void test_many_entries(void **state)
{
    enum { N = 20000 };
    struct ramfs_node *d = ramfs_dir_new(), *f = ramfs_file_new();
    char name[16];
    unsigned seen = 0;

    (void)state;
    for (unsigned i = 0; i < N; i++) {
        (void)snprintf(name, sizeof name, "f%u", i);
        assert_int_equal(ramfs_link(d, name, strlen(name), f), 0);
    }
    for (unsigned i = 0; i < N; i += 2) {
        (void)snprintf(name, sizeof name, "f%u", i);
        assert_int_equal(ramfs_remove(d, name, strlen(name)), 0);
    }
    for (struct ramfs_entry *e = d->u.dir.first; e != NULL; e = e->next, seen++) {
        (void)snprintf(name, sizeof name, "f%u", 2 * seen + 1);
        assert_int_equal(e->name_len, strlen(name));
        assert_memory_equal(e->name, name, e->name_len);
        assert_non_null(ramfs_lookup(d, name, strlen(name)));
    }
    assert_int_equal(seen, N / 2);
    assert_int_equal(d->u.dir.count, N / 2);
    ramfs_unref(f);
    ramfs_unref(d);
    harness_end();
}

/* Freeing must not recurse: a million levels would overflow any stack. */
static void test_deep_tree(void **state)
{
    struct ramfs_node *root = ramfs_dir_new(), *at = root;

    (void)state;
    for (unsigned i = 0; i < 300000; i++) {
        struct ramfs_node *next = ramfs_dir_new();

        assert_int_equal(ramfs_link(at, "d", 1, next), 0);
        ramfs_unref(next);
        at = next;
    }
    ramfs_unref(root);
    harness_end();
}

/* Every allocation of a scenario fails once; each time all of it comes back and the tree stays sound. */
static void test_exhaustion(void **state)
{
    (void)state;
    for (unsigned k = 1; k < 40; k++) {
        struct ramfs_node *d = ramfs_dir_new(), *f = NULL;
        int64_t n = 0;

        harness_heap_fail_after = k % 8 + 1;
        frame_fail_after = k;
        f = ramfs_file_new();
        if (f != NULL) {
            int r = ramfs_link(d, "f", 1, f);

            assert_true(r == 0 || r == -ENOSPC);
            n = ramfs_write(f, 3 * 4096, "0123456789abcdef", 16, false);
            assert_true(n == 16 || n == -ENOSPC);
            n = ramfs_write(f, UINT64_C(1) << 33, "0123456789abcdef", 16, false);
            assert_true(n == 16 || n == -ENOSPC);
            r = ramfs_rename(d, "f", 1, "g", 1);
            assert_true(r == 0 || r == -ENOSPC || r == -ENOENT);
            ramfs_unref(f);
        }
        harness_heap_fail_after = frame_fail_after = 0;
        ramfs_unref(d);
        harness_end();
    }
}

static void test_full(void **state)
{
    static uint8_t page[8192];
    struct ramfs_node *f = ramfs_file_new();
    uint64_t at = 0;
    int64_t n = 0;

    (void)state;
    while ((n = ramfs_write(f, at, page, sizeof page, false)) == (int64_t)sizeof page)
        at += sizeof page;
    assert_true(n == -ENOSPC || n == 4096);
    assert_true(harness_frames_left >= frame_total_count() / 64); /* the kernel keeps its reserve */
    assert_int_equal(ramfs_write(f, at + 4096, page, 1, false), -ENOSPC);
    assert_null(ramfs_file_new());
    assert_null(ramfs_dir_new());
    assert_int_equal(ramfs_write(f, 0, page, 4096, false), 4096); /* pages that are there stay writable */
    assert_int_equal(ramfs_truncate(f, 0), 0);
    assert_int_equal(ramfs_write(f, 0, page, 1, false), 1);
    ramfs_unref(f);
    harness_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_against_model, begin),
        cmocka_unit_test_setup(test_append, begin),
        cmocka_unit_test_setup(test_sparse_and_huge, begin),
        cmocka_unit_test_setup(test_cut_hides_bytes, begin),
        cmocka_unit_test_setup(test_names, begin),
        cmocka_unit_test_setup(test_directories, begin),
        cmocka_unit_test_setup(test_orphan_subtree, begin),
        cmocka_unit_test_setup(test_many_entries, begin),
        cmocka_unit_test_setup(test_deep_tree, begin),
        cmocka_unit_test_setup(test_exhaustion, begin),
        cmocka_unit_test_setup(test_full, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
