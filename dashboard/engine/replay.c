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

static int read_start(struct replay *r, char **why)
{
    const cJSON *e = cJSON_GetArrayItem(r->events, 0);
    const char *id = json_text(e, "runId"), *size = json_text(e, "size"), *backing = json_text(e, "backing");
    const char *accel = json_text(e, "accelerator"), *seed = json_text(e, "seed");

    if (!event_is(e, "run_start") || !id || !size || !backing || !accel || !seed ||
        definition_size_parse(size, &r->size) < 0 || definition_backing_parse(backing, &r->backing) < 0 ||
        command_accel(accel, &r->accel) < 0) {
        *why = mem_printf("%s/events.jsonl does not begin with a run", r->dir);
        return -EINVAL;
    }
    snprintf(r->run_id, sizeof r->run_id, "%s", id);
    r->seed = strtoull(seed, NULL, 10);
    r->pairs = (unsigned)json_number(e, "pairs", 0);
    return 0;
}

static int read_definitions(struct replay *r, char **why)
{
    char *dir = mem_printf("%s/raw/definitions", r->dir);
    struct files list;
    int rc = files_list(dir, &list);

    if (rc < 0)
        *why = mem_printf("%s: %s", dir, strerror(-rc));
    r->work = mem_zalloc((list.n + 1) * sizeof *r->work);
    for (size_t i = 0; rc == 0 && i < list.n; i++) {
        char *path = mem_printf("%s/%s", dir, list.path[i]);
        struct replay_work *w = &r->work[r->nwork];

        w->d = definition_load(path, NULL, why);
        if (w->d)
            r->nwork++;
        else
            rc = -EINVAL;
        for (int g = 0; g < 3; g++)
            w->cell[g] = (struct cell){.d = w->d, .guest = (enum guest_kind)g};
        free(path);
    }
    files_free(&list);
    free(dir);
    return rc;
}

struct replay_work *replay_find(struct replay *r, const char *name)
{
    for (size_t i = 0; name && i < r->nwork; i++)
        if (strcmp(r->work[i].d->name, name) == 0)
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
    *w = replay_find(r, json_text(start, "workload"));
    if (!*w || !guest || definition_guest_parse(guest, &b->guest) < 0 || !name || !files_path_safe(name) ||
        result_status_parse(json_text(end, "status"), &b->status) < 0) {
        *why = mem_printf("%s/events.jsonl: boot %u is not told whole", r->dir, b->number);
        boot_free(b);
        return NULL;
    }
    b->pair = (unsigned)json_number(start, "pair", 0);
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

static int collect_raw(const struct replay *r, const struct boot *b, struct collect *c)
{
    char *path = mem_printf("%s/raw/%s/bench.raw", r->dir, b->name);
    unsigned char *payload = mem_zalloc(BENCH_MAX_PAYLOAD);
    struct channel_raw_head h;
    FILE *f = NULL;
    int rc = channel_raw_open(path, &f);

    while (rc == 0 && (rc = channel_raw_next(f, &h, payload)) == 1) {
        if (!h.omitted)
            collect_frame(c, h.frame.type, h.frame.guest_ns, h.host_ns, payload, h.frame.len);
        rc = 0;
    }
    if (f)
        fclose(f);
    free(payload);
    free(path);
    return rc;
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
        }
    } else {
        const cJSON *started = boot_event(r, b->number, "guest_started");

        if (json_u64(started, "hostNs", &c.start_host) < 0)
            rc = -EINVAL;
        else
            rc = collect_raw(r, b, &c);
    }
    if (rc < 0)
        *why = mem_printf("raw/%s/bench.raw: %s", b->name, strerror(-rc));
    else
        marks = collect_marks(&c, d, r->size, judge_guest_clock(b->guest, r->accel));
    collect_free(&c);
    return marks;
}

int replay_authority(const struct replay *r, const struct definition *d, struct boot *b, char *why, size_t n)
{
    char *path = mem_printf("%s/raw/%s/serial.log", r->dir, b->name), *text;
    struct serial_log *log = mem_zalloc(sizeof *log);
    struct collect c = {0};
    size_t len, planned;
    int *program, rc;

    if (b->guest != GUEST_CAPOS) {
        b->authority = authority_ambient(d);
        free(log);
        free(path);
        return 0;
    }
    rc = files_read(path, 64u << 20, &text, &len);
    if (rc == 0)
        serial_feed(log, text, len);
    else
        snprintf(why, n, "raw/%s/serial.log: %s", b->name, strerror(-rc));
    if (rc == 0)
        rc = collect_raw(r, b, &c);
    planned = judge_planned(d, r->size, &program);
    if (rc == 0)
        rc = authority_capos(d, log, program, c.runs < planned ? c.runs : planned, &b->authority, why, n);
    free(program);
    collect_free(&c);
    serial_free(log);
    free(log);
    free(text);
    free(path);
    return rc;
}
