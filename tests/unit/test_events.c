/* SPDX-License-Identifier: MIT */
/*
 * The event log, the kernel's serial lines and the authority report made from them.
 * Invariant: files are made in a fresh temporary folder and removed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "authority.h"
#include "events.h"
#include "files.h"
#include "inputs.h"
#include "json.h"
#include "mem.h"
#include "serial.h"

static char dir[] = "/tmp/capbench-test-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return files_remove(dir);
}

static void write_text(const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", dir, name);

    assert_int_equal(files_write_atomic(path, text, strlen(text)), 0);
    free(path);
}

static void log_round_trip(void **state)
{
    char *path = mem_printf("%s/events.jsonl", dir), *why = NULL;
    struct events e;
    cJSON *line, *all;

    (void)state;
    assert_int_equal(events_create(&e, path), 0);
    for (int i = 0; i < 3; i++) {
        line = events_new(&e, "thing");
        json_add_u64(line, "i", (uint64_t)i);
        events_add(&e, line);
    }
    assert_int_equal(events_close(&e), 0);
    assert_int_equal(events_create(&e, path), -EEXIST);
    all = events_load(path, &why);
    assert_non_null(all);
    assert_int_equal(cJSON_GetArraySize(all), 3);
    assert_string_equal(json_text(cJSON_GetArrayItem(all, 2), "event"), "thing");
    cJSON_Delete(all);
    free(path);
}

static void log_defects(void **state)
{
    char *path = mem_printf("%s/bad.jsonl", dir), *why = NULL;
    cJSON *all;

    (void)state;
    write_text("bad.jsonl", "{\"seq\":0}\n{\"seq\":2}\n");
    assert_null(events_load(path, &why));
    assert_non_null(strstr(why, "line 2"));
    free(why);
    write_text("bad.jsonl", "{\"seq\":0}\nnonsense\n");
    assert_null(events_load(path, &why));
    free(why);
    write_text("bad.jsonl", "{\"seq\":0}\n{\"seq\":1,\"cut");
    all = events_load(path, &why);
    assert_non_null(all);
    assert_int_equal(cJSON_GetArraySize(all), 1);
    cJSON_Delete(all);
    free(path);
}

static void atomic_files(void **state)
{
    char *path = mem_printf("%s/a/b/c.txt", dir), *up = mem_printf("%s/a/b", dir), *text;
    struct files list;
    size_t len;

    (void)state;
    assert_int_equal(files_write_atomic(path, "x", 1), -ENOENT);
    assert_int_equal(files_mkdir(up), 0);
    assert_int_equal(files_write_atomic(path, "one", 3), 0);
    assert_int_equal(files_write_atomic(path, "two", 3), 0);
    assert_int_equal(files_read(path, 2, &text, &len), -EFBIG);
    assert_int_equal(files_read(path, 3, &text, &len), 0);
    assert_string_equal(text, "two");
    free(text);
    assert_int_equal(files_list(up, &list), 0);
    assert_int_equal(list.n, 1); /* no temporary file is left */
    files_free(&list);
    free(path);
    free(up);
}

static void changed_inputs(void **state)
{
    char *path = mem_printf("%s/input", dir), what[256];
    struct inputs in = {0};
    const char *sha, *again;

    (void)state;
    write_text("input", "abc");
    assert_int_equal(inputs_add(&in, path, &sha), 0);
    assert_string_equal(sha, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(inputs_add(&in, path, &again), 0);
    assert_int_equal(in.n, 1);
    assert_int_equal(inputs_check(&in, false, what, sizeof what), 0);
    assert_int_equal(inputs_check(&in, true, what, sizeof what), 0);
    write_text("input", "abc"); /* touched, same content */
    assert_int_equal(inputs_check(&in, false, what, sizeof what), 0);
    write_text("input", "abd");
    assert_int_equal(inputs_check(&in, false, what, sizeof what), 1);
    assert_string_equal(what, path);
    assert_int_equal(inputs_add(&in, "/no/such/file", NULL), -ENOENT);
    inputs_free(&in);
    free(path);
}

static const char boot_log[] =
    "capos: kernel 1 cpu=x tsc_khz=2500000 source=lapic frames=100/200\n"
    "capos: frames free=90 when=start\n"
    "capos: init ns=40000000\n"
    "capos: spawn pid=1 parent=0 name=agent caps=stdio_3:Pipe,root:Directory,process_spawner:ProcessSpawner\n"
    "noise capos: spawn pid=2 parent=1 name=zstd caps=startup:File,stdio_1:Pipe,virtual_memory:VirtualMemory,"
    "timer:Timer,thread_control:ThreadControl,work:Directory\r\n"
    "capos: exit pid=2 name=zstd code=0 why=exited peak_frames=12 calls=30 "
    "caps=startup:File:2,stdio_1:Pipe:0,"
    "virtual_memory:VirtualMemory:5,timer:Timer:0,thread_control:ThreadControl:0,work:Directory:23\n"
    "capos: frames free=90 when=end\ncapos: halt code=0\n";

static void serial_lines(void **state)
{
    struct serial_log *log = mem_zalloc(sizeof *log);
    const struct serial_process *p;

    (void)state;
    for (size_t i = 0; i < sizeof boot_log - 1; i++) /* one byte at a time */
        serial_feed(log, boot_log + i, 1);
    assert_int_equal(log->nproc, 2);
    assert_int_equal(log->init_ns, 40000000);
    assert_int_equal(log->tsc_khz, 2500000);
    assert_int_equal(log->frames_start, 90);
    assert_int_equal(log->frames_end, 90);
    p = serial_process(log, 2);
    assert_non_null(p);
    assert_string_equal(p->name, "zstd");
    assert_int_equal(p->ngranted, 6);
    assert_string_equal(p->granted[5].name, "work");
    assert_string_equal(p->granted[5].interface, "Directory");
    assert_true(p->exited);
    assert_string_equal(p->why, "exited");
    assert_int_equal(p->calls, 30);
    assert_int_equal(p->used[5].calls, 23);
    assert_null(serial_process(log, 3));
    serial_feed(log, "capos: PANIC: out of frames\n", 28);
    assert_true(log->panic);
    serial_free(log);
    free(log);
}

static void refusals_and_modes(void **state)
{
    static const char text[] =
        "capos: spawn pid=2 parent=1 name=sh caps=work:Directory:ro,s:ProcessSpawner:restricted,t:Timer\n"
        "capos: refused pid=2 name=sh cap=work method=Directory.open why=read-only\n"
        "capos: refused pid=2 name=sh cap=- method=- why=no-capability\n"
        "capos: refused name=sh\n"
        "capos: exit pid=2 name=sh code=0 why=exited peak_frames=1 calls=9 refused=40 "
        "caps=work:Directory:3\n";
    static const char more[] =
        "capos: spawn pid=3 parent=2 name=y caps=@2\ncapos: spawn pid=4 parent=2 name=y caps=@99\n"
        "capos: exit pid=3 name=y code=0 why=exited peak_frames=1 calls=3 refused=0 caps=@2\n"
        "capos: exit pid=4 name=y code=0 why=exited peak_frames=1 calls=3 refused=0 caps=@5\n";
    struct serial_log *log = mem_zalloc(sizeof *log);
    const struct serial_process *p;

    (void)state;
    serial_feed(log, text, sizeof text - 1);
    p = serial_process(log, 2);
    assert_non_null(p);
    assert_string_equal(p->granted[0].mode, "ro");
    assert_string_equal(p->granted[1].mode, "restricted");
    assert_string_equal(p->granted[2].mode, "");
    assert_int_equal(p->refused, 40);
    assert_int_equal(log->nrefusals, 2);
    assert_string_equal(log->refusal[0].cap, "work");
    assert_string_equal(log->refusal[0].method, "Directory.open");
    assert_string_equal(log->refusal[0].why, "read-only");
    assert_string_equal(log->refusal[1].cap, "-");
    serial_feed(log, more, sizeof more - 1);
    p = serial_process(log, 3);
    assert_int_equal(p->ngranted, 3);
    assert_string_equal(p->granted[1].mode, "restricted");
    assert_int_equal(p->nused, 1);
    assert_string_equal(p->used[0].name, "work");
    assert_int_equal(p->used[0].calls, 3);
    assert_int_equal(serial_process(log, 4)->ngranted, 0);
    assert_int_equal(serial_process(log, 4)->nused, 0);
    assert_true(serial_process(log, 4)->exited);
    serial_free(log);
    free(log);
}

static void overlong_lines(void **state)
{
    struct serial_log *log = mem_zalloc(sizeof *log);

    (void)state;
    serial_feed(log, "capos: spawn pid=9 name=", 24);
    for (unsigned i = 0; i < 2 * SERIAL_LINE_MAX; i++)
        serial_feed(log, "x", 1);
    serial_feed(log, "\ncapos: spawn pid=8 parent=1 name=y caps=\n", 43);
    assert_int_equal(log->dropped, 1);
    assert_int_equal(log->nproc, 1);
    assert_int_equal(log->proc[0].pid, 8);
    serial_free(log);
    free(log);
}

static bool declare_ro; /* the next reports: every directory is declared read-only */

/* The authority report for one run of `compress` under the boot log with `from` replaced by `to`. */
static int report(const char *from, const char *to, cJSON **out, char *why, size_t n)
{
    char *bad = NULL, *text = mem_dup(boot_log), *at;
    struct definition *d = definition_load("workloads/compression/zstd-3.json", NULL, &bad);
    struct serial_log *log = mem_zalloc(sizeof *log);
    const int expected[] = {0};
    int rc;

    assert_non_null(d);
    for (size_t i = 0; declare_ro && i < d->programs[0].ncaps; i++)
        d->programs[0].caps[i].read_only = d->programs[0].caps[i].path != NULL;
    if (from) {
        at = strstr(text, from);
        assert_non_null(at);
        at = mem_printf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
        free(text);
        text = at;
    }
    serial_feed(log, text, strlen(text));
    rc = authority_capos(d, log, expected, 1, out, why, n);
    serial_free(log);
    free(log);
    free(text);
    definition_free(d);
    return rc;
}

static void exercised_authority(void **state)
{
    char why[256] = "", *text;
    const cJSON *p;
    cJSON *o;

    (void)state;
    assert_int_equal(report(NULL, NULL, &o, why, sizeof why), 0);
    text = json_canonical(cJSON_GetObjectItemCaseSensitive(o, "bundle"));
    assert_string_equal(text, "{\"status\":\"passed\"}");
    free(text);
    p = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(o, "programs"), 0);
    text = json_canonical(cJSON_GetObjectItemCaseSensitive(p, "exercised"));
    assert_string_equal(text, "[{\"calls\":2,\"interface\":\"File\",\"name\":\"startup\"},"
                              "{\"calls\":5,\"interface\":\"VirtualMemory\",\"name\":\"virtual_memory\"},"
                              "{\"calls\":23,\"interface\":\"Directory\",\"name\":\"work\"}]");
    free(text);
    text = json_canonical(cJSON_GetObjectItemCaseSensitive(p, "unused"));
    assert_string_equal(text, "[\"stdio_1\",\"timer\",\"thread_control\"]");
    free(text);
    cJSON_Delete(o);
}

static void writable_where_read_only_was_declared(void **state)
{
    static const char from[] = "work:Directory\r";
    char why[256] = "";
    cJSON *o;

    (void)state;
    assert_int_equal(report(from, "work:Directory:rw\r", &o, why, sizeof why), 0);
    cJSON_Delete(o);
    declare_ro = true;
    assert_int_equal(report(from, "work:Directory:ro\r", &o, why, sizeof why), 0);
    cJSON_Delete(o);
    assert_int_equal(report(from, "work:Directory:rw\r", &o, why, sizeof why), -EPERM);
    assert_non_null(strstr(why, "broader authority than declared: work of"));
    cJSON_Delete(o);
    declare_ro = false;
}

static void broader_authority(void **state)
{
    static const struct {
        const char *from, *to, *says;
        int rc;
    } cases[] = {
        {"timer:Timer,thread_control:ThreadControl,work:Directory\r",
         "timer:Timer,thread_control:ThreadControl,work:Directory,x:Console\r",
         "broader authority than declared", -EPERM},
        {"timer:Timer,thread_control:ThreadControl,work:Directory\r",
         "timer:Timer,thread_control:ThreadControl,work:Store\r", "declared as Directory", -EPERM},
        {"timer:Timer,thread_control", "thread_control", "granted it none", -EINVAL},
        {"capos: exit pid=2", "capos: spawn pid=3 parent=2 name=sh caps=x:Console\ncapos: exit pid=2",
         "which it has not", -EPERM},
        {"capos: spawn pid=2", "capos: spwn pid=2", "0 programs", -EINVAL},
    };
    char why[256];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const cJSON *bundle;
        cJSON *o;

        why[0] = '\0';
        assert_int_equal(report(cases[i].from, cases[i].to, &o, why, sizeof why), cases[i].rc);
        if (!strstr(why, cases[i].says))
            print_error("%s\n", why);
        assert_non_null(strstr(why, cases[i].says));
        bundle = cJSON_GetObjectItemCaseSensitive(o, "bundle");
        assert_string_equal(json_text(bundle, "status"), "invalid");
        assert_string_equal(json_text(bundle, "reason"), why);
        cJSON_Delete(o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_round_trip),      cmocka_unit_test(log_defects),
        cmocka_unit_test(atomic_files),        cmocka_unit_test(changed_inputs),
        cmocka_unit_test(serial_lines),        cmocka_unit_test(overlong_lines),
        cmocka_unit_test(exercised_authority), cmocka_unit_test(broader_authority),
        cmocka_unit_test(refusals_and_modes),  cmocka_unit_test(writable_where_read_only_was_declared),
    };

    return cmocka_run_group_tests_name("events", tests, make_dir, remove_dir);
}
