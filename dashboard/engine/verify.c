/* SPDX-License-Identifier: MIT */
/*
 * `capbench verify DIR`: every figure of a run again from its raw data.
 * Invariant: says nothing reproduces unless all of it was compared; each difference is named with file,
 * place, stored and recomputed value.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "command.h"
#include "context.h"
#include "files.h"
#include "json.h"
#include "latency.h"
#include "measure.h"
#include "mem.h"
#include "replay.h"
#include "results.h"
#include "text.h"
#include "verifier.h"

static const char help[] =
    "usage: capbench verify DIR\n"
    "Recomputes every figure of DIR/results.json and DIR/comparisons.json from DIR/raw and DIR/events.jsonl, "
    "and asks the\n"
    "verifiers again about the artifacts that were kept. Each value that differs is named.\n"
    "Exit: 0 all reproduce, 1 something differs, 2 usage or no result directory.\n";

struct check {
    struct replay *r;
    const char *file; /* being compared, for messages */
    size_t differences, compared, artifacts;
};

static void differs(struct check *c, const char *place, const char *stored, const char *recomputed)
{
    char *a = text_escaped(stored, strlen(stored), 200),
         *b = text_escaped(recomputed, strlen(recomputed), 200);

    printf("%s: %s: stored %s, recomputed %s\n", c->file, place, a, b);
    c->differences++;
    free(a);
    free(b);
}

static void on_diff(void *ctx, const char *path, const char *stored, const char *recomputed)
{
    differs(ctx, path, stored, recomputed);
}

static size_t leaves(const cJSON *v)
{
    size_t n = 0;

    if (!v)
        return 0;
    if (!v->child)
        return 1;
    for (const cJSON *c = v->child; c; c = c->next)
        n += leaves(c);
    return n;
}

static void compare(struct check *c, const char *file, const char *place, const cJSON *stored,
                    const cJSON *again)
{
    c->file = file;
    c->compared += leaves(again);
    json_diff(stored, again, place, on_diff, c);
}

/* What is not a value but a rule or a file that cannot be read. */
static void complain(struct check *c, const char *file, const char *what)
{
    printf("%s: %s\n", file, what);
    c->differences++;
}

/* The event log has the marks, but not how programs ended and what they wrote. */
static void strip_unlogged(cJSON *marks)
{
    cJSON *m;

    cJSON_ArrayForEach(m, cJSON_GetObjectItemCaseSensitive(marks, "marks"))
    {
        cJSON_DeleteItemFromObjectCaseSensitive(m, "exitKind");
        cJSON_DeleteItemFromObjectCaseSensitive(m, "exitCode");
        cJSON_DeleteItemFromObjectCaseSensitive(m, "parts");
        cJSON_DeleteItemFromObjectCaseSensitive(m, "wroteBytes");
        cJSON_DeleteItemFromObjectCaseSensitive(m, "latency");
    }
}

/* marks.json against the raw channel and against the event log, and the rules it must satisfy. */
static void check_marks(struct check *c, const struct definition *d, const struct boot *b)
{
    char *file = mem_printf("raw/%s/marks.json", b->name), *why, rule[256];
    cJSON *raw = replay_marks(c->r, d, b, false, &why), *events, *bare;

    if (raw)
        compare(c, file, "", b->marks, raw);
    else if (b->status == RESULT_PASSED)
        complain(c, file, why);
    free(why);
    events = replay_marks(c->r, d, b, true, &why);
    bare = cJSON_Duplicate(b->marks, 1);
    strip_unlogged(bare);
    strip_unlogged(events);
    free(file);
    file = mem_printf("events.jsonl against raw/%s/marks.json", b->name);
    compare(c, file, "", events, bare);
    if (b->status == RESULT_PASSED &&
        (measure_check(b->marks, rule, sizeof rule) < 0 || measure_label(b->marks, rule, sizeof rule) < 0 ||
         latency_check(b->marks, rule, sizeof rule) < 0))
        complain(c, file, rule);
    free(why);
    free(file);
    cJSON_Delete(raw);
    cJSON_Delete(events);
    cJSON_Delete(bare);
}

/* Was it this artifact that failed the boot? */
static bool artifact_failed(const struct boot *b, bool second)
{
    static const char word[] = "second boot: ";
    bool later = b->reason && strncmp(b->reason, word, sizeof word - 1) == 0;

    return b->status == RESULT_FAILED && later == second;
}

/* A kept artifact, of the boot or (`second`) of the second one on its disk: its hash, and the verifier's
 * opinion. */
static void check_artifact(struct check *c, const struct definition *d, const struct boot *b, bool second)
{
    char *dir = mem_printf("%s/artifacts/%s%s", c->r->dir, b->name, second ? BOOT_REOPEN_SUFFIX : ""),
         *file = mem_printf("artifacts/%s%s", b->name, second ? BOOT_REOPEN_SUFFIX : "");
    char *case_path = mem_printf("%s/raw/%s%s/case.json", c->r->dir, b->name, second ? "/reopen" : ""),
         hash[DIGEST_HEX], *why = NULL;
    cJSON *verdict = NULL;

    if (files_is_dir(dir) && (second || b->artifact_hash[0])) {
        c->file = file;
        c->artifacts++;
        c->compared++;
        if (!second && (digest_tree(dir, "NONCE", hash) < 0 || strcmp(hash, b->artifact_hash) != 0))
            differs(c, "sha256", b->artifact_hash, hash);
        if (files_is_file(case_path)) {
            enum verifier_result got = verifier_run(d->verifier_kind, case_path, dir, &verdict, &why);

            if (got == VERIFIER_BROKEN)
                printf("%s: not verified again: %s\n", file, why);
            else if ((got == VERIFIER_PASSED) == artifact_failed(b, second))
                differs(c, "verdict", result_status_name(b->status), got == VERIFIER_PASSED ? "passed" : why);
        }
    }
    cJSON_Delete(verdict);
    free(why);
    free(case_path);
    free(file);
    free(dir);
}

static void check_boots(struct check *c, struct replay_work *w)
{
    for (int g = 0; g < 3; g++)
        for (size_t i = 0; i < w->cell[g].nboots; i++) {
            struct boot *b = w->cell[g].boot[i];
            char why[256] = "", *file = mem_printf("raw/%s/serial.log", b->name);
            int rc = replay_authority(c->r, w->d, b, why, sizeof why);

            if (rc < 0 && b->status == RESULT_PASSED)
                complain(c, file, why);
            free(file);
            check_marks(c, w->d, b);
            check_artifact(c, w->d, b, false);
            check_artifact(c, w->d, b, true);
        }
}

/* The configuration hash again, from the record's own account of ports and corpus. */
static void config_hash(const struct check *c, const struct cell *cell, const cJSON *context,
                        char hex[DIGEST_HEX])
{
    struct session s = {.size = c->r->size, .accel = c->r->accel};
    const char *sha = json_text(cJSON_GetObjectItemCaseSensitive(context, "corpus"), "sha256");
    struct corpus corpus = {0};
    cJSON *ports = cJSON_CreateObject();

    snprintf(corpus.sha256, sizeof corpus.sha256, "%s", sha ? sha : "");
    cJSON_AddItemToObject(ports, "ports",
                          cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(context, "ports"), 1));
    context_config_hash(&s, cell, &corpus, ports, hex);
    cJSON_Delete(ports);
}

static void check_record(struct check *c, const cJSON *stored, size_t index)
{
    const char *name = json_text(stored, "benchmarkName"), *guest = json_text(stored, "guest");
    struct replay_work *w = replay_find(c->r, name, json_text(stored, "backing"));
    const cJSON *context = cJSON_GetObjectItemCaseSensitive(stored, "context");
    char *place = mem_printf("records[%zu] (%s on %s)", index, name ? name : "?", guest ? guest : "?");
    char hash[DIGEST_HEX];
    enum guest_kind g;
    cJSON *again;

    if (!w || !guest || definition_guest_parse(guest, &g) < 0) {
        complain(c, "results.json", "a record of a workload or guest that was not run");
        free(place);
        return;
    }
    config_hash(c, &w->cell[g], context, hash);
    struct record_ids ids = {.run_id = c->r->run_id,
                             .size = definition_size_name(c->r->size),
                             .accelerator = guest_accel_name(c->r->accel),
                             .correctness_id = json_text(stored, "correctnessId"),
                             .config_hash = hash};

    again = results_record(&w->cell[g], &ids, context ? cJSON_Duplicate(context, 1) : NULL);
    compare(c, "results.json", place, stored, again);
    cJSON_Delete(again);
    free(place);
}

static void check_comparison(struct check *c, const cJSON *stored, size_t index)
{
    const char *name = json_text(stored, "benchmarkName"), *backing = json_text(stored, "backing");
    struct replay_work *w = replay_find(c->r, name, backing);
    struct record_ids ids = {.run_id = c->r->run_id,
                             .size = definition_size_name(c->r->size),
                             .accelerator = guest_accel_name(c->r->accel)};
    char *place = mem_printf("comparisons[%zu] (%s)", index, name ? name : "?");
    cJSON *again;

    if (!w) {
        complain(c, "comparisons.json", "a comparison of a workload that was not run");
        free(place);
        return;
    }
    again = results_comparison(&w->cell[GUEST_CAPOS], &w->cell[GUEST_LINUX], &ids, c->r->pairs,
                               results_seed(c->r->seed, name, backing), c->r->interrupted);
    compare(c, "comparisons.json", place, stored, again);
    cJSON_Delete(again);
    free(place);
}

/* Every cell with boots must have exactly one record. */
static void check_complete(struct check *c, const cJSON *records)
{
    for (size_t i = 0; i < c->r->nwork; i++)
        for (int g = 0; g < 3; g++) {
            size_t found = 0;
            const cJSON *r;

            cJSON_ArrayForEach(r, records)
            {
                const char *guest = json_text(r, "guest");
                const struct replay_work *w =
                    replay_find(c->r, json_text(r, "benchmarkName"), json_text(r, "backing"));

                found += guest && w == &c->r->work[i] &&
                         strcmp(guest, definition_guest_name((enum guest_kind)g)) == 0;
            }
            if (c->r->work[i].cell[g].nboots && found != 1)
                complain(c, "results.json",
                         found ? "a workload has two records for one guest"
                               : "a workload that was run has no record");
        }
}

static int check_file(struct check *c, const char *file, const char *list,
                      void (*each)(struct check *c, const cJSON *stored, size_t index))
{
    char *path = mem_printf("%s/%s", c->r->dir, file), *why;
    cJSON *o = json_load(path, &why);
    const cJSON *e, *records = cJSON_GetObjectItemCaseSensitive(o, list);
    size_t i = 0;

    if (!cJSON_IsArray(records)) {
        fprintf(stderr, "capbench verify: %s: %s\n", path, why ? why : "has no list of records");
        free(why);
        free(path);
        cJSON_Delete(o);
        return EXIT_USAGE;
    }
    cJSON_ArrayForEach(e, records)
    {
        each(c, e, i++);
    }
    if (strcmp(list, "records") == 0)
        check_complete(c, records);
    cJSON_Delete(o);
    free(path);
    return 0;
}

static int verify_dir(const char *dir)
{
    char *why;
    struct check c = {.r = replay_load(dir, &why)};
    int rc = 0;

    if (!c.r) {
        fprintf(stderr, "capbench verify: %s\n", why);
        free(why);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < c.r->nwork; i++)
        check_boots(&c, &c.r->work[i]);
    rc = check_file(&c, "results.json", "records", check_record);
    if (rc == 0)
        rc = check_file(&c, "comparisons.json", "comparisons", check_comparison);
    replay_free(c.r);
    if (rc != 0)
        return rc;
    if (c.differences) {
        printf("%zu differences\n", c.differences);
        return EXIT_CHECK;
    }
    printf("all %zu values reproduce; %zu artifacts verified again\n", c.compared, c.artifacts);
    return EXIT_FINE;
}

int command_verify(int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int opt;

    while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (opt != 'h')
            return command_usage_error("verify", "see above");
        fputs(help, stdout);
        return EXIT_FINE;
    }
    if (argc - optind != 1)
        return command_usage_error("verify", "exactly one result directory");
    return verify_dir(argv[optind]);
}
