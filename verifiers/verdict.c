/* SPDX-License-Identifier: MIT */
/* Collecting and printing a verdict; see verdict.h. */
#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool verdict_init(struct verdict *v)
{
    memset(v, 0, sizeof *v);
    v->digests = cJSON_CreateObject();
    return v->digests != NULL;
}

void verdict_free(struct verdict *v)
{
    cJSON_Delete(v->digests);
    cJSON_Delete(v->difference);
    v->digests = NULL;
    v->difference = NULL;
}

void verdict_digest(struct verdict *v, const char *file, const char *sha256)
{
    cJSON_AddStringToObject(v->digests, file, sha256);
}

int verdict_fail(struct verdict *v, const char *code, const char *format, ...)
{
    va_list args;
    int used;

    if (v->failed)
        return 1;
    v->failed = true;
    used = snprintf(v->reason, sizeof v->reason, "%s: ", code);
    va_start(args, format);
    vsnprintf(v->reason + used, sizeof v->reason - (size_t)used, format, args);
    va_end(args);
    return 1;
}

void verdict_where(struct verdict *v, const struct verdict_difference *d)
{
    cJSON *o;

    if (v->difference)
        return;
    o = v->difference = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "file", d->file);
    cJSON_AddNumberToObject(o, "offset", (double)d->offset);
    cJSON_AddNumberToObject(o, "block", (double)d->block);
    cJSON_AddNumberToObject(o, "block_bytes", (double)d->block_bytes);
    cJSON_AddStringToObject(o, "expected", d->expected);
    cJSON_AddStringToObject(o, "got", d->got);
}

int verdict_print(const struct verdict *v, const char *summary)
{
    cJSON *line = cJSON_CreateObject();
    char *text;

    cJSON_AddStringToObject(line, "verdict", v->failed ? "failed" : "passed");
    cJSON_AddStringToObject(line, "reason", v->failed ? v->reason : summary);
    cJSON_AddItemReferenceToObject(line, "digests", v->digests);
    if (v->difference)
        cJSON_AddItemReferenceToObject(line, "first_difference", v->difference);
    else
        cJSON_AddNullToObject(line, "first_difference");
    text = cJSON_PrintUnformatted(line);
    cJSON_Delete(line);
    if (!text || puts(text) < 0 || fflush(stdout) != 0) {
        fprintf(stderr, "verifier: the verdict could not be printed\n");
        cJSON_free(text);
        return 2;
    }
    cJSON_free(text);
    return v->failed ? 1 : 0;
}
