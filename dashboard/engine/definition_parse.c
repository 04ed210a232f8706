/* SPDX-License-Identifier: MIT */
/*
 * Reading a definition against its closed schema; see definition.h and workloads/README.md.
 * Invariant: the first error ends the reading, and what was made so far is freed.
 */
#include "definition_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "json.h"
#include "mem.h"
#include "schema.h"

/* MiB of a disk whose definition does not say. */
enum { DISK_SMOKE = 128, DISK_STANDARD = 512, DISK_LONG = 2048 };

static void parse_sizes(struct schema *s, const cJSON *o, const char *key, unsigned low, unsigned high,
                        unsigned *out)
{
    static const char *const keys[] = {"smoke", "standard", "long", NULL};
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

    if (!schema_object(s, v, key, keys, 3))
        return;
    for (int i = 0; i < SIZE_COUNT; i++)
        out[i] = schema_number(s, v, key, keys[i], low, high);
}

struct step_rule {
    const char *word;
    size_t operands;
    const char *paths; /* per operand: p absolute path, s suffix, i program id */
    bool timed;
};

static const struct step_rule step_rules[] = {
    {"mkdir", 1, "p", false},         {"remove", 1, "p", false},       {"copy", 2, "pp", false},
    {"move-suffix", 3, "psp", false}, {"move-other", 3, "psp", false}, {"run", 1, "i", false},
    {"timed", 1, "i", true},
};

/* Is it a program's id, or that of a group of programs? */
static bool definition_names(const struct definition *d, const char *id)
{
    for (size_t i = 0; i < d->nprograms; i++)
        if (d->programs[i].group && strcmp(d->programs[i].group, id) == 0)
            return true;
    return definition_program(d, id) >= 0;
}

static void parse_step(struct schema *s, const cJSON *v, const char *at, const struct definition *d,
                       bool timed, struct def_step *step)
{
    const struct step_rule *r = NULL;

    for (const cJSON *c = cJSON_IsArray(v) ? v->child : NULL; c && step->nwords < 4; c = c->next)
        if (cJSON_IsString(c) && *c->valuestring && strlen(c->valuestring) < 256)
            step->word[step->nwords++] = mem_dup(c->valuestring);
    for (size_t i = 0; i < sizeof step_rules / sizeof step_rules[0] && step->nwords; i++)
        if (strcmp(step_rules[i].word, step->word[0]) == 0 && (timed || !step_rules[i].timed))
            r = &step_rules[i];
    if (!r || step->nwords != r->operands + 1 || cJSON_GetArraySize(v) != (int)step->nwords) {
        schema_error(
            s, at,
            timed ? "must be one of [\"mkdir\",P] [\"remove\",P] [\"copy\",P,P] [\"move-suffix\",P,SUF,P] "
                    "[\"move-other\",P,SUF,P] [\"run\",ID] [\"timed\",ID]"
                  : "must be one of [\"mkdir\",P] [\"remove\",P] [\"copy\",P,P] [\"move-suffix\",P,SUF,P] "
                    "[\"move-other\",P,SUF,P] [\"run\",ID] (\"timed\" belongs in \"iteration\")");
        return;
    }
    for (size_t i = 0; i < r->operands; i++) {
        if (r->paths[i] == 'p' && !schema_absolute(step->word[i + 1]))
            schema_error(s, at, "a path must be absolute, without . and ..");
        if (r->paths[i] == 'i' && !definition_names(d, step->word[i + 1]))
            schema_error(s, at, "names no program of this definition");
    }
}

/* A step that names a group of programs ("each") becomes one step a program; it has been checked. */
static void step_spread(const struct definition *d, struct def_steps *out)
{
    struct def_step group = out->step[out->n - 1];
    bool runs = strcmp(group.word[0], "run") == 0 || strcmp(group.word[0], "timed") == 0;

    if (!runs || definition_program(d, group.word[1]) >= 0)
        return;
    out->n--;
    for (size_t i = 0; i < d->nprograms; i++) {
        if (!d->programs[i].group || strcmp(d->programs[i].group, group.word[1]) != 0)
            continue;
        out->step = mem_grow(out->step, out->n + 1, sizeof *out->step);
        out->step[out->n++] =
            (struct def_step){.word = {mem_dup(group.word[0]), mem_dup(d->programs[i].id)}, .nwords = 2};
    }
    free(group.word[0]);
    free(group.word[1]);
}

static void parse_steps(struct schema *s, const cJSON *o, const char *key, const struct definition *d,
                        bool timed, struct def_steps *out)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);
    size_t k = 0;

    if (!schema_ok(s))
        return;
    if (!cJSON_IsArray(v) || (unsigned)cJSON_GetArraySize(v) > DEF_MAX) {
        schema_error(s, key, "must be an array of at most 64 steps");
        return;
    }
    for (const cJSON *c = v->child; c && schema_ok(s); c = c->next) {
        char *at = mem_printf("%s[%zu]", key, k++);

        out->step = mem_grow(out->step, out->n + 1, sizeof *out->step);
        out->step[out->n] = (struct def_step){0};
        parse_step(s, c, at, d, timed, &out->step[out->n++]);
        if (schema_ok(s))
            step_spread(d, out);
        free(at);
    }
}

static void parse_exports(struct schema *s, const cJSON *o, struct def_exports *x)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, "export");
    /* Kept output may be all of an artifact. */
    int least = cJSON_GetObjectItemCaseSensitive(o, "keepOutput") ? 0 : 1;

    if (!schema_ok(s))
        return;
    if (!cJSON_IsArray(v) || cJSON_GetArraySize(v) < least || (unsigned)cJSON_GetArraySize(v) > DEF_MAX) {
        schema_error(s, "export", "must be an array of 1 to 64 pairs [GUEST PATH, NAME]");
        return;
    }
    x->pair = mem_zalloc(((size_t)cJSON_GetArraySize(v) + 1) * sizeof *x->pair);
    for (const cJSON *c = v->child; c; c = c->next) {
        const char *from = cJSON_GetStringValue(cJSON_GetArrayItem(c, 0));
        const char *to = cJSON_GetStringValue(cJSON_GetArrayItem(c, 1));

        if (!cJSON_IsArray(c) || cJSON_GetArraySize(c) != 2 || !from || !to || !schema_absolute(from) ||
            !files_path_safe(to)) {
            schema_error(s, "export", "each is [absolute path in the guest, relative path in the artifact]");
            return;
        }
        x->pair[x->n][0] = mem_dup(from);
        x->pair[x->n++][1] = mem_dup(to);
    }
}

static void parse_keep(struct schema *s, const cJSON *o, struct definition *d)
{
    static const char *const keys[] = {"program", "as", "skip", NULL};
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, "keepOutput");

    if (!v || !schema_object(s, v, "keepOutput", keys, 3))
        return;
    d->keep.program = schema_text(s, v, "keepOutput", "program", 63);
    d->keep.as = schema_text(s, v, "keepOutput", "as", 200);
    d->keep.skip = schema_texts(s, v, "keepOutput", "skip", 0, DEF_MAX, &d->keep.nskip);
    if (schema_ok(s) && definition_program(d, d->keep.program) < 0)
        schema_error(s, "keepOutput", "\"program\" names no program of this definition");
    if (schema_ok(s) && !files_path_safe(d->keep.as))
        schema_error(s, "keepOutput", "\"as\" is a relative path in the artifact");
    if (schema_ok(s) && (d->warmups || d->iterations[SIZE_SMOKE] != 1 || d->iterations[SIZE_STANDARD] != 1 ||
                         d->iterations[SIZE_LONG] != 1))
        schema_error(s, "keepOutput", "needs one iteration and no warm-up: one run's output is kept");
}

static void parse_session(struct schema *s, const cJSON *o, struct definition *d)
{
    static const char *const keys[] = {"program", "rows", "columns",  "prompt",
                                       "keys",    "as",   "fromBoot", NULL};
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, "session");
    struct def_session *t = &d->session;

    if (!v || !schema_object(s, v, "session", keys, 7))
        return;
    t->program = schema_text(s, v, "session", "program", 63);
    t->rows = schema_number(s, v, "session", "rows", 1, 1000);
    t->columns = schema_number(s, v, "session", "columns", 1, 1000);
    t->prompt = schema_text(s, v, "session", "prompt", 60);
    t->keys = schema_texts(s, v, "session", "keys", 1, DEF_MAX, &t->nkeys);
    t->as = schema_text(s, v, "session", "as", 200);
    t->from_boot = schema_bool(s, v, "session", "fromBoot");
    if (schema_ok(s) && definition_program(d, t->program) < 0)
        schema_error(s, "session", "\"program\" names no program of this definition");
    if (schema_ok(s) && (!files_path_safe(t->as) || !strchr(t->as, '/')))
        schema_error(s, "session", "\"as\" is a relative path in a folder of the artifact");
    if (schema_ok(s) && (d->warmups || d->iterations[SIZE_SMOKE] != 1 || d->iterations[SIZE_STANDARD] != 1 ||
                         d->iterations[SIZE_LONG] != 1))
        schema_error(s, "session", "needs one iteration and no warm-up: a boot has one session");
    if (schema_ok(s) && !d->not_applicable[GUEST_NATIVE])
        schema_error(s, "session", "needs \"notApplicable\" for native, which has no terminal");
}

static void parse_reopen(struct schema *s, const cJSON *o, struct definition *d)
{
    static const char *const keys[] = {"steps", "export", NULL};
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, "reopen");

    if (!v || !schema_object(s, v, "reopen", keys, 2))
        return;
    parse_steps(s, v, "steps", d, false, &d->reopen);
    parse_exports(s, v, &d->reopen_exports);
    if (schema_ok(s) && (!d->backing[BACKING_STORE] || d->reopen.n == 0))
        schema_error(s, "reopen",
                     "needs a step, and a \"store\" among the \"backings\" that is opened again");
}

static void parse_verifier(struct schema *s, const cJSON *o, struct definition *d)
{
    static const char *const keys[] = {"kind", "golden", "codec", "suffix", "normalise", NULL};
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, "verifier");

    if (!schema_object(s, v, "verifier", keys, 2))
        return;
    d->verifier_kind = schema_text(s, v, "verifier", "kind", 31);
    d->golden = schema_text(s, v, "verifier", "golden", 63);
    d->codec = schema_optional_text(s, v, "verifier", "codec", 15);
    d->suffix = schema_optional_text(s, v, "verifier", "suffix", 15);
    if (schema_ok(s) && (!schema_word(d->verifier_kind, false) || !schema_word(d->golden, false)))
        schema_error(s, "verifier", "\"kind\" and \"golden\" are made of a-z, 0-9, _ and -");
    if (schema_ok(s) && strcmp(d->verifier_kind, "compression") == 0 && (!d->codec || !d->suffix))
        schema_error(s, "verifier", "the kind \"compression\" also needs \"codec\" and \"suffix\"");
}

/* The rules are the verifier's: here only their form counts. */
static void parse_rules(struct schema *s, const cJSON *v, struct definition *d)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(v, "normalise"), *e;

    if (!list || !schema_ok(s))
        return;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > 16)
        schema_error(s, "verifier", "\"normalise\" must be an array of at most 16 pairs [EXPRESSION, TEXT]");
    cJSON_ArrayForEach(e, list)
    {
        if (cJSON_GetArraySize(e) != 2 || !cJSON_IsString(cJSON_GetArrayItem(e, 0)) ||
            !cJSON_IsString(cJSON_GetArrayItem(e, 1)))
            schema_error(s, "verifier", "each rule of \"normalise\" is a pair [EXPRESSION, TEXT]");
    }
    if (schema_ok(s))
        d->normalise = cJSON_Duplicate(list, 1);
}

static void parse_excuses(struct schema *s, const cJSON *o, const char *key, char **out)
{
    static const char *const keys[] = {"capos", "linux", "native", NULL};
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

    if (!v || !schema_object(s, v, key, keys, 0))
        return;
    for (int g = 0; g < 3; g++)
        out[g] = schema_optional_text(s, v, key, keys[g], 300);
}

static void parse_head(struct schema *s, const cJSON *o, const char *name, struct definition *d)
{
    d->name = schema_text(s, o, "", "name", 80);
    d->title = schema_text(s, o, "", "title", 200);
    d->notes = schema_optional_text(s, o, "", "notes", 1000);
    d->unit = schema_text(s, o, "", "unit", 15);
    schema_number(s, o, "", "schema", 1, 1);
    d->tier = schema_number(s, o, "", "tier", 0, 4);
    d->lower_is_better = schema_bool(s, o, "", "lowerIsBetter");
    d->parser_version = schema_number(s, o, "", "parserVersion", 1, 1);
    if (schema_ok(s) && strcmp(d->unit, "ms") != 0)
        schema_error(s, "unit", "must be \"ms\" (the sum of an iteration's timed regions)");
    if (schema_ok(s) && !d->lower_is_better)
        schema_error(s, "lowerIsBetter", "must be true for the unit ms");
    if (schema_ok(s) && name && strcmp(d->name, name) != 0) {
        char *allowed = mem_printf("must be \"%s\", as the file is called", name);

        schema_error(s, "name", allowed);
        free(allowed);
    }
    if (schema_ok(s) && (!schema_word(d->name, true) || !files_path_safe(d->name)))
        schema_error(s, "name", "is family/name, made of a-z, 0-9, _ and -");
}

static void parse_durability(struct schema *s, const cJSON *o, struct definition *d)
{
    d->durability = schema_optional_text(s, o, "", "durability", 400);
    if (schema_ok(s) && (d->durability != NULL) != d->backing[BACKING_STORE])
        schema_error(s, "durability", "goes with the backing \"store\": what its programs sync, and when");
}

static void parse_body(struct schema *s, const cJSON *o, struct definition *d)
{
    char **backings, *policy, *parts;
    size_t nbackings;
    const cJSON *programs = cJSON_GetObjectItemCaseSensitive(o, "programs");

    d->ports = schema_texts(s, o, "", "ports", 1, DEF_MAX, &d->nports);
    d->corpus = schema_optional_text(s, o, "", "corpus", 63);
    if (schema_ok(s) && d->corpus && !schema_word(d->corpus, false))
        schema_error(s, "corpus", "names a folder of corpora/");
    for (size_t i = 0; schema_ok(s) && i < d->nports; i++)
        if (!schema_word(d->ports[i], false))
            schema_error(s, "ports", "each names a folder of ports/");
    backings = schema_texts(s, o, "", "backings", 1, BACKING_COUNT, &nbackings);
    for (size_t i = 0; i < nbackings; i++) {
        enum def_backing b;

        if (definition_backing_parse(backings[i], &b) < 0)
            schema_error(s, "backings", "holds \"ram\", \"store\" or both");
        else
            d->backing[b] = true;
        free(backings[i]);
    }
    free(backings);
    parse_durability(s, o, d);
    d->warmups = schema_number(s, o, "", "warmups", 0, 100);
    parse_sizes(s, o, "iterations", 1, 10000, d->iterations);
    parse_sizes(s, o, "memoryMiB", 64, 65536, d->memory_mib);
    parse_sizes(s, o, "limitSeconds", 1, 86400, d->limit_seconds);
    parse_sizes(s, o, "expectSeconds", 1, 86400, d->expect_seconds);
    if (cJSON_GetObjectItemCaseSensitive(o, "exportMiB"))
        parse_sizes(s, o, "exportMiB", 1, 4096, d->export_mib);
    memcpy(d->disk_mib, (const unsigned[]){DISK_SMOKE, DISK_STANDARD, DISK_LONG}, sizeof d->disk_mib);
    if (cJSON_GetObjectItemCaseSensitive(o, "diskMiB"))
        parse_sizes(s, o, "diskMiB", 16, 65536, d->disk_mib);
    if (schema_ok(s) &&
        (!cJSON_IsObject(programs) || !programs->child || cJSON_GetArraySize(programs) > (int)DEF_MAX))
        schema_error(s, "programs", "must be an object of 1 to 64 programs");
    if (schema_ok(s))
        parse_programs(s, programs, d);
    parse_steps(s, o, "setup", d, false, &d->setup);
    parse_steps(s, o, "iteration", d, true, &d->iteration);
    if (cJSON_GetObjectItemCaseSensitive(o, "after"))
        parse_steps(s, o, "after", d, false, &d->after);
    if (schema_ok(s) && definition_regions(d, NULL, 0) == 0)
        schema_error(s, "iteration", "needs at least one [\"timed\",ID]");
    parse_exports(s, o, &d->exports);
    parse_keep(s, o, d);
    parse_reopen(s, o, d);
    parse_verifier(s, o, d);
    parse_rules(s, cJSON_GetObjectItemCaseSensitive(o, "verifier"), d);
    parse_attempts(s, o, d);
    parse_scripts(s, o, d);
    d->nondeterminism = schema_texts(s, o, "", "nondeterminism", 0, DEF_MAX, &d->nnondeterminism);
    policy = schema_text(s, o, "", "unsupportedPolicy", 15);
    if (schema_ok(s) && strcmp(policy, "report") != 0 && strcmp(policy, "fail") != 0)
        schema_error(s, "unsupportedPolicy", "must be \"report\" or \"fail\"");
    d->unsupported_fails = schema_ok(s) && strcmp(policy, "fail") == 0;
    free(policy);
    parts = schema_optional_text(s, o, "", "subMeasurements", 31);
    if (schema_ok(s) && parts && strcmp(parts, "speedtest1") != 0)
        schema_error(s, "subMeasurements",
                     "must be \"speedtest1\", whose lines are the only ones that are read");
    d->parts = parts != NULL;
    free(parts);
    parse_latency(s, o, d);
    parse_excuses(s, o, "notApplicable", d->not_applicable);
    parse_session(s, o, d);
    parse_excuses(s, o, "unsupported", d->unsupported);
}

struct definition *definition_parse(const char *text, size_t len, const char *file, const char *name,
                                    char **why)
{
    static const char *const keys[] = {"schema",
                                       "name",
                                       "title",
                                       "tier",
                                       "unit",
                                       "lowerIsBetter",
                                       "ports",
                                       "backings",
                                       "warmups",
                                       "iterations",
                                       "memoryMiB",
                                       "limitSeconds",
                                       "expectSeconds",
                                       "programs",
                                       "setup",
                                       "iteration",
                                       "export",
                                       "verifier",
                                       "nondeterminism",
                                       "unsupportedPolicy",
                                       "parserVersion",
                                       "notes",
                                       "corpus",
                                       "exportMiB",
                                       "diskMiB",
                                       "durability",
                                       "reopen",
                                       "keepOutput",
                                       "session",
                                       "subMeasurements",
                                       "after",
                                       "notApplicable",
                                       "unsupported",
                                       "attempts",
                                       "scripts",
                                       "latency",
                                       NULL};
    struct schema s = {.file = file};
    struct definition *d;
    char *bad;
    cJSON *o = json_parse(text, len, &bad);

    *why = NULL;
    if (!o) {
        schema_error(&s, "", bad);
        free(bad);
        *why = s.why;
        return NULL;
    }
    d = mem_zalloc(sizeof *d);
    d->file = mem_dup(file);
    if (schema_object(&s, o, "", keys, 21)) {
        parse_head(&s, o, name, d);
        parse_body(&s, o, d);
        d->canonical = json_canonical(o);
    }
    cJSON_Delete(o);
    if (!schema_ok(&s)) {
        definition_free(d);
        *why = s.why;
        return NULL;
    }
    return d;
}

struct definition *definition_load(const char *path, const char *name, char **why)
{
    struct definition *d;
    char *text;
    size_t len;
    int rc = files_read(path, 1 << 20, &text, &len);

    *why = NULL;
    if (rc < 0) {
        *why = mem_printf("%s: %s", path, strerror(-rc));
        return NULL;
    }
    d = definition_parse(text, len, path, name, why);
    free(text);
    return d;
}
