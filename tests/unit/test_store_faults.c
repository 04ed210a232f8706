/* SPDX-License-Identifier: MIT */
/*
 * The persistent store when memory or the device fails: at every allocation and every request in turn, once
 * and for good. Tested: the call says so and changes nothing, what was acknowledged is there, the check finds
 * nothing, all memory comes back, and the store works again when the fault is over.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emudisk.h"
#include "model.h"

enum { BLOCKS = 224, FIRST_STEPS = 60, STEPS = 160 };

static const struct store_options options = {false, 16};

struct bench {
    struct emudisk d;
    struct emumem m;
    struct model model;
    struct store_device dev;
    struct store_env env;
    uint64_t base; /* digest of what the disk holds */
    uint64_t digests[STEPS + 1];
};

static void report(void *ctx, const char *line)
{
    (void)ctx;
    printf("# %s\n", line);
}

/* A disk with something on it, cut off with a log to recover. */
static void bench_open(struct bench *b, uint64_t seed)
{
    struct store_format_options format = {seed + 99, 8};
    struct store *s = NULL;

    memset(b, 0, sizeof *b);
    emudisk_open(&b->d, BLOCKS);
    b->dev = emudisk_device(&b->d);
    b->env = emumem_env(&b->m);
    model_open(&b->model, seed);
    assert_int_equal(store_format(&b->dev, &b->env, &format), 0);
    assert_int_equal(store_mount(&s, &b->dev, &b->env, &options), 0);
    for (unsigned i = 0; i < FIRST_STEPS; i++)
        (void)model_step(&b->model, s, false);
    assert_int_equal(store_sync(s), 0);
    store_abandon(s);
    b->base = model_digest(&b->model);
    emudisk_settle(&b->d);
}

static void bench_close(struct bench *b)
{
    model_close(&b->model);
    emudisk_close(&b->d);
}

/* A copy of the model, to be put back for the next run. */
static void model_copy(struct model *to, const struct model *from)
{
    for (unsigned d = 0; d < MODEL_DIRS; d++)
        for (unsigned f = 0; f < MODEL_FILES; f++) {
            uint8_t *bytes = to->files[d][f].bytes;

            memcpy(bytes, from->files[d][f].bytes, MODEL_SIZE);
            to->files[d][f] = from->files[d][f];
            to->files[d][f].bytes = bytes;
        }
    memcpy(to->dirs, from->dirs, sizeof to->dirs);
    memcpy(to->blobs, from->blobs, sizeof to->blobs);
    memcpy(to->names, from->names, sizeof to->names);
    to->rng = from->rng;
    to->max_write = from->max_write;
    to->max_size = from->max_size;
    to->error = 0;
}

/* Mounts without faults; the digest. */
static uint64_t settled_digest(struct bench *b)
{
    struct store *s = NULL;
    uint64_t digest = 0;

    assert_int_equal(store_check(&b->dev, &b->env, report, NULL), 0);
    assert_int_equal(store_mount(&s, &b->dev, &b->env, &options), 0);
    assert_int_equal(model_store_digest(s, &digest), 0);
    assert_int_equal(store_unmount(s), 0);
    assert_int_equal(store_check(&b->dev, &b->env, report, NULL), 0);
    assert_int_equal(b->m.live, 0);
    return digest;
}

static void faults_off(struct bench *b)
{
    b->m.fail_at = 0;
    for (int kind = 0; kind < EMU_REQUESTS; kind++)
        emudisk_fail(&b->d, (enum emudisk_request)kind, 0, false);
}

/* One run with faults armed. */
static void run(struct bench *b, struct model *m, int error)
{
    struct store *s = NULL;
    uint64_t digest = 0;
    unsigned acked = 0, n = 0;
    int err = store_mount(&s, &b->dev, &b->env, &options);

    if (err < 0) {
        assert_int_equal(err, error);
        assert_int_equal(b->m.live, 0);
        faults_off(b);
        assert_true(settled_digest(b) == b->base);
        return;
    }
    b->digests[0] = b->base;
    for (n = 1; n <= STEPS; n++) {
        bool sync = model_step(m, s, true);

        assert_true(m->error == 0 || m->error == error);
        b->digests[n] = model_digest(m);
        if (sync)
            acked = n;
    }
    faults_off(b);
    assert_int_equal(model_store_digest(s, &digest), 0); /* an error changed nothing */
    assert_true(digest == model_digest(m));
    err = store_unmount(s);
    assert_int_equal(b->m.live, 0);
    digest = settled_digest(b);
    if (err == 0) {
        assert_true(digest == model_digest(m));
        return;
    }
    assert_int_equal(err, error); /* a superblock failed: what was acknowledged, or later */
    for (n = acked; n <= STEPS && b->digests[n] != digest; n++)
        ;
    assert_in_range(n, acked, STEPS);
}

static void every_fault(int kind, bool sticky, int error)
{
    static struct bench b;
    static struct model m;
    uint64_t n = 0, failed = 0;

    bench_open(&b, 5);
    model_open(&m, 0);
    do {
        uint64_t before = b.d.failed + b.m.failed;

        model_copy(&m, &b.model);
        n++;
        if (kind < 0) {
            b.m.fail_at = b.m.count + n;
        } else {
            b.d.error = error;
            emudisk_fail(&b.d, (enum emudisk_request)kind, n, sticky);
        }
        run(&b, &m, error);
        failed = b.d.failed + b.m.failed - before;
        emudisk_restore(&b.d);
    } while (failed > 0);
    print_message("# %d faults\n", (int)n - 1);
    assert_in_range(n, 5, 100000);
    model_close(&m);
    bench_close(&b);
}

static void test_memory(void **state)
{
    (void)state;
    every_fault(-1, false, -ENOMEM);
}

static void test_read_once(void **state)
{
    (void)state;
    every_fault(EMU_READ, false, -EIO);
}

static void test_read_sticky(void **state)
{
    (void)state;
    every_fault(EMU_READ, true, -EIO);
}

static void test_write_once(void **state)
{
    (void)state;
    every_fault(EMU_WRITE, false, -EIO);
}

static void test_write_sticky(void **state)
{
    (void)state;
    every_fault(EMU_WRITE, true, -EIO);
}

static void test_write_nospace(void **state)
{
    (void)state;
    every_fault(EMU_WRITE, true, -ENOSPC);
}

static void test_flush_once(void **state)
{
    (void)state;
    every_fault(EMU_FLUSH, false, -EIO);
}

static void test_flush_sticky(void **state)
{
    (void)state;
    every_fault(EMU_FLUSH, true, -EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),       cmocka_unit_test(test_read_once),
        cmocka_unit_test(test_read_sticky),  cmocka_unit_test(test_write_once),
        cmocka_unit_test(test_write_sticky), cmocka_unit_test(test_write_nospace),
        cmocka_unit_test(test_flush_once),   cmocka_unit_test(test_flush_sticky),
    };

    return cmocka_run_group_tests_name("store faults", tests, NULL, NULL);
}
