/* SPDX-License-Identifier: MIT */
/*
 * The run plan's text, and the names and paths that go into it.
 * Invariant: expectations are written out whole, not built by the code under test.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "definition.h"
#include "elfcheck.h"
#include "files.h"
#include "grants.h"
#include "plan.h"
#include "text.h"

static void workload_plan(void **state)
{
    char *why = NULL, *text, *corpus[] = {(char[]){"a b"}, (char[]){"c%"}};
    struct plan_limits limits = {.seconds = 7, .output_bytes = 8, .export_bytes = 9};
    struct definition *d = definition_load("workloads/compression/xz-6.json", NULL, &why);
    static const char want[] =
        "capbench-plan 1\nlimit seconds 7\nlimit output 8\nlimit export 9\n"
        "program compress /bin/xz\narg -q\narg -Q\narg -k\narg -6\narg --threads=1\narg --\narg a%20b\narg "
        "c%25\n"
        "cwd /work/in\ngrant virtual_memory virtual_memory\ngrant thread_control thread_control\ngrant timer "
        "timer\ngrant wall_clock wall_clock\n"
        "grant work directory /work rw\nendprogram\n"
        "program decompress /bin/xz\narg -q\narg -Q\narg -d\narg -k\narg --threads=1\narg --\narg "
        "a%20b.xz\narg c%25.xz\n"
        "cwd /work/compressed\ngrant virtual_memory virtual_memory\ngrant thread_control "
        "thread_control\ngrant timer timer\ngrant wall_clock "
        "wall_clock\n"
        "grant work directory /work rw\nendprogram\n"
        "nonce-file /work/NONCE\nmkdir /work/in\ncopy /tree/in /work/in\n"
        "iterate 1 1\nremove /work/compressed\nremove /work/restored\nmkdir /work/compressed\nmkdir "
        "/work/restored\n"
        "timed compress\nmove-suffix /work/in .xz /work/compressed\ntimed decompress\n"
        "move-other /work/compressed .xz /work/restored\nenditerate\n"
        "export /work/NONCE NONCE\nexport /work/compressed compressed\nexport /work/restored restored\nend\n";

    (void)state;
    assert_non_null(d);
    text = plan_build(d, &(struct plan_boot){.size = SIZE_SMOKE, .flavour = "linux"}, corpus, 2, &limits);
    assert_string_equal(text, want);
    free(text);
    definition_free(d);
}

/* "@size:A,B,C" is the size's text. */
static void sized_plan(void **state)
{
    static const char *const want[] = {"\narg 5\n", "\narg 25\n", "\narg 100\n"};
    char *why = NULL;
    struct plan_limits limits = {.seconds = 7, .output_bytes = 8, .export_bytes = 9};
    struct definition *d = definition_load("workloads/sqlite/speedtest1-mem.json", NULL, &why);

    (void)state;
    assert_non_null(d);
    for (int size = 0; size < SIZE_COUNT; size++) {
        char *text = plan_build(d, &(struct plan_boot){.size = (enum def_size)size, .flavour = "capos"}, NULL,
                                0, &limits);

        assert_non_null(strstr(text, want[size]));
        assert_null(strchr(text, '@'));
        free(text);
    }
    definition_free(d);
}

/* What the workload makes is started by the guest's own flavour; steps after the last iteration come before
 * the exports. */
static void made_plan(void **state)
{
    char *why = NULL, *text, *after;
    struct plan_limits limits = {.seconds = 7, .output_bytes = 8, .export_bytes = 9};
    struct definition *d = definition_load("workloads/build/cjson.json", NULL, &why);

    (void)state;
    assert_non_null(d);
    text = plan_build(d, &(struct plan_boot){.size = SIZE_SMOKE, .flavour = "capos"}, NULL, 0, &limits);
    assert_non_null(strstr(text, "program test-print_value /work/bin/print_value-capos\n"));
    assert_non_null(strstr(text, "program tests-linux-print_value /bin/tcc\n"));
    assert_non_null(strstr(text, "\narg ../bin/print_value-linux\n"));
    after = strstr(text, "enditerate\n");
    assert_non_null(after);
    assert_non_null(strstr(after, "run test-print_value\n"));
    assert_null(strchr(text, '@'));
    free(text);
    text = plan_build(d, &(struct plan_boot){.size = SIZE_SMOKE, .flavour = "linux"}, NULL, 0, &limits);
    assert_non_null(strstr(text, "program test-print_value /work/bin/print_value-linux\n"));
    free(text);
    definition_free(d);
}

/* Where /work is, counters at the marks, and the second boot. */
static void store_plan(void **state)
{
    char *why = NULL, *text;
    struct plan_limits limits = {.seconds = 7, .output_bytes = 8, .export_bytes = 9};
    struct definition *d = definition_load("workloads/storage/file.json", NULL, &why);
    struct plan_boot boot = {.size = SIZE_SMOKE, .backing = BACKING_STORE, .disk = true, .flavour = "linux"};

    (void)state;
    assert_non_null(d);
    text = plan_build(d, &boot, NULL, 0, &limits);
    assert_non_null(strstr(text, "limit export 9\nbacking store\nsync marks\nprogram file "));
    assert_non_null(strstr(text, "nonce-file /work/NONCE\nmkdir /work/verify\nrun verify\niterate 1 1\n"));
    free(text);
    boot.reopen = true;
    text = plan_build(d, &boot, NULL, 0, &limits);
    assert_non_null(strstr(text,
                           "endprogram\nexport /work/NONCE NONCE.first\nnonce-file /work/NONCE\nrun reopen\n"
                           "export /work/NONCE NONCE\nexport /work/verify verify\nend\n"));
    assert_null(strstr(text, "iterate"));
    free(text);
    boot = (struct plan_boot){.size = SIZE_SMOKE, .disk = true, .flavour = "linux"};
    text = plan_build(d, &boot, NULL, 0, &limits);
    assert_non_null(strstr(text, "\nbacking ram\nsync marks\n"));
    free(text);
    definition_free(d);
}

static void exec_plan(void **state)
{
    char *args[] = {(char[]){"-c"}, (char[]){""}, (char[]){"x\ny"}}, *why = NULL, *text;
    char *copies[] = {(char[]){"/tree/grants/data"}, (char[]){"/data"}};
    struct grants g = {0};
    struct plan_limits limits = {.seconds = 1, .output_bytes = 2, .export_bytes = 3};
    struct def_cap *caps;
    struct plan_program p = {
        .path = "/bin/p", .args = args, .nargs = 3, .bare = true, .copies = copies, .ncopies = 1};

    (void)state;
    assert_int_equal(grants_add(&g, "console", &why), 0);
    assert_int_equal(grants_add(&g, "t=timer", &why), 0);
    assert_int_equal(grants_add(&g, "data=directory:workloads:ro", &why), 0);
    caps = grants_caps(&g);
    p.caps = caps;
    p.ncaps = g.n;
    text = plan_build_exec(&p, &limits);
    assert_string_equal(
        text, "capbench-plan 1\nlimit seconds 1\nlimit output 2\nlimit export 3\nprogram main /bin/p\n"
              "arg -c\narg %00\narg x%0Ay\nbare\ngrant console console\ngrant t timer\n"
              "grant data directory /data ro\nendprogram\ncopy /tree/grants/data /data\nrun main\nend\n");
    free(text);
    free(caps);
    grants_free(&g);
}

/* Input from the host, a terminal, an environment; no time limit. */
static void exec_streams(void **state)
{
    char *env[] = {(char[]){"A=b c"}, (char[]){"LINES=24"}, NULL}, *text;
    struct plan_limits limits = {.output_bytes = 2, .export_bytes = 3};
    struct plan_program p = {.path = "/bin/sh", .argv0 = "sh", .cwd = "/", .env = env, .stdin_host = true};

    (void)state;
    text = plan_build_exec(&p, &limits);
    assert_string_equal(
        text, "capbench-plan 1\nlimit output 2\nlimit export 3\nprogram main /bin/sh\nargv0 sh\ncwd /\n"
              "env A=b%20c\nenv LINES=24\nstdin-host\nendprogram\nrun main\nend\n");
    free(text);
    p = (struct plan_program){.path = "/bin/sh", .rows = 24, .columns = 80};
    text = plan_build_exec(&p, &limits);
    assert_non_null(strstr(text, "program main /bin/sh\nterminal 24 80\nendprogram\n"));
    free(text);
}

static void grant_refused(const char *text, const char *says)
{
    struct grants g = {0};
    char *why = NULL;

    assert_int_equal(grants_add(&g, text, &why), -EINVAL);
    assert_non_null(why);
    if (!strstr(why, says))
        print_error("%s: %s\n", text, why);
    assert_non_null(strstr(why, says));
    assert_int_equal(g.n, 0);
    free(why);
    grants_free(&g);
}

static void bad_grants(void **state)
{
    (void)state;
    grant_refused("teleport", "console, terminal_session");
    grant_refused("x=teleport", "unknown kind");
    grant_refused("=console", "a name is made of");
    grant_refused("A=console", "a name is made of");
    grant_refused("bin=directory", "a name is made of");
    grant_refused("c=console:/tmp", "only the kind directory takes a path");
    grant_refused("d=directory:/no/such/folder", "no such folder");
}

static void safe_paths(void **state)
{
    (void)state;
    assert_true(files_path_safe("a/b.c"));
    assert_false(files_path_safe(""));
    assert_false(files_path_safe("/a"));
    assert_false(files_path_safe("a//b"));
    assert_false(files_path_safe("a/../b"));
    assert_false(files_path_safe("."));
    assert_false(files_path_safe("a/"));
}

static void escaping(void **state)
{
    char *s = text_escaped("a\x1b[2J\\\n\xc3\xa9 z", 11, 100);
    struct buf b = {0};

    (void)state;
    assert_string_equal(s, "a\\x1b[2J\\x5c\\x0a\\xc3\\xa9 z");
    free(s);
    text_escape(&b, "l1\n\tl2\r", 7, true);
    assert_string_equal(b.p, "l1\n\tl2\\x0d");
    buf_free(&b);
    text_escape_terminal(
        &b, "\xc3\xa9\xc2\x9b\x1b[\xc0\xaf\xe2\x80\xae\\\xed\xa0\x80\xf0\x9f\x98\x80\xe2\x82", 21);
    assert_string_equal(
        b.p, "\xc3\xa9\\xc2\\x9b\\x1b[\\xc0\\xaf\\xe2\\x80\\xae\\\\xed\\xa0\\x80\xf0\x9f\x98\x80\\xe2\\x82");
    buf_free(&b);
    s = text_escaped("abcdef", 6, 3);
    assert_string_equal(s, "abc...");
    free(s);
}

static void elf_refusals(void **state)
{
    unsigned char h[64] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    char why[200];

    (void)state;
    assert_int_equal(elfcheck_bytes((const unsigned char *)"", 0, why, sizeof why), -ENOEXEC);
    assert_int_equal(elfcheck_bytes((const unsigned char *)"#!/bin/sh\n", 10, why, sizeof why), -ENOEXEC);
    assert_non_null(strstr(why, "text"));
    assert_int_equal(elfcheck_bytes(h, 20, why, sizeof why), -ENOEXEC);
    assert_non_null(strstr(why, "truncated"));
    h[4] = 1;
    assert_int_equal(elfcheck_bytes(h, 64, why, sizeof why), -ENOEXEC);
    assert_non_null(strstr(why, "32-bit"));
    h[4] = 2;
    h[18] = 183;
    assert_int_equal(elfcheck_bytes(h, 64, why, sizeof why), -ENOEXEC);
    assert_non_null(strstr(why, "another machine"));
    assert_int_equal(elfcheck_file("no/such/file", why, sizeof why), -ENOENT);
    /* this very test is dynamically linked */
    assert_int_equal(elfcheck_file("/proc/self/exe", why, sizeof why), -ENOEXEC);
    assert_non_null(strstr(why, "interpreter"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workload_plan), cmocka_unit_test(sized_plan), cmocka_unit_test(made_plan),
        cmocka_unit_test(store_plan),    cmocka_unit_test(exec_plan),  cmocka_unit_test(exec_streams),
        cmocka_unit_test(bad_grants),    cmocka_unit_test(safe_paths), cmocka_unit_test(escaping),
        cmocka_unit_test(elf_refusals),
    };

    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
