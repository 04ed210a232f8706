/* SPDX-License-Identifier: MIT */
/*
 * Scanning result folders; see history.h.
 * Invariant: entries are in the order of their run ids, which begin with the time of the run.
 */
#include "history.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "json.h"
#include "mem.h"

static void add(struct history *h, const char *run_id, const cJSON *c)
{
    const cJSON *i = cJSON_GetObjectItemCaseSensitive(c, "interval");
    struct history_entry *e;

    if (!json_text(c, "benchmarkName") || h->n >= HISTORY_ENTRIES)
        return;
    h->entry = mem_grow(h->entry, h->n + 1, sizeof *h->entry);
    e = &h->entry[h->n++];
    *e = (struct history_entry){.run_id = mem_dup(run_id),
                                .workload = mem_dup(json_text(c, "benchmarkName")),
                                .size = mem_dup(json_text(c, "size")),
                                .backing = mem_dup(json_text(c, "backing")),
                                .accel = mem_dup(json_text(c, "accelerator")),
                                .stop = mem_dup(json_text(c, "stop")),
                                .ratio = json_number(c, "ratio", NAN),
                                .low = NAN,
                                .high = NAN,
                                .pairs = (unsigned)json_number(c, "pairs", 0)};
    if (cJSON_GetArraySize(i) == 2 && cJSON_IsNumber(i->child) && cJSON_IsNumber(i->child->next)) {
        e->low = i->child->valuedouble;
        e->high = i->child->next->valuedouble;
    }
    if (!(e->ratio > 0) || !(e->pairs < 1000000))
        e->ratio = NAN;
}

static void add_run(struct history *h, const char *name)
{
    char *path = mem_printf("%s/%s/comparisons.json", h->dir, name), *why = NULL;
    cJSON *o;
    const cJSON *c, *list;

    if (files_is_file(path)) {
        o = json_load(path, &why);
        list = cJSON_GetObjectItemCaseSensitive(o, "comparisons");
        if (cJSON_IsArray(list) && json_text(o, "runId")) {
            h->runs++;
            cJSON_ArrayForEach(c, list)
            {
                add(h, json_text(o, "runId"), c);
            }
        } else {
            h->unreadable++;
        }
        cJSON_Delete(o);
        free(why);
    }
    free(path);
}

static int visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

/* By run id, which begins with the time of the run. */
static int by_run(const void *a, const void *b)
{
    const struct history_entry *x = a, *y = b;

    return strcmp(x->run_id, y->run_id);
}

struct history *history_load(const char *dir)
{
    struct history *h = mem_zalloc(sizeof *h);
    struct dirent **name = NULL;
    int n;

    h->dir = mem_dup(dir);
    n = scandir(dir, &name, visible, alphasort);
    for (int i = 0; i < n; i++) {
        if (n - i <= (int)HISTORY_RUNS)
            add_run(h, name[i]->d_name);
        free(name[i]);
    }
    free(name);
    if (h->n)
        qsort(h->entry, h->n, sizeof *h->entry, by_run);
    return h;
}

void history_free(struct history *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->n; i++) {
        struct history_entry *e = &h->entry[i];
        char *text[] = {e->run_id, e->workload, e->size, e->backing, e->accel, e->stop};

        for (size_t k = 0; k < sizeof text / sizeof text[0]; k++)
            free(text[k]);
    }
    free(h->entry);
    free(h->dir);
    free(h);
}
