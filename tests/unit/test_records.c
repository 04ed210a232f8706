/* SPDX-License-Identifier: MIT */
/*
 * Latency distributions, memory and success rates, from frames to records. Invariant: each rule is broken
 * once, starting from what is whole.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect_feed.h"
#include "json.h"
#include "latency.h"
#include "mem.h"
#include "resources.h"
#include "results.h"

static struct definition *definition_of(const char *path)
{
    char *why = NULL;
    struct definition *d = definition_load(path, NULL, &why);

    if (!d)
        print_error("%s\n", why);
    assert_non_null(d);
    return d;
}

/* A boot of storage/file, a warm-up and an iteration, whose program says this in each. */
static cJSON *stated_marks(const struct definition *d, const char *warmup, const char *says)
{
    struct collect c = {0};
    cJSON *m;

    for (uint32_t i = 0; i < 2; i++) {
        mark(&c, BENCH_BEGIN, i, 0, 100 * MS * i, 100 * MS * i);
        output(&c, 1, i ? says : warmup);
        mark(&c, BENCH_END, i, 0, 100 * MS * i + 50 * MS, 100 * MS * i + 50 * MS);
        program_exit(&c, i, 0, BENCH_EXITED, 0);
    }
    m = collect_marks(&c, d, SIZE_SMOKE, BACKING_RAM, GUEST_LINUX, true);
    collect_free(&c);
    return m;
}

static void not_whole(const struct definition *d, const char *says, const char *reason)
{
    cJSON *m = stated_marks(d, "latency ns 1 5 5 x\nlatency + 8:1\n", says);
    char why[256] = "";

    if (latency_check(m, why, sizeof why) != -EINVAL || !strstr(why, reason))
        fail_msg("%s: said %s", says, why);
    cJSON_Delete(m);
}

static void figure_is(const cJSON *e, const char *key, double want)
{
    if (isnan(want))
        assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(e, key)));
    else
        assert_true(json_number(e, key, -1) == want);
}

/* Distributions that programs state: whole or refused, merged over boots, warm-ups left out. */
static void stated_latencies(void **state)
{
    static const char good[] =
        "text\nlatency ns 6 100 900 pass one\nlatency + 128:3 256:2\nlatency + 1024:1\n"
        "latency ns 1 7 7 other\nlatency + 8:1\nlatency x\nlatency ns 1 2\n";
    struct definition *d = definition_of("workloads/storage/file.json");
    cJSON *m = stated_marks(d, "latency ns 1 1 1 pass one\nlatency + 1:1\n", good), *list;
    const cJSON *two[] = {m, m}, *e;
    char why[256] = "";

    (void)state;
    assert_int_equal(latency_check(m, why, sizeof why), 0);
    list = latency_build(two, 2);
    assert_int_equal(cJSON_GetArraySize(list), 2);
    e = list->child;
    assert_string_equal(json_text(e, "name"), "pass one");
    figure_is(e, "n", 12);
    figure_is(e, "min", 100);
    figure_is(e, "median", 192); /* between the middle two, 128 and 256 */
    figure_is(e, "p90", 900);    /* no longer than the longest */
    figure_is(e, "p99", NAN);
    figure_is(e, "max", 900);
    figure_is(e->next, "p90", NAN);
    cJSON_Delete(list);
    cJSON_Delete(m);
    not_whole(d, "nothing\n", "no latency distribution");
    not_whole(d, "latency ns 2 1 9 x\nlatency + 16:1\n", "\"x\" is not whole");
    not_whole(d, "latency ns 2 1 9 x\nlatency + 16:1 8:1\n", "not whole");
    not_whole(d, "latency ns 2 1 90 x\nlatency + 16:2\n", "not whole");
    not_whole(d, "latency ns 2 9 1 x\nlatency + 16:2\n", "not whole");
    not_whole(d, "latency ns 2 1 9 x\nlatency + 16:2 17\nlatency + 18:1\n", "not whole");
    definition_free(d);
}

/* A boot of stories/delegated-task: one warm-up, five iterations of k ms, the last with that exit. */
static struct boot *story_boot(const struct definition *d, enum result_status status, unsigned iterations,
                               int64_t last)
{
    struct boot *b = mem_zalloc(sizeof *b);
    struct collect c = {0};

    for (uint32_t i = 0; i <= iterations; i++) {
        mark(&c, BENCH_BEGIN, i, 0, 1000 * MS * i, 1000 * MS * i);
        mark(&c, BENCH_END, i, 0, (1000 * i + i + 1) * MS, (1000 * i + i + 1) * MS);
        program_exit(&c, i, 0, BENCH_EXITED, i == iterations ? last : 0);
    }
    collect_frame(&c, BENCH_STAT, 0, 0, "program=parent max_rss_kib=120 user_us=1 system_us=2", 52);
    collect_frame(&c, BENCH_STAT, 0, 0, "program=parent max_rss_kib=96 user_us=1 system_us=2", 51);
    collect_frame(&c, BENCH_STAT, 0, 0, "program= max_rss_kib=9", 22);
    b->name = mem_dup("001-x");
    b->hello_ms = b->init_ms = NAN;
    b->guest = GUEST_LINUX;
    b->status = status;
    b->reason = status == RESULT_PASSED ? NULL : mem_dup("why");
    b->marks = collect_marks(&c, d, SIZE_SMOKE, BACKING_RAM, GUEST_LINUX, true);
    b->resources = resources_build(NULL, &c.resources);
    collect_free(&c);
    return b;
}

static cJSON *story_record(const struct definition *d, struct boot **boots, size_t n)
{
    const struct cell cell = {.d = d, .guest = GUEST_LINUX, .boot = boots, .nboots = n};
    const struct record_ids ids = {.run_id = "r", .size = "smoke", .accelerator = "tcg"};

    return results_record(&cell, &ids, NULL);
}

static void success_is(const cJSON *record, double attempts, double successes)
{
    const cJSON *o = cJSON_GetObjectItemCaseSensitive(record, "successRate");

    assert_true(json_number(o, "attempts", -1) == attempts && json_number(o, "successes", -1) == successes);
    assert_true(fabs(json_number(o, "rate", -1) - successes / attempts) < 1e-12);
}

/* A story's record has the distribution of its regions, what it used, and how often it succeeded. */
static void stories(void **state)
{
    struct definition *d = definition_of("workloads/stories/delegated-task.json");
    struct boot *boots[] = {story_boot(d, RESULT_PASSED, 5, 0), story_boot(d, RESULT_PASSED, 5, 0),
                            story_boot(d, RESULT_FAILED, 3, 1), story_boot(d, RESULT_FAILED, 5, 0)};
    cJSON *r = story_record(d, boots, 2);
    const cJSON *o;

    (void)state;
    success_is(r, 10, 10);
    o = cJSON_GetObjectItemCaseSensitive(r, "latency")->child;
    assert_string_equal(json_text(o, "name"), "parent");
    figure_is(o, "n", 10);
    figure_is(o, "min", 2e6);
    figure_is(o, "median", 4e6);
    figure_is(o, "p90", 6e6);
    figure_is(o, "p99", NAN);
    o = cJSON_GetObjectItemCaseSensitive(r, "resources");
    assert_string_equal(json_text(o, "source"), "wait4");
    o = cJSON_GetObjectItemCaseSensitive(o, "programs")->child;
    assert_null(o->next);
    figure_is(o, "runs", 4);
    figure_is(o, "peakKiB", 120);
    cJSON_Delete(r);
    r = story_record(d, boots, 3); /* an iteration that failed ends its boot */
    success_is(r, 13, 12);
    assert_null(cJSON_GetObjectItemCaseSensitive(r, "latency"));
    assert_null(cJSON_GetObjectItemCaseSensitive(r, "resources"));
    cJSON_Delete(r);
    r = story_record(d, boots, 4); /* and of a boot that was rejected whole none counts */
    success_is(r, 18, 12);
    cJSON_Delete(r);
    for (size_t i = 0; i < 4; i++)
        boot_free(boots[i]);
    definition_free(d);
}

/* On capOS the kernel's account is the source. */
static void kernel_resources(void **state)
{
    cJSON *a = cJSON_Parse(
              "{\"source\":\"kernel\",\"programs\":[{\"name\":\"p\",\"runs\":2,\"peakFrames\":10},"
              "{\"name\":\"never\",\"runs\":0,\"peakFrames\":0}]}"),
          *o;
    struct resources r = {0};
    const cJSON *p;

    (void)state;
    resources_stat(&r, "program=p max_rss_kib=7 user_us=0", 33);
    o = resources_build(a, &r);
    assert_string_equal(json_text(o, "source"), "kernel");
    p = cJSON_GetObjectItemCaseSensitive(o, "programs")->child;
    assert_null(p->next);
    figure_is(p, "peakKiB", 40);
    assert_null(resources_merge(NULL, 0));
    resources_free(&r);
    cJSON_Delete(o);
    cJSON_Delete(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stated_latencies),
        cmocka_unit_test(stories),
        cmocka_unit_test(kernel_resources),
    };

    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
