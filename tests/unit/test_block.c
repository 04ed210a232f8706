/* SPDX-License-Identifier: MIT */
/* BlockDevice over a disk that ends its requests when the test says so: checks, data, errors, and a caller
 * that dies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cap_harness.h"

#define BLOCKS 256u

static uint8_t disk[BLOCKS * BLOCK_SIZE];
static bool read_only, no_cache;
static struct block_request *queue[8];
static unsigned queued;

bool block_present(void)
{
    return true;
}

uint64_t block_count(void)
{
    return BLOCKS;
}

bool block_read_only(void)
{
    return read_only;
}

int block_submit(struct block_request *r)
{
    if (r->op == BLOCK_FLUSH && no_cache)
        return 1;
    assert_true(queued < 8 && (r->op == BLOCK_FLUSH) == (r->count == 0));
    assert_true(r->lba + r->count <= BLOCKS);
    queue[queued++] = r;
    return 0;
}

/* Ends request i of the queue. */
static void end(unsigned i, int err)
{
    struct block_request *r = queue[i];

    assert_true(i < queued);
    memmove(&queue[i], &queue[i + 1], (--queued - i) * sizeof queue[0]);
    if (err == 0 && r->op == BLOCK_READ)
        memcpy(r->data, disk + r->lba * BLOCK_SIZE, r->count * BLOCK_SIZE);
    if (err == 0 && r->op == BLOCK_WRITE)
        memcpy(disk + r->lba * BLOCK_SIZE, r->data, r->count * BLOCK_SIZE);
    r->done(r, err);
}

static struct cap_object *dev;

static int begin(void **state)
{
    (void)state;
    harness_begin();
    read_only = no_cache = false;
    for (size_t i = 0; i < sizeof disk; i++)
        disk[i] = (uint8_t)(i / BLOCK_SIZE * 3 + i);
    dev = cap_block_device_new();
    return dev == NULL;
}

static int finish(void **state)
{
    (void)state;
    cap_unref(dev);
    assert_int_equal(queued, 0);
    harness_end();
    return 0;
}

static struct hcall *reading(uint64_t lba, uint32_t count)
{
    struct hcall *h = h_new(dev, CAPOS_M_BLOCK_DEVICE_READ_BLOCKS, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_WORDS,
                            CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_PTRS);

    capnp_set_u64(&h->params, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_START_LBA, lba);
    capnp_set_u32(&h->params, CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_COUNT, count);
    return h_run(h);
}

static struct hcall *writing(uint64_t lba, uint32_t count, const void *data, size_t len)
{
    struct hcall *h = h_new(dev, CAPOS_M_BLOCK_DEVICE_WRITE_BLOCKS, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_WORDS,
                            CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_PTRS);

    capnp_set_u64(&h->params, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_START_LBA, lba);
    capnp_set_u32(&h->params, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_COUNT, count);
    assert_int_equal(capnp_set_data(&h->params, CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_DATA_PTR, data, len), 0);
    return h_run(h);
}

static struct hcall *flushing(void)
{
    return h_run(h_new(dev, CAPOS_M_BLOCK_DEVICE_FLUSH, 0, 0));
}

static void read_is(struct hcall *h, uint64_t lba, uint32_t count)
{
    const uint8_t *p = NULL;
    uint32_t n = 0;

    h_ok(h);
    assert_int_equal(capnp_get_data(&h->results, CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_DATA_PTR, &p, &n), 0);
    assert_int_equal(n, count * BLOCK_SIZE);
    assert_memory_equal(p, disk + lba * BLOCK_SIZE, n);
    h_free(h);
}

static void test_info(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct hcall *h = h_run(h_new(dev, CAPOS_M_BLOCK_DEVICE_INFO, 0, 0));

        h_ok(h);
        assert_int_equal(capnp_get_u32(&h->results, CAPOS_R_BLOCK_DEVICE_INFO_BLOCK_SIZE), 512);
        assert_int_equal(capnp_get_u64(&h->results, CAPOS_R_BLOCK_DEVICE_INFO_BLOCK_COUNT), BLOCKS);
        assert_int_equal(capnp_get_bool(&h->results, CAPOS_R_BLOCK_DEVICE_INFO_READ_ONLY_BIT), read_only);
        h_free(h);
        read_only = true;
    }
}

static void test_read(void **state)
{
    struct hcall *a = reading(0, 1), *b = reading(BLOCKS - 1, 1), *c = reading(3, 120);

    (void)state;
    assert_true(a->pending && b->pending && c->pending);
    end(2, 0); /* in another order than they came */
    end(0, 0);
    end(0, 0);
    read_is(a, 0, 1);
    read_is(b, BLOCKS - 1, 1);
    read_is(c, 3, 120);
}

static void test_write(void **state)
{
    static uint8_t data[127 * BLOCK_SIZE];
    struct hcall *h;

    (void)state;
    memset(data, 0x6b, sizeof data);
    h = writing(7, 127, data, sizeof data);
    assert_true(h->pending);
    memset(data, 0, sizeof data); /* the caller's memory is its own again */
    end(0, 0);
    h_ok_free(h);
    for (size_t i = 7 * BLOCK_SIZE; i < 134 * BLOCK_SIZE; i++)
        assert_int_equal(disk[i], 0x6b);
    assert_int_not_equal(disk[134 * BLOCK_SIZE + 1], 0x6b);
}

static void test_refused(void **state)
{
    static uint8_t data[2 * BLOCK_SIZE];

    (void)state;
    h_raised_free(reading(0, 0), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(reading(BLOCKS, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 34");
    h_raised_free(reading(BLOCKS - 1, 2), CAPOS_EXC_INVALID_ARGUMENT, "errno 34");
    h_raised_free(reading(UINT64_MAX, 2), CAPOS_EXC_INVALID_ARGUMENT, "errno 34");
    h_raised_free(reading(1, UINT32_MAX), CAPOS_EXC_INVALID_ARGUMENT, "errno 34");
    h_raised_free(reading(0, 128), CAPOS_EXC_INVALID_ARGUMENT, "errno 27");
    h_raised_free(writing(0, 0, data, 0), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(writing(0, 1, data, sizeof data), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(writing(0, 2, data, BLOCK_SIZE), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(writing(0, 1, data, BLOCK_SIZE - 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(writing(BLOCKS - 1, 2, data, sizeof data), CAPOS_EXC_INVALID_ARGUMENT, "errno 34");
    read_only = true;
    h_raised_free(writing(0, 1, data, BLOCK_SIZE), CAPOS_EXC_FAILED, "errno 30");
    assert_int_equal(queued, 0);
}

static void test_errors(void **state)
{
    static uint8_t data[BLOCK_SIZE];
    struct hcall *r = reading(0, 1), *w = writing(0, 1, data, sizeof data), *f = flushing(), *g = flushing();

    (void)state;
    for (int i = 0; i < 3; i++)
        end(0, -EIO);
    end(0, -EOPNOTSUPP);
    h_raised_free(r, CAPOS_EXC_FAILED, "input/output error: BlockDevice.readBlocks");
    h_raised_free(w, CAPOS_EXC_FAILED, "input/output error: BlockDevice.writeBlocks");
    h_raised_free(f, CAPOS_EXC_FAILED, "input/output error: BlockDevice.flush");
    h_raised_free(g, CAPOS_EXC_UNIMPLEMENTED, "unimplemented");
}

static void test_flush(void **state)
{
    struct hcall *h = flushing();

    (void)state;
    assert_true(h->pending);
    end(0, 0);
    h_ok_free(h);
    no_cache = true;
    h_ok_free(flushing());
}

/* The request goes on without its caller and gives its memory back. */
static void test_caller_dies(void **state)
{
    static uint8_t data[BLOCK_SIZE];
    struct hcall *r = reading(0, 100), *w = writing(1, 1, data, sizeof data);

    (void)state;
    h_kill(r);
    h_kill(w);
    h_free(r);
    h_free(w);
    assert_int_equal(queued, 2);
    end(0, 0);
    end(0, -EIO);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 2; n++) {
        struct hcall *h;

        harness_heap_fail_after = n;
        h = reading(0, 8);
        harness_heap_fail_after = 0;
        h_raised_free(h, CAPOS_EXC_OVERLOADED, "errno 12");
    }
    assert_int_equal(queued, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_info, begin, finish),
        cmocka_unit_test_setup_teardown(test_read, begin, finish),
        cmocka_unit_test_setup_teardown(test_write, begin, finish),
        cmocka_unit_test_setup_teardown(test_refused, begin, finish),
        cmocka_unit_test_setup_teardown(test_errors, begin, finish),
        cmocka_unit_test_setup_teardown(test_flush, begin, finish),
        cmocka_unit_test_setup_teardown(test_caller_dies, begin, finish),
        cmocka_unit_test_setup_teardown(test_no_memory, begin, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
