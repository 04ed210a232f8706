/* SPDX-License-Identifier: MIT */
/*
 * The closing table; see table.h.
 * Invariant: every cell is text built here or already escaped; columns are as wide as their widest cell.
 */
#include "table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"
#include "text.h"

enum {
    COL_NAME,
    COL_STATUS,
    COL_UNIT,
    COL_CAPOS,
    COL_LINUX,
    COL_RATIO,
    COL_NATIVE,
    COL_ACCEL,
    COL_BACKING,
    COL_DURABILITY,
    COLS
};

static const char *const heads[COLS] = {"workload",     "status",       "unit",   "capOS median",
                                        "Linux median", "ratio [95 %]", "native", "accelerator",
                                        "backing",      "durability"};

struct table {
    char *(*row)[COLS];
    size_t n;
    bool used[COLS];
};

static bool same_text(const cJSON *a, const cJSON *b, const char *key)
{
    const char *x = json_text(a, key), *y = json_text(b, key);

    return x && y && strcmp(x, y) == 0;
}

static bool same_row(const cJSON *a, const cJSON *b)
{
    return same_text(a, b, "benchmarkName") && same_text(a, b, "size") && same_text(a, b, "backing");
}

static const cJSON *guest_record(const cJSON *records, const cJSON *like, const char *guest)
{
    const cJSON *r;

    cJSON_ArrayForEach(r, records)
    {
        const char *g = json_text(r, "guest");

        if (g && strcmp(g, guest) == 0 && same_row(r, like))
            return r;
    }
    return NULL;
}

static char *median_cell(const cJSON *r)
{
    const cJSON *m = cJSON_GetObjectItemCaseSensitive(r, "measurement");
    char text[40];

    if (!cJSON_IsObject(m))
        return mem_dup("-");
    text_figure(json_number(m, "median", 0), text, sizeof text);
    return mem_dup(text);
}

static char *ratio_cell(const cJSON *comparisons, const cJSON *like)
{
    const cJSON *c, *i;

    cJSON_ArrayForEach(c, comparisons)
    {
        if (!same_row(c, like) || !cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(c, "ratio")))
            continue;
        i = cJSON_GetObjectItemCaseSensitive(c, "interval");
        if (cJSON_GetArraySize(i) == 2)
            return mem_printf("%.4f [%.4f, %.4f]", json_number(c, "ratio", 0),
                              cJSON_GetArrayItem(i, 0)->valuedouble, cJSON_GetArrayItem(i, 1)->valuedouble);
        return mem_printf("%.4f", json_number(c, "ratio", 0));
    }
    return mem_dup("-");
}

/* The contract's first word; the whole of it is in the legend. */
static char *durability_cell(const cJSON *r)
{
    const char *text = json_text(r, "durability");

    return text ? mem_printf("%.*s", (int)strcspn(text, ":"), text) : mem_dup("-");
}

static char *status_cell(const cJSON *const *r, int n)
{
    static const char *const names[] = {"capOS", "Linux", "native"};
    struct buf b = {0};
    const char *first = NULL;
    bool same = true;

    for (int i = 0; i < n; i++) {
        if (!r[i])
            continue;
        if (first && strcmp(first, json_text(r[i], "status")) != 0)
            same = false;
        first = first ? first : json_text(r[i], "status");
    }
    if (same)
        return mem_dup(first ? first : "-");
    for (int i = 0; i < n; i++)
        if (r[i])
            buf_printf(&b, "%s%s %s", b.len ? ", " : "", names[i], json_text(r[i], "status"));
    return buf_take(&b);
}

static const char *accel_of(const cJSON *const *r)
{
    const cJSON *any = r[0] ? r[0] : r[1] ? r[1] : r[2];

    return json_text(any, "accelerator");
}

static void add_row(struct table *t, const cJSON *records, const cJSON *comparisons, const cJSON *like)
{
    const cJSON *r[] = {guest_record(records, like, "capos"), guest_record(records, like, "linux"),
                        guest_record(records, like, "native")};
    const char *unit = NULL;
    char **c;

    for (int i = 0; i < 3 && !unit; i++)
        unit = json_text(cJSON_GetObjectItemCaseSensitive(r[i], "measurement"), "unit");
    t->row = mem_grow(t->row, t->n + 1, sizeof *t->row);
    c = t->row[t->n++];
    c[COL_NAME] = mem_dup(json_text(like, "benchmarkName"));
    c[COL_STATUS] = status_cell(r, 3);
    c[COL_UNIT] = mem_dup(unit ? unit : "-");
    c[COL_CAPOS] = median_cell(r[0]);
    c[COL_LINUX] = median_cell(r[1]);
    c[COL_RATIO] = ratio_cell(comparisons, like);
    c[COL_NATIVE] = median_cell(r[2]);
    c[COL_ACCEL] = mem_dup(accel_of(r));
    c[COL_BACKING] = mem_dup(json_text(like, "backing"));
    c[COL_DURABILITY] = durability_cell(like);
    t->used[COL_NATIVE] |= r[2] != NULL;
}

static void print_rows(FILE *out, const struct table *t)
{
    size_t width[COLS];

    for (int k = 0; k < COLS; k++) {
        width[k] = strlen(heads[k]);
        for (size_t i = 0; i < t->n; i++)
            width[k] = strlen(t->row[i][k]) > width[k] ? strlen(t->row[i][k]) : width[k];
    }
    for (size_t i = 0; i <= t->n; i++) {
        for (int k = 0; k < COLS; k++) {
            bool right = k == COL_CAPOS || k == COL_LINUX || k == COL_RATIO || k == COL_NATIVE;
            const char *cell = i ? t->row[i - 1][k] : heads[k];

            if (k == COL_NATIVE && !t->used[k])
                continue;
            if (k == COLS - 1)
                fputs(cell, out);
            else
                fprintf(out, right ? "%*s  " : "%-*s  ", (int)width[k], cell);
        }
        fputc('\n', out);
    }
}

static void print_reasons(FILE *out, const cJSON *records)
{
    static const char *const keys[] = {"failure", "invalid", "unsupported", "notApplicable"};
    const cJSON *r;

    cJSON_ArrayForEach(r, records)
    {
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            const cJSON *why = cJSON_GetObjectItemCaseSensitive(r, keys[k]);
            const char *detail = json_text(why, "detail"), *boot = json_text(why, "boot");

            if (!why)
                continue;
            fprintf(out, "%s (%s) on %s: %s: %s%s%s%s%s%s\n", json_text(r, "benchmarkName"),
                    json_text(r, "backing"), json_text(r, "guest"), json_text(r, "status"),
                    json_text(why, "reason"), detail ? ": " : "", detail ? detail : "", boot ? " (raw/" : "",
                    boot ? boot : "", boot ? ")" : "");
        }
    }
}

/* What the durabilities in the table mean, each once. */
static void print_durability(FILE *out, const cJSON *records)
{
    const cJSON *r, *before;

    cJSON_ArrayForEach(r, records)
    {
        bool seen = !json_text(r, "durability");

        for (before = records->child; before != r; before = before->next)
            seen |= same_text(before, r, "durability");
        if (!seen)
            fprintf(out, "%s-backed%s%s: durability %s\n", json_text(r, "backing"),
                    strchr(json_text(r, "durability"), ';') ? ", " : "",
                    strchr(json_text(r, "durability"), ';') ? json_text(r, "benchmarkName") : "",
                    json_text(r, "durability"));
    }
}

static void print_warnings(FILE *out, const cJSON *records)
{
    bool smoke = false, tcg = false, icount = false, native = false;
    const cJSON *r;

    cJSON_ArrayForEach(r, records)
    {
        const char *a = json_text(r, "accelerator");

        smoke |= cJSON_IsTrue(
            cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(r, "measurement"), "smoke"));
        tcg |= a && strcmp(a, "tcg") == 0;
        icount |= a && strcmp(a, "icount") == 0;
        native |= a && strcmp(a, "native") == 0;
    }
    if (tcg) {
        fputs("warning: emulated: both guests ran on an emulated processor (tcg); this says nothing about "
              "hardware\n",
              out);
        fputs("  QEMU's software TLB grows only on full flushes: memory-bound ratios move by tens of per "
              "cent or more, either\n"
              "  way, for that reason alone; --accel icount is the repeatable measure\n",
              out);
    }
    if (icount)
        fputs("warning: icount: times are instructions executed on an emulated processor, not time on "
              "hardware\n",
              out);
    if (smoke)
        fputs("warning: smoke measurement: fewer than 5 samples; no performance claim rests on it\n", out);
    if (native)
        fputs("note: native figures are context (the host itself), never part of a ratio\n", out);
}

void table_print(FILE *out, const cJSON *records, const cJSON *comparisons)
{
    struct table t = {0};
    const cJSON *r, *before;

    cJSON_ArrayForEach(r, records)
    {
        bool seen = false;

        for (before = records->child; before != r; before = before->next)
            seen |= same_row(before, r);
        if (!seen)
            add_row(&t, records, comparisons, r);
    }
    print_rows(out, &t);
    print_reasons(out, records);
    print_durability(out, records);
    print_warnings(out, records);
    for (size_t i = 0; i < t.n; i++)
        for (int k = 0; k < COLS; k++)
            free(t.row[i][k]);
    free(t.row);
}
