/* SPDX-License-Identifier: MIT */
/* Resource use; see resources.h. Invariant: numbers come from the kernels alone. */
#include "resources.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"

enum { FRAME_KIB = 4 };

static struct resources_use *use_of(struct resources *r, const char *program)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->use[i].program, program) == 0)
            return &r->use[i];
    if (r->n >= RESOURCES_MAX)
        return NULL;
    r->use = mem_grow(r->use, r->n + 1, sizeof *r->use);
    r->use[r->n] = (struct resources_use){0};
    snprintf(r->use[r->n].program, sizeof r->use[r->n].program, "%s", program);
    return &r->use[r->n++];
}

static void use_add(struct resources *r, const char *program, uint64_t runs, uint64_t peak_kib)
{
    struct resources_use *u = use_of(r, program);

    if (!u)
        return;
    u->runs += runs;
    u->peak_kib = peak_kib > u->peak_kib ? peak_kib : u->peak_kib;
}

void resources_stat(struct resources *r, const char *text, size_t len)
{
    char line[256], program[64];
    uint64_t kib;

    if (len >= sizeof line || memchr(text, '\0', len))
        return;
    snprintf(line, sizeof line, "%.*s", (int)len, text);
    if (sscanf(line, "program=%63[a-zA-Z0-9_-] max_rss_kib=%15" SCNu64, program, &kib) == 2)
        use_add(r, program, 1, kib);
}

void resources_free(struct resources *r)
{
    free(r->use);
    *r = (struct resources){0};
}

static cJSON *resources_json(const struct resources *r, const char *source, const char *peak)
{
    cJSON *o = cJSON_CreateObject(), *programs;

    json_add_text(o, "source", source);
    json_add_text(o, "peak", peak);
    programs = cJSON_AddArrayToObject(o, "programs");
    for (size_t i = 0; i < r->n; i++) {
        cJSON *e = cJSON_CreateObject();

        json_add_text(e, "name", r->use[i].program);
        json_add_u64(e, "runs", r->use[i].runs);
        json_add_u64(e, "peakKiB", r->use[i].peak_kib);
        cJSON_AddItemToArray(programs, e);
    }
    return o;
}

cJSON *resources_build(const cJSON *authority, const struct resources *r)
{
    const char *source = json_text(authority, "source");
    struct resources kernel = {0};
    const cJSON *p;
    cJSON *o;

    if (!source || strcmp(source, "kernel") != 0)
        return resources_json(
            r, "wait4", "largest resident set of the program, or of one that it started and waited for");
    cJSON_ArrayForEach(p, cJSON_GetObjectItemCaseSensitive(authority, "programs"))
    {
        const char *name = json_text(p, "name");
        uint64_t runs, frames;

        if (name && json_u64(p, "runs", &runs) == 0 && runs && json_u64(p, "peakFrames", &frames) == 0)
            use_add(&kernel, name, runs, frames * FRAME_KIB);
    }
    o = resources_json(&kernel, "kernel",
                       "most memory charged to the program, or to one that it started, at once");
    resources_free(&kernel);
    return o;
}

cJSON *resources_merge(const cJSON *const *boots, size_t n)
{
    struct resources all = {0};
    const char *source = NULL, *peak = NULL;
    cJSON *o = NULL;

    for (size_t i = 0; i < n; i++) {
        const cJSON *p;

        source = source ? source : json_text(boots[i], "source");
        peak = peak ? peak : json_text(boots[i], "peak");
        cJSON_ArrayForEach(p, cJSON_GetObjectItemCaseSensitive(boots[i], "programs"))
        {
            uint64_t runs, kib;

            if (json_text(p, "name") && json_u64(p, "runs", &runs) == 0 && json_u64(p, "peakKiB", &kib) == 0)
                use_add(&all, json_text(p, "name"), runs, kib);
        }
    }
    if (all.n)
        o = resources_json(&all, source, peak);
    resources_free(&all);
    return o;
}
