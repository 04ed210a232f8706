/* SPDX-License-Identifier: MIT */
/*
 * Closed-schema getters; see schema.h.
 * Invariant: `key` in a message is the full dotted way from the top of the file.
 */
#include "schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "mem.h"
#include "text.h"

void schema_error(struct schema *s, const char *key, const char *allowed)
{
    struct buf b = {0};

    if (s->why)
        return;
    buf_printf(&b, "%s: ", s->file);
    if (*key) {
        buf_puts(&b, "key \"");
        text_escape(&b, key, strnlen(key, 120), false);
        buf_puts(&b, "\": ");
    }
    text_escape(&b, allowed, strlen(allowed), false);
    s->why = buf_take(&b);
}

bool schema_ok(const struct schema *s)
{
    return !s->why;
}

static void schema_error_at(struct schema *s, const char *at, const char *key, const char *allowed)
{
    char *full = mem_printf("%s%s%s", at, *at ? "." : "", key);

    schema_error(s, full, allowed);
    free(full);
}

bool schema_object(struct schema *s, const cJSON *v, const char *key, const char *const *keys,
                   size_t required)
{
    if (!schema_ok(s))
        return false;
    if (!cJSON_IsObject(v)) {
        schema_error(s, key, "must be an object");
        return false;
    }
    for (const cJSON *c = v->child; c && schema_ok(s); c = c->next) {
        size_t i = 0;

        while (keys[i] && strcmp(keys[i], c->string) != 0)
            i++;
        if (!keys[i]) {
            struct buf b = {0};

            buf_puts(&b, "unknown key; allowed here:");
            for (i = 0; keys[i]; i++)
                buf_printf(&b, "%s %s", i ? "," : "", keys[i]);
            schema_error_at(s, key, c->string, b.p);
            buf_free(&b);
        }
    }
    for (size_t i = 0; i < required && schema_ok(s); i++)
        if (!cJSON_GetObjectItemCaseSensitive(v, keys[i]))
            schema_error_at(s, key, keys[i], "is missing");
    return schema_ok(s);
}

static bool schema_printable(const char *t, size_t max)
{
    size_t n = strlen(t);

    if (n == 0 || n > max)
        return false;
    for (size_t i = 0; i < n; i++)
        if (t[i] < 0x20 || t[i] > 0x7e)
            return false;
    return true;
}

char *schema_optional_text(struct schema *s, const cJSON *o, const char *at, const char *key, size_t max)
{
    if (!cJSON_GetObjectItemCaseSensitive(o, key))
        return NULL;
    return schema_text(s, o, at, key, max);
}

char *schema_text(struct schema *s, const cJSON *o, const char *at, const char *key, size_t max)
{
    const char *t = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));

    if (!schema_ok(s))
        return NULL;
    if (!t || !schema_printable(t, max)) {
        char *allowed = mem_printf("must be a text of 1 to %zu printable ASCII characters", max);

        schema_error_at(s, at, key, allowed);
        free(allowed);
        return NULL;
    }
    return mem_dup(t);
}

unsigned schema_number(struct schema *s, const cJSON *o, const char *at, const char *key, unsigned low,
                       unsigned high)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

    if (!schema_ok(s))
        return 0;
    if (!cJSON_IsNumber(v) || !(v->valuedouble >= low) || !(v->valuedouble <= high) ||
        v->valuedouble != floor(v->valuedouble)) {
        char *allowed = mem_printf("must be a whole number from %u to %u", low, high);

        schema_error_at(s, at, key, allowed);
        free(allowed);
        return 0;
    }
    return (unsigned)v->valuedouble;
}

bool schema_bool(struct schema *s, const cJSON *o, const char *at, const char *key)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

    if (schema_ok(s) && !cJSON_IsBool(v))
        schema_error_at(s, at, key, "must be true or false");
    return cJSON_IsTrue(v);
}

char **schema_texts(struct schema *s, const cJSON *o, const char *at, const char *key, size_t least,
                    size_t most, size_t *n)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);
    char **out, *allowed;
    bool fine = cJSON_IsArray(v);

    *n = 0;
    if (!schema_ok(s))
        return NULL;
    out = mem_zalloc((most + 1) * sizeof *out);
    for (const cJSON *c = fine ? v->child : NULL; c && fine; c = c->next) {
        const char *t = cJSON_GetStringValue(c);

        fine = t && *n < most && schema_printable(t, 1024);
        if (fine)
            out[(*n)++] = mem_dup(t);
    }
    if (!fine || *n < least) {
        allowed =
            mem_printf("must be an array of %zu to %zu texts (printable ASCII, not empty)", least, most);
        schema_error_at(s, at, key, allowed);
        free(allowed);
    }
    return out;
}

bool schema_word(const char *s, bool slash)
{
    if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9')))
        return false;
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || *s == '_' || *s == '-' ||
              (slash && (*s == '/' || *s == '.'))))
            return false;
    return true;
}

bool schema_absolute(const char *s)
{
    return s[0] == '/' && files_path_safe(s + 1);
}
