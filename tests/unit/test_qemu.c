/* SPDX-License-Identifier: MIT */
/*
 * The emulator's command line, its events, the watch on kernel messages, and the table from what was seen to
 * a verdict. Invariant: every row of the table is reached here, each from the same good run with one thing
 * changed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/bench.h"
#include "disk.h"
#include "files.h"
#include "guest_serial.h"
#include "guest_verdict.h"
#include "qemu.h"
#include "qmp.h"

static char why[256];

static void argv_is(const char *flags, const char *const *sections, const char *want)
{
    const struct qemu_var vars[] = {{"A", "one two"}, {"BB", "3"}};
    char **argv, *text;

    assert_int_equal(qemu_argv_make(flags, "q", sections, vars, 2, &argv, why, sizeof why), 0);
    text = qemu_argv_text(argv);
    assert_string_equal(text, want);
    free(text);
    qemu_argv_free(argv);
}

static void argv_refused(const char *flags, const char *want)
{
    const char *const s[] = {"a", NULL};
    const struct qemu_var vars[] = {{"A", "1"}};
    char **argv = NULL;

    assert_int_equal(qemu_argv_make(flags, "q", s, vars, 1, &argv, why, sizeof why), -EINVAL);
    assert_non_null(strstr(why, want));
    assert_null(argv);
}

static void test_flags(void **state)
{
    const char *const a[] = {"a", NULL}, *const ba[] = {"b", "a", NULL};
    static const char text[] = "# note\n[a]\n-x  1\n\n  # more\n-y @A@,n=@BB@\n[b]\n-z\n[ab]\n-no";

    (void)state;
    argv_is(text, a, "q -x 1 -y 'one two,n=3'\n");
    argv_is(text, ba, "q -z -x 1 -y 'one two,n=3'\n");
    argv_is("[a]\n-q it's @BB@@BB@\n", a, "q -q 'it'\\''s' 33\n");
    argv_refused("[b]\n-x", "no section [a]");
    argv_refused("-x\n[a]\n", "before the first");
    argv_refused("[a]\n-x @C@", "@C@");
    argv_refused("[a]\n-x @A", "@A");
    argv_refused("[a]\n-x @AA@", "@AA@");
}

/* The file in the tree makes command lines, and those of both guests differ only where they may. */
static void test_flags_file(void **state)
{
    static const char *const accel[] = {"tcg", "kvm", "icount"};
    char *flags;
    size_t n;

    (void)state;
    assert_int_equal(files_read("dashboard/engine/qemu.flags", 65536, &flags, &n), 0);
    for (size_t i = 0; i < 3; i++) {
        const char *const s[] = {"machine", accel[i], "guest", NULL};
        struct qemu_var v[] = {{"CPU", "max"},      {"MEMORY", "64"},   {"PREALLOC", "on"},
                               {"KERNEL", "k1"},    {"IMAGE", "i1"},    {"APPEND", "a1"},
                               {"CONSOLE_FD", "4"}, {"SERIAL_FD", "5"}, {"QMP_FD", "6"}};
        char **one, **two, *diff;
        assert_int_equal(qemu_argv_make(flags, "q", s, v, 10, &one, why, sizeof why), 0);
        v[3].value = "k2";
        v[4].value = "i2";
        v[5].value = "a2";
        assert_int_equal(qemu_argv_make(flags, "q", s, v, 10, &two, why, sizeof why), 0);
        assert_int_equal(guest_argv_diff(one, two, &diff), 0);
        assert_non_null(strstr(diff, "allowed: -kernel: k1 | k2\n"));
        free(diff);
        qemu_argv_free(one);
        qemu_argv_free(two);
    }
    free(flags);
}

/* A disk may differ between the guests in its file name and in nothing else. */
static void test_flags_disk(void **state)
{
    const char *const s[] = {"machine", "tcg", "guest", "disk", NULL};
    struct qemu_var v[] = {
        {"DISK", "/a.img"}, {"DISK_CACHE", DISK_CACHE}, {"DISK_READONLY", "off"}, {"CPU", "max"},
        {"MEMORY", "64"},   {"PREALLOC", "on"},         {"KERNEL", "k"},          {"IMAGE", "i"},
        {"APPEND", "a"},    {"CONSOLE_FD", "4"},        {"SERIAL_FD", "5"},       {"QMP_FD", "6"}};
    char *flags, **one, **two, *diff;
    size_t n;

    (void)state;
    assert_int_equal(files_read("dashboard/engine/qemu.flags", 65536, &flags, &n), 0);
    assert_int_equal(qemu_argv_make(flags, "q", s, v, 13, &one, why, sizeof why), 0);
    v[0].value = "blkdebug:/rules:/b.img";
    assert_int_equal(qemu_argv_make(flags, "q", s, v, 13, &two, why, sizeof why), 0);
    assert_int_equal(guest_argv_diff(one, two, &diff), 0);
    assert_non_null(strstr(diff, "allowed: -drive: "));
    free(diff);
    qemu_argv_free(two);
    v[1].value = "unsafe";
    assert_int_equal(qemu_argv_make(flags, "q", s, v, 13, &two, why, sizeof why), 0);
    assert_int_equal(guest_argv_diff(one, two, &diff), 1);
    assert_non_null(strstr(diff, "not allowed: -drive: "));
    free(diff);
    qemu_argv_free(one);
    qemu_argv_free(two);
    free(flags);
}

static void test_disk_fault(void **state)
{
    static const char *const wrong[] = {
        "",           "read",          "read:1",      "read:1:EINVAL",    "trim:1:EIO",
        "read:0:EIO", "read:1001:EIO", "read:1:EIO:", "read:1:EIO:often", "read:1:EIO:sticky:x"};
    struct disk d = {0};
    char *line, *rules;

    (void)state;
    assert_null(disk_fault_rules(&d));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(disk_fault_set(&d, wrong[i], &line), -EINVAL);
        assert_non_null(strstr(line, "--disk-fault"));
        free(line);
        assert_false(d.fault);
    }
    assert_int_equal(disk_fault_set(&d, "flush:2:ENOSPC:sticky", &line), 0);
    rules = disk_fault_rules(&d);
    assert_string_equal(rules, "[set-state]\nevent = \"flush_to_os\"\nstate = \"1\"\nnew_state = \"2\"\n"
                               "[inject-error]\nevent = \"flush_to_os\"\nstate = \"2\"\niotype = \"flush\"\n"
                               "errno = \"28\"\nonce = \"off\"\n");
    free(rules);
    assert_int_equal(disk_fault_set(&d, "read:1:EIO", &line), -EINVAL); /* one is enough */
    free(line);
}

/* The log's name goes to the emulator in its JSON form, commas doubled for the option around it. */
static void test_disk_log(void **state)
{
    char path[] = "/tmp/capbench-disk-log-XXXXXX", *line, *name;
    struct disk d = {0};
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(disk_log_set(&d, path, &line), -EINVAL); /* somebody's file */
    assert_non_null(strstr(line, "not an empty file"));
    free(line);
    assert_int_equal(disk_log_set(&d, "/none/such/log", &line), -EINVAL);
    free(line);
    assert_int_equal(ftruncate(fd, 0), 0);
    close(fd);
    assert_int_equal(disk_log_set(&d, path, &line), 0);
    d.image = strdup("/a.img");
    name = disk_file(&d, NULL);
    assert_non_null(strstr(name, "json:{\"driver\":\"raw\",,\"file\":{\"driver\":\"blklogwrites\""));
    assert_non_null(strstr(name, path));
    free(name);
    assert_int_equal(disk_log_set(&d, path, &line), -EINVAL); /* one is enough */
    free(line);
    disk_free(&d);
    assert_int_equal(unlink(path), 0);
}

static void test_qmp(void **state)
{
    static const char greeting[] =
        "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}}}}\r\n";
    static const char reset[] =
        "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}\r\n";
    static const char shut[] =
        "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}\r\n";
    static const char panicked[] = "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}\n";
    static const char junk[] = "{\"event\": 5}\n[]\nnot json\n\n{\"event\":\"SHUTDOWN\"}\n{\"return\": {}}\n";
    struct qmp *q = malloc(sizeof *q);

    (void)state;
    assert_non_null(q);
    qmp_init(q, -1);
    for (size_t i = 0; i < sizeof greeting - 1; i++)
        qmp_feed(q, greeting + i, 1);
    assert_string_equal(q->version, "7.2.22");
    qmp_feed(q, junk, sizeof junk - 1);
    assert_false(q->reset || q->shutdown || q->panicked);
    for (int i = 0; i < 20000; i++)
        qmp_feed(q, "x", 1);
    qmp_feed(q, "\n", 1);
    qmp_feed(q, reset, sizeof reset - 1);
    assert_true(q->reset && !q->shutdown && !q->panicked);
    qmp_feed(q, shut, sizeof shut - 1);
    qmp_feed(q, panicked, sizeof panicked - 1);
    assert_true(q->shutdown && q->panicked);
    free(q);
}

static struct guest_serial said(enum guest_kind kind, const char *text)
{
    struct guest_serial s;

    guest_serial_init(&s, kind);
    for (; *text; text++)
        guest_serial_feed(&s, text, 1);
    guest_serial_end(&s);
    return s;
}

static void test_serial(void **state)
{
    struct guest_serial s =
        said(GUEST_LINUX, "[ 1.0] hello\r\n[ 2.0] Kernel panic - not syncing: Attempted\x1b[2J\r\n");

    (void)state;
    assert_true(s.panic && !s.oops);
    assert_string_equal(s.panic_line, "[ 2.0] Kernel panic - not syncing: Attempted\\x1b[2J");
    s = said(GUEST_LINUX,
             "x\n[ 1.0] BUG: kernel NULL pointer dereference, address: 0\nKernel panic - not sync");
    assert_true(s.oops && !s.panic);
    s = said(GUEST_LINUX, "capos: PANIC: not a line of this guest\n");
    assert_false(s.panic || s.oops);
    s = said(GUEST_CAPOS, "Kernel panic - not syncing\ncapos: PANIC: frame twice freed\ncapos: panic rip=1");
    assert_true(s.panic);
    assert_string_equal(s.panic_line, "frame twice freed");
    assert_string_equal(s.last_line, "panic rip=1");
    s = said(GUEST_CAPOS, "capos: exit pid=2 name=PANIC code=0\n xcapos: PANIC\n");
    assert_false(s.panic);
}

static enum guest_end verdict(struct guest_facts f, const char *want)
{
    char reason[256] = "";
    enum guest_end end = guest_verdict(&f, reason, sizeof reason);

    if (!strstr(reason, want) || (end != GUEST_OK) != (reason[0] != 0))
        fail_msg("wanted '%s', got %s: '%s'", want, guest_end_name(end), reason);
    return end;
}

static const struct guest_facts good = {
    .kind = GUEST_CAPOS, .status = 33, .done = true, .frames = 9, .limit_seconds = 60};

/* A row: the good run with these assignments to f. */
#define VERDICT(end, want, ...)                                                                              \
    do {                                                                                                     \
        struct guest_facts f = good;                                                                         \
        __VA_ARGS__;                                                                                         \
        assert_int_equal(verdict(f, want), end);                                                             \
    } while (0)

static void test_table(void **state)
{
    (void)state;
    VERDICT(GUEST_OK, "", f.kind = GUEST_CAPOS);
    VERDICT(GUEST_OK, "", f.kind = GUEST_LINUX);
    VERDICT(GUEST_OK, "", f.kind = GUEST_NATIVE, f.status = 0);
    /* Statuses that capOS chooses. */
    VERDICT(GUEST_AGENT_FAILED, "first process failed: halt code=1", f.status = 35,
            f.last_line = "halt code=1");
    VERDICT(GUEST_PANIC, "kernel panic", f.status = 37);
    VERDICT(GUEST_EXCEPTION, "unexpected exception", f.status = 39);
    VERDICT(GUEST_BOOT_REFUSED, "boot refused: x", f.status = 41, f.last_line = "boot refused: x");
    /* Statuses that mislead. */
    VERDICT(GUEST_RESET, "reset (triple fault", f.status = 0, f.done = false, f.qmp_reset = true);
    VERDICT(GUEST_RESET, "powered off", f.status = 0, f.qmp_shutdown = true);
    VERDICT(GUEST_RESET, "reset or powered off", f.status = 0);
    VERDICT(GUEST_QEMU_ERROR, "status 1: bad option", f.status = 1, f.done = false,
            f.emulator_log = "bad option");
    VERDICT(GUEST_QEMU_ERROR, "status 31", f.status = 31);
    VERDICT(GUEST_QEMU_ERROR, "signal 11", f.status = 139);
    VERDICT(GUEST_QEMU_ERROR, "signal 9", f.status = 137);
    /* What the kernel said counts more than a good status. */
    VERDICT(GUEST_PANIC, "oops: BUG: x", f.kind = GUEST_LINUX, f.oops = "BUG: x");
    VERDICT(GUEST_PANIC, "panic: dead", f.kind = GUEST_LINUX, f.status = 0, f.panic = "dead",
            f.qmp_reset = true);
    VERDICT(GUEST_PANIC, "panic", f.qmp_panicked = true, f.status = 1);
    /* Ends of ours. */
    VERDICT(GUEST_INTERRUPTED, "interrupted", f.interrupted = true, f.status = 137, f.panic = "x");
    VERDICT(GUEST_HANG, "no end within 60 s (9 frames", f.timed_out = true, f.status = 137, f.done = false);
    VERDICT(GUEST_HANG, "did not end", f.timed_out = true, f.status = 137);
    VERDICT(GUEST_FLOOD, "too much", f.flood = "too much", f.status = 137);
    VERDICT(GUEST_CHANNEL, "gap", f.channel = "gap", f.status = 137);
    VERDICT(GUEST_CHANNEL, "gap", f.channel = "gap", f.status = 33);
    /* A good status alone is not success. */
    VERDICT(GUEST_CHANNEL, "never came: cut", f.done = false, f.cut = "cut");
    VERDICT(GUEST_AGENT_FAILED, "agent: no plan", f.agent_error = "no plan", f.done_status = 1);
    VERDICT(GUEST_AGENT_FAILED, "status 1", f.done_status = 1);
    VERDICT(GUEST_AGENT_FAILED, "status 3: lost", f.kind = GUEST_NATIVE, f.status = 3,
            f.emulator_log = "lost");
    VERDICT(GUEST_AGENT_FAILED, "signal 6", f.kind = GUEST_NATIVE, f.status = 134);
}

static void test_names(void **state)
{
    (void)state;
    for (int e = GUEST_OK; e <= GUEST_INTERRUPTED; e++)
        assert_string_not_equal(guest_end_name((enum guest_end)e), "?");
    assert_string_equal(guest_end_name((enum guest_end)99), "?");
    assert_string_equal(guest_kind_name(GUEST_LINUX), "linux");
    assert_string_equal(guest_accel_name(ACCEL_ICOUNT), "icount");
}

static void test_tsc(void **state)
{
    uint64_t khz = qemu_tsc_khz();

    (void)state;
    assert_in_range(khz, 500000, 10000000);
    assert_int_equal(qemu_tsc_khz(), khz);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags),    cmocka_unit_test(test_flags_file), cmocka_unit_test(test_qmp),
        cmocka_unit_test(test_serial),   cmocka_unit_test(test_table),      cmocka_unit_test(test_names),
        cmocka_unit_test(test_tsc),      cmocka_unit_test(test_flags_disk), cmocka_unit_test(test_disk_fault),
        cmocka_unit_test(test_disk_log),
    };

    return cmocka_run_group_tests_name("qemu", tests, NULL, NULL);
}
