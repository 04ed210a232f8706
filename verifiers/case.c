/* SPDX-License-Identifier: MIT */
/* The part that all cases share; see case.h. */
#include "case.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "intake.h"

int case_bad(const char *file, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "verifier: %s: ", file);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return -EINVAL;
}

const cJSON *case_get(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

const char *case_text(const cJSON *o, const char *key)
{
    const char *text = cJSON_GetStringValue(case_get(o, key));

    return text ? text : "";
}

bool case_hex(const char *text, size_t length)
{
    return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

int case_open(const char *path, const char *kind, struct case_head *h)
{
    const cJSON *schema;
    const char *golden;

    memset(h, 0, sizeof *h);
    h->json = intake_json(path);
    schema = case_get(h->json, "schema");
    if (!cJSON_IsObject(h->json) || !cJSON_IsNumber(schema) || schema->valuedouble != 1 ||
        strcmp(case_text(h->json, "kind"), kind) != 0)
        return case_bad(path, "is not a case of kind %s, schema 1", kind);
    h->nonce = case_text(h->json, "nonce");
    h->workload = case_text(h->json, "workload");
    h->size = case_text(h->json, "size");
    if (!case_hex(h->nonce, CASE_NONCE_HEX))
        return case_bad(path, "\"nonce\" is not 16 lower-case hexadecimal digits");
    golden = case_text(h->json, "golden");
    h->golden = intake_json(golden);
    if (!cJSON_IsObject(h->golden))
        return case_bad(*golden ? golden : path, "there is no golden that can be read");
    if (!*h->workload || strcmp(case_text(h->golden, "workload"), h->workload) != 0)
        return case_bad(golden, "is the golden of another workload");
    h->sized = case_get(case_get(h->golden, "sizes"), h->size);
    return 0;
}

void case_close(struct case_head *h)
{
    cJSON_Delete(h->json);
    cJSON_Delete(h->golden);
    memset(h, 0, sizeof *h);
}
