/* SPDX-License-Identifier: MIT */
/*
 * JSON for the engine; see json.h.
 * Invariant: cJSON is told the length and must reach exactly its end.
 */
#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "mem.h"

/* First duplicate key at any level, or NULL. */
static const char *json_duplicate(const cJSON *v)
{
    for (const cJSON *c = v->child; c; c = c->next) {
        const char *inner;

        if (cJSON_IsObject(v))
            for (const cJSON *e = c->next; e; e = e->next)
                if (strcmp(c->string, e->string) == 0)
                    return c->string;
        inner = json_duplicate(c);
        if (inner)
            return inner;
    }
    return NULL;
}

cJSON *json_parse(const char *text, size_t len, char **why)
{
    const char *end = NULL, *dup;
    cJSON *v;

    *why = NULL;
    if (memchr(text, '\0', len)) {
        *why = mem_dup("holds a NUL byte");
        return NULL;
    }
    v = cJSON_ParseWithLengthOpts(text, len, &end, 0);
    if (v && end)
        while ((size_t)(end - text) < len && strchr(" \t\r\n", *end))
            end++;
    if (!v || (size_t)(end - text) != len) {
        size_t at = end ? (size_t)(end - text) : 0, line = 1;

        for (size_t i = 0; i < at && i < len; i++)
            line += text[i] == '\n';
        *why = mem_printf("not JSON (line %zu)", line);
        cJSON_Delete(v);
        return NULL;
    }
    dup = json_duplicate(v);
    if (dup) {
        *why = mem_printf("key \"%s\" occurs twice", dup);
        cJSON_Delete(v);
        return NULL;
    }
    return v;
}

cJSON *json_load(const char *path, char **why)
{
    char *text;
    size_t len;
    int rc = files_read(path, JSON_FILE_MAX, &text, &len);
    cJSON *v;

    *why = NULL;
    if (rc < 0) {
        *why = mem_dup(strerror(-rc));
        return NULL;
    }
    v = json_parse(text, len, why);
    free(text);
    return v;
}

static int json_key_compare(const void *a, const void *b)
{
    const cJSON *const *x = a, *const *y = b;

    return strcmp((*x)->string, (*y)->string);
}

static void json_canonical_add(struct buf *out, const cJSON *v)
{
    size_t n = 0, i = 0;
    const cJSON **item;

    if (!cJSON_IsObject(v) && !cJSON_IsArray(v)) {
        char *s = cJSON_PrintUnformatted(v);

        buf_puts(out, s ? s : "null");
        cJSON_free(s);
        return;
    }
    for (const cJSON *c = v->child; c; c = c->next)
        n++;
    item = mem_zalloc((n + 1) * sizeof *item);
    for (const cJSON *c = v->child; c; c = c->next)
        item[i++] = c;
    if (cJSON_IsObject(v) && n)
        qsort(item, n, sizeof *item, json_key_compare);
    buf_putc(out, cJSON_IsObject(v) ? '{' : '[');
    for (i = 0; i < n; i++) {
        if (i)
            buf_putc(out, ',');
        if (cJSON_IsObject(v)) {
            cJSON *key = cJSON_CreateString(item[i]->string);

            json_canonical_add(out, key);
            cJSON_Delete(key);
            buf_putc(out, ':');
        }
        json_canonical_add(out, item[i]);
    }
    buf_putc(out, cJSON_IsObject(v) ? '}' : ']');
    free(item);
}

char *json_canonical(const cJSON *v)
{
    struct buf b = {0};

    json_canonical_add(&b, v);
    return buf_take(&b);
}

int json_write(const char *path, const cJSON *v)
{
    char *s = cJSON_Print(v), *line;
    int rc;

    if (!s)
        return -ENOMEM;
    line = mem_printf("%s\n", s);
    rc = files_write_atomic(path, line, strlen(line));
    free(line);
    cJSON_free(s);
    return rc;
}

const char *json_text(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

double json_number(const cJSON *object, const char *key, double fallback)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsNumber(v) ? v->valuedouble : fallback;
}

int json_u64(const cJSON *object, const char *key, uint64_t *out)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(object, key);

    if (!cJSON_IsNumber(v) || !(v->valuedouble >= 0) || v->valuedouble >= 9007199254740992.0 ||
        v->valuedouble != floor(v->valuedouble))
        return -EINVAL;
    *out = (uint64_t)v->valuedouble;
    return 0;
}

void json_add_text(cJSON *object, const char *key, const char *text)
{
    if (text)
        cJSON_AddStringToObject(object, key, text);
    else
        cJSON_AddNullToObject(object, key);
}

void json_add_u64(cJSON *object, const char *key, uint64_t value)
{
    cJSON_AddNumberToObject(object, key, (double)value);
}

static size_t json_diff_leaf(const cJSON *a, const cJSON *b, const char *path, json_diff_fn *fn, void *ctx)
{
    char *x = a ? cJSON_PrintUnformatted(a) : NULL, *y = b ? cJSON_PrintUnformatted(b) : NULL;

    fn(ctx, path, x ? x : "absent", y ? y : "absent");
    cJSON_free(x);
    cJSON_free(y);
    return 1;
}

static size_t json_diff_object(const cJSON *a, const cJSON *b, const char *path, json_diff_fn *fn, void *ctx)
{
    size_t n = 0;

    for (const cJSON *c = a->child; c; c = c->next) {
        char *p = mem_printf("%s%s%s", path, *path ? "." : "", c->string);

        n += json_diff(c, cJSON_GetObjectItemCaseSensitive(b, c->string), p, fn, ctx);
        free(p);
    }
    for (const cJSON *c = b->child; c; c = c->next)
        if (!cJSON_GetObjectItemCaseSensitive(a, c->string)) {
            char *p = mem_printf("%s%s%s", path, *path ? "." : "", c->string);

            n += json_diff_leaf(NULL, c, p, fn, ctx);
            free(p);
        }
    return n;
}

static size_t json_diff_array(const cJSON *a, const cJSON *b, const char *path, json_diff_fn *fn, void *ctx)
{
    const cJSON *x = a->child, *y = b->child;
    size_t n = 0;

    for (size_t i = 0; x || y; i++) {
        char *p = mem_printf("%s[%zu]", path, i);

        n += json_diff(x, y, p, fn, ctx);
        free(p);
        x = x ? x->next : NULL;
        y = y ? y->next : NULL;
    }
    return n;
}

size_t json_diff(const cJSON *stored, const cJSON *recomputed, const char *path, json_diff_fn *fn, void *ctx)
{
    const cJSON *a = stored, *b = recomputed;

    if (cJSON_IsObject(a) && cJSON_IsObject(b))
        return json_diff_object(a, b, path, fn, ctx);
    if (cJSON_IsArray(a) && cJSON_IsArray(b))
        return json_diff_array(a, b, path, fn, ctx);
    if (cJSON_IsNumber(a) && cJSON_IsNumber(b)) {
        double tol = 1e-12 * fmax(fabs(a->valuedouble), fabs(b->valuedouble));

        if (fabs(a->valuedouble - b->valuedouble) <= tol)
            return 0;
    } else if (a && b && cJSON_Compare(a, b, 1)) {
        return 0;
    }
    return json_diff_leaf(a, b, path, fn, ctx);
}
