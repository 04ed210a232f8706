/* SPDX-License-Identifier: MIT */
/*
 * The events `plan` and `context`; see announce.h.
 * Invariant: built from the same definitions and session that the run uses.
 */
#include "announce.h"

#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "json.h"
#include "mem.h"
#include "results.h"

bool announce_wanted(const struct session *s, const struct definition *d, enum guest_kind guest,
                     enum def_backing backing)
{
    return s->guest[guest] && cell_runs(d, guest, backing);
}

static void add_regions(cJSON *o, const struct definition *d)
{
    size_t n = definition_regions(d, NULL, 0);
    int *program = mem_zalloc(n * sizeof *program);
    cJSON *a = cJSON_AddArrayToObject(o, "regions");

    definition_regions(d, program, n);
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(a, cJSON_CreateString(d->programs[program[i]].id));
    free(program);
}

static void add_guests(cJSON *o, const struct session *s, const struct definition *d,
                       enum def_backing backing)
{
    cJSON *expect = cJSON_AddObjectToObject(o, "expectSeconds"),
          *not_run = cJSON_AddObjectToObject(o, "notRun");

    for (int g = 0; g < 3; g++) {
        enum guest_kind guest = (enum guest_kind)g;
        enum result_status excuse;
        char *reason;
        cJSON *why;

        if (!s->guest[g])
            continue;
        excuse = cell_excuse(d, guest, backing, &reason);
        if (excuse == RESULT_PASSED) {
            cJSON_AddNumberToObject(expect, definition_guest_name(guest), boot_expect(s, d, guest, backing));
            continue;
        }
        why = cJSON_AddObjectToObject(not_run, definition_guest_name(guest));
        json_add_text(why, "status", result_status_name(excuse));
        json_add_text(why, "reason", reason);
        free(reason);
    }
}

void announce_plan(struct session *s, const struct definition *const *d, const enum def_backing *backing,
                   size_t n)
{
    cJSON *e = events_new(&s->events, "plan"), *a = cJSON_AddArrayToObject(e, "workloads");

    for (size_t i = 0; i < n; i++) {
        cJSON *o = cJSON_CreateObject();

        json_add_text(o, "name", d[i]->name);
        json_add_text(o, "backing", definition_backing_name(backing[i]));
        results_add_durability(o, d[i], backing[i]);
        json_add_text(o, "title", d[i]->title);
        json_add_u64(o, "tier", d[i]->tier);
        json_add_text(o, "unit", d[i]->unit);
        cJSON_AddBoolToObject(o, "lowerIsBetter", d[i]->lower_is_better);
        json_add_u64(o, "warmups", d[i]->warmups);
        json_add_u64(o, "iterations", d[i]->iterations[s->size]);
        add_regions(o, d[i]);
        json_add_text(o, "verifier", d[i]->verifier_kind);
        json_add_text(o, "golden", d[i]->golden);
        add_guests(o, s, d[i], backing[i]);
        cJSON_AddItemToArray(a, o);
    }
    events_add(&s->events, e);
}

void announce_context(struct session *s, const cJSON *ports, const struct corpus *const *corpora, size_t n)
{
    cJSON *e = events_new(&s->events, "context"), *a;

    cJSON_AddItemToObject(e, "host", cJSON_Duplicate(s->host, 1));
    if (ports)
        cJSON_AddItemToObject(e, "ports", cJSON_Duplicate(ports, 1));
    json_add_text(e, "guestCpu", GUEST_CPU);
    a = cJSON_AddArrayToObject(e, "corpora");
    for (size_t i = 0; i < n; i++) {
        cJSON *o;
        bool seen = false;

        for (size_t k = 0; k < i; k++)
            seen |= strcmp(corpora[k]->sha256, corpora[i]->sha256) == 0;
        if (seen)
            continue;
        o = cJSON_CreateObject();
        json_add_text(o, "set", corpora[i]->set);
        json_add_text(o, "size", corpora[i]->size);
        json_add_u64(o, "bytes", corpora[i]->bytes);
        json_add_text(o, "sha256", corpora[i]->sha256);
        cJSON_AddItemToArray(a, o);
    }
    events_add(&s->events, e);
}
