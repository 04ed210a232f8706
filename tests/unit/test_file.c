/* SPDX-License-Identifier: MIT */
/* Directory, File, read-only views and the boot image, through their methods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/ext.h"
#include "cap_harness.h"

static struct cap_object *dir;

static int begin(void **state)
{
    (void)state;
    harness_begin();
    dir = cap_directory_new();
    return dir == NULL;
}

static void finish(void)
{
    cap_unref(dir);
    harness_end();
}

static struct hcall *name_call(struct cap_object *d, uint16_t method, const char *name, uint32_t flags)
{
    struct hcall *h = h_new(d, method, 1, 2);

    assert_int_equal(capnp_set_text(&h->params, 0, name, strlen(name)), 0);
    capnp_set_u32(&h->params, CAPOS_P_DIRECTORY_OPEN_FLAGS, flags);
    return h;
}

/* The object a name call gives. */
static struct cap_object *get(struct cap_object *d, uint16_t method, const char *name, uint32_t flags)
{
    struct hcall *h = h_run(name_call(d, method, name, flags));
    struct cap_object *o = NULL;
    uint32_t index = 9;

    h_ok(h);
    assert_int_equal(h->c.nresult_caps, 1);
    assert_int_equal(capnp_get_cap(&h->results, 0, &index), 0);
    assert_int_equal(index, 0);
    o = h_take(h, 0);
    h_free(h);
    return o;
}

static struct cap_object *open_file(struct cap_object *d, const char *name, uint32_t flags)
{
    return get(d, CAPOS_M_DIRECTORY_OPEN, name, flags);
}

static void refuse(struct cap_object *d, uint16_t method, const char *name, uint32_t flags, unsigned type,
                   int err)
{
    char words[16];

    (void)snprintf(words, sizeof words, "errno %d:", err);
    h_raised_free(name_call(d, method, name, flags), type, words);
}

static struct hcall *write_call(struct cap_object *f, uint64_t offset, const void *data, size_t len)
{
    struct hcall *h = h_new(f, CAPOS_M_FILE_WRITE, CAPOS_P_FILE_WRITE_WORDS, CAPOS_P_FILE_WRITE_PTRS);

    capnp_set_u64(&h->params, CAPOS_P_FILE_WRITE_OFFSET, offset);
    assert_int_equal(capnp_set_data(&h->params, CAPOS_P_FILE_WRITE_DATA_PTR, data, len), 0);
    return h;
}

static void write_all(struct cap_object *f, uint64_t offset, const void *data, size_t len)
{
    struct hcall *h = h_run(write_call(f, offset, data, len));

    h_ok(h);
    assert_int_equal(capnp_get_u32(&h->results, CAPOS_R_FILE_WRITE_WRITTEN), len);
    h_free(h);
}

static struct hcall *read_call(struct cap_object *f, uint64_t offset, uint32_t len)
{
    struct hcall *h = h_new(f, CAPOS_M_FILE_READ, CAPOS_P_FILE_READ_WORDS, CAPOS_P_FILE_READ_PTRS);

    capnp_set_u64(&h->params, CAPOS_P_FILE_READ_OFFSET, offset);
    capnp_set_u32(&h->params, CAPOS_P_FILE_READ_LENGTH, len);
    return h;
}

static void expect(struct hcall *h, const void *data, size_t len)
{
    const uint8_t *p = NULL;
    uint32_t n = 0;

    h_ok(h_run(h));
    assert_int_equal(capnp_get_data(&h->results, CAPOS_R_FILE_READ_DATA_PTR, &p, &n), 0);
    assert_int_equal(n, len);
    if (len > 0)
        assert_memory_equal(p, data, len);
    h_free(h);
}

static struct hcall *truncate_call(struct cap_object *f, uint64_t length)
{
    struct hcall *h =
        h_new(f, CAPOS_M_FILE_TRUNCATE, CAPOS_P_FILE_TRUNCATE_WORDS, CAPOS_P_FILE_TRUNCATE_PTRS);

    capnp_set_u64(&h->params, CAPOS_P_FILE_TRUNCATE_LENGTH, length);
    return h;
}

static void stat_file(struct cap_object *f, uint64_t *size, uint64_t *created, uint64_t *modified)
{
    struct hcall *h = h_run(h_new(f, CAPOS_M_FILE_STAT, 0, 0));

    h_ok(h);
    *size = capnp_get_u64(&h->results, CAPOS_R_FILE_STAT_SIZE);
    *created = capnp_get_u64(&h->results, CAPOS_R_FILE_STAT_CREATED);
    *modified = capnp_get_u64(&h->results, CAPOS_R_FILE_STAT_MODIFIED);
    h_free(h);
}

static void test_write_read_stat(void **state)
{
    struct cap_object *f = open_file(dir, "f", CAPOS_OPEN_CREATE);
    uint64_t size = 0, created = 0, modified = 0;

    (void)state;
    harness_now_ns += 5;
    write_all(f, 2, "hello", 5);
    expect(read_call(f, 0, 100), "\0\0hello", 7);
    expect(read_call(f, 6, 100), "o", 1);
    expect(read_call(f, 7, 100), "", 0);
    expect(read_call(f, UINT64_MAX, 100), "", 0);
    stat_file(f, &size, &created, &modified);
    assert_int_equal(size, 7);
    assert_int_equal(created, UINT64_C(1700000000000001000));
    assert_int_equal(modified, created + 5);
    h_ok_free(truncate_call(f, 3));
    expect(read_call(f, 0, 100), "\0\0h", 3);
    h_ok_free(h_new(f, CAPOS_M_FILE_SYNC, 0, 0));
    h_raised_free(truncate_call(f, UINT64_MAX), CAPOS_EXC_INVALID_ARGUMENT, "errno 27");
    h_raised_free(write_call(f, UINT64_MAX, "x", 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 27");
    h_ok_free(h_new(f, CAPOS_M_FILE_CLOSE, 0, 0));
    h_raised_free(read_call(f, 0, 1), CAPOS_EXC_FAILED, "errno 9");
    h_raised_free(write_call(f, 0, "x", 1), CAPOS_EXC_FAILED, "errno 9");
    h_raised_free(truncate_call(f, 0), CAPOS_EXC_FAILED, "errno 9");
    h_raised_free(h_new(f, CAPOS_M_FILE_STAT, 0, 0), CAPOS_EXC_FAILED, "errno 9");
    cap_unref(f);
    finish();
}

static void test_no_calendar(void **state)
{
    struct cap_object *f = NULL;
    uint64_t size = 0, created = 0, modified = 0;

    (void)state;
    harness_wall = INT64_MIN;
    f = open_file(dir, "f", CAPOS_OPEN_CREATE);
    stat_file(f, &size, &created, &modified);
    assert_int_equal(created, harness_now_ns);
    cap_unref(f);
    finish();
}

static void test_limits_of_a_message(void **state)
{
    static uint8_t big[CAPOS_INLINE_DATA_BYTES];
    struct cap_object *f = open_file(dir, "f", CAPOS_OPEN_CREATE);
    struct hcall *h = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i ^ i >> 8);
    write_all(f, 0, big, 65504);
    h_raised_free(write_call(f, 0, big, 65505), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    write_all(f, 65504, big, 1000);
    h = read_call(f, 0, UINT32_MAX);
    h_ok(h_run(h));
    assert_int_equal(h->bytes, CAPOS_INLINE_DATA_BYTES);
    h_free(h);
    h = read_call(f, 100, 4000);
    h->c.result_cap = 24 + 16;
    expect(h, big + 100, 16); /* as much as the caller can take */
    h = read_call(f, 100, 4000);
    h->c.result_cap = 24;
    h_raised_free(h, CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h = read_call(f, 100000, 4000);
    h->c.result_cap = 24;
    expect(h, "", 0);
    cap_unref(f);
    finish();
}

static void test_open_flags(void **state)
{
    struct cap_object *f = NULL, *g = NULL;

    (void)state;
    refuse(dir, CAPOS_M_DIRECTORY_OPEN, "f", 0, CAPOS_EXC_FAILED, ENOENT);
    refuse(dir, CAPOS_M_DIRECTORY_OPEN, "f", CAPOS_OPEN_TRUNCATE, CAPOS_EXC_FAILED, ENOENT);
    refuse(dir, CAPOS_M_DIRECTORY_OPEN, "f", 8, CAPOS_EXC_INVALID_ARGUMENT, EINVAL);
    f = open_file(dir, "f", CAPOS_OPEN_CREATE);
    write_all(f, 0, "abc", 3);
    g = open_file(dir, "f", CAPOS_OPEN_CREATE | CAPOS_OPEN_APPEND);
    write_all(g, 0, "def", 3);
    expect(read_call(f, 0, 10), "abcdef", 6);
    cap_unref(g);
    g = open_file(dir, "f", CAPOS_OPEN_TRUNCATE);
    expect(read_call(f, 0, 10), "", 0); /* one file under both */
    cap_unref(g);
    cap_unref(f);
    cap_unref(get(dir, CAPOS_M_DIRECTORY_MKDIR, "d", 0));
    refuse(dir, CAPOS_M_DIRECTORY_OPEN, "d", 0, CAPOS_EXC_FAILED, EISDIR);
    refuse(dir, CAPOS_M_DIRECTORY_OPEN, "d", CAPOS_OPEN_CREATE, CAPOS_EXC_FAILED, EISDIR);
    finish();
}

static void test_names(void **state)
{
    static const uint16_t methods[] = {CAPOS_M_DIRECTORY_OPEN, CAPOS_M_DIRECTORY_MKDIR,
                                       CAPOS_M_DIRECTORY_REMOVE, CAPOS_M_DIRECTORY_SUB,
                                       CAPOS_M_DIRECTORY_CREATE};
    char longest[300] = {0};

    (void)state;
    memset(longest, 'x', 256);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        refuse(dir, methods[i], "", 1, CAPOS_EXC_INVALID_ARGUMENT, EINVAL);
        refuse(dir, methods[i], ".", 1, CAPOS_EXC_INVALID_ARGUMENT, EINVAL);
        refuse(dir, methods[i], "..", 1, CAPOS_EXC_INVALID_ARGUMENT, EINVAL);
        refuse(dir, methods[i], "../etc", 1, CAPOS_EXC_INVALID_ARGUMENT, EINVAL);
        refuse(dir, methods[i], longest, 1, CAPOS_EXC_INVALID_ARGUMENT, ENAMETOOLONG);
    }
    longest[255] = '\0';
    cap_unref(open_file(dir, longest, CAPOS_OPEN_CREATE));
    finish();
}

static struct hcall *rename_call(struct cap_object *d, const char *from, const char *to)
{
    struct hcall *h =
        h_new(d, CAPOS_M_DIRECTORY_RENAME, CAPOS_P_DIRECTORY_RENAME_WORDS, CAPOS_P_DIRECTORY_RENAME_PTRS);

    assert_int_equal(capnp_set_text(&h->params, CAPOS_P_DIRECTORY_RENAME_FROM_PTR, from, strlen(from)), 0);
    assert_int_equal(capnp_set_text(&h->params, CAPOS_P_DIRECTORY_RENAME_TO_PTR, to, strlen(to)), 0);
    return h;
}

static void test_tree(void **state)
{
    struct cap_object *d = get(dir, CAPOS_M_DIRECTORY_MKDIR, "d", 0), *f = NULL, *again = NULL;

    (void)state;
    refuse(dir, CAPOS_M_DIRECTORY_MKDIR, "d", 0, CAPOS_EXC_FAILED, EEXIST);
    refuse(dir, CAPOS_M_DIRECTORY_CREATE, "d", 0, CAPOS_EXC_FAILED, EEXIST);
    h_ok_free(name_call(d, CAPOS_M_DIRECTORY_CREATE, "f", 0));
    refuse(d, CAPOS_M_DIRECTORY_CREATE, "f", 0, CAPOS_EXC_FAILED, EEXIST);
    refuse(d, CAPOS_M_DIRECTORY_SUB, "f", 0, CAPOS_EXC_FAILED, ENOTDIR);
    refuse(dir, CAPOS_M_DIRECTORY_SUB, "none", 0, CAPOS_EXC_FAILED, ENOENT);
    again = get(dir, CAPOS_M_DIRECTORY_SUB, "d", 0);
    f = open_file(again, "f", 0);
    write_all(f, 0, "live", 4);
    refuse(dir, CAPOS_M_DIRECTORY_REMOVE, "d", 0, CAPOS_EXC_FAILED, ENOTEMPTY);
    refuse(dir, CAPOS_M_DIRECTORY_REMOVE, "none", 0, CAPOS_EXC_FAILED, ENOENT);
    h_raised_free(rename_call(d, "none", "g"), CAPOS_EXC_FAILED, "errno 2");
    h_raised_free(rename_call(d, "f", "f"), CAPOS_EXC_FAILED, "errno 17");
    h_raised_free(rename_call(d, "f", "a/b"), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_ok_free(rename_call(d, "f", "g"));
    refuse(d, CAPOS_M_DIRECTORY_OPEN, "f", 0, CAPOS_EXC_FAILED, ENOENT);
    h_ok_free(name_call(d, CAPOS_M_DIRECTORY_REMOVE, "g", 0));
    h_ok_free(name_call(dir, CAPOS_M_DIRECTORY_REMOVE, "d", 0));
    expect(read_call(f, 0, 10), "live", 4); /* removed, but someone holds it */
    refuse(d, CAPOS_M_DIRECTORY_OPEN, "new", CAPOS_OPEN_CREATE, CAPOS_EXC_FAILED, ENOENT);
    refuse(d, CAPOS_M_DIRECTORY_MKDIR, "new", 0, CAPOS_EXC_FAILED, ENOENT);
    cap_unref(f);
    cap_unref(again);
    cap_unref(d);
    finish();
}

static void test_list(void **state)
{
    struct cap_object *f = open_file(dir, "one", CAPOS_OPEN_CREATE);
    struct hcall *h = NULL;
    struct capnp_list rows;
    struct capnp_struct row;
    const char *name = NULL;
    uint32_t len = 0;

    (void)state;
    write_all(f, 0, "12345", 5);
    cap_unref(f);
    cap_unref(get(dir, CAPOS_M_DIRECTORY_MKDIR, "two", 0));
    h = h_run(h_new(dir, CAPOS_M_DIRECTORY_LIST, 0, 0));
    h_ok(h);
    assert_int_equal(capnp_get_list(&h->results, CAPOS_R_DIRECTORY_LIST_ENTRIES_PTR, &rows), 0);
    assert_int_equal(rows.count, 2);
    assert_int_equal(capnp_list_struct(&rows, 0, &row), 0);
    assert_int_equal(capnp_get_text(&row, CAPOS_S_DIR_ENTRY_NAME_PTR, &name, &len), 0);
    assert_string_equal(name, "one");
    assert_int_equal(capnp_get_u64(&row, CAPOS_S_DIR_ENTRY_SIZE), 5);
    assert_false(capnp_get_bool(&row, CAPOS_S_DIR_ENTRY_IS_DIR_BIT));
    assert_int_equal(capnp_list_struct(&rows, 1, &row), 0);
    assert_int_equal(capnp_get_text(&row, CAPOS_S_DIR_ENTRY_NAME_PTR, &name, &len), 0);
    assert_string_equal(name, "two");
    assert_true(capnp_get_bool(&row, CAPOS_S_DIR_ENTRY_IS_DIR_BIT));
    h_free(h);
    h = h_new(dir, CAPOS_M_DIRECTORY_LIST, 0, 0);
    h->c.result_cap = 64;
    h_run(h);
    assert_true(h->done && !h->raised);
    assert_int_equal(h->bytes, -ENOSPC); /* what the ring turns into "does not fit" */
    h_free(h);
    for (unsigned i = 0; i < 7000; i++) {
        char n[16];

        (void)snprintf(n, sizeof n, "%010u", i);
        h_ok_free(name_call(dir, CAPOS_M_DIRECTORY_CREATE, n, 0));
        if (i == 6900) {
            h = h_run(h_new(dir, CAPOS_M_DIRECTORY_LIST, 0, 0));
            h_raised(h, CAPOS_EXC_OVERLOADED, "errno 12");
            h_free(h);
        }
        if (i == 4000) {
            h = h_run(h_new(dir, CAPOS_M_DIRECTORY_LIST, 0, 0));
            h_ok(h);
            assert_int_equal(capnp_get_list(&h->results, 0, &rows), 0);
            assert_int_equal(rows.count, 4003);
            h_free(h);
        }
    }
    finish();
}

static struct hcall *view_call(struct cap_object *ext, struct cap_object *of)
{
    struct hcall *h = h_new(ext, CAPBENCH_M_EXT_READ_ONLY, 0, 0);

    h->c.transfer[0] = of;
    h->c.ntransfers = 1;
    cap_ref(of);
    return h;
}

static void test_read_only(void **state)
{
    struct cap_object *ext = cap_ext_new(), *f = open_file(dir, "f", CAPOS_OPEN_CREATE), *view = NULL,
                      *g = NULL, *null_cap = NULL;
    struct hcall *h = NULL;

    (void)state;
    write_all(f, 0, "abc", 3);
    cap_unref(get(dir, CAPOS_M_DIRECTORY_MKDIR, "d", 0));
    h = h_run(view_call(ext, dir));
    h_ok(h);
    assert_int_equal(capnp_get_u16(&h->results, CAPBENCH_R_EXT_READ_ONLY_HANDLE_INDEX), 0);
    view = h_take(h, 0);
    h_free(h);
    refuse(view, CAPOS_M_DIRECTORY_OPEN, "n", CAPOS_OPEN_CREATE, CAPOS_EXC_FAILED, EROFS);
    refuse(view, CAPOS_M_DIRECTORY_OPEN, "f", CAPOS_OPEN_TRUNCATE, CAPOS_EXC_FAILED, EROFS);
    refuse(view, CAPOS_M_DIRECTORY_OPEN, "f", CAPOS_OPEN_APPEND, CAPOS_EXC_FAILED, EROFS);
    refuse(view, CAPOS_M_DIRECTORY_OPEN, "none", 0, CAPOS_EXC_FAILED, ENOENT);
    refuse(view, CAPOS_M_DIRECTORY_MKDIR, "n", 0, CAPOS_EXC_FAILED, EROFS);
    refuse(view, CAPOS_M_DIRECTORY_CREATE, "n", 0, CAPOS_EXC_FAILED, EROFS);
    refuse(view, CAPOS_M_DIRECTORY_REMOVE, "f", 0, CAPOS_EXC_FAILED, EROFS);
    h_raised_free(rename_call(view, "f", "n"), CAPOS_EXC_FAILED, "errno 30");
    g = open_file(view, "f", CAPOS_OPEN_CREATE);
    expect(read_call(g, 0, 10), "abc", 3);
    h_raised_free(write_call(g, 0, "x", 1), CAPOS_EXC_FAILED, "errno 30");
    h_raised_free(truncate_call(g, 0), CAPOS_EXC_FAILED, "errno 30");
    h_raised_free(h_new(g, CAPOS_M_FILE_SYNC, 0, 0), CAPOS_EXC_FAILED, "errno 30");
    cap_unref(g);
    g = get(view, CAPOS_M_DIRECTORY_SUB, "d", 0);
    refuse(g, CAPOS_M_DIRECTORY_MKDIR, "n", 0, CAPOS_EXC_FAILED, EROFS); /* it passes on */
    cap_unref(g);
    h = h_run(view_call(ext, f));
    h_ok(h);
    g = h_take(h, 0);
    h_free(h);
    h_raised_free(write_call(g, 0, "x", 1), CAPOS_EXC_FAILED, "errno 30");
    write_all(f, 0, "X", 1); /* the view shows what its holder may not change */
    expect(read_call(g, 0, 10), "Xbc", 3);
    cap_unref(g);

    null_cap = cap_null_new();
    h_raised_free(view_call(ext, null_cap), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(h_new(ext, CAPBENCH_M_EXT_READ_ONLY, 0, 0), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    harness_free_slots = 0;
    h_raised_free(view_call(ext, dir), CAPOS_EXC_OVERLOADED, "errno 24");
    harness_free_slots = 1;
    harness_heap_fail_after = 1;
    h_raised_free(view_call(ext, dir), CAPOS_EXC_OVERLOADED, "errno 12");
    cap_unref(null_cap);
    cap_unref(view);
    cap_unref(f);
    cap_unref(ext);
    finish();
}

/* No slot, no memory: refused, and the tree is as it was. */
static void test_exhaustion(void **state)
{
    (void)state;
    harness_free_slots = 0;
    refuse(dir, CAPOS_M_DIRECTORY_OPEN, "f", CAPOS_OPEN_CREATE, CAPOS_EXC_OVERLOADED, EMFILE);
    refuse(dir, CAPOS_M_DIRECTORY_MKDIR, "f", 0, CAPOS_EXC_OVERLOADED, EMFILE);
    harness_free_slots = 10;
    refuse(dir, CAPOS_M_DIRECTORY_OPEN, "f", 0, CAPOS_EXC_FAILED, ENOENT);
    for (unsigned k = 1; k <= 3; k++) {
        struct hcall *h = NULL;

        harness_heap_fail_after = k; /* node, object, entry */
        h = h_run(name_call(dir, CAPOS_M_DIRECTORY_OPEN, "f", CAPOS_OPEN_CREATE));
        assert_true(h->raised);
        assert_int_equal(h->type, CAPOS_EXC_OVERLOADED);
        h_free(h);
        refuse(dir, CAPOS_M_DIRECTORY_OPEN, "f", 0, CAPOS_EXC_FAILED, ENOENT);
    }
    cap_unref(open_file(dir, "f", CAPOS_OPEN_CREATE));
    harness_frames_left = 10; /* below the reserve */
    refuse(dir, CAPOS_M_DIRECTORY_OPEN, "g", CAPOS_OPEN_CREATE, CAPOS_EXC_OVERLOADED, ENOSPC);
    refuse(dir, CAPOS_M_DIRECTORY_CREATE, "g", 0, CAPOS_EXC_OVERLOADED, ENOSPC);
    refuse(dir, CAPOS_M_DIRECTORY_MKDIR, "g", 0, CAPOS_EXC_OVERLOADED, ENOSPC);
    struct cap_object *f = open_file(dir, "f", 0);
    h_raised_free(write_call(f, 0, "x", 1), CAPOS_EXC_OVERLOADED, "errno 28");
    harness_frames_left = frame_total_count();
    cap_unref(f);
    finish();
}

/* ---- boot image ---- */

static uint8_t image[16384];
static size_t image_len;

static void image_add(const char *name, unsigned mode, const char *data)
{
    size_t name_len = strlen(name) + 1, len = strlen(data);
    int n = snprintf((char *)image + image_len, sizeof image - image_len,
                     "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X%s", 1u, mode, 0u, 0u, 1u,
                     0u, len, 0u, 0u, 0u, 0u, name_len, 0u, name);

    image_len += (size_t)n + 1;
    while (image_len % 4 != 0)
        image[image_len++] = 0;
    memcpy(image + image_len, data, len);
    image_len += len;
    while (image_len % 4 != 0)
        image[image_len++] = 0;
}

static void image_make(void)
{
    memset(image, 0, sizeof image);
    image_len = 0;
    image_add("bin", 040755, "");
    image_add("bin/agent", 0100755, "ELF");
    image_add("tree/in/a.txt", 0100644, "alpha");
    image_add("tree/in/empty", 0100644, "");
    image_add("plan", 0100644, "capbench-plan 1");
    image_add("TRAILER!!!", 0, "");
}

static void test_image(void **state)
{
    struct cap_object *root = NULL, *tree = NULL, *f = NULL;
    uint64_t frames = 0;
    uint8_t before[sizeof image];

    (void)state;
    image_make();
    memcpy(before, image, sizeof image);
    frames = harness_frames_left;
    root = cap_image_directory_new(image, image_len, "", false);
    assert_non_null(root);
    assert_int_equal(harness_frames_left, frames); /* nothing is copied */
    f = open_file(root, "plan", 0);
    expect(read_call(f, 9, 100), "plan 1", 6);
    write_all(f, 0, "CAP", 3);
    expect(read_call(f, 0, 100), "CAPbench-plan 1", 15);
    write_all(f, 15, "!", 1);
    expect(read_call(f, 0, 100), "CAPbench-plan 1!", 16);
    assert_memory_equal(before, image, sizeof image); /* copy on write */
    cap_unref(f);
    tree = cap_image_directory_new(image, image_len, "/tree/in/", true);
    assert_non_null(tree);
    f = open_file(tree, "a.txt", 0);
    expect(read_call(f, 0, 100), "alpha", 5);
    cap_unref(f);
    f = open_file(tree, "empty", 0);
    expect(read_call(f, 0, 100), "", 0);
    cap_unref(f);
    refuse(tree, CAPOS_M_DIRECTORY_CREATE, "n", 0, CAPOS_EXC_FAILED, EROFS);
    refuse(tree, CAPOS_M_DIRECTORY_OPEN, "agent", 0, CAPOS_EXC_FAILED, ENOENT);
    cap_unref(tree);
    cap_unref(root);
    f = cap_image_file_new(image, image_len, "bin/agent");
    assert_non_null(f);
    expect(read_call(f, 0, 100), "ELF", 3);
    h_raised_free(write_call(f, 0, "x", 1), CAPOS_EXC_FAILED, "errno 30");
    cap_unref(f);
    assert_null(cap_image_file_new(image, image_len, "bin/none"));
    assert_null(cap_image_file_new(image, image_len, "bin"));
    assert_null(cap_image_directory_new(image, image_len, "none", false));
    assert_null(cap_image_directory_new(image, image_len, "plan", false));
    assert_null(cap_image_directory_new(image, 300, "", false)); /* cut off */
    finish();
}

static void test_image_refusals(void **state)
{
    (void)state;
    image_len = 0;
    image_add("a", 0100644, "x");
    image_add("a/b", 0100644, "y"); /* a file cannot be a folder */
    image_add("TRAILER!!!", 0, "");
    assert_null(cap_image_directory_new(image, image_len, "", false));
    image_len = 0;
    image_add("a", 0100644, "x");
    image_add("a", 0100644, "y"); /* twice */
    image_add("TRAILER!!!", 0, "");
    assert_null(cap_image_directory_new(image, image_len, "", false));
    image_make();
    for (unsigned k = 1; k < 20; k++) {
        struct cap_object *o = NULL;

        harness_heap_fail_after = k;
        o = cap_image_directory_new(image, image_len, "", false);
        harness_heap_fail_after = 0;
        if (o != NULL)
            cap_unref(o);
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_write_read_stat, begin),
        cmocka_unit_test_setup(test_no_calendar, begin),
        cmocka_unit_test_setup(test_limits_of_a_message, begin),
        cmocka_unit_test_setup(test_open_flags, begin),
        cmocka_unit_test_setup(test_names, begin),
        cmocka_unit_test_setup(test_tree, begin),
        cmocka_unit_test_setup(test_list, begin),
        cmocka_unit_test_setup(test_read_only, begin),
        cmocka_unit_test_setup(test_exhaustion, begin),
        cmocka_unit_test_setup(test_image, begin),
        cmocka_unit_test_setup(test_image_refusals, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
