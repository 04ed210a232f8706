/* SPDX-License-Identifier: MIT */
/*
 * Reading a run back; see replay.h.
 * Invariant: the event log decides which boots count and how they were judged; raw files decide their
 * figures.
 */
#include "replay.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/bench.h"
#include "authority.h"
#include "channel_raw.h"
#include "collect.h"
#include "command.h"
#include "files.h"
#include "guest_block.h"
#include "json.h"
#include "judge.h"
#include "mem.h"
#include "serial.h"

static bool event_is(const cJSON *e, const char *name)
{
    const char *t = json_text(e, "event");

    return t && strcmp(t, name) == 0;
}

/* The boot's event of that name, or NULL. */
static const cJSON *boot_event(const struct replay *r, unsigned number, const char *name)
{
    const cJSON *e;

    cJSON_ArrayForEach(e, r->events)
    {
        if (event_is(e, name) && json_number(e, "boot", -1) == number)
            return e;
    }
    return NULL;
}

/* "all", or the one backing that was asked for. */
static int read_backing(struct replay *r, const char *text)
{
    r->backing = BACKING_RAM;
    return strcmp(text, "all") == 0 ? 0 : definition_backing_parse(text, &r->backing);
}

static int read_start(struct replay *r, char **why)
{
    const cJSON *e = cJSON_GetArrayItem(r->events, 0);
    const char *id = json_text(e, "runId"), *size = json_text(e, "size"), *backing = json_text(e, "backing");
    const char *accel = json_text(e, "accelerator"), *seed = json_text(e, "seed");

    if (!event_is(e, "run_start") || !id || !size || !backing || !accel || !seed ||
        definition_size_parse(size, &r->size) < 0 || read_backing(r, backing) < 0 ||
        command_accel(accel, &r->accel) < 0) {
        *why = mem_printf("%s/events.jsonl does not begin with a run", r->dir);
        return -EINVAL;
    }
    snprintf(r->run_id, sizeof r->run_id, "%s", id);
    r->seed = strtoull(seed, NULL, 10);
    r->pairs = (unsigned)json_number(e, "pairs", 0);
    return 0;
}

/* Was this workload planned with this backing? Without a plan that says so: with the run's only one. */
static bool planned_with(const struct replay *r, const char *name, enum def_backing backing)
{
    const cJSON *e, *p;

    cJSON_ArrayForEach(e, r->events)
    {
        if (!event_is(e, "plan"))
            continue;
        cJSON_ArrayForEach(p, cJSON_GetObjectItemCaseSensitive(e, "workloads"))
        {
            const char *n = json_text(p, "name"), *b = json_text(p, "backing");

            if (n && b && strcmp(n, name) == 0 && strcmp(b, definition_backing_name(backing)) == 0)
                return true;
            if (n && !b && strcmp(n, name) == 0)
                return backing == r->backing;
        }
    }
    return false;
}

/* One workload for each backing that it was planned with. */
static int read_work(struct replay *r, const char *path, char **why)
{
    for (int b = 0; b < BACKING_COUNT; b++) {
        struct definition *d = definition_load(path, NULL, why);
        struct replay_work *w;

        if (!d)
            return -EINVAL;
        if (!planned_with(r, d->name, (enum def_backing)b)) {
            definition_free(d);
            continue;
        }
        r->work = mem_grow(r->work, r->nwork + 1, sizeof *r->work);
        w = &r->work[r->nwork++];
        *w = (struct replay_work){.d = d, .backing = (enum def_backing)b};
        for (int g = 0; g < 3; g++)
            w->cell[g] = (struct cell){.d = d, .guest = (enum guest_kind)g, .backing = w->backing};
    }
    return 0;
}

static int read_definitions(struct replay *r, char **why)
{
    char *dir = mem_printf("%s/raw/definitions", r->dir);
    struct files list;
    int rc = files_list(dir, &list);

    if (rc < 0)
        *why = mem_printf("%s: %s", dir, strerror(-rc));
    for (size_t i = 0; rc == 0 && i < list.n; i++) {
        char *path = mem_printf("%s/%s", dir, list.path[i]);

        rc = read_work(r, path, why);
        free(path);
    }
    files_free(&list);
    free(dir);
    return rc;
}

struct replay_work *replay_find(struct replay *r, const char *name, const char *backing)
{
    enum def_backing b = r->backing;

    if (backing && definition_backing_parse(backing, &b) < 0)
        return NULL;
    for (size_t i = 0; name && i < r->nwork; i++)
        if (strcmp(r->work[i].d->name, name) == 0 && r->work[i].backing == b)
            return &r->work[i];
    return NULL;
}

static char *dup_text(const cJSON *o, const char *key)
{
    return mem_dup(json_text(o, key));
}

/* A boot from its first and last event. NULL and *why when they do not fit together. */
static struct boot *read_boot(struct replay *r, const cJSON *end, struct replay_work **w, char **why)
{
    struct boot *b = mem_zalloc(sizeof *b);
    const cJSON *start, *inv, *diff = cJSON_GetObjectItemCaseSensitive(end, "firstDifference");
    const char *guest, *name = json_text(end, "name"), *hash = json_text(end, "artifactHash"), *tree;
    char *path, *bad = NULL;

    b->number = (unsigned)json_number(end, "boot", 0);
    start = boot_event(r, b->number, "boot_start");
    guest = json_text(start, "guest");
    tree = json_text(start, "treeHash");
    *w = replay_find(r, json_text(start, "workload"), json_text(start, "backing"));
    if (!*w || !guest || definition_guest_parse(guest, &b->guest) < 0 || !name || !files_path_safe(name) ||
        result_status_parse(json_text(end, "status"), &b->status) < 0) {
        *why = mem_printf("%s/events.jsonl: boot %u is not told whole", r->dir, b->number);
        boot_free(b);
        return NULL;
    }
    b->pair = (unsigned)json_number(start, "pair", 0);
    b->backing = (*w)->backing;
    (void)json_u64(end, "outputLines", &b->kept_lines);
    b->name = mem_dup(name);
    b->reason = dup_text(end, "reason");
    b->detail = dup_text(end, "detail");
    b->difference = diff ? cJSON_Duplicate(diff, 1) : NULL;
    snprintf(b->artifact_hash, sizeof b->artifact_hash, "%s", hash ? hash : "");
    snprintf(b->tree_hash, sizeof b->tree_hash, "%s", tree ? tree : "");
    b->hello_ms = json_number(end, "firstProcessMs", NAN);
    b->init_ms = json_number(end, "guestInitMs", NAN);
    b->repeated = boot_event(r, b->number, "boot_repeated") != NULL;
    inv = boot_event(r, b->number, "boot_invalidated");
    if (inv) {
        b->status = RESULT_INVALID;
        free(b->reason);
        free(b->detail);
        b->reason = dup_text(inv, "reason");
        b->detail = dup_text(inv, "detail");
    }
    path = mem_printf("%s/raw/%s/marks.json", r->dir, b->name);
    b->marks = json_load(path, &bad);
    if (!b->marks && b->status == RESULT_PASSED)
        *why = mem_printf("%s: %s", path, bad);
    free(bad);
    free(path);
    if (*why) {
        boot_free(b);
        return NULL;
    }
    return b;
}

static int read_boots(struct replay *r, char **why)
{
    const cJSON *e;

    cJSON_ArrayForEach(e, r->events)
    {
        struct replay_work *w;
        struct boot *b;
        struct cell *c;

        if (event_is(e, "run_end"))
            r->interrupted = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(e, "interrupted"));
        if (!event_is(e, "boot_end") || !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(e, "counts")))
            continue;
        b = read_boot(r, e, &w, why);
        if (!b)
            return -EINVAL;
        c = &w->cell[b->guest];
        c->boot = mem_grow(c->boot, c->nboots + 1, sizeof(struct boot *));
        c->boot[c->nboots++] = b;
    }
    return 0;
}

struct replay *replay_load(const char *dir, char **why)
{
    struct replay *r = mem_zalloc(sizeof *r);
    char *path = mem_printf("%s/events.jsonl", dir);

    *why = NULL;
    r->dir = mem_dup(dir);
    r->events = events_load(path, why);
    free(path);
    if (!r->events || read_start(r, why) < 0 || read_definitions(r, why) < 0 || read_boots(r, why) < 0) {
        replay_free(r);
        return NULL;
    }
    return r;
}

void replay_free(struct replay *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->nwork; i++) {
        for (int g = 0; g < 3; g++) {
            for (size_t k = 0; k < r->work[i].cell[g].nboots; k++)
                boot_free(r->work[i].cell[g].boot[k]);
            free(r->work[i].cell[g].boot);
        }
        definition_free(r->work[i].d);
    }
    free(r->work);
    cJSON_Delete(r->events);
    free(r->dir);
    free(r);
}

/* The disk's counters that were read at the k-th SYNC: that line of block.jsonl. What is missing there is
 * missing in the marks. */
static void block_line(FILE *f, uint64_t k, struct collect *c)
{
    struct guest_block_stats stats;
    char line[1024], *why = NULL;
    uint64_t number;
    cJSON *o = f && fgets(line, sizeof line, f) ? json_parse(line, strlen(line), &why) : NULL;

    if (json_u64(o, "sync", &number) == 0 && number == k && guest_block_get(o, &stats) == 0)
        collect_block(c, &stats);
    free(why);
    cJSON_Delete(o);
}

/* `sub`: "" or "/reopen", the second boot's folder. */
static int collect_raw(const struct replay *r, const struct definition *d, const struct boot *b,
                       const char *sub, struct collect *c)
{
    char *path = mem_printf("%s/raw/%s%s/bench.raw", r->dir, b->name, sub);
    char *block = mem_printf("%s/raw/%s%s/block.jsonl", r->dir, b->name, sub);
    unsigned char *payload = mem_zalloc(BENCH_MAX_PAYLOAD);
    struct channel_raw_head h;
    FILE *f = NULL, *counters = definition_disk(d, b->guest) ? fopen(block, "re") : NULL;
    int rc = channel_raw_open(path, &f);
    uint64_t syncs = 0;

    while (rc == 0 && (rc = channel_raw_next(f, &h, payload)) == 1) {
        if (!h.omitted)
            collect_frame(c, h.frame.type, h.frame.guest_ns, h.host_ns, payload, h.frame.len);
        if (h.frame.type == BENCH_SYNC)
            block_line(counters, syncs++, c);
        rc = 0;
    }
    if (f)
        fclose(f);
    if (counters)
        fclose(counters);
    free(block);
    free(payload);
    free(path);
    return rc;
}

static void collect_block_event(struct collect *c, const cJSON *e)
{
    struct guest_block_stats stats;

    if (guest_block_get(e, &stats) == 0)
        collect_block(c, &stats);
}

static void collect_event(struct collect *c, const cJSON *e)
{
    const char *what = json_text(e, "what");
    struct bench_mark m = {.iteration = (uint32_t)json_number(e, "iteration", 0),
                           .region = (uint32_t)json_number(e, "region", 0),
                           .warmup = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(e, "warmup"))};
    uint64_t guest, host;

    if (what && json_u64(e, "guestNs", &guest) == 0 && json_u64(e, "hostNs", &host) == 0)
        collect_frame(c, strcmp(what, "begin") == 0 ? BENCH_BEGIN : BENCH_END, guest, host, &m, sizeof m);
}

cJSON *replay_marks(const struct replay *r, const struct definition *d, const struct boot *b,
                    bool from_events, char **why)
{
    struct collect c = {0};
    cJSON *marks = NULL;
    const cJSON *e;
    int rc = 0;

    *why = NULL;
    if (from_events) {
        cJSON_ArrayForEach(e, r->events)
        {
            if (event_is(e, "mark") && json_number(e, "boot", -1) == b->number)
                collect_event(&c, e);
            else if (event_is(e, "block") && json_number(e, "boot", -1) == b->number)
                collect_block_event(&c, e);
        }
    } else {
        const cJSON *started = boot_event(r, b->number, "guest_started");

        if (json_u64(started, "hostNs", &c.start_host) < 0)
            rc = -EINVAL;
        else
            rc = collect_raw(r, d, b, "", &c);
    }
    if (rc < 0)
        *why = mem_printf("raw/%s/bench.raw: %s", b->name, strerror(-rc));
    else
        marks = collect_marks(&c, d, r->size, b->backing, b->guest, judge_guest_clock(b->guest, r->accel));
    collect_free(&c);
    return marks;
}

/* The kernel's account of a capOS boot, against the programs that are known to have run. */
static int kernel_again(const struct replay *r, const struct definition *d, const struct boot *b, bool reopen,
                        size_t runs, cJSON **out, char *why, size_t n)
{
    const char *sub = reopen ? "/reopen" : "";
    char *path = mem_printf("%s/raw/%s%s/serial.log", r->dir, b->name, sub), *text = NULL;
    struct serial_log *log = mem_zalloc(sizeof *log);
    size_t len, planned;
    int *program, rc;

    planned = judge_planned(d, r->size, reopen, &program);
    rc = files_read(path, 64u << 20, &text, &len);
    if (rc == 0) {
        serial_feed(log, text, len);
        rc = authority_capos(d, log, program, runs < planned ? runs : planned, out, why, n);
    } else {
        snprintf(why, n, "raw/%s%s/serial.log: %s", b->name, sub, strerror(-rc));
    }
    free(program);
    serial_free(log);
    free(log);
    free(text);
    free(path);
    return rc;
}

static int authority_again(const struct replay *r, const struct definition *d, struct boot *b, bool reopen,
                           cJSON **out, char *why, size_t n)
{
    struct collect c = {0};
    int rc = collect_raw(r, d, b, reopen ? "/reopen" : "", &c), made = 0;
    char other[256];

    if (rc < 0)
        snprintf(why, n, "raw/%s/bench.raw: %s", b->name, strerror(-rc));
    else if (b->guest == GUEST_CAPOS)
        rc = kernel_again(r, d, b, reopen, c.runs, out, why, n);
    else
        *out = authority_ambient(d);
    if (!reopen && *out) {
        made =
            attempts_judge(d, b->guest, &c.attempts, *out, rc == 0 ? why : other, rc == 0 ? n : sizeof other);
        b->resources = resources_build(*out, &c.resources);
    }
    collect_free(&c);
    return rc ? rc : made;
}

int replay_authority(const struct replay *r, const struct definition *d, struct boot *b, char *why, size_t n)
{
    char *second = mem_printf("%s/raw/%s/reopen", r->dir, b->name);
    cJSON *again = NULL;
    int rc = authority_again(r, d, b, false, &b->authority, why, n);

    if (rc == 0 && files_is_dir(second)) {
        rc = authority_again(r, d, b, true, &again, why, n);
        authority_second(b->authority, again);
    }
    free(second);
    return rc;
}
