/* SPDX-License-Identifier: MIT */
/*
 * The run itself: pairs of boots, workload by workload; see run.h.
 * Invariant: one guest at a time; a workload that fails or is invalid is not tried again, and its pair is
 * completed.
 */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "announce.h"
#include "boot.h"
#include "command.h"
#include "context.h"
#include "files.h"
#include "interrupt.h"
#include "json.h"
#include "mem.h"
#include "results.h"
#include "schedule.h"
#include "table.h"
#include "text.h"

#define CLOCK_RETRIES 4u

/* A workload with one of its backings. */
struct work {
    const struct definition *d;
    enum def_backing backing;
    struct corpus *corpus;
    struct cell cell[3]; /* by enum guest_kind */
    char *diff;          /* of the two command lines; NULL: not compared */
    char golden[DIGEST_HEX];
};

struct run {
    struct session *s;
    struct work *work;
    size_t nwork;
    cJSON *ports;
    int exit;
};

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "capbench run: %s: %s\n", what, why);
    return EXIT_HARNESS;
}

/* The result directory cannot be used. */
static int out_fail(const struct run *r, const char *what, int rc)
{
    fprintf(stderr, "capbench run: %s: %s: %s; make room or choose another --out\n", r->s->dir, what,
            strerror(-rc));
    return EXIT_HARNESS;
}

/* The worse exit code wins: harness, then verifier, then fine. */
static void worsen(struct run *r, int code)
{
    if (code == EXIT_HARNESS || (code == EXIT_CHECK && r->exit == EXIT_FINE))
        r->exit = code;
}

static int add_input(struct run *r, char *path, const char *how)
{
    const char *sha = NULL;
    int rc = inputs_add(&r->s->inputs, path, &sha);
    cJSON *e;

    if (rc < 0) {
        fprintf(stderr, "capbench run: %s: %s (%s)\n", path, strerror(-rc), how);
        free(path);
        return EXIT_HARNESS;
    }
    e = events_new(&r->s->events, "input");
    json_add_text(e, "path", path);
    json_add_text(e, "sha256", sha);
    events_add(&r->s->events, e);
    free(path);
    return 0;
}

static int add_guest_inputs(struct run *r, enum guest_kind guest)
{
    char *kernel = context_kernel_path(guest);

    if (kernel && add_input(r, kernel, "make it with: make build") != 0)
        return EXIT_HARNESS;
    return add_input(r, context_agent_path(guest), "make it with: make build");
}

static int add_work_inputs(struct run *r, struct work *w)
{
    char *why, *golden = mem_printf("%s/verifiers/golden/%s.json", files_root_dir(), w->d->golden);

    if (digest_file(golden, w->golden) < 0)
        w->golden[0] = '\0';
    if (add_input(r, golden, "goldens are made with: make goldens") != 0)
        return EXIT_HARNESS;
    if (add_input(r, mem_printf("%s/verifiers/verify_%s", files_build_dir(), w->d->verifier_kind),
                  "make it with: make build") != 0)
        return EXIT_HARNESS;
    for (int g = 0; g < 3; g++)
        for (size_t i = 0; r->s->guest[g] && i < w->d->nprograms; i++)
            if (w->d->programs[i].program &&
                add_input(r, boot_program_path(&w->d->programs[i], (enum guest_kind)g),
                          "make it with: make build") != 0)
                return EXIT_HARNESS;
    for (size_t i = 0; i < w->d->nscripts; i++)
        if (add_input(r, boot_script_path(w->d->scripts[i]), "\"scripts\" names files below workloads/") != 0)
            return EXIT_HARNESS;
    if (corpus_check(w->corpus, &why) < 0) {
        int rc = fail("inputs", why);

        free(why);
        return rc;
    }
    for (size_t i = 0; i < w->corpus->n; i++)
        if (add_input(r, mem_dup(w->corpus->file[i].path), "make it with: make build") != 0)
            return EXIT_HARNESS;
    return 0;
}

static bool cell_wanted(const struct run *r, const struct work *w, enum guest_kind g)
{
    return announce_wanted(r->s, w->d, g, w->backing);
}

static double work_expect(const struct session *s, const struct work *w, enum guest_kind g)
{
    return boot_expect(s, w->d, g, w->backing);
}

static void remove_artifacts(const struct session *s, const struct boot *b)
{
    static const char *const suffix[] = {"", BOOT_REOPEN_SUFFIX};

    for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
        char *path = mem_printf("%s/artifacts/%s%s", s->dir, b->name, suffix[i]);

        (void)files_remove(path);
        free(path);
    }
}

/* Only the newest passed artifact and the first one that did not pass are kept. */
static void prune_artifacts(const struct session *s, const struct cell *c)
{
    const struct boot *last = c->boot[c->nboots - 1];
    bool bad_before = false;

    for (size_t i = 0; i + 1 < c->nboots; i++) {
        const struct boot *b = c->boot[i];

        bad_before |= b->status != RESULT_PASSED;
        if (b->status == RESULT_PASSED && last->status == RESULT_PASSED)
            remove_artifacts(s, b);
    }
    if (last->status != RESULT_PASSED && bad_before)
        remove_artifacts(s, last);
}

/* One boot into its cell; false when the run has to stop. */
static bool run_boot_once(struct run *r, struct work *w, enum guest_kind g, unsigned pair)
{
    struct session *s = r->s;
    struct cell *c = &w->cell[g];
    struct boot *b;
    char *line =
        mem_printf("%s%s on %s, pair %u/%u", w->d->name, w->backing == BACKING_STORE ? " (store)" : "",
                   definition_guest_name(g), pair + 1, s->pairs);

    progress_boot(&s->progress, line, work_expect(s, w, g));
    free(line);
    b = boot_run(s, c, w->corpus, pair);
    line = b->reason ? mem_printf("%s: %s%s%s", result_status_name(b->status), b->reason,
                                  b->detail ? ": " : "", b->detail ? b->detail : "")
                     : mem_dup(result_status_name(b->status));
    progress_boot_end(&s->progress, b->seconds, b->interrupted ? "interrupted" : line);
    free(line);
    if (b->interrupted) {
        s->interrupted = true;
        boot_free(b);
        return false;
    }
    c->boot = mem_grow(c->boot, c->nboots + 1, sizeof(struct boot *));
    c->boot[c->nboots++] = b;
    prune_artifacts(s, c);
    return !interrupt_seen();
}

/*
 * A boot whose clocks disagree says that the host was disturbed, nothing about the guest: it is done again,
 * at most CLOCK_RETRIES times, and stays in the log as repeated.
 */
static bool run_boot(struct run *r, struct work *w, enum guest_kind g, unsigned pair)
{
    struct cell *c = &w->cell[g];
    bool go = true;

    for (unsigned k = 0; go; k++) {
        struct boot *b;
        cJSON *e;

        go = run_boot_once(r, w, g, pair);
        b = c->nboots ? c->boot[c->nboots - 1] : NULL;
        if (!go || !b || !b->clocks_disagree || k == CLOCK_RETRIES)
            break;
        b->repeated = true;
        e = events_new(&r->s->events, "boot_repeated");
        json_add_u64(e, "boot", b->number);
        events_add(&r->s->events, e);
        progress_plan(&r->s->progress, work_expect(r->s, w, g));
    }
    return go;
}

static void invalidate(struct session *s, struct boot *b, const char *reason, const char *detail)
{
    cJSON *e;

    if (b->status != RESULT_PASSED)
        return;
    b->status = RESULT_INVALID;
    b->reason = mem_dup(reason);
    b->detail = text_escaped(detail, strlen(detail), 600);
    e = events_new(&s->events, "boot_invalidated");
    json_add_u64(e, "boot", b->number);
    json_add_text(e, "reason", b->reason);
    json_add_text(e, "detail", b->detail);
    events_add(&s->events, e);
}

/* Both guests must have been given the same tree, and command lines that differ only where the allow-list
 * says. */
static void compare_pair(struct run *r, struct work *w)
{
    struct cell *a = &w->cell[GUEST_CAPOS], *b = &w->cell[GUEST_LINUX];
    cJSON *e;
    int beyond;

    if (a->nboots == 0 || b->nboots == 0 || !a->boot[a->nboots - 1]->argv[0] ||
        !b->boot[b->nboots - 1]->argv[0])
        return;
    if (strcmp(a->boot[a->nboots - 1]->tree_hash, b->boot[b->nboots - 1]->tree_hash) != 0) {
        invalidate(r->s, a->boot[a->nboots - 1], "the guests were given different data", "");
        invalidate(r->s, b->boot[b->nboots - 1], "the guests were given different data", "");
    }
    free(w->diff);
    w->diff = NULL;
    beyond = guest_argv_diff(a->boot[a->nboots - 1]->argv, b->boot[b->nboots - 1]->argv, &w->diff);
    e = events_new(&r->s->events, "command_lines");
    json_add_text(e, "workload", w->d->name);
    json_add_text(e, "backing", definition_backing_name(w->backing));
    json_add_text(e, "diff", w->diff);
    cJSON_AddNumberToObject(e, "beyondAllowList", beyond);
    events_add(&r->s->events, e);
    if (beyond != 0) {
        invalidate(r->s, a->boot[a->nboots - 1], "command lines differ beyond the allow-list",
                   w->diff ? w->diff : "");
        invalidate(r->s, b->boot[b->nboots - 1], "command lines differ beyond the allow-list",
                   w->diff ? w->diff : "");
    }
}

static bool work_broken(const struct work *w)
{
    for (int g = 0; g < 3; g++)
        for (size_t i = 0; i < w->cell[g].nboots; i++)
            if (w->cell[g].boot[i]->status != RESULT_PASSED && !w->cell[g].boot[i]->repeated)
                return true;
    return false;
}

/* Takes the boots of the pairs that will not happen off the estimate. */
static void drop_pairs(struct run *r, const struct work *w, unsigned pairs)
{
    for (int g = 0; g < 3; g++)
        for (unsigned p = 0; cell_wanted(r, w, (enum guest_kind)g) && p < pairs; p++)
            progress_drop(&r->s->progress, work_expect(r->s, w, (enum guest_kind)g));
}

static bool run_work(struct run *r, struct work *w, size_t index)
{
    struct session *s = r->s;
    bool *swapped = mem_zalloc(s->pairs * sizeof *swapped), go = true;

    schedule_abba(s->seed, index, swapped, s->pairs);
    for (unsigned p = 0; p < s->pairs && go; p++) {
        enum guest_kind order[] = {swapped[p] ? GUEST_LINUX : GUEST_CAPOS,
                                   swapped[p] ? GUEST_CAPOS : GUEST_LINUX, GUEST_NATIVE};

        for (int k = 0; k < 3 && go; k++)
            if (cell_wanted(r, w, order[k]))
                go = run_boot(r, w, order[k], p);
        compare_pair(r, w);
        if (work_broken(w)) {
            drop_pairs(r, w, s->pairs - p - 1);
            break;
        }
    }
    free(swapped);
    return go;
}

static cJSON *top(const struct run *r)
{
    cJSON *o = cJSON_CreateObject();
    char seed[24];

    snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->s->seed);
    json_add_u64(o, "schema", 1);
    json_add_text(o, "runId", r->s->run_id);
    json_add_text(o, "seed", seed);
    cJSON_AddBoolToObject(o, "interrupted", r->s->interrupted);
    return o;
}

static cJSON *work_record(struct run *r, struct work *w, enum guest_kind g, struct record_ids *ids)
{
    struct session *s = r->s;
    const struct cell *other =
        g == GUEST_NATIVE ? NULL : &w->cell[g == GUEST_CAPOS ? GUEST_LINUX : GUEST_CAPOS];
    char config[DIGEST_HEX],
        *correct = mem_printf("%s:%s:sha256-%s", w->d->verifier_kind, w->d->golden, w->golden);
    cJSON *o;

    context_config_hash(s, &w->cell[g], w->corpus, r->ports, config);
    ids->config_hash = config;
    ids->correctness_id = correct;
    o = results_record(
        &w->cell[g], ids,
        context_record(s, &w->cell[g], other && other->nboots ? other : NULL, w->corpus, r->ports, w->diff));
    free(correct);
    return o;
}

/* Writes both result files from what is finished; *results and *comparisons get the objects (caller deletes).
 */
static int write_results(struct run *r, cJSON **results, cJSON **comparisons)
{
    struct session *s = r->s;
    struct record_ids ids = {.run_id = s->run_id,
                             .size = definition_size_name(s->size),
                             .accelerator = guest_accel_name(s->accel)};
    cJSON *records, *list;
    char *path;
    int rc;

    *results = top(r);
    *comparisons = top(r);
    records = cJSON_AddArrayToObject(*results, "records");
    list = cJSON_AddArrayToObject(*comparisons, "comparisons");
    for (size_t i = 0; i < r->nwork; i++) {
        struct work *w = &r->work[i];
        bool any = false;

        for (int g = 0; g < 3; g++) {
            if (!s->guest[g] || (w->cell[g].nboots == 0 && cell_wanted(r, w, (enum guest_kind)g)))
                continue;
            any = true;
            cJSON_AddItemToArray(records, work_record(r, w, (enum guest_kind)g, &ids));
        }
        if (any && s->guest[GUEST_CAPOS] && s->guest[GUEST_LINUX])
            cJSON_AddItemToArray(
                list,
                results_comparison(&w->cell[GUEST_CAPOS], &w->cell[GUEST_LINUX], &ids, s->pairs,
                                   results_seed(s->seed, w->d->name, definition_backing_name(w->backing)),
                                   s->interrupted));
    }
    path = mem_printf("%s/results.json", s->dir);
    rc = json_write(path, *results);
    free(path);
    path = mem_printf("%s/comparisons.json", s->dir);
    if (rc == 0)
        rc = json_write(path, *comparisons);
    free(path);
    return rc;
}

static void write_results_only(struct run *r)
{
    cJSON *a, *b;
    int rc = write_results(r, &a, &b);

    if (rc < 0)
        worsen(r, out_fail(r, "cannot write the results", rc));
    cJSON_Delete(a);
    cJSON_Delete(b);
}

static void event_run_start(struct run *r, char *const *command)
{
    struct session *s = r->s;
    cJSON *e = events_new(&s->events, "run_start"), *a = cJSON_AddArrayToObject(e, "command"), *guests;
    char seed[24];

    for (size_t i = 0; command[i]; i++) {
        char *text = text_escaped(command[i], strlen(command[i]), 1000);

        cJSON_AddItemToArray(a, cJSON_CreateString(text));
        free(text);
    }
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)s->seed);
    json_add_u64(e, "schema", 1);
    json_add_text(e, "version", CAPBENCH_VERSION);
    json_add_text(e, "runId", s->run_id);
    json_add_text(e, "size", definition_size_name(s->size));
    json_add_text(e, "backing", s->backing_asked ? definition_backing_name(s->backing) : "all");
    json_add_text(e, "accelerator", guest_accel_name(s->accel));
    json_add_text(e, "acceleratorWhy", s->accel_why);
    json_add_u64(e, "pairs", s->pairs);
    json_add_text(e, "seed", seed);
    guests = cJSON_AddArrayToObject(e, "guests");
    for (int g = 0; g < 3; g++)
        if (s->guest[g])
            cJSON_AddItemToArray(guests, cJSON_CreateString(definition_guest_name((enum guest_kind)g)));
    events_add(&s->events, e);
}

/* The definitions as used, so that a result directory stands alone. */
static int keep_definitions(struct run *r)
{
    int rc = 0;

    for (size_t i = 0; i < r->nwork && rc == 0; i++) {
        char *path = mem_printf("%s/raw/definitions/%s.json", r->s->dir, r->work[i].d->name),
             *slash = strrchr(path, '/');

        *slash = '\0';
        rc = files_mkdir(path);
        *slash = '/';
        if (rc == 0)
            rc = files_write_atomic(path, r->work[i].d->canonical, strlen(r->work[i].d->canonical));
        free(path);
    }
    return rc;
}

static void announce(struct run *r)
{
    const struct definition **d = mem_zalloc((r->nwork + 1) * sizeof *d);
    const struct corpus **c = mem_zalloc((r->nwork + 1) * sizeof *c);
    enum def_backing *b = mem_zalloc((r->nwork + 1) * sizeof *b);

    for (size_t i = 0; i < r->nwork; i++) {
        d[i] = r->work[i].d;
        b[i] = r->work[i].backing;
        c[i] = r->work[i].corpus;
    }
    announce_plan(r->s, d, b, r->nwork);
    announce_context(r->s, r->ports, c, r->nwork);
    free(d);
    free(c);
    free(b);
}

static bool backing_wanted(const struct session *s, const struct definition *d, enum def_backing b)
{
    return s->backing_asked ? b == s->backing : d->backing[b];
}

static int add_work(struct run *r, const struct definition *d, enum def_backing backing)
{
    struct session *s = r->s;
    struct work *w = &r->work[r->nwork];
    char *why;

    w->d = d;
    w->backing = backing;
    for (int g = 0; g < 3; g++)
        w->cell[g] = (struct cell){.d = d, .guest = (enum guest_kind)g, .backing = backing};
    w->corpus = corpus_load(d->corpus, definition_size_name(s->size), &why);
    if (!w->corpus) {
        int rc = fail(d->name, why);

        free(why);
        return rc;
    }
    r->nwork++;
    if (add_work_inputs(r, w) != 0)
        return EXIT_HARNESS;
    for (int g = 0; g < 3; g++)
        for (unsigned p = 0; cell_wanted(r, w, (enum guest_kind)g) && p < s->pairs; p++)
            progress_plan(&s->progress, work_expect(s, w, (enum guest_kind)g));
    return 0;
}

static int prepare(struct run *r, const struct catalog *sel, char *const *command)
{
    struct session *s = r->s;
    char *path;
    int rc = files_mkdir(s->dir);

    if (rc < 0)
        return out_fail(r, "cannot make the result directory", rc);
    disk_images_sweep(s->dir);
    path = mem_printf("%s/events.jsonl", s->dir);
    rc = events_create(&s->events, path);
    free(path);
    if (rc == -EEXIST)
        return fail(s->dir, "already holds a run; choose another --out");
    if (rc < 0)
        return out_fail(r, "cannot write there", rc);
    event_run_start(r, command);
    s->host = context_host();
    r->ports = context_ports();
    for (int g = 0; g < 3; g++)
        if (s->guest[g] && add_guest_inputs(r, (enum guest_kind)g) != 0)
            return EXIT_HARNESS;
    for (size_t i = 0; i < sel->n; i++)
        for (int b = 0; b < BACKING_COUNT; b++)
            if (backing_wanted(s, sel->d[i], (enum def_backing)b) &&
                add_work(r, sel->d[i], (enum def_backing)b) != 0)
                return EXIT_HARNESS;
    announce(r);
    rc = keep_definitions(r);
    return rc < 0 ? out_fail(r, "cannot keep the definitions", rc) : EXIT_FINE;
}

/* Last look at the inputs, exit code, closing event. */
static void conclude(struct run *r)
{
    struct session *s = r->s;
    char changed[512];
    cJSON *e;

    if (inputs_check(&s->inputs, true, changed, sizeof changed) != 0) {
        e = events_new(&s->events, "input_changed");
        json_add_text(e, "path", changed);
        events_add(&s->events, e);
        for (size_t i = 0; i < r->nwork; i++)
            for (int g = 0; g < 3; g++)
                for (size_t k = 0; k < r->work[i].cell[g].nboots; k++)
                    invalidate(s, r->work[i].cell[g].boot[k], "an input changed during the run", changed);
    }
    for (size_t i = 0; i < r->nwork; i++)
        for (int g = 0; g < 3; g++) {
            struct cell *c = &r->work[i].cell[g];
            enum result_status st = results_status(c);

            if (!s->guest[g] || (c->nboots == 0 && cell_wanted(r, &r->work[i], (enum guest_kind)g)))
                continue;
            if (st == RESULT_FAILED || (st == RESULT_UNSUPPORTED && c->d->unsupported_fails))
                worsen(r, EXIT_CHECK);
            if (st == RESULT_INVALID)
                worsen(r, EXIT_HARNESS);
        }
    if (s->interrupted || interrupt_seen()) {
        s->interrupted = true;
        r->exit = EXIT_INTERRUPTED;
    }
}

static void show(struct run *r, const cJSON *results, const cJSON *comparisons)
{
    const cJSON *records = cJSON_GetObjectItemCaseSensitive(results, "records");
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(comparisons, "comparisons");
    char *text;
    cJSON *o;

    if (!r->s->json) {
        table_print(stdout, records, list);
        if (r->s->interrupted)
            puts("interrupted: what was finished is kept");
        printf("results: %s\n", r->s->dir);
        return;
    }
    o = top(r);
    json_add_text(o, "dir", r->s->dir);
    json_add_u64(o, "exit", (uint64_t)r->exit);
    cJSON_AddItemToObject(o, "records", cJSON_Duplicate(records, 1));
    cJSON_AddItemToObject(o, "comparisons", cJSON_Duplicate(list, 1));
    text = cJSON_Print(o);
    puts(text ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(o);
}

static void finish(struct run *r)
{
    struct session *s = r->s;
    cJSON *e, *results, *comparisons;
    int rc;

    conclude(r);
    rc = write_results(r, &results, &comparisons);
    if (rc < 0)
        worsen(r, out_fail(r, "cannot write the results", rc));
    e = events_new(&s->events, "run_end");
    cJSON_AddBoolToObject(e, "interrupted", s->interrupted);
    json_add_u64(e, "exit", (uint64_t)r->exit);
    events_add(&s->events, e);
    progress_end(&s->progress);
    rc = events_close(&s->events);
    if (rc < 0)
        worsen(r, fail("event log", strerror(-rc)));
    show(r, results, comparisons);
    cJSON_Delete(results);
    cJSON_Delete(comparisons);
}

static void run_free(struct run *r)
{
    for (size_t i = 0; i < r->nwork; i++) {
        struct work *w = &r->work[i];

        for (int g = 0; g < 3; g++) {
            for (size_t k = 0; k < w->cell[g].nboots; k++)
                boot_free(w->cell[g].boot[k]);
            free(w->cell[g].boot);
        }
        corpus_free(w->corpus);
        free(w->diff);
    }
    free(r->work);
    cJSON_Delete(r->ports);
    cJSON_Delete(r->s->host);
    inputs_free(&r->s->inputs);
    disk_images_end(&r->s->disks);
}

int run_session(struct session *s, const struct catalog *sel, char *const *command)
{
    struct run r = {.s = s, .work = mem_zalloc((BACKING_COUNT * sel->n + 1) * sizeof *r.work)};
    bool go = true;

    progress_start(&s->progress, !s->quiet);
    r.exit = prepare(&r, sel, command);
    if (r.exit == EXIT_FINE) {
        for (size_t i = 0; i < r.nwork && go; i++) {
            go = run_work(&r, &r.work[i], i);
            write_results_only(&r);
        }
        finish(&r);
    } else {
        progress_end(&s->progress);
        (void)events_close(&s->events);
    }
    run_free(&r);
    return r.exit;
}
