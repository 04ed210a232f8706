/* SPDX-License-Identifier: MIT */
/*
 * What can be asked of a definition, and the names of its choices; reading one is definition_parse.c.
 * Invariant: no function here changes a definition.
 */
#include "definition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "mem.h"

static const char *const size_names[] = {"smoke", "standard", "long"};
static const char *const backing_names[] = {"ram", "store"};
static const char *const guest_names[] = {"capos", "linux", "native"};

static int name_index(const char *const *names, int n, const char *s)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], s) == 0)
            return i;
    return -EINVAL;
}

const char *definition_size_name(enum def_size size)
{
    return size_names[size];
}

int definition_size_parse(const char *s, enum def_size *out)
{
    int i = name_index(size_names, SIZE_COUNT, s);

    if (i >= 0)
        *out = (enum def_size)i;
    return i < 0 ? i : 0;
}

const char *definition_backing_name(enum def_backing backing)
{
    return backing_names[backing];
}

int definition_backing_parse(const char *s, enum def_backing *out)
{
    int i = name_index(backing_names, BACKING_COUNT, s);

    if (i >= 0)
        *out = (enum def_backing)i;
    return i < 0 ? i : 0;
}

char *definition_durability(const struct definition *d, enum def_backing backing)
{
    if (backing != BACKING_STORE)
        return mem_dup("none: gone with the guest");
    return mem_printf("fsync: safe after power loss once acknowledged%s%s", d->durability ? "; " : "",
                      d->durability ? d->durability : "");
}

bool definition_disk(const struct definition *d, enum guest_kind guest)
{
    return d->backing[BACKING_STORE] && guest != GUEST_NATIVE;
}

const char *definition_guest_name(enum guest_kind guest)
{
    return guest_names[guest];
}

int definition_guest_parse(const char *s, enum guest_kind *out)
{
    int i = name_index(guest_names, 3, s);

    if (i >= 0)
        *out = (enum guest_kind)i;
    return i < 0 ? i : 0;
}

int definition_program(const struct definition *d, const char *id)
{
    for (size_t i = 0; i < d->nprograms; i++)
        if (strcmp(d->programs[i].id, id) == 0)
            return (int)i;
    return -1;
}

size_t definition_regions(const struct definition *d, int *program, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < d->iteration.n; i++) {
        if (strcmp(d->iteration.step[i].word[0], "timed") != 0)
            continue;
        if (program && n < max)
            program[n] = definition_program(d, d->iteration.step[i].word[1]);
        n++;
    }
    return n;
}

size_t definition_runs(const struct definition *d, const struct def_steps *s, int *program, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->step[i].word[0], "timed") != 0 && strcmp(s->step[i].word[0], "run") != 0)
            continue;
        if (program && n < max)
            program[n] = definition_program(d, s->step[i].word[1]);
        n++;
    }
    return n;
}

static void free_texts(char **t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(t[i]);
    free(t);
}

static void free_steps(struct def_steps *s)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->step[i].nwords; k++)
            free(s->step[i].word[k]);
    free(s->step);
}

static void free_exports(struct def_exports *x)
{
    for (size_t i = 0; i < x->n; i++) {
        free(x->pair[i][0]);
        free(x->pair[i][1]);
    }
    free(x->pair);
}

static void free_program(struct def_program *p)
{
    free(p->id);
    free(p->group);
    free(p->port);
    free(p->program);
    free(p->path);
    free(p->cwd);
    free_texts(p->args, p->nargs);
    free_texts(p->env, p->nenv);
    for (size_t i = 0; i < p->ncaps; i++) {
        free(p->caps[i].name);
        free(p->caps[i].kind);
        free(p->caps[i].path);
        free(p->caps[i].only);
    }
    free(p->caps);
}

void definition_free(struct definition *d)
{
    if (!d)
        return;
    free(d->file);
    free(d->name);
    free(d->title);
    free(d->unit);
    free(d->notes);
    free_texts(d->ports, d->nports);
    free(d->corpus);
    free(d->durability);
    for (size_t i = 0; i < d->nprograms; i++)
        free_program(&d->programs[i]);
    free(d->programs);
    free_steps(&d->setup);
    free_steps(&d->iteration);
    free_steps(&d->after);
    free_exports(&d->exports);
    free(d->session.program);
    free(d->session.prompt);
    free(d->session.as);
    free_texts(d->session.keys, d->session.nkeys);
    free(d->keep.program);
    free(d->keep.as);
    free_texts(d->keep.skip, d->keep.nskip);
    free_steps(&d->reopen);
    free_exports(&d->reopen_exports);
    free(d->verifier_kind);
    free(d->codec);
    free(d->suffix);
    free(d->golden);
    cJSON_Delete(d->normalise);
    for (size_t i = 0; i < d->nattempts; i++) {
        free(d->attempts[i].name);
        free(d->attempts[i].expected);
    }
    free(d->attempts);
    free_texts(d->scripts, d->nscripts);
    free_texts(d->nondeterminism, d->nnondeterminism);
    for (int g = 0; g < 3; g++) {
        free(d->not_applicable[g]);
        free(d->unsupported[g]);
    }
    free(d->canonical);
    free(d);
}
