/* SPDX-License-Identifier: MIT */
/*
 * The comparison of two command lines: what may differ, and that nothing else may.
 * Invariant: each refusal differs from an accepted pair in one word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest.h"

/* The words of two lines separated by blanks; counts what is beyond the list and keeps the text. */
static int beyond(const char *a, const char *b, char **text)
{
    char *copy[2] = {strdup(a), strdup(b)}, *argv[2][16] = {{NULL}};
    int n;

    for (int side = 0; side < 2; side++) {
        int k = 0;
        char *state;
        for (char *w = strtok_r(copy[side], " ", &state); w; w = strtok_r(NULL, " ", &state))
            argv[side][k++] = w;
    }
    n = guest_argv_diff(argv[0], argv[1], text);
    free(copy[0]);
    free(copy[1]);
    return n;
}

static void diff_is(const char *a, const char *b, int want, const char *part)
{
    char *text;

    assert_int_equal(beyond(a, b, &text), want);
    assert_non_null(strstr(text, part));
    if (!*part)
        assert_string_equal(text, "");
    free(text);
}

static void test_allowed(void **state)
{
    (void)state;
    diff_is("qemu -m 1", "qemu -m 1", 0, "");
    diff_is("qemu -kernel a -m 1", "qemu -kernel b -m 1", 0, "allowed: -kernel: a | b\n");
    diff_is("qemu -initrd a -append x", "qemu -initrd b -append y", 0, "allowed: -append: x | y\n");
    diff_is("q -drive if=none,file=a.img,cache=none", "q -drive if=none,file=b.img,cache=none", 0,
            "allowed: -drive");
    diff_is("q -drive file=a,if=none", "q -drive file=bbb,if=none", 0, "allowed: -drive");
}

static void test_refused(void **state)
{
    (void)state;
    diff_is("qemu -m 1024M", "qemu -m 512M", 1, "not allowed: -m: 1024M | 512M\n");
    diff_is("qemu -kernel a -cpu max", "qemu -kernel b -cpu host", 1, "not allowed: -cpu");
    diff_is("qemu -kernel a", "qemu -initrd a", 1, "-kernel | -initrd");
    diff_is("qemu -kernel a", "qemu -initrd b", 2, "not allowed: -kernel: a | b");
    diff_is("qemu -m 1", "qemu -m 1 -smp 2", 2, "(nothing) | -smp");
    diff_is("qemu -m 1 -smp 2", "qemu -m 1", 2, "2 | (nothing)");
    diff_is("q -drive file=a,cache=none", "q -drive file=b,cache=unsafe", 1, "not allowed: -drive");
    diff_is("q -drive if=none,file=a", "q -drive file=a,if=none", 1, "not allowed");
    diff_is("q -drive cache=a", "q -drive cache=b", 1, "not allowed");
    diff_is("/usr/bin/qemu -m 1", "/opt/qemu -m 1", 1, "not allowed");
}

static void test_escaped(void **state)
{
    (void)state;
    diff_is("q -append \x1b[2J", "q -append b", 0, "\\x1b[2J");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_escaped),
    };

    return cmocka_run_group_tests_name("argvdiff", tests, NULL, NULL);
}
