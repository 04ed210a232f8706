/* SPDX-License-Identifier: MIT */
/*
 * Building result records; see results.h.
 * Invariant: every figure comes from measure.c, every status from results_status.
 */
#include "results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "latency.h"
#include "measure.h"
#include "mem.h"
#include "resources.h"

enum { STORY_TIER = 4 };

static const struct boot *first_with(const struct cell *c, enum result_status s)
{
    for (size_t i = 0; i < c->nboots; i++)
        if (c->boot[i]->status == s && !c->boot[i]->repeated)
            return c->boot[i];
    return NULL;
}

enum result_status results_status(const struct cell *c)
{
    char *why;
    enum result_status excuse = cell_excuse(c->d, c->guest, c->backing, &why);

    free(why);
    if (excuse != RESULT_PASSED)
        return excuse;
    if (first_with(c, RESULT_FAILED))
        return RESULT_FAILED;
    return c->nboots == 0 || first_with(c, RESULT_INVALID) ? RESULT_INVALID : RESULT_PASSED;
}

/* Marks of the passed boots, in boot order; the caller frees the array. */
static const cJSON **passed_marks(const struct cell *c, size_t *n)
{
    const cJSON **m = mem_zalloc((c->nboots + 1) * sizeof *m);

    *n = 0;
    for (size_t i = 0; i < c->nboots; i++)
        if (c->boot[i]->status == RESULT_PASSED)
            m[(*n)++] = c->boot[i]->marks;
    return m;
}

static void add_reason(cJSON *o, const char *key, const char *reason, const char *detail,
                       const struct boot *b)
{
    cJSON *r = cJSON_AddObjectToObject(o, key);

    json_add_text(r, "reason", reason);
    json_add_text(r, "detail", detail);
    if (b) {
        json_add_text(r, "boot", b->name);
        if (b->difference)
            cJSON_AddItemToObject(r, "firstDifference", cJSON_Duplicate(b->difference, 1));
    }
}

/* Is it an iteration that counts, and did every program that was timed in it end with 0? */
static void iteration_count(const cJSON *marks, uint64_t iteration, size_t regions, size_t *begun,
                            size_t *well)
{
    size_t some = 0, fine = 0;
    const cJSON *m;

    cJSON_ArrayForEach(m, cJSON_GetObjectItemCaseSensitive(marks, "marks"))
    {
        const char *kind = json_text(m, "exitKind");
        uint64_t i;

        if (json_u64(m, "iteration", &i) < 0 || i != iteration)
            continue;
        some++;
        fine += kind && strcmp(kind, "exited") == 0 && json_number(m, "exitCode", -1) == 0;
    }
    *begun += some > 0;
    *well += fine == regions;
}

/*
 * Of a story: how many of its iterations were begun and how many succeeded, warm-ups left out. In a boot that
 * failed although every iteration ended well (its output was rejected, say) none has succeeded.
 */
static void add_success(cJSON *o, const struct cell *c, enum result_status status)
{
    size_t attempts = 0, successes = 0, regions = definition_regions(c->d, NULL, 0);
    cJSON *rate;

    if (c->d->tier != STORY_TIER || (status != RESULT_PASSED && status != RESULT_FAILED))
        return;
    for (size_t i = 0; i < c->nboots; i++) {
        const struct boot *b = c->boot[i];
        uint64_t warmups, iterations;
        size_t begun = 0, well = 0;

        if (b->repeated || b->status == RESULT_INVALID || json_u64(b->marks, "warmups", &warmups) < 0 ||
            json_u64(b->marks, "iterations", &iterations) < 0)
            continue;
        for (uint64_t k = warmups; k < warmups + iterations; k++)
            iteration_count(b->marks, k, regions, &begun, &well);
        attempts += begun;
        successes += b->status == RESULT_PASSED || well < begun ? well : 0;
    }
    if (!attempts)
        return;
    rate = cJSON_AddObjectToObject(o, "successRate");
    json_add_u64(rate, "attempts", attempts);
    json_add_u64(rate, "successes", successes);
    cJSON_AddNumberToObject(rate, "rate", (double)successes / (double)attempts);
}

/* Peak memory of the programs of the passed boots. */
static void add_resources(cJSON *o, const struct cell *c)
{
    const cJSON **r = mem_zalloc((c->nboots + 1) * sizeof *r);
    cJSON *all;
    size_t n = 0;

    for (size_t i = 0; i < c->nboots; i++)
        if (c->boot[i]->status == RESULT_PASSED && c->boot[i]->resources)
            r[n++] = c->boot[i]->resources;
    all = resources_merge(r, n);
    if (all)
        cJSON_AddItemToObject(o, "resources", all);
    free(r);
}

static void add_outcome(cJSON *o, const struct cell *c, enum result_status status)
{
    const struct boot *b = first_with(c, status);
    const cJSON **marks;
    cJSON *m;
    char *why;
    size_t n;

    switch (status) {
    case RESULT_PASSED:
        marks = passed_marks(c, &n);
        m = measure_build(marks, n);
        if (m)
            cJSON_AddItemToObject(o, "measurement", m);
        if ((m = measure_block(marks, n)) != NULL)
            cJSON_AddItemToObject(o, "blockIo", m);
        if ((m = latency_build(marks, n)) != NULL)
            cJSON_AddItemToObject(o, "latency", m);
        add_resources(o, c);
        free(marks);
        break;
    case RESULT_FAILED:
        add_reason(o, "failure", b->reason, b->detail, b);
        break;
    case RESULT_INVALID:
        add_reason(o, "invalid", b ? b->reason : "no boot was finished", b ? b->detail : NULL, b);
        break;
    case RESULT_UNSUPPORTED:
    case RESULT_NOT_APPLICABLE:
        cell_excuse(c->d, c->guest, c->backing, &why);
        add_reason(o, status == RESULT_UNSUPPORTED ? "unsupported" : "notApplicable", why, NULL, NULL);
        free(why);
        break;
    }
}

/* The artifact hash all passed boots share, or that of the first boot that has one. */
static const char *cell_artifact(const struct cell *c, bool *same)
{
    const char *hash = NULL;

    *same = true;
    for (size_t i = 0; i < c->nboots; i++) {
        const char *h = c->boot[i]->artifact_hash;

        if (!*h)
            continue;
        if (hash && strcmp(hash, h) != 0)
            *same = false;
        hash = hash ? hash : h;
    }
    return hash;
}

static void add_boots(cJSON *o, const struct cell *c)
{
    cJSON *a = cJSON_AddArrayToObject(o, "boots");

    for (size_t i = 0; i < c->nboots; i++) {
        const struct boot *b = c->boot[i];
        cJSON *e = cJSON_CreateObject();

        json_add_text(e, "name", b->name);
        json_add_u64(e, "pair", b->pair);
        json_add_text(e, "status", result_status_name(b->status));
        if (b->repeated)
            cJSON_AddTrueToObject(e, "repeated");
        if (c->d->keep.program)
            json_add_u64(e, "outputLines", b->kept_lines);
        if (isfinite(b->hello_ms))
            cJSON_AddNumberToObject(e, "firstProcessMs", b->hello_ms);
        if (isfinite(b->init_ms))
            cJSON_AddNumberToObject(e, "guestInitMs", b->init_ms);
        cJSON_AddItemToArray(a, e);
    }
}

/* The label of a result whose programs were started or served by an interface of ours. */
static void note_extensions(struct buf *b, const struct cell *c)
{
    const cJSON *e;

    for (size_t i = 0; i < c->nboots; i++) {
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(c->boot[i]->authority, "extensions");

        if (!cJSON_GetArraySize(list))
            continue;
        buf_puts(b, "extension: used what the published ABI does not have:");
        for (e = list->child; e; e = e->next)
            buf_printf(b, " %s", json_text(e, "interface"));
        buf_puts(b, ". ");
        return;
    }
}

static void add_notes(cJSON *o, const struct cell *c, const struct record_ids *ids, bool same_artifact)
{
    struct buf b = {0};
    size_t repeated = 0;

    if (c->guest == GUEST_NATIVE)
        buf_puts(&b, "native host run: context only, never part of a ratio. ");
    else if (strcmp(ids->accelerator, "tcg") == 0)
        buf_puts(
            &b, "emulated processor (tcg): QEMU's software TLB grows only on full flushes, which alone moves "
                "memory-bound ratios by tens of per cent or more, either way; icount is the repeatable "
                "measure. ");
    else if (strcmp(ids->accelerator, "icount") == 0)
        buf_printf(&b, "virtual time: instructions executed (icount)%s. ",
                   c->backing == BACKING_STORE ? ", but for waits on the disk, which are timer artefacts"
                                               : "");
    for (size_t i = 0; i < c->nboots; i++)
        repeated += c->boot[i]->repeated;
    if (repeated)
        buf_printf(&b, "%zu boots were done again because guest and host clocks disagreed. ", repeated);
    if (!same_artifact)
        buf_puts(&b, "artifacts differ between boots. ");
    note_extensions(&b, c);
    if (c->d->notes)
        buf_puts(&b, c->d->notes);
    while (b.len && b.p[b.len - 1] == ' ')
        b.p[--b.len] = '\0';
    json_add_text(o, "notes", b.len ? b.p : "");
    buf_free(&b);
}

void results_add_durability(cJSON *o, const struct definition *d, enum def_backing backing)
{
    char *text = definition_durability(d, backing);

    json_add_text(o, "durability", text);
    free(text);
}

cJSON *results_record(const struct cell *c, const struct record_ids *ids, cJSON *context)
{
    enum result_status status = results_status(c);
    cJSON *o = cJSON_CreateObject();
    const struct boot *b = first_with(c, status);
    bool same;
    const char *artifact = cell_artifact(c, &same);

    json_add_text(o, "runId", ids->run_id);
    json_add_text(o, "benchmarkName", c->d->name);
    json_add_u64(o, "tier", c->d->tier);
    json_add_text(o, "status", result_status_name(status));
    json_add_text(o, "guest", definition_guest_name(c->guest));
    json_add_text(o, "size", ids->size);
    json_add_text(o, "backing", definition_backing_name(c->backing));
    results_add_durability(o, c->d, c->backing);
    json_add_text(o, "accelerator", c->guest == GUEST_NATIVE ? "native" : ids->accelerator);
    json_add_text(o, "correctnessId", ids->correctness_id);
    json_add_text(o, "configHash", ids->config_hash);
    json_add_text(o, "artifactHash", artifact);
    add_notes(o, c, ids, same);
    add_outcome(o, c, status);
    add_success(o, c, status);
    if (b && b->authority)
        cJSON_AddItemToObject(o, "authority", cJSON_Duplicate(b->authority, 1));
    add_boots(o, c);
    if (context)
        cJSON_AddItemToObject(o, "context", context);
    return o;
}

/* Marks of the pairs in which both boots passed; returns how many. */
static size_t paired_marks(const struct cell *a, const struct cell *b, const cJSON ***x, const cJSON ***y)
{
    size_t n = 0;

    *x = mem_zalloc((a->nboots + 1) * sizeof **x);
    *y = mem_zalloc((a->nboots + 1) * sizeof **y);
    for (size_t i = 0; i < a->nboots; i++)
        for (size_t k = 0; k < b->nboots; k++)
            if (a->boot[i]->pair == b->boot[k]->pair && a->boot[i]->status == RESULT_PASSED &&
                b->boot[k]->status == RESULT_PASSED) {
                (*x)[n] = a->boot[i]->marks;
                (*y)[n++] = b->boot[k]->marks;
                break;
            }
    return n;
}

static void add_stop(cJSON *o, size_t n, unsigned planned, bool interrupted, const char *broken)
{
    char *why;

    if (broken) {
        json_add_text(o, "stop", "no_ratio");
        json_add_text(o, "reason", broken);
        return;
    }
    json_add_text(o, "stop", interrupted && n < planned ? "interrupted" : "pairs");
    why = mem_printf("%zu of %u pairs%s", n, planned, n < 2 ? "; an interval needs at least 2" : "");
    json_add_text(o, "reason", why);
    free(why);
}

const char *results_no_ratio(const char *accelerator, const char *backing)
{
    if (accelerator && backing && strcmp(accelerator, "icount") == 0 && strcmp(backing, "store") == 0)
        return "under icount virtual time jumps to the guest's next timer while it waits for the disk: times "
               "of block I/O "
               "are timer artefacts; compare under tcg or kvm";
    return NULL;
}

cJSON *results_comparison(const struct cell *capos, const struct cell *linux_cell,
                          const struct record_ids *ids, unsigned planned, uint64_t seed, bool interrupted)
{
    enum result_status sa = results_status(capos), sb = results_status(linux_cell);
    cJSON *o = cJSON_CreateObject(), *r = NULL;
    const cJSON **x, **y;
    size_t n = paired_marks(capos, linux_cell, &x, &y);
    const char *never = results_no_ratio(ids->accelerator, definition_backing_name(capos->backing));
    char *broken = NULL;

    json_add_text(o, "benchmarkName", capos->d->name);
    json_add_text(o, "size", ids->size);
    json_add_text(o, "backing", definition_backing_name(capos->backing));
    results_add_durability(o, capos->d, capos->backing);
    json_add_text(o, "accelerator", ids->accelerator);
    json_add_text(o, "of", "capos/linux");
    cJSON_AddBoolToObject(o, "lowerIsBetter", capos->d->lower_is_better);
    if (sa != RESULT_PASSED || sb != RESULT_PASSED)
        broken = mem_printf("capos %s, linux %s", result_status_name(sa), result_status_name(sb));
    else if (never)
        broken = mem_dup(never);
    else if (!(r = measure_ratio(x, y, n, seed)))
        broken = mem_dup("no pair was finished on both guests");
    if (r) {
        cJSON *item;

        while ((item = r->child))
            cJSON_AddItemToObject(o, item->string, cJSON_DetachItemViaPointer(r, item));
        cJSON_Delete(r);
    } else {
        cJSON_AddNullToObject(o, "ratio");
        cJSON_AddNullToObject(o, "interval");
        json_add_u64(o, "pairs", 0);
    }
    add_stop(o, n, planned, interrupted, broken);
    free(broken);
    free(x);
    free(y);
    return o;
}

uint64_t results_seed(uint64_t run_seed, const char *workload, const char *backing)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a, only to tell workloads apart */

    for (; *workload; workload++)
        h = (h ^ (unsigned char)*workload) * UINT64_C(0x100000001b3);
    return run_seed ^ (backing && strcmp(backing, "ram") != 0 ? ~h : h);
}
