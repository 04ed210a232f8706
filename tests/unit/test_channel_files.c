/* SPDX-License-Identifier: MIT */
/*
 * The receiver of exported files: what a hostile guest may try with names, order and sizes.
 * Invariant: beside every attack stands a file that must stay as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "channel_files.h"
#include "channel_frames.h"
#include "files.h"

static char base[64]; /* a scratch folder; artifacts go to base/art, the bystander is base/secret */
static char path[512];

static const char *at(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", base, name);
    return path;
}

static int setup(void **state)
{
    FILE *f;

    (void)state;
    strcpy(base, "/tmp/capbench-files-XXXXXX");
    if (!mkdtemp(base) || mkdir(at("art"), 0755) != 0)
        return -1;
    f = fopen(at("secret"), "w");
    if (!f)
        return -1;
    fputs("untouched", f);
    return fclose(f);
}

static int teardown(void **state)
{
    char *text;
    size_t n;
    int err = files_read(at("secret"), 100, &text, &n);

    (void)state;
    if (err || strcmp(text, "untouched") != 0)
        return -1;
    free(text);
    return files_remove(base);
}

static int begin_raw(struct channel_files *f, const char *name, size_t len, uint64_t size, uint32_t kind)
{
    uint8_t b[1024];
    struct bench_frame h;

    frame_file(b, FRAMES_NONCE, 1, size, kind, name, len);
    memcpy(&h, b, sizeof h);
    return channel_files_frame(f, &h, b + sizeof h);
}

static int begin(struct channel_files *f, const char *name, uint64_t size)
{
    return begin_raw(f, name, strlen(name), size, 0);
}

static int frame(struct channel_files *f, unsigned type, const char *data)
{
    struct bench_frame h = {.type = (uint16_t)type, .len = (uint32_t)strlen(data)};

    return channel_files_frame(f, &h, (const uint8_t *)data);
}

static int whole(struct channel_files *f, const char *name, const char *data)
{
    int err = begin(f, name, strlen(data));

    if (!err && *data)
        err = frame(f, BENCH_FILE_DATA, data);
    return err ? err : frame(f, BENCH_FILE_END, "");
}

static void opened(struct channel_files *f, uint64_t limit)
{
    assert_int_equal(channel_files_open(f, at("art"), limit), 0);
}

static void content_is(const char *name, const char *want)
{
    char *text;
    size_t n;

    assert_int_equal(files_read(at(name), 1000, &text, &n), 0);
    assert_string_equal(text, want);
    free(text);
}

static void test_good(void **state)
{
    struct channel_files f;

    (void)state;
    opened(&f, 100);
    assert_int_equal(whole(&f, "a/b/c", "hello"), 0);
    assert_int_equal(whole(&f, "a/b/d", ""), 0);
    assert_int_equal(begin_raw(&f, "a/e", 3, 0, 1), 0);
    assert_int_equal(frame(&f, BENCH_FILE_END, ""), 0);
    assert_int_equal(begin_raw(&f, "a/b", 3, 0, 1), 0);
    assert_int_equal(frame(&f, BENCH_FILE_END, ""), 0);
    assert_int_equal(f.bytes, 5);
    assert_int_equal(channel_files_close(&f), 0);
    content_is("art/a/b/c", "hello");
    content_is("art/a/b/d", "");
    assert_true(files_is_dir(at("art/a/e")));
}

/* Refused names leave nothing behind. */
static void test_names(void **state)
{
    static const char *const bad[] = {"../secret", "/tmp/x", "a/../../secret", "",
                                      "a//b",      "./a",    ".capbench-part", ".capbench-part/x"};
    struct channel_files f;
    struct files left = {0};

    (void)state;
    opened(&f, 100);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(begin(&f, bad[i], 1), -EPROTO);
    assert_int_equal(begin_raw(&f, "a\0b", 3, 1, 0), -EPROTO);
    assert_int_equal(channel_files_close(&f), 0);
    assert_int_equal(files_list(at("art"), &left), 0);
    assert_int_equal(left.n, 0);
    files_free(&left);
}

/* Links that stand in the folder already are never followed nor replaced. */
static void test_links(void **state)
{
    struct channel_files f;
    char target[128];

    (void)state;
    snprintf(target, sizeof target, "%s/secret", base);
    assert_int_equal(symlink(target, at("art/link")), 0);
    assert_int_equal(symlink(base, at("art/up")), 0);
    assert_int_equal(symlink(target, at("art/.capbench-part")), 0);
    opened(&f, 100);
    assert_int_equal(whole(&f, "link", "overwritten"), -EPROTO);
    assert_int_equal(whole(&f, "up/secret", "overwritten"), -EPROTO);
    assert_int_equal(whole(&f, "up/fresh", "x"), -EPROTO);
    assert_int_equal(begin_raw(&f, "up", 2, 0, 1), -EPROTO);
    assert_int_equal(begin_raw(&f, "up/dir", 6, 0, 1), -EPROTO);
    assert_int_equal(whole(&f, "plain", "fine"), 0);
    assert_int_equal(channel_files_close(&f), 0);
    content_is("art/plain", "fine");
    assert_false(files_is_file(at("fresh")));
    assert_false(files_is_dir(at("dir")));
    unlink(at("art/up"));
    unlink(at("art/link"));
}

static void test_taken(void **state)
{
    struct channel_files f;

    (void)state;
    opened(&f, 100);
    assert_int_equal(whole(&f, "x", "first"), 0);
    assert_int_equal(whole(&f, "x", "second"), -EPROTO);
    assert_int_equal(whole(&f, "x/y", "below a file"), -EPROTO);
    assert_int_equal(begin_raw(&f, "x", 1, 0, 1), -EPROTO);
    assert_int_equal(begin_raw(&f, "d", 1, 0, 1), 0);
    assert_int_equal(begin(&f, "early", 0), -EPROTO);
    assert_int_equal(frame(&f, BENCH_FILE_DATA, "x"), -EPROTO);
    assert_int_equal(frame(&f, BENCH_FILE_END, ""), 0);
    assert_int_equal(whole(&f, "d", "a folder"), -EPROTO);
    assert_int_equal(channel_files_close(&f), 0);
    content_is("art/x", "first");
}

static void test_order_and_size(void **state)
{
    struct channel_files f;

    (void)state;
    opened(&f, 100);
    assert_int_equal(frame(&f, BENCH_FILE_DATA, "x"), -EPROTO);
    assert_int_equal(frame(&f, BENCH_FILE_END, ""), -EPROTO);
    assert_int_equal(begin(&f, "more", 3), 0);
    assert_int_equal(begin(&f, "another", 1), -EPROTO);
    assert_int_equal(channel_files_close(&f), -EPROTO);

    opened(&f, 100);
    assert_int_equal(begin(&f, "more", 3), 0);
    assert_int_equal(frame(&f, BENCH_FILE_DATA, "four"), -EPROTO);
    assert_int_equal(channel_files_close(&f), -EPROTO);

    opened(&f, 100);
    assert_int_equal(begin(&f, "fewer", 3), 0);
    assert_int_equal(frame(&f, BENCH_FILE_DATA, "ab"), 0);
    assert_int_equal(frame(&f, BENCH_FILE_END, ""), -EPROTO);
    assert_int_equal(channel_files_close(&f), -EPROTO);
    assert_false(files_is_file(at("art/more")));
    assert_false(files_is_file(at("art/fewer")));
    assert_false(files_is_file(at("art/.capbench-part")));
}

static void test_limits(void **state)
{
    struct channel_files f;

    (void)state;
    opened(&f, 10);
    assert_int_equal(begin(&f, "big", 11), -EFBIG);
    assert_int_equal(begin(&f, "huge", UINT64_MAX), -EFBIG);
    assert_int_equal(whole(&f, "six", "123456"), 0);
    assert_int_equal(begin(&f, "five", 5), -EFBIG);
    assert_int_equal(whole(&f, "four", "1234"), 0);
    assert_int_equal(whole(&f, "empty", ""), 0);
    f.count = CHANNEL_FILES_MAX;
    assert_int_equal(begin(&f, "one-too-many", 0), -EFBIG);
    assert_int_equal(channel_files_close(&f), 0);
}

static void test_refused(void **state)
{
    struct channel_files f;

    (void)state;
    assert_int_equal(channel_files_open(&f, NULL, 100), 0);
    assert_int_equal(begin(&f, "x", 1), -EPROTO);
    assert_non_null(strstr(f.why, "exports nothing"));
    assert_int_equal(channel_files_close(&f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links, setup, teardown),
        cmocka_unit_test_setup_teardown(test_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order_and_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };

    return cmocka_run_group_tests_name("channel_files", tests, NULL, NULL);
}
