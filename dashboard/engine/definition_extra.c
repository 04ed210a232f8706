/* SPDX-License-Identifier: MIT */
/*
 * The parts of a definition that only some workloads have: attempts on authority, scripts, latency; see
 * definition_parse.h. Invariant: what is absent leaves the definition as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "definition_parse.h"
#include "files.h"
#include "mem.h"

static int attempt_compare(const void *a, const void *b)
{
    const struct def_attempt *x = a, *y = b;

    return strcmp(x->name, y->name);
}

void parse_attempts(struct schema *s, const cJSON *o, struct definition *d)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, "attempts");

    if (!v || !schema_ok(s))
        return;
    if (!cJSON_IsObject(v) || !v->child || cJSON_GetArraySize(v) > 32) {
        schema_error(s, "attempts", "must be an object of 1 to 32 attempts, name to expected error");
        return;
    }
    d->attempts = mem_zalloc((size_t)cJSON_GetArraySize(v) * sizeof *d->attempts);
    for (const cJSON *c = v->child; c && schema_ok(s); c = c->next) {
        if (!cJSON_IsString(c) || !*c->string || strlen(c->string) > 31 || strlen(c->valuestring) > 31) {
            schema_error(s, "attempts", "each is the attempt's name with the error it must be refused with");
            return;
        }
        d->attempts[d->nattempts].name = mem_dup(c->string);
        d->attempts[d->nattempts++].expected = mem_dup(c->valuestring);
    }
    qsort(d->attempts, d->nattempts, sizeof *d->attempts, attempt_compare);
}

const char *definition_script_name(const char *script)
{
    return strrchr(script, '/') + 1;
}

void parse_scripts(struct schema *s, const cJSON *o, struct definition *d)
{
    if (!schema_ok(s) || !cJSON_GetObjectItemCaseSensitive(o, "scripts"))
        return;
    d->scripts = schema_texts(s, o, "", "scripts", 1, DEF_MAX, &d->nscripts);
    for (size_t i = 0; schema_ok(s) && i < d->nscripts; i++) {
        const char *slash = strrchr(d->scripts[i], '/');

        if (!files_path_safe(d->scripts[i]) || !slash || !slash[1])
            schema_error(s, "scripts", "each is the path of a file below workloads/, FAMILY/FILE");
        for (size_t k = 0; schema_ok(s) && k < i; k++)
            if (strcmp(definition_script_name(d->scripts[k]), slash + 1) == 0)
                schema_error(s, "scripts",
                             "two files with one name: in the guest both are /tree/script/NAME");
    }
}

void parse_latency(struct schema *s, const cJSON *o, struct definition *d)
{
    char *from = schema_optional_text(s, o, "", "latency", 15);

    if (schema_ok(s) && from && strcmp(from, "stated") != 0 && strcmp(from, "regions") != 0)
        schema_error(s, "latency",
                     "must be \"stated\" (programs print distributions) or \"regions\" (each "
                     "timed region is an operation)");
    if (schema_ok(s) && from)
        d->latency = strcmp(from, "stated") == 0 ? DEF_LATENCY_STATED : DEF_LATENCY_REGIONS;
    free(from);
}
