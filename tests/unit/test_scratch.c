/* SPDX-License-Identifier: MIT */
/*
 * Folders that go with their process: what a killed one leaves is found, and nothing else is.
 * Invariant: everything is in a fresh temporary folder, which is removed.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "files.h"
#include "mem.h"
#include "scratch.h"

static char root[] = "/tmp/capbench-test-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(root) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return files_remove(root);
}

/* The path of a name in the folder; in turn four of them are kept. */
static const char *in(const char *name)
{
    static char path[4][200];
    static unsigned turn;
    char *p = path[turn++ % 4];

    snprintf(p, sizeof path[0], "%s/%s", root, name);
    return p;
}

static bool there(const char *name)
{
    struct stat st;

    return lstat(in(name), &st) == 0;
}

static void file_make(const char *name, const char *text)
{
    assert_int_equal(files_write_atomic(in(name), text, strlen(text)), 0);
}

/* A process makes the folder, with a file in it, and is killed. */
static void killed_make(const char *name)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        if (scratch_make(in(name)) >= 0) {
            file_make(mem_printf("%s/file", name), "left");
            raise(SIGKILL);
        }
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(there(name));
}

static void killed_is_swept(void **state)
{
    (void)state;
    killed_make("work-1");
    killed_make("other-1");
    assert_int_equal(scratch_sweep(root, "work-", NULL), 1);
    assert_false(there("work-1"));
    assert_true(there("other-1"));
    assert_int_equal(scratch_sweep(root, "", NULL), 1);
    assert_false(there("other-1"));
}

static void below_is_swept(void **state)
{
    (void)state;
    assert_int_equal(files_mkdir(in("run/disk-of-others")), 0);
    file_make("run/results", "kept");
    killed_make("run/disk");
    assert_int_equal(scratch_sweep(root, "", "disk"), 1);
    assert_false(there("run/disk"));
    assert_true(there("run/results") && there("run/disk-of-others"));
}

static void living_stays(void **state)
{
    int lock = scratch_make(in("work-2"));

    (void)state;
    assert_true(lock >= 0);
    assert_int_equal(scratch_make(in("work-2")), -EEXIST);
    assert_int_equal(scratch_sweep(root, "", NULL), 0);
    assert_true(there("work-2"));
    assert_int_equal(scratch_remove(in("work-2"), lock), 0);
    assert_false(there("work-2"));
}

static void kept_stays(void **state)
{
    int lock = scratch_make(in("work-3"));

    (void)state;
    assert_true(lock >= 0);
    file_make("work-3/serial.log", "why it failed");
    assert_int_equal(scratch_keep(in("work-3"), lock), 0);
    assert_int_equal(scratch_sweep(root, "", NULL), 0);
    assert_true(there("work-3/serial.log"));
    assert_int_equal(files_remove(in("work-3")), 0);
}

/* What looks like one and is not: no mark, another mark, a mark or a folder that is a link. */
static void others_stay(void **state)
{
    (void)state;
    assert_int_equal(files_mkdir(in("work-4")), 0);
    file_make("work-4/disk.img", "not ours");
    assert_int_equal(files_mkdir(in("work-5")), 0);
    file_make("work-5/.capbench-scratch", "something else\n");
    killed_make("away");
    assert_int_equal(symlink(in("away"), in("work-6")), 0);
    assert_int_equal(files_mkdir(in("work-7")), 0);
    assert_int_equal(symlink(in("away/.capbench-scratch"), in("work-7/.capbench-scratch")), 0);
    assert_int_equal(scratch_sweep(root, "work-", NULL), 0);
    assert_true(there("work-4/disk.img") && there("work-5") && there("work-6") && there("work-7") &&
                there("away/file"));
    assert_int_equal(scratch_sweep(root, "no-such", NULL), 0);
    assert_int_equal(scratch_sweep("/nonexistent", "", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_is_swept), cmocka_unit_test(below_is_swept), cmocka_unit_test(living_stays),
        cmocka_unit_test(kept_stays),      cmocka_unit_test(others_stay),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
