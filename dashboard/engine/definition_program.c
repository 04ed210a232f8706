/* SPDX-License-Identifier: MIT */
/*
 * Reading the programs of a definition against the closed schema; see definition.h and workloads/README.md.
 * Invariant: a program with "each" becomes one program an item, so that nothing after the reading knows of
 * it.
 */
#include "definition_parse.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kinds.h"
#include "mem.h"

/* The programs a spawner may start, as the plan names them: separated by commas. */
static char *parse_only(struct schema *s, const cJSON *v, const char *at, const char *kind)
{
    struct buf b = {0};
    size_t n = 0;
    char **names;

    if (!schema_ok(s) || !cJSON_HasObjectItem(v, "only"))
        return NULL;
    if (strcmp(kind, "process_spawner") != 0) {
        schema_error(s, at, "\"only\" is for the kind process_spawner");
        return NULL;
    }
    names = schema_texts(s, v, at, "only", 1, 64, &n);
    for (size_t i = 0; i < n; i++) {
        if (strpbrk(names[i], ",/ "))
            schema_error(s, at, "\"only\" holds names of programs in /bin, without , / and space");
        buf_printf(&b, "%s%s", i ? "," : "", names[i]);
        free(names[i]);
    }
    free(names);
    return buf_take(&b);
}

static void parse_cap(struct schema *s, const cJSON *v, const char *at, struct def_cap *cap)
{
    static const char *const keys[] = {"name", "kind", "path", "mode", "only", NULL};
    char *mode;

    if (!schema_object(s, v, at, keys, 1))
        return;
    cap->name = schema_text(s, v, at, "name", 32);
    cap->kind = schema_optional_text(s, v, at, "kind", 63);
    cap->path = schema_optional_text(s, v, at, "path", 255);
    mode = schema_optional_text(s, v, at, "mode", 2);
    if (schema_ok(s) && !cap->kind)
        cap->kind = mem_dup(cap->name);
    if (schema_ok(s) && !schema_word(cap->name, false))
        schema_error(s, at, "a capability's name is made of a-z, 0-9, _ and -");
    if (schema_ok(s) && !kind_find(cap->kind)) {
        char *list = kind_list(), *allowed = mem_printf("unknown kind \"%s\"; one of: %s", cap->kind, list);

        schema_error(s, at, allowed);
        free(allowed);
        free(list);
    }
    if (schema_ok(s) && cap->path && (strcmp(cap->kind, "directory") != 0 || !schema_absolute(cap->path)))
        schema_error(s, at, "\"path\" is for the kind directory, absolute, without . and ..");
    if (schema_ok(s) && (!cap->path != !mode || (mode && strcmp(mode, "ro") != 0 && strcmp(mode, "rw") != 0)))
        schema_error(s, at, "\"mode\" is \"ro\" or \"rw\" and goes with \"path\"");
    cap->read_only = mode && strcmp(mode, "ro") == 0;
    if (schema_ok(s))
        cap->only = parse_only(s, v, at, cap->kind);
    free(mode);
}

static void parse_caps(struct schema *s, const cJSON *v, const char *at, struct def_program *p)
{
    const cJSON *caps = cJSON_GetObjectItemCaseSensitive(v, "capabilities");

    if (!schema_ok(s))
        return;
    if (!cJSON_IsArray(caps) || (unsigned)cJSON_GetArraySize(caps) > DEF_MAX) {
        schema_error(s, at, "\"capabilities\" must be an array of at most 64 objects");
        return;
    }
    p->caps = mem_zalloc(((size_t)cJSON_GetArraySize(caps) + 1) * sizeof *p->caps);
    for (const cJSON *c = caps->child; c && schema_ok(s); c = c->next) {
        char *key = mem_printf("%s.capabilities[%zu]", at, p->ncaps);

        parse_cap(s, c, key, &p->caps[p->ncaps++]);
        for (size_t i = 0; schema_ok(s) && i + 1 < p->ncaps; i++)
            if (strcmp(p->caps[i].name, p->caps[p->ncaps - 1].name) == 0)
                schema_error(s, key, "a capability's name must be unique within its program");
        free(key);
    }
}

static void parse_env(struct schema *s, const cJSON *v, const char *at, struct def_program *p)
{
    const cJSON *env = cJSON_GetObjectItemCaseSensitive(v, "env");

    if (!schema_ok(s))
        return;
    if (!cJSON_IsObject(env) || (unsigned)cJSON_GetArraySize(env) > DEF_MAX) {
        schema_error(s, at, "\"env\" must be an object of at most 64 texts");
        return;
    }
    p->env = mem_zalloc(((size_t)cJSON_GetArraySize(env) + 1) * sizeof *p->env);
    for (const cJSON *c = env->child; c && schema_ok(s); c = c->next) {
        if (!cJSON_IsString(c) || !*c->string || strchr(c->string, '='))
            schema_error(s, at, "\"env\" must map names without \"=\" to texts");
        else
            p->env[p->nenv++] = mem_printf("%s=%s", c->string, c->valuestring);
    }
}

/* "@corpus:FMT" needs exactly one %s and no other %; "@size:A,B,C" three texts, none empty. */
static bool argument_fine(const char *arg)
{
    const char *p;
    unsigned commas = 0;

    if (strncmp(arg, "@size:", 6) == 0) {
        for (p = arg + 6; *p; p++) {
            if (*p == ',' && (p[-1] == ',' || p == arg + 6 || !p[1]))
                return false;
            commas += *p == ',';
        }
        return commas == SIZE_COUNT - 1;
    }
    if (strncmp(arg, "@corpus:", 8) != 0)
        return arg[0] != '@';
    p = strchr(arg, '%');
    return p && p[1] == 's' && !strchr(p + 1, '%');
}

/* What is started: a port's program, or a file that the workload itself has made. */
static void parse_what(struct schema *s, const cJSON *v, const char *at, const struct definition *d,
                       struct def_program *p)
{
    bool known = false;

    p->path = schema_optional_text(s, v, at, "path", 255);
    if (p->path) {
        if (cJSON_GetObjectItemCaseSensitive(v, "port") || cJSON_GetObjectItemCaseSensitive(v, "program"))
            schema_error(s, at, "\"path\" stands in place of \"port\" and \"program\"");
        if (schema_ok(s) && (!schema_absolute(p->path) || strncmp(p->path, "/work/", 6) != 0))
            schema_error(s, at, "\"path\" is a file below /work that an earlier step has made");
        return;
    }
    p->port = schema_text(s, v, at, "port", 63);
    p->program = schema_text(s, v, at, "program", 63);
    for (size_t i = 0; schema_ok(s) && i < d->nports; i++)
        known |= strcmp(d->ports[i], p->port) == 0;
    if (schema_ok(s) && !known)
        schema_error(s, at, "\"port\" must be one of the definition's \"ports\"");
    if (schema_ok(s) && !schema_word(p->program, false))
        schema_error(s, at, "\"program\" is a file name made of a-z, 0-9, _ and -");
}

static void parse_one(struct schema *s, const cJSON *v, const char *id, const char *group,
                      struct definition *d)
{
    static const char *const keys[] = {"args", "cwd", "env", "capabilities", "port", "program", "path", NULL};
    char *at = mem_printf("programs.%s", id);
    struct def_program *p;

    d->programs = mem_grow(d->programs, d->nprograms + 1, sizeof *d->programs);
    p = &d->programs[d->nprograms++];
    *p = (struct def_program){.id = mem_dup(id), .group = group ? mem_dup(group) : NULL};
    if (!schema_word(p->id, false) || strlen(p->id) > 31)
        schema_error(s, at, "a program's id is made of a-z, 0-9, _ and -, at most 31");
    for (size_t i = 0; i + 1 < d->nprograms; i++)
        if (strcmp(d->programs[i].id, id) == 0 ||
            (d->programs[i].group && strcmp(d->programs[i].group, id) == 0))
            schema_error(s, at, "a program's id must be unique, with those that \"each\" makes");
    if (schema_object(s, v, at, keys, 4)) {
        parse_what(s, v, at, d, p);
        p->args = schema_texts(s, v, at, "args", 0, 1000, &p->nargs);
        p->cwd = schema_text(s, v, at, "cwd", 255);
        parse_env(s, v, at, p);
        parse_caps(s, v, at, p);
    }
    if (schema_ok(s) && !schema_absolute(p->cwd))
        schema_error(s, at, "\"cwd\" must be an absolute path without . and ..");
    for (size_t i = 0; schema_ok(s) && i < p->nargs; i++)
        if (!argument_fine(p->args[i]))
            schema_error(s, at,
                         "an argument that starts with @ is \"@corpus:FMT\" with exactly one %s in FMT, "
                         "or \"@size:SMOKE,STANDARD,LONG\"");
    free(at);
}

/* Puts `item` in the place of every "@each" in a text. */
static void each_text(cJSON *text, const char *item)
{
    struct buf b = {0};
    const char *from = text->valuestring, *at;

    if (!strstr(from, "@each"))
        return;
    for (; (at = strstr(from, "@each")); from = at + 5) {
        buf_add(&b, from, (size_t)(at - from));
        buf_puts(&b, item);
    }
    buf_puts(&b, from);
    cJSON_SetValuestring(text, b.p);
    buf_free(&b);
}

static void parse_program(struct schema *s, const cJSON *v, struct definition *d)
{
    const cJSON *each = cJSON_GetObjectItemCaseSensitive(v, "each");
    size_t n = 0;
    char **items;

    if (!each) {
        parse_one(s, v, v->string, NULL, d);
        return;
    }
    items = schema_texts(s, v, v->string, "each", 1, DEF_MAX, &n);
    for (size_t i = 0; i < n; i++) {
        cJSON *one = cJSON_Duplicate(v, 1), *path, *arg;
        char *id = mem_printf("%s-%s", v->string, items[i]);

        cJSON_DeleteItemFromObjectCaseSensitive(one, "each");
        path = cJSON_GetObjectItemCaseSensitive(one, "path");
        if (cJSON_IsString(path))
            each_text(path, items[i]);
        cJSON_ArrayForEach(arg, cJSON_GetObjectItemCaseSensitive(one, "args"))
        {
            if (cJSON_IsString(arg))
                each_text(arg, items[i]);
        }
        if (schema_ok(s))
            parse_one(s, one, id, v->string, d);
        free(id);
        free(items[i]);
        cJSON_Delete(one);
    }
    free(items);
}

static int member_compare(const void *a, const void *b)
{
    return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

void parse_programs(struct schema *s, const cJSON *programs, struct definition *d)
{
    const cJSON *member[DEF_MAX] = {NULL};
    size_t n = 0;

    for (const cJSON *c = programs->child; c && n < DEF_MAX; c = c->next)
        member[n++] = c;
    qsort(member, n, sizeof(cJSON *), member_compare);
    for (size_t i = 0; i < n && schema_ok(s); i++)
        parse_program(s, member[i], d);
}
