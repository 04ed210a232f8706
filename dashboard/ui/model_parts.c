/* SPDX-License-Identifier: MIT */
/*
 * Pieces of the fold; see model_parts.h. Also model_init and model_free.
 * Invariant: model_free frees exactly what the fold allocates.
 */
#include "model_parts.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"

char *part_cut_to(const char *s, size_t max)
{
    size_t n = strnlen(s, max);
    char *out = mem_zalloc(n + 1);

    memcpy(out, s, n);
    return out;
}

char *part_cut(const char *s)
{
    return part_cut_to(s, MODEL_TEXT);
}

void part_text(char **slot, const cJSON *e, const char *key)
{
    const char *s = json_text(e, key);

    if (!s)
        return;
    free(*slot);
    *slot = part_cut(s);
}

void part_push(char ***list, size_t *n, const char *s)
{
    *list = mem_grow(*list, *n + 1, sizeof(char *));
    (*list)[(*n)++] = part_cut(s);
}

void part_free_list(char ***list, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        free((*list)[i]);
    free(*list);
    *list = NULL;
    *n = 0;
}

const char *part_guest_name(int guest)
{
    static const char *const names[] = {"capos", "linux", "native"};

    return names[guest];
}

int part_guest(const char *name)
{
    for (int k = 0; name && k < 3; k++)
        if (strcmp(name, part_guest_name(k)) == 0)
            return k;
    return -1;
}

enum model_status part_status(const char *word)
{
    static const struct {
        const char *word;
        enum model_status s;
    } all[] = {{"passed", MS_PASSED},
               {"failed", MS_FAILED},
               {"invalid", MS_INVALID},
               {"unsupported", MS_UNSUPPORTED},
               {"not_applicable", MS_NA}};

    for (size_t i = 0; word && i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].word, word) == 0)
            return all[i].s;
    return MS_NONE;
}

static const char *backing_of(const struct model *m, const cJSON *e)
{
    const char *said = json_text(e, "backing");

    return said ? said : m->backing ? m->backing : "ram";
}

struct model_work *part_find(const struct model *m, const cJSON *e, const char *key)
{
    const char *name = json_text(e, key), *backing = backing_of(m, e);

    for (size_t i = 0; name && i < m->nworks; i++)
        if (strncmp(m->work[i]->name, name, MODEL_TEXT) == 0 &&
            strncmp(m->work[i]->backing, backing, MODEL_TEXT) == 0)
            return m->work[i];
    return NULL;
}

struct model_work *part_work(struct model *m, const cJSON *e, const char *key)
{
    struct model_work *w = part_find(m, e, key);
    const char *name = json_text(e, key);

    if (w || !name || !*name)
        return w;
    if (m->nworks >= MODEL_WORKS) {
        m->dropped++;
        return NULL;
    }
    w = mem_zalloc(sizeof *w);
    w->name = part_cut(name);
    w->backing = part_cut(backing_of(m, e));
    w->label =
        strcmp(w->backing, "ram") == 0 ? mem_dup(w->name) : mem_printf("%s %.20s", w->name, w->backing);
    w->lower_is_better = true;
    m->work = mem_grow(m->work, m->nworks + 1, sizeof(struct model_work *));
    m->work[m->nworks++] = w;
    return w;
}

static void free_boot(struct model_boot *b)
{
    char *text[] = {b->name,          b->step,    b->reason, b->detail,   b->guest_end,
                    b->artifact_hash, b->verdict, b->nonce,  b->tree_hash};

    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        free(text[i]);
    cJSON_Delete(b->difference);
    cJSON_Delete(b->authority);
    cJSON_Delete(b->latency);
    cJSON_Delete(b->resources);
    part_free_list(&b->log, &b->nlog);
    free(b->sample);
    free(b);
}

static void free_work(struct model_work *w)
{
    char *text[] = {w->name, w->title,   w->unit,       w->verifier, w->golden,
                    w->diff, w->backing, w->durability, w->label};

    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        free(text[i]);
    for (size_t i = 0; i < w->nregions; i++)
        free(w->region[i]);
    for (int g = 0; g < 3; g++) {
        struct model_cell *c = &w->cell[g];

        for (size_t i = 0; i < c->nboots; i++)
            free_boot(c->boot[i]);
        free(c->boot);
        free(c->not_run_reason);
        part_free_list(&c->argv, &c->nargv);
    }
    free(w);
}

void model_init(struct model *m)
{
    *m = (struct model){0};
}

void model_free(struct model *m)
{
    char *text[] = {m->run_id,    m->size,    m->backing, m->accel,
                    m->accel_why, m->version, m->command, m->input_changed};

    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        free(text[i]);
    for (size_t i = 0; i < m->nworks; i++)
        free_work(m->work[i]);
    free(m->work);
    for (size_t i = 0; i < m->ninputs; i++) {
        free(m->input[i].path);
        free(m->input[i].sha256);
    }
    free(m->input);
    cJSON_Delete(m->context);
    model_init(m);
}
