/* SPDX-License-Identifier: MIT */
/*
 * The closed schema: the repository's own definitions are accepted, and every kind of mistake is refused with
 * the file and the key named. Invariant: each refusal starts from an accepted text with one thing changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "definition.h"
#include "mem.h"
#include "files.h"

static char *good;
static size_t good_len;

static int load(void **state)
{
    (void)state;
    return files_read("workloads/compression/zstd-3.json", 1 << 20, &good, &good_len);
}

static int unload(void **state)
{
    (void)state;
    free(good);
    return 0;
}

/* The accepted text with the first `from` replaced by `to`. */
static char *edited(const char *from, const char *to)
{
    char *at = strstr(good, from), *out;
    size_t n;

    assert_non_null(at);
    n = good_len + strlen(to) + 1;
    out = malloc(n);
    assert_non_null(out);
    snprintf(out, n, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    return out;
}

static void refused(const char *from, const char *to, const char *says)
{
    char *text = edited(from, to), *why = NULL;
    struct definition *d = definition_parse(text, strlen(text), "w.json", "compression/zstd-3", &why);

    if (d || !why || !strstr(why, says) || !strstr(why, "w.json"))
        print_error("for %s -> %s: said: %s\n", from, to, why ? why : "(accepted)");
    assert_null(d);
    assert_non_null(why);
    assert_non_null(strstr(why, says));
    assert_non_null(strstr(why, "w.json"));
    free(why);
    free(text);
}

static void accepts_the_repository(void **state)
{
    static const char *const names[] = {"zstd-3", "zstd-19", "xz-6", "xz-9e"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[100], name[100], *why = NULL;
        struct definition *d;

        snprintf(path, sizeof path, "workloads/compression/%s.json", names[i]);
        snprintf(name, sizeof name, "compression/%s", names[i]);
        d = definition_load(path, name, &why);
        if (!d)
            print_error("%s\n", why);
        assert_non_null(d);
        assert_int_equal(definition_regions(d, NULL, 0), 2);
        assert_int_equal(definition_program(d, "compress"), 0);
        assert_int_equal(definition_program(d, "nothing"), -1);
        assert_true(d->backing[BACKING_RAM]);
        assert_false(d->backing[BACKING_STORE]);
        definition_free(d);
    }
}

/* What a workload without a corpus brings: sized arguments, its own export limit. */
static void accepts_no_corpus(void **state)
{
    char *why = NULL;
    struct definition *d =
        definition_load("workloads/sqlite/speedtest1-wal.json", "sqlite/speedtest1-wal", &why);

    (void)state;
    if (!d)
        print_error("%s\n", why);
    assert_non_null(d);
    assert_null(d->corpus);
    assert_int_equal(d->export_mib[SIZE_LONG], 192);
    assert_string_equal(d->programs[definition_program(d, "speedtest1")].args[1], "@size:5,25,100");
    definition_free(d);
    refused("\"-q\", \"-3\"", "\"@size:1,2\", \"-3\"", "@size:SMOKE,STANDARD,LONG");
    refused("\"-q\", \"-3\"", "\"@size:1,,3\", \"-3\"", "@size:SMOKE,STANDARD,LONG");
    refused("\"-q\", \"-3\"", "\"@size:1,2,\", \"-3\"", "@size:SMOKE,STANDARD,LONG");
    refused("\"tier\": 3,", "\"tier\": 3, \"exportMiB\": 1,", "exportMiB");
    refused("\"tier\": 3,", "\"tier\": 3, \"subMeasurements\": \"any\",", "subMeasurements");
    refused("\"virtual_memory\"", "\"a_name_of_thirty_three_characters\"", "name");
}

/* "each" makes one program an item; steps that name it run all; "path" stands for what the workload made. */
static void spreads_groups(void **state)
{
    char *why = NULL;
    struct definition *d = definition_load("workloads/build/cjson.json", "build/cjson", &why);
    const struct def_program *p;
    int after[100];
    size_t n;

    (void)state;
    if (!d)
        print_error("%s\n", why);
    assert_non_null(d);
    n = definition_runs(d, &d->after, after, 100);
    assert_int_equal(n, 21 + 21 + 22);
    assert_int_equal(definition_program(d, "test"), -1);
    p = &d->programs[after[n - 1]];
    assert_string_equal(p->id, "test-readme_examples");
    assert_string_equal(p->group, "test");
    assert_string_equal(p->path, "/work/bin/readme_examples-@flavour");
    assert_null(p->port);
    assert_null(p->program);
    assert_int_equal(definition_regions(d, NULL, 0), 4);
    definition_free(d);
    refused("\"args\": [\"-q\", \"-3\"", "\"each\": [], \"args\": [\"-q\", \"-3\"", "each");
    refused("\"args\": [\"-q\", \"-3\"", "\"each\": [\"A b\"], \"args\": [\"-q\", \"-3\"", "made of a-z");
    refused("\"args\": [\"-q\", \"-3\"", "\"each\": [\"a\", \"a\"], \"args\": [\"-q\", \"-3\"", "unique");
    refused("\"args\": [\"-q\", \"-3\"", "\"each\": [\"@corps\"], \"args\": [\"@each\", \"-3\"",
            "made of a-z");
    refused("\"program\": \"zstd\"", "\"path\": \"/work/x\"", "in place of");
    refused("\"port\": \"zstd\",\n      \"program\": \"zstd\"", "\"path\": \"/bin/x\"", "below /work");
    refused("\"tier\": 3,", "\"tier\": 3, \"after\": [[\"timed\", \"compress\"]],", "after[0]");
    refused("\"tier\": 3,", "\"tier\": 3, \"after\": [[\"run\", \"none\"]],", "names no program");
}

/* Does one of these steps run the program? */
static bool runs(const struct definition *d, const struct def_steps *steps, const char *id)
{
    int program[100];
    size_t n = definition_runs(d, steps, program, 100);

    for (size_t i = 0; i < n && i < 100; i++)
        if (strcmp(d->programs[program[i]].id, id) == 0)
            return true;
    return false;
}

/* Every workload of these families makes the attempts on authority, by the shell's script. */
static void carries_attempts(void **state)
{
    static const char *const families[] = {"build", "runtime", "shell", "stories"};
    size_t seen = 0;

    (void)state;
    for (size_t f = 0; f < sizeof families / sizeof families[0]; f++) {
        char *dir = mem_printf("workloads/%s", families[f]);
        struct files list;

        assert_int_equal(files_list(dir, &list), 0);
        for (size_t i = 0; i < list.n; i++) {
            char *path = mem_printf("%s/%s", dir, list.path[i]), *why = NULL;
            struct definition *d = strstr(path, ".json") ? definition_load(path, NULL, &why) : NULL;

            if (d && (d->nattempts < 8 || d->nscripts != 1 ||
                      strcmp(definition_script_name(d->scripts[0]), "attempts.sh") != 0 ||
                      (!runs(d, &d->setup, "attempts") && !runs(d, &d->after, "attempts"))))
                fail_msg("%s does not make its attempts", path);
            seen += d != NULL;
            definition_free(d);
            free(why);
            free(path);
        }
        files_free(&list);
        free(dir);
    }
    assert_true(seen >= 16);
    refused("\"tier\": 3,", "\"tier\": 3, \"attempts\": {},", "attempts");
    refused("\"tier\": 3,", "\"tier\": 3, \"attempts\": {\"outside\": 2},", "attempts");
    refused("\"tier\": 3,", "\"tier\": 3, \"scripts\": [],", "scripts");
    refused("\"tier\": 3,", "\"tier\": 3, \"scripts\": [\"alone.sh\"],", "FAMILY/FILE");
    refused("\"tier\": 3,", "\"tier\": 3, \"scripts\": [\"../etc/passwd\"],", "FAMILY/FILE");
    refused("\"tier\": 3,", "\"tier\": 3, \"scripts\": [\"a/x.sh\", \"b/x.sh\"],", "one name");
    refused("\"tier\": 3,", "\"tier\": 3, \"latency\": \"guessed\",", "latency");
}

/* A store-backed profile: a disk, and a second boot on it. */
static void accepts_a_store(void **state)
{
    static const char reopen[] = "\"export\": [[\"/work/compressed\", \"compressed\"]]}";
    char *why = NULL, *text = mem_printf("\"reopen\": {\"steps\": [[\"run\", \"compress\"]], %s", reopen);
    char *ram = mem_printf("\"tier\": 3, %s,", text);
    char *both = mem_printf("\"backings\": [\"store\", \"ram\"], \"durability\": \"all\", \"diskMiB\": "
                            "{\"smoke\": 16, \"standard\": 17, "
                            "\"long\": 18}, %s",
                            text);
    struct definition *d;

    (void)state;
    refused("\"tier\": 3,", ram, "\"store\" among the \"backings\"");
    free(text);
    text = edited("\"backings\": [\"ram\"]", both);
    d = definition_parse(text, strlen(text), "a", NULL, &why);
    if (!d)
        print_error("%s\n", why);
    assert_non_null(d);
    assert_true(d->backing[BACKING_RAM] && d->backing[BACKING_STORE]);
    assert_int_equal(d->disk_mib[SIZE_STANDARD], 17);
    assert_int_equal(definition_runs(d, &d->reopen, NULL, 0), 1);
    assert_int_equal(d->reopen_exports.n, 1);
    assert_true(definition_disk(d, GUEST_LINUX) && !definition_disk(d, GUEST_NATIVE));
    definition_free(d);
    free(text);
    free(both);
    free(ram);
    refused("\"tier\": 3,", "\"tier\": 3, \"diskMiB\": {\"smoke\": 1, \"standard\": 17, \"long\": 18},",
            "diskMiB");
    refused("\"tier\": 3,", "\"tier\": 3, \"reopen\": {\"steps\": []},", "reopen");
}

/* A program's output as a part of the artifact: one run, one safe name. */
static void accepts_kept_output(void **state)
{
    char *why = NULL;
    struct definition *d = definition_load("workloads/sqlite/fuzzcheck.json", "sqlite/fuzzcheck", &why);

    (void)state;
    if (!d)
        print_error("%s\n", why);
    assert_non_null(d);
    assert_string_equal(d->keep.program, "fuzzcheck");
    assert_int_equal(d->keep.nskip, 2);
    assert_int_equal(d->exports.n, 0);
    definition_free(d);
    refused("\"tier\": 3,",
            "\"tier\": 3, \"keepOutput\": {\"program\": \"compress\", \"as\": \"x\", \"skip\": []},",
            "one iteration");
    refused("\"tier\": 3,",
            "\"tier\": 3, \"keepOutput\": {\"program\": \"none\", \"as\": \"x\", \"skip\": []},",
            "names no program");
    refused("\"tier\": 3,",
            "\"tier\": 3, \"keepOutput\": {\"program\": \"compress\", \"as\": \"../x\", \"skip\": []},",
            "relative path");
}

static void canonical_text_ignores_order(void **state)
{
    char *why = NULL, *text;
    struct definition *a = definition_parse(good, good_len, "a", NULL, &why), *b, *c;

    (void)state;
    assert_non_null(a);
    text = edited("\"schema\": 1,\n", "");
    assert_non_null(text);
    free(text);
    /* moved to the end of the object */
    text = edited("\"parserVersion\": 1\n", "\"parserVersion\":1 , \"notes\": \"n\"\n");
    b = definition_parse(text, strlen(text), "b", NULL, &why);
    assert_non_null(b);
    assert_string_not_equal(a->canonical, b->canonical);
    free(text);
    text = edited("\"tier\": 3,\n", "\"tier\":3,");
    c = definition_parse(text, strlen(text), "c", NULL, &why);
    assert_non_null(c);
    assert_string_equal(a->canonical, c->canonical);
    free(text);
    definition_free(a);
    definition_free(b);
    definition_free(c);
}

/* What a store-backed workload syncs is in its results, behind the contract; no other workload says so. */
static void states_durability(void **state)
{
    static const char *const names[] = {"sqlite/speedtest1-file", "sqlite/speedtest1-wal", "storage/file",
                                        "storage/kv"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[100], *why = NULL, *ram, *store;
        struct definition *d;

        snprintf(path, sizeof path, "workloads/%s.json", names[i]);
        d = definition_load(path, names[i], &why);
        assert_non_null(d);
        ram = definition_durability(d, BACKING_RAM);
        store = definition_durability(d, BACKING_STORE);
        assert_string_equal(ram, "none: gone with the guest");
        assert_non_null(strstr(store, "fsync: safe after power loss once acknowledged; e"));
        free(ram);
        free(store);
        definition_free(d);
    }
    refused("\"backings\": [\"ram\"],", "\"backings\": [\"ram\", \"store\"],", "\"durability\": goes with");
    refused("\"backings\": [\"ram\"],", "\"backings\": [\"ram\"], \"durability\": \"all of it\",",
            "\"durability\": goes with");
}

static void refuses_shape(void **state)
{
    (void)state;
    refused("\"tier\": 3,", "\"tier\": 3, \"teir\": 3,", "\"teir\"");
    refused("\"tier\": 3,", "\"tier\": 3, \"teir\": 3,", "allowed here: schema, name");
    refused("\"tier\": 3,", "", "\"tier\"");
    refused("\"tier\": 3,", "\"tier\": 5,", "whole number from 0 to 4");
    refused("\"tier\": 3,", "\"tier\": 2.5,", "whole number");
    refused("\"tier\": 3,", "\"tier\": \"3\",", "\"tier\"");
    refused("\"tier\": 3,", "\"tier\": 3, \"tier\": 3,", "occurs twice");
    refused("\"schema\": 1", "\"schema\": 2", "\"schema\"");
    refused("\"lowerIsBetter\": true", "\"lowerIsBetter\": 1", "true or false");
    refused("\"standard\": 3,", "\"standard\": 3, \"huge\": 9,", "iterations.huge");
    refused("\"standard\": 3,", "\"standard\": 0,", "iterations.standard");
    refused("\"ports\": [\"zstd\"]", "\"ports\": []", "\"ports\"");
    refused("\"ports\": [\"zstd\"]", "\"ports\": [\"xz\"]", "must be one of the definition's");
    refused("\"backings\": [\"ram\"]", "\"backings\": [\"disk\"]", "\"backings\"");
    refused("{\n  \"schema\"", "{,\n  \"schema\"", "not JSON");
    refused("\"unit\": \"ms\"", "\"unit\": \"s\"", "\"unit\"");
    refused("compression/zstd-3\"", "compression/zstd-4\"", "as the file is called");
    refused("\"unsupportedPolicy\": \"report\"", "\"unsupportedPolicy\": \"ignore\"", "unsupportedPolicy");
}

static void refuses_content(void **state)
{
    (void)state;
    refused("{\"name\": \"timer\"}", "{\"name\": \"tmer\"}", "unknown kind");
    refused("{\"name\": \"timer\"}", "{\"name\": \"timer\", \"more\": 1}", "capabilities[2].more");
    refused("{\"name\": \"timer\"}", "{\"name\": \"timer\"}, {\"name\": \"timer\"}", "unique");
    refused("\"mode\": \"rw\"", "\"mode\": \"rx\"", "\"ro\" or \"rw\"");
    refused(", \"mode\": \"rw\"", "", "\"ro\" or \"rw\"");
    refused("\"path\": \"/work\"", "\"path\": \"/a/../etc\"", "absolute");
    refused("\"kind\": \"directory\", ", "", "unknown kind");
    refused("@corpus:%s\"", "@corpus:%d\"", "exactly one %s");
    refused("@corpus:%s\"", "@corpus:%s%s\"", "exactly one %s");
    refused("@corpus:%s\"", "@corps:%s\"", "@corpus:FMT");
    refused("[\"timed\", \"compress\"]", "[\"timed\", \"compres\"]", "names no program");
    refused("[\"timed\", \"compress\"]", "[\"time\", \"compress\"]", "must be one of");
    refused("[\"mkdir\", \"/work/in\"]", "[\"timed\", \"compress\"]", "setup[0]");
    refused("[\"mkdir\", \"/work/in\"]", "[\"mkdir\", \"work/in\"]", "absolute");
    refused("[\"mkdir\", \"/work/in\"]", "[\"mkdir\", \"/work/in\", \"/x\"]", "must be one of");
    refused("\"compressed\"]", "\"../compressed\"]", "export");
    refused("\"codec\": \"zstd\", ", "", "codec");
    refused("\"cwd\": \"/work/in\"", "\"cwd\": \"in\"", "cwd");
    refused("\"env\": {}", "\"env\": {\"A=B\": \"c\"}", "env");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_the_repository), cmocka_unit_test(accepts_no_corpus),
        cmocka_unit_test(accepts_a_store),        cmocka_unit_test(accepts_kept_output),
        cmocka_unit_test(spreads_groups),         cmocka_unit_test(canonical_text_ignores_order),
        cmocka_unit_test(states_durability),      cmocka_unit_test(refuses_shape),
        cmocka_unit_test(refuses_content),        cmocka_unit_test(carries_attempts),
    };

    return cmocka_run_group_tests_name("definition", tests, load, unload);
}
