/* SPDX-License-Identifier: MIT */
/*
 * The boot image reader: order, names, truncation at every byte, and refusals.
 * Invariant: images are copied to exactly sized memory, so that a read past the end is seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "abi/errno.h"
#include "host_image.h"
#include "kernel/cpio.h"

static int walk(const uint8_t *bytes, size_t len, unsigned *entries, const char **why)
{
    struct cpio_iter it;
    struct cpio_entry e;
    uint8_t *exact = malloc(len == 0 ? 1 : len);
    int r;
    memcpy(exact, bytes, len);
    cpio_start(&it, exact, len);
    *entries = 0;
    while ((r = cpio_next(&it, &e, why)) == 1) {
        volatile uint8_t sum = 0;
        for (uint32_t i = 0; i < e.size; i++)
            sum = (uint8_t)(sum + e.data[i]);
        assert_int_equal(e.name[e.name_len], 0);
        ++*entries;
    }
    free(exact);
    return r;
}

static void entries_in_order(void **state)
{
    (void)state;
    struct host_image hi = hi_standard(NULL, 0);
    struct cpio_iter it;
    struct cpio_entry e;
    const char *why;
    cpio_start(&it, hi.bytes, hi.len);
    assert_int_equal(cpio_next(&it, &e, &why), 1);
    assert_string_equal(e.name, "bin"); /* the root itself is passed over */
    assert_true(e.is_dir);
    assert_null(e.data);
    assert_int_equal(cpio_next(&it, &e, &why), 1);
    assert_string_equal(e.name, "bin/prog");
    assert_false(e.is_dir);
    assert_int_equal(e.size, 0x2000);
    assert_int_equal(cpio_find(hi.bytes, hi.len, "tree/file", 9, &e, &why), 1);
    assert_memory_equal(e.data, "file of the tree", 16);
    assert_int_equal(cpio_find(hi.bytes, hi.len, "tree/fil", 8, &e, &why), 0);
    assert_int_equal(cpio_find(hi.bytes, hi.len, "bin", 3, &e, &why), 0); /* a folder is no file */
    hi_free(&hi);
}

static void truncated_anywhere(void **state)
{
    (void)state;
    struct host_image hi = hi_standard(NULL, 0);
    unsigned n;
    const char *why;
    assert_int_equal(walk(hi.bytes, hi.len, &n, &why), 0);
    assert_int_equal(n, 4);
    for (size_t len = 0; len < hi.len - 4; len += len < 600 || len + 600 > hi.len ? 1 : 61)
        assert_int_equal(walk(hi.bytes, len, &n, &why), -EBADMSG);
    hi_free(&hi);
}

static void names(void **state)
{
    (void)state;
    char longest[300];
    static const char *const bad[] = {"", "/", "a//b", "a/", "..", "a/../b", "./..", "a/.", "//a"};
    static const char *const good[] = {"a", "./a", "/a", "a/b", "..a", "a..", "...", "a b"};
    unsigned n;
    const char *why;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct host_image hi = {NULL, 0, 0};
        hi_add(&hi, bad[i], 0100644, "x", 1);
        hi_end(&hi);
        assert_int_equal(walk(hi.bytes, hi.len, &n, &why), -EBADMSG);
        assert_string_equal(why, "cpio name refused");
        hi_free(&hi);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct host_image hi = {NULL, 0, 0};
        hi_add(&hi, good[i], 0100644, "x", 1);
        hi_end(&hi);
        assert_int_equal(walk(hi.bytes, hi.len, &n, &why), 0);
        hi_free(&hi);
    }
    for (size_t len = 255; len <= 256; len++) {
        struct host_image hi = {NULL, 0, 0};
        memset(longest, 'n', len);
        longest[len] = '\0';
        hi_add(&hi, longest, 0100644, "x", 1);
        hi_end(&hi);
        assert_int_equal(walk(hi.bytes, hi.len, &n, &why), len == 255 ? 0 : -EBADMSG);
        hi_free(&hi);
    }
}

static void links(void **state)
{
    static const char *const bad[] = {"", "..", "/bin/prog", "a/b"};
    struct host_image hi = {NULL, 0, 0};
    struct cpio_entry e;
    const char *why = "";
    unsigned n;
    (void)state;
    hi_add(&hi, "bin/ls", 0120777, "prog", 4);
    hi_add(&hi, "bin/prog", 0100755, "program", 7);
    hi_add(&hi, "bin/lost", 0120777, "pro", 3);
    hi_add(&hi, "bin/again", 0120777, "ls", 2); /* a link to a link */
    hi_add(&hi, "tree/prog", 0120777, "prog", 4);
    hi_end(&hi);
    assert_int_equal(walk(hi.bytes, hi.len, &n, &why), 0);
    assert_int_equal(n, 5);
    assert_int_equal(cpio_find(hi.bytes, hi.len, "bin/ls", 6, &e, &why), 1);
    assert_string_equal(e.name, "bin/ls");
    assert_memory_equal(e.data, "program", 7);
    assert_false(e.is_link);
    for (const char *const *p = (const char *const[]){"bin/lost", "bin/again", "tree/prog", NULL}; *p; p++) {
        assert_int_equal(cpio_find(hi.bytes, hi.len, *p, strlen(*p), &e, &why), -EBADMSG);
        assert_string_equal(why, "cpio link leads nowhere");
    }
    hi_free(&hi);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hi_add(&hi, "bin/ls", 0120777, bad[i], strlen(bad[i]));
        hi_end(&hi);
        assert_int_equal(walk(hi.bytes, hi.len, &n, &why), -EBADMSG);
        assert_string_equal(why, "cpio link to something else than a name");
        hi_free(&hi);
    }
}

static void headers(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *bytes, *why;
    } changes[] = {
        {0, "070702", "not a newc cpio header"},
        {14, "0000812x", "cpio header field is not hexadecimal"},
        {14, "0000C1FF", "cpio entry is neither file nor directory"}, /* a socket */
        {54, "FFFFFFFF", "cpio data truncated"},
        {94, "00000000", "cpio name truncated"},
        {94, "FFFFFFFF", "cpio name truncated"},
        {94, "00000005", "cpio name truncated"},
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct host_image hi = {NULL, 0, 0};
        unsigned n;
        const char *why = "";
        hi_add(&hi, "name.txt", 0100644, "data", 4);
        hi_end(&hi);
        memcpy(hi.bytes + changes[i].at, changes[i].bytes, strlen(changes[i].bytes));
        assert_int_equal(walk(hi.bytes, hi.len, &n, &why), -EBADMSG);
        assert_string_equal(why, changes[i].why);
        hi_free(&hi);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_in_order),
        cmocka_unit_test(truncated_anywhere),
        cmocka_unit_test(names),
        cmocka_unit_test(links),
        cmocka_unit_test(headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
