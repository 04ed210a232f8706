/* SPDX-License-Identifier: MIT */
/*
 * From frames to records: collecting, the rules that make a boot invalid or failed, the record's shape, the
 * comparison. Invariant: every rule is broken for real, starting from a boot that passes.
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
#include "exec.h"
#include "json.h"
#include "judge.h"
#include "measure.h"
#include "mem.h"
#include "results.h"

static struct definition *def;

static int load(void **state)
{
    char *why = NULL;

    (void)state;
    def = definition_load("workloads/compression/zstd-3.json", NULL, &why);
    free(why);
    return def ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    definition_free(def);
    return 0;
}

/* One region of `ms` by the guest's clock and `host_ms` by the host's. */
static void region(struct collect *c, uint32_t iteration, uint32_t r, uint64_t ms, uint64_t host_ms)
{
    uint64_t at = (iteration * 2 + r + 1) * 10000 * MS;

    mark(c, BENCH_BEGIN, iteration, r, at, at + 500 * MS);
    mark(c, BENCH_END, iteration, r, at + ms * MS, at + (500 + host_ms) * MS);
    program_exit(c, iteration, r, BENCH_EXITED, 0);
}

static void whole(struct collect *c, uint64_t a, uint64_t b)
{
    region(c, 0, 0, 900, 900);
    region(c, 0, 1, 90, 90);
    region(c, 1, 0, a, a);
    region(c, 1, 1, b, b);
}

static struct boot *judge(struct collect *c, enum guest_kind guest, enum guest_accel accel,
                          struct judge_case *j, struct guest_outcome *o)
{
    struct boot *b = mem_zalloc(sizeof *b);

    b->guest = guest;
    b->name = mem_dup("001-x");
    b->hello_ms = b->init_ms = NAN;
    j->d = def;
    j->size = SIZE_SMOKE;
    j->accel = accel;
    j->collected = c;
    j->outcome = o;
    judge_boot(b, j);
    return b;
}

static struct boot *passing(uint64_t a, uint64_t b, unsigned pair, unsigned number)
{
    struct collect c = {0};
    struct judge_case j = {.verified = true};
    struct guest_outcome o = {.end = GUEST_OK};
    struct boot *boot;

    whole(&c, a, b);
    boot = judge(&c, GUEST_LINUX, ACCEL_TCG, &j, &o);
    boot->pair = pair;
    boot->number = number;
    assert_int_equal(boot->status, RESULT_PASSED);
    assert_null(boot->reason);
    collect_free(&c);
    return boot;
}

static void expect(struct collect *c, struct judge_case *j, struct guest_outcome *o,
                   enum result_status status, const char *reason)
{
    struct boot *b = judge(c, GUEST_LINUX, ACCEL_TCG, j, o);

    if (!b->reason || !strstr(b->reason, reason) || b->status != status)
        print_error("%s: %s (wanted %s)\n", result_status_name(b->status), b->reason ? b->reason : "-",
                    reason);
    assert_int_equal(b->status, status);
    assert_non_null(b->reason);
    assert_non_null(strstr(b->reason, reason));
    boot_free(b);
    collect_free(c);
}

static void clocks(void **state)
{
    struct guest_outcome o = {.end = GUEST_OK};
    struct judge_case j = {.verified = true};
    struct collect c = {0};
    struct boot *b;

    (void)state;
    region(&c, 0, 0, 900, 900);
    region(&c, 0, 1, 90, 94);     /* within 5 ms */
    region(&c, 1, 0, 1000, 1009); /* within 1 % */
    region(&c, 1, 1, 90, 90);
    b = judge(&c, GUEST_LINUX, ACCEL_TCG, &j, &o);
    assert_int_equal(b->status, RESULT_PASSED);
    boot_free(b);
    collect_free(&c);
    region(&c, 0, 0, 900, 900);
    region(&c, 0, 1, 90, 96);
    region(&c, 1, 0, 1000, 1000);
    region(&c, 1, 1, 90, 90);
    b = judge(&c, GUEST_LINUX, ACCEL_ICOUNT, &j, &o); /* virtual time: no such rule */
    assert_int_equal(b->status, RESULT_PASSED);
    boot_free(b);
    expect(&c, &j, &o, RESULT_INVALID, "clocks disagree");
    region(&c, 0, 0, 900, 880); /* a guest clock that runs fast */
    region(&c, 0, 1, 90, 90);
    region(&c, 1, 0, 1000, 1000);
    region(&c, 1, 1, 90, 90);
    expect(&c, &j, &o, RESULT_INVALID, "clocks disagree");
}

static void impossible_frames(void **state)
{
    struct guest_outcome o = {.end = GUEST_OK};
    struct judge_case j = {.verified = true};
    struct collect c = {0};

    (void)state;
    mark(&c, BENCH_END, 0, 0, 1, 1);
    expect(&c, &j, &o, RESULT_INVALID, "impossible sequence");
    mark(&c, BENCH_BEGIN, 0, 0, 1, 1);
    mark(&c, BENCH_BEGIN, 0, 1, 2, 2);
    expect(&c, &j, &o, RESULT_INVALID, "impossible sequence");
    mark(&c, BENCH_BEGIN, 0, 0, 9, 1);
    mark(&c, BENCH_END, 0, 0, 8, 2);
    expect(&c, &j, &o, RESULT_INVALID, "impossible sequence");
    region(&c, 0, 0, 1, 1);
    region(&c, 0, 1, 1, 1);
    region(&c, 1, 0, 1, 1);
    expect(&c, &j, &o, RESULT_INVALID, "not as planned");
    region(&c, 0, 1, 1, 1);
    region(&c, 0, 0, 1, 1);
    region(&c, 1, 0, 1, 1);
    region(&c, 1, 1, 1, 1);
    expect(&c, &j, &o, RESULT_INVALID, "not as planned");
}

/* Times that a program states within its region; nothing else that it writes, and nothing of other programs.
 */
static void stated_times(void **state)
{
    char *why = NULL;
    struct definition *d = definition_load("workloads/sqlite/speedtest1-mem.json", NULL, &why);
    struct collect c = {0};
    const cJSON *marks[1], *parts;
    cJSON *m, *o;

    (void)state;
    assert_non_null(d);
    output(&c, 1, " 90 - before the region....  9.000s\n");
    for (uint32_t i = 0; i < 2; i++) {
        mark(&c, BENCH_BEGIN, i, 0, 100 * MS * i, 100 * MS * i);
        output(&c, 1, "-- a title\n 100 - one te");
        output(&c, 2, " 95 - on standard error...  9.000s\n");
        output(&c, 1, i ? "st......    1.250s\n" : "st......    0.007s\n");
        output(
            &c, 1,
            " 110 - no dots 1.000s\n....  1.000s\n x...  1.0s\n y...  1a.000s\n z...  9999999999999.000s\n");
        mark(&c, BENCH_END, i, 0, 100 * MS * i + 50 * MS, 100 * MS * i + 50 * MS);
        output(&c, 1, "       TOTAL......   12.345s\n");
        program_exit(&c, i, 0, BENCH_EXITED, 0);
        output(&c, 1, " 98 - another program...  9.000s\n");
    }
    m = collect_marks(&c, d, SIZE_SMOKE, BACKING_RAM, GUEST_LINUX, true);
    marks[0] = m;
    o = measure_build(marks, 1);
    assert_non_null(o);
    parts = cJSON_GetObjectItemCaseSensitive(o, "subMeasurements");
    assert_int_equal(cJSON_GetArraySize(parts), 2);
    assert_string_equal(json_text(parts->child, "name"), "100 - one test");
    assert_true(json_number(parts->child, "median", 0) == 1250);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(parts->child, "samples")), 1);
    assert_string_equal(json_text(parts->child->next, "name"), "TOTAL");
    assert_true(json_number(parts->child->next, "median", 0) == 12345);
    cJSON_Delete(o);
    cJSON_Delete(m);
    collect_free(&c);
    definition_free(d);
}

/* A boot of storage/file whose disk did `d` in the timed region of each iteration. */
static cJSON *disk_marks(const struct definition *d, enum def_backing backing, struct guest_block_stats did,
                         const char *says, bool counters)
{
    struct guest_block_stats now = {100, 51200, 7, 28672, 3};
    struct collect c = {0};
    cJSON *m;

    for (uint32_t i = 0; i < 2; i++) {
        if (counters)
            collect_block(&c, &now);
        mark(&c, BENCH_BEGIN, i, 0, 100 * MS * i, 100 * MS * i);
        output(&c, 1, says);
        mark(&c, BENCH_END, i, 0, 100 * MS * i + 50 * MS, 100 * MS * i + 50 * MS);
        now.read_ops += did.read_ops;
        now.read_bytes += did.read_bytes;
        now.write_ops += did.write_ops;
        now.write_bytes += did.write_bytes;
        now.flush_ops += did.flush_ops;
        if (counters)
            collect_block(&c, &now);
        program_exit(&c, i, 0, BENCH_EXITED, 0);
        now.write_ops++; /* between the regions: of no account */
        now.write_bytes += 4096;
    }
    m = collect_marks(&c, d, SIZE_SMOKE, backing, GUEST_LINUX, true);
    collect_free(&c);
    return m;
}

static void label_is(cJSON *marks, int want, const char *word)
{
    char why[256] = "";

    assert_int_equal(measure_label(marks, why, sizeof why), want);
    assert_non_null(strstr(why, word));
    cJSON_Delete(marks);
}

/* The disk's own counters must bear the label out, and are summed up per iteration. */
static void labels(void **state)
{
    const struct guest_block_stats none = {0}, some = {2, 8192, 10, 40960, 4},
                                   unflushed = {2, 8192, 10, 40960, 0};
    char *why = NULL;
    struct definition *d = definition_load("workloads/storage/file.json", NULL, &why);
    const cJSON *list[2], *o;
    cJSON *block, *m;

    (void)state;
    assert_non_null(d);
    label_is(disk_marks(d, BACKING_RAM, none, "", true), 0, "");
    label_is(disk_marks(d, BACKING_RAM, some, "", true), -EPERM, "labelled ram but the disk was written to");
    label_is(disk_marks(d, BACKING_STORE, some, "", true), 0, "");
    label_is(disk_marks(d, BACKING_STORE, none, "", true), -EPERM, "nothing was written");
    label_is(disk_marks(d, BACKING_STORE, unflushed, "", true), -EPERM, "nothing was flushed");
    label_is(disk_marks(d, BACKING_STORE, some, "", false), -EINVAL, "counters");
    list[0] = m =
        disk_marks(d, BACKING_STORE, some, "x\nwrote 10000 bytes\nwrote 240 bytes\nwrote x bytes\n", true);
    list[1] = list[0];
    block = measure_block(list, 2);
    o = cJSON_GetObjectItemCaseSensitive(block, "writeBytes");
    assert_true(json_number(o, "median", 0) == 40960);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(o, "samples")), 2);
    assert_true(json_number(block, "programBytes", 0) == 10240);
    assert_true(json_number(block, "writeAmplification", 0) == 4);
    cJSON_Delete(block);
    cJSON_Delete(m);
    list[0] = m = disk_marks(d, BACKING_STORE, some, "nothing said\n", true);
    block = measure_block(list, 1);
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(block, "writeAmplification")));
    cJSON_Delete(block);
    cJSON_Delete(m);
    definition_free(d);
}

static void guests_that_end_badly(void **state)
{
    static const enum guest_end ends[] = {GUEST_AGENT_FAILED, GUEST_PANIC,   GUEST_EXCEPTION,
                                          GUEST_BOOT_REFUSED, GUEST_RESET,   GUEST_HANG,
                                          GUEST_FLOOD,        GUEST_CHANNEL, GUEST_QEMU_ERROR};

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct guest_outcome o = {.end = ends[i], .reason = "why\x1b"};
        struct judge_case j = {0};
        struct collect c = {0};

        whole(&c, 1, 1);
        j.d = def;
        j.collected = &c;
        j.outcome = &o;
        assert_false(judge_wants_verifier(&j));
        expect(&c, &j, &o, RESULT_INVALID, guest_end_name(ends[i]));
    }
}

static void programs_that_fail(void **state)
{
    static const struct {
        uint32_t kind;
        int64_t code;
        const char *says;
    } ends[] = {{BENCH_EXITED, 3, "compress: exit code 3"},
                {BENCH_FAULTED, 11, "fault (signal 11)"},
                {BENCH_KILLED, 0, "over a limit"},
                {BENCH_SPAWN_FAILED, -2, "No such file"}};

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct guest_outcome o = {.end = GUEST_OK};
        struct judge_case j = {0};
        struct collect c = {0};

        mark(&c, BENCH_BEGIN, 0, 0, 1, 1);
        mark(&c, BENCH_END, 0, 0, 2, 2);
        program_exit(&c, 0, 0, ends[i].kind, ends[i].code);
        j.d = def;
        j.collected = &c;
        j.outcome = &o;
        assert_false(judge_wants_verifier(&j));
        expect(&c, &j, &o, RESULT_FAILED, ends[i].says);
    }
}

static void other_rules(void **state)
{
    struct guest_outcome o = {.end = GUEST_OK, .reason = "no kernel"};
    struct judge_case not_verified = {0}, rejected = {.verifier_reason = "hash"},
                      changed = {.verified = true};
    struct judge_case broken = {.verifier_broken = true, .verifier_reason = "no program"},
                      unstarted = {.started = -2};
    struct collect c = {0};

    (void)state;
    whole(&c, 1, 1);
    expect(&c, &not_verified, &o, RESULT_INVALID, "not verified");
    whole(&c, 1, 1);
    expect(&c, &rejected, &o, RESULT_FAILED, "rejects");
    whole(&c, 1, 1);
    expect(&c, &broken, &o, RESULT_INVALID, "could not judge");
    whole(&c, 1, 1);
    changed.changed_input = "/x";
    expect(&c, &changed, &o, RESULT_INVALID, "input changed");
    expect(&c, &unstarted, &o, RESULT_INVALID, "could not be started");
}

static void measurement_only_when_passed(void **state)
{
    struct record_ids ids = {
        .run_id = "r", .size = "smoke", .accelerator = "tcg", .correctness_id = "c", .config_hash = "h"};
    struct boot *list[3] = {passing(100, 20, 0, 1), passing(110, 20, 1, 2), passing(90, 20, 2, 3)};
    struct cell cell = {.d = def, .guest = GUEST_LINUX, .boot = list, .nboots = 3};
    const cJSON *m;
    cJSON *o = results_record(&cell, &ids, NULL);
    char *text;

    (void)state;
    m = cJSON_GetObjectItemCaseSensitive(o, "measurement");
    assert_non_null(m);
    assert_string_equal(json_text(o, "status"), "passed");
    assert_true(json_number(m, "median", 0) == 120);
    assert_true(json_number(m, "min", 0) == 110);
    assert_true(json_number(m, "max", 0) == 130);
    assert_true(json_number(m, "stddev", 0) == 10);
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(m, "p95")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(m, "smoke")));
    text = json_canonical(cJSON_GetObjectItemCaseSensitive(m, "samples"));
    assert_string_equal(text, "[120,130,110]");
    free(text);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(m, "regions")), 2);
    cJSON_Delete(o);
    list[1]->status = RESULT_FAILED;
    list[1]->reason = mem_dup("the verifier rejects the output");
    o = results_record(&cell, &ids, NULL);
    assert_string_equal(json_text(o, "status"), "failed");
    assert_null(cJSON_GetObjectItemCaseSensitive(o, "measurement"));
    assert_non_null(cJSON_GetObjectItemCaseSensitive(o, "failure"));
    cJSON_Delete(o);
    list[1]->status = RESULT_INVALID;
    o = results_record(&cell, &ids, NULL);
    assert_string_equal(json_text(o, "status"), "invalid");
    assert_null(cJSON_GetObjectItemCaseSensitive(o, "measurement"));
    cJSON_Delete(o);
    list[1]->repeated = true; /* done again because of its clocks: listed, not counted */
    o = results_record(&cell, &ids, NULL);
    assert_string_equal(json_text(o, "status"), "passed");
    assert_true(json_number(cJSON_GetObjectItemCaseSensitive(o, "measurement"), "sampleCount", 0) == 2);
    cJSON_Delete(o);
    cell.backing = BACKING_STORE;
    o = results_record(&cell, &ids, NULL);
    assert_string_equal(json_text(o, "status"), "unsupported");
    assert_null(cJSON_GetObjectItemCaseSensitive(o, "measurement"));
    assert_non_null(json_text(cJSON_GetObjectItemCaseSensitive(o, "unsupported"), "reason"));
    cJSON_Delete(o);
    for (int i = 0; i < 3; i++)
        boot_free(list[i]);
}

static void comparison(void **state)
{
    struct record_ids ids = {.run_id = "r", .size = "smoke", .accelerator = "tcg"};
    struct boot *x[2] = {passing(50, 0, 0, 1), passing(100, 0, 1, 4)},
                *y[2] = {passing(100, 0, 0, 2), passing(100, 0, 1, 3)};
    struct cell a = {.d = def, .guest = GUEST_CAPOS, .boot = x, .nboots = 2};
    struct cell b = {.d = def, .guest = GUEST_LINUX, .boot = y, .nboots = 2};
    cJSON *o = results_comparison(&a, &b, &ids, 2, 5, false);

    (void)state;
    assert_true(fabs(json_number(o, "ratio", 0) - sqrt(0.5)) < 1e-12);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(o, "interval")), 2);
    assert_string_equal(json_text(o, "stop"), "pairs");
    cJSON_Delete(o);
    o = results_comparison(&a, &b, &ids, 3, 5, true);
    assert_string_equal(json_text(o, "stop"), "interrupted");
    cJSON_Delete(o);
    /* Waits for the disk are no instructions. */
    assert_null(results_no_ratio("icount", "ram"));
    assert_null(results_no_ratio("tcg", "store"));
    assert_non_null(results_no_ratio("icount", "store"));
    y[1]->status = RESULT_INVALID;
    o = results_comparison(&a, &b, &ids, 2, 5, false);
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(o, "ratio")));
    assert_string_equal(json_text(o, "stop"), "no_ratio");
    assert_string_equal(json_text(o, "reason"), "capos passed, linux invalid");
    cJSON_Delete(o);
    for (int i = 0; i < 2; i++) {
        boot_free(x[i]);
        boot_free(y[i]);
    }
}

static void note_difference(void *ctx, const char *path, const char *stored, const char *recomputed)
{
    buf_printf(ctx, "%s %s %s;", path, stored, recomputed);
}

static void differences(void **state)
{
    cJSON *a = cJSON_Parse("{\"m\":{\"x\":[1,2,3]},\"s\":\"t\",\"gone\":1}");
    cJSON *b = cJSON_Parse("{\"m\":{\"x\":[1,2.5,3,4]},\"s\":\"u\",\"new\":null}");
    struct buf said = {0};

    (void)state;
    assert_int_equal(json_diff(a, a, "r", note_difference, &said), 0);
    assert_int_equal(json_diff(a, b, "r", note_difference, &said), 5);
    assert_string_equal(
        said.p, "r.m.x[1] 2 2.5;r.m.x[3] absent 4;r.s \"t\" \"u\";r.gone 1 absent;r.new absent null;");
    buf_free(&said);
    cJSON_Delete(a);
    cJSON_Delete(b);
}

static void exec_codes(void **state)
{
    (void)state;
    assert_int_equal(exec_code(GUEST_CAPOS, BENCH_EXITED, 258), 2);
    assert_int_equal(exec_code(GUEST_CAPOS, BENCH_FAULTED, 14), 139);
    assert_int_equal(exec_code(GUEST_CAPOS, BENCH_FAULTED, 13), 139);
    assert_int_equal(exec_code(GUEST_CAPOS, BENCH_FAULTED, 6), 132);
    assert_int_equal(exec_code(GUEST_CAPOS, BENCH_FAULTED, 0), 136);
    assert_int_equal(exec_code(GUEST_CAPOS, BENCH_FAULTED, 3), 133);
    assert_int_equal(exec_code(GUEST_CAPOS, BENCH_FAULTED, 17), 135);
    assert_int_equal(exec_code(GUEST_LINUX, BENCH_FAULTED, 11), 139);
    assert_int_equal(exec_code(GUEST_LINUX, BENCH_KILLED, 0), 137);
    assert_int_equal(exec_code(GUEST_LINUX, BENCH_SPAWN_FAILED, -ENOENT), 127);
    assert_int_equal(exec_code(GUEST_LINUX, BENCH_SPAWN_FAILED, -ENOEXEC), 126);
    assert_int_equal(exec_code(GUEST_LINUX, BENCH_SPAWN_FAILED, -ENOMEM), 125);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks),
        cmocka_unit_test(impossible_frames),
        cmocka_unit_test(stated_times),
        cmocka_unit_test(labels),
        cmocka_unit_test(guests_that_end_badly),
        cmocka_unit_test(programs_that_fail),
        cmocka_unit_test(other_rules),
        cmocka_unit_test(measurement_only_when_passed),
        cmocka_unit_test(comparison),
        cmocka_unit_test(differences),
        cmocka_unit_test(exec_codes),
    };

    return cmocka_run_group_tests_name("results", tests, load, unload);
}
