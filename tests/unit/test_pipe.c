/* SPDX-License-Identifier: MIT */
/* Pipe and bench channel: waiting, partial writes, end of file, closing, exhaustion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cap_harness.h"

static struct cap_object *r_end, *w_end;

static int begin(void **state)
{
    (void)state;
    harness_begin();
    return cap_pipe_new(10000, &r_end, &w_end);
}

static void finish(void)
{
    if (r_end != NULL)
        cap_unref(r_end);
    if (w_end != NULL)
        cap_unref(w_end);
    r_end = w_end = NULL;
    harness_end();
}

static struct hcall *start_read(struct cap_object *o, uint32_t max)
{
    struct hcall *h = h_new(o, CAPOS_M_PIPE_READ, CAPOS_P_PIPE_READ_WORDS, CAPOS_P_PIPE_READ_PTRS);

    capnp_set_u32(&h->params, CAPOS_P_PIPE_READ_MAX_LEN, max);
    return h_run(h);
}

static struct hcall *start_write(struct cap_object *o, const void *data, size_t len)
{
    struct hcall *h = h_new(o, CAPOS_M_PIPE_WRITE, CAPOS_P_PIPE_WRITE_WORDS, CAPOS_P_PIPE_WRITE_PTRS);

    assert_int_equal(capnp_set_data(&h->params, CAPOS_P_PIPE_WRITE_DATA_PTR, data, len), 0);
    return h_run(h);
}

static uint32_t written(struct hcall *h)
{
    uint32_t n = 0;

    h_ok(h);
    n = capnp_get_u32(&h->results, CAPOS_R_PIPE_WRITE_BYTES_WRITTEN);
    h_free(h);
    return n;
}

static void expect_read(struct hcall *h, const void *data, size_t len, bool eof)
{
    const uint8_t *p = NULL;
    uint32_t n = 0;

    h_ok(h);
    assert_int_equal(capnp_get_data(&h->results, CAPOS_R_PIPE_READ_DATA_PTR, &p, &n), 0);
    assert_int_equal(n, len);
    if (len > 0)
        assert_memory_equal(p, data, len);
    assert_int_equal(capnp_get_bool(&h->results, CAPOS_R_PIPE_READ_EOF_BIT), eof);
    h_free(h);
}

static bool is_closed(struct cap_object *o)
{
    struct hcall *h = h_run(h_new(o, CAPOS_M_PIPE_IS_CLOSED, 0, 0));
    bool closed = false;

    h_ok(h);
    closed = capnp_get_bool(&h->results, CAPOS_R_PIPE_IS_CLOSED_CLOSED_BIT);
    h_free(h);
    return closed;
}

static void test_data_then_eof(void **state)
{
    (void)state;
    assert_int_equal(written(start_write(w_end, "hello world", 11)), 11);
    expect_read(start_read(r_end, 5), "hello", 5, false);
    cap_unref(w_end);
    w_end = NULL;
    expect_read(start_read(r_end, 100), " world", 6, false); /* drained first */
    expect_read(start_read(r_end, 100), "", 0, true);
    expect_read(start_read(r_end, 0), "", 0, false);
    finish();
}

static void test_read_waits(void **state)
{
    struct hcall *first = start_read(r_end, 3), *second = start_read(r_end, 100),
                 *third = start_read(r_end, 1);

    (void)state;
    assert_true(first->pending && second->pending);
    assert_int_equal(written(start_write(w_end, "abcdef", 6)), 6);
    assert_true(third->pending);
    expect_read(first, "abc", 3, false);
    expect_read(second, "def", 3, false);
    cap_unref(w_end);
    w_end = NULL;
    expect_read(third, "", 0, true);
    finish();
}

static void test_write_waits(void **state)
{
    static uint8_t big[10000];
    struct hcall *w = NULL, *behind = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7);
    assert_int_equal(written(start_write(w_end, big, 9000)), 9000);
    assert_int_equal(written(start_write(w_end, big, 900)), 900); /* exactly what is left but 100 */
    w = start_write(w_end, big + 100, 101); /* more than the room: small writes go in whole or wait */
    assert_true(w->pending);
    behind = start_write(w_end, "z", 1); /* would fit, but waits its turn */
    assert_true(behind->pending);
    expect_read(start_read(r_end, 1), big, 1, false);
    assert_false(w->pending);
    assert_int_equal(written(w), 101);
    assert_true(behind->pending);
    expect_read(start_read(r_end, 8999), big + 1, 8999, false);
    assert_int_equal(written(behind), 1);
    finish();
}

static void test_partial_write(void **state)
{
    static uint8_t big[60000];
    uint32_t first = 0;
    struct hcall *w = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i / 3);
    first = written(start_write(w_end, big, sizeof big));
    assert_int_equal(first, 10000);
    w = start_write(w_end, big + first, sizeof big - first);
    assert_true(w->pending);
    expect_read(start_read(r_end, 4000), big, 4000, false);
    assert_true(w->pending); /* less than 4096 free */
    expect_read(start_read(r_end, 5000), big + 4000, 5000, false);
    assert_int_equal(written(w), 9000);
    expect_read(start_read(r_end, 60000), big + 9000, 10000, false);
    finish();
}

/* Random sizes through a small ring, one reader, one writer: the stream comes out as it went in. */
static void test_stream(void **state)
{
    static uint8_t data[400000];
    size_t in = 0, out = 0;
    struct hcall *w = NULL;

    (void)state;
    srand(3);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)rand();
    while (out < sizeof data) {
        size_t n = (size_t)rand() % 15000 + 1;
        struct hcall *r = NULL;

        if (n > sizeof data - in)
            n = sizeof data - in;
        if (w == NULL && n > 0)
            w = start_write(w_end, data + in, n);
        if (w != NULL && !w->pending) {
            in += written(w);
            w = NULL;
        }
        r = start_read(r_end, (uint32_t)rand() % 15000 + 1);
        if (w != NULL && !w->pending) {
            in += written(w);
            w = NULL;
        }
        if (r->pending) { /* nothing in the ring: the next write completes it */
            assert_null(w);
            w = start_write(w_end, data + in, in < sizeof data ? 1 : 0);
            in += written(w);
            w = NULL;
        }
        const uint8_t *p = NULL;
        uint32_t got = 0;

        h_ok(r);
        assert_int_equal(capnp_get_data(&r->results, 0, &p, &got), 0);
        assert_memory_equal(p, data + out, got);
        out += got;
        h_free(r);
    }
    finish();
}

static void test_reader_gone(void **state)
{
    static uint8_t big[10000];
    struct hcall *w = NULL;

    (void)state;
    assert_int_equal(written(start_write(w_end, big, sizeof big)), sizeof big);
    w = start_write(w_end, big, 10);
    assert_true(w->pending);
    cap_unref(r_end);
    r_end = NULL;
    assert_int_equal(written(w), 0);
    assert_int_equal(written(start_write(w_end, big, 10)),
                     0); /* schema: zero bytes say that the reader is gone */
    finish();
}

static void test_close(void **state)
{
    struct hcall *r = start_read(r_end, 10);

    (void)state;
    assert_false(is_closed(r_end));
    h_ok_free(h_new(r_end, CAPOS_M_PIPE_CLOSE, 0, 0));
    h_raised(r, CAPOS_EXC_FAILED, "closed");
    h_free(r);
    assert_true(is_closed(r_end));
    assert_false(is_closed(w_end));
    h_raised_free(start_read(r_end, 1), CAPOS_EXC_FAILED, "errno 9");
    assert_int_equal(written(start_write(w_end, "x", 1)), 0);
    h_ok_free(h_new(r_end, CAPOS_M_PIPE_CLOSE, 0, 0)); /* again: fine */
    h_ok_free(h_new(w_end, CAPOS_M_PIPE_CLOSE, 0, 0));
    h_raised_free(start_write(w_end, "x", 1), CAPOS_EXC_FAILED, "errno 9");
    finish();
}

static void test_wrong_end(void **state)
{
    (void)state;
    h_raised_free(start_read(w_end, 1), CAPOS_EXC_FAILED, "errno 9");
    h_raised_free(start_write(r_end, "x", 1), CAPOS_EXC_FAILED, "errno 9");
    finish();
}

static void test_small_answer(void **state)
{
    struct hcall *h = h_new(r_end, CAPOS_M_PIPE_READ, CAPOS_P_PIPE_READ_WORDS, CAPOS_P_PIPE_READ_PTRS);

    (void)state;
    assert_int_equal(written(start_write(w_end, "0123456789abcdefghij", 20)), 20);
    capnp_set_u32(&h->params, CAPOS_P_PIPE_READ_MAX_LEN, 1000);
    h->c.result_cap = 48; /* framing, root, one word, pointer, and two words of data */
    expect_read(h_run(h), "0123456789abcdef", 16, false);
    h = h_new(r_end, CAPOS_M_PIPE_READ, CAPOS_P_PIPE_READ_WORDS, CAPOS_P_PIPE_READ_PTRS);
    capnp_set_u32(&h->params, CAPOS_P_PIPE_READ_MAX_LEN, 1000);
    h->c.result_cap = 32;
    h_raised_free(h, CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    expect_read(start_read(r_end, 1000), "ghij", 4, false); /* nothing was lost */
    finish();
}

/* The waiting process dies. */
static void test_kill(void **state)
{
    static uint8_t big[10000];
    struct hcall *r = start_read(r_end, 10), *w = NULL;

    (void)state;
    h_kill(r);
    h_free(r);
    assert_int_equal(written(start_write(w_end, big, sizeof big)), sizeof big);
    w = start_write(w_end, big, 10);
    h_kill(w);
    h_free(w);
    expect_read(start_read(r_end, 20000), big, sizeof big, false);
    finish();
}

/* The last reference to an end is the pending call's own: it goes when the call completes. */
static void test_last_reference_is_the_call(void **state)
{
    struct hcall *r = start_read(r_end, 10);

    (void)state;
    cap_unref(r_end);
    r_end = NULL;
    assert_int_equal(written(start_write(w_end, "abc", 3)), 3);
    expect_read(r, "abc", 3, false);
    assert_int_equal(written(start_write(w_end, "abc", 3)), 0);
    finish();
}

static void test_no_memory(void **state)
{
    static uint8_t big[10000];
    struct cap_object *a = NULL, *b = NULL;

    (void)state;
    assert_int_equal(cap_pipe_new(0, &a, &b), -EINVAL);
    for (unsigned k = 1; k <= 3; k++) {
        harness_heap_fail_after = k;
        assert_int_equal(cap_pipe_new(100, &a, &b), -ENOMEM);
    }
    frame_fail_after = 1;
    h_raised_free(start_write(w_end, "x", 1), CAPOS_EXC_OVERLOADED, "errno 12");
    frame_fail_after = 2;
    assert_int_equal(written(start_write(w_end, big, sizeof big)), 4096);
    assert_int_equal(written(start_write(w_end, big, 5904)), 5904);
    harness_heap_fail_after = 1;
    h_raised_free(start_write(w_end, "x", 1), CAPOS_EXC_OVERLOADED, "errno 12");
    finish();
}

static void test_bench(void **state)
{
    struct cap_object *b = cap_bench_channel_new();
    struct hcall *r = NULL, *r2 = NULL;
    size_t len = 0;

    (void)state;
    assert_int_equal(written(start_write(b, "to the host", 11)), 11);
    assert_string_equal(harness_written(0, &len), "to the host");
    r = start_read(b, 4);
    r2 = start_read(b, 1000);
    assert_true(r->pending && r2->pending);
    harness_type(0, "from the host", 13);
    expect_read(r, "from", 4, false);
    expect_read(r2, " the host", 9, false);
    char typed[300];
    memset(typed, 'q', sizeof typed);
    harness_type(0, typed, sizeof typed); /* nobody reads: it must wait */
    expect_read(start_read(b, 1000), typed, sizeof typed, false);
    r = start_read(b, 10);
    h_ok_free(h_new(b, CAPOS_M_PIPE_CLOSE, 0, 0));
    expect_read(r, "", 0, true);
    h_raised_free(start_write(b, "x", 1), CAPOS_EXC_FAILED, "errno 9");
    assert_true(is_closed(b));
    cap_unref(b);
    b = cap_bench_channel_new();
    harness_console[0] = false;
    h_raised_free(start_write(b, "x", 1), CAPOS_EXC_FAILED, "errno 19");
    expect_read(start_read(b, 10), "", 0, true);
    harness_console[0] = true;
    r = start_read(b, 10);
    h_kill(r);
    h_free(r);
    cap_unref(b);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_data_then_eof, begin),
        cmocka_unit_test_setup(test_read_waits, begin),
        cmocka_unit_test_setup(test_write_waits, begin),
        cmocka_unit_test_setup(test_partial_write, begin),
        cmocka_unit_test_setup(test_stream, begin),
        cmocka_unit_test_setup(test_reader_gone, begin),
        cmocka_unit_test_setup(test_close, begin),
        cmocka_unit_test_setup(test_wrong_end, begin),
        cmocka_unit_test_setup(test_small_answer, begin),
        cmocka_unit_test_setup(test_kill, begin),
        cmocka_unit_test_setup(test_last_reference_is_the_call, begin),
        cmocka_unit_test_setup(test_no_memory, begin),
        cmocka_unit_test_setup(test_bench, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
