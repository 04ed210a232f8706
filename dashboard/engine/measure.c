/* SPDX-License-Identifier: MIT */
/*
 * Figures from marks; see measure.h.
 * Invariant: every sample of every boot given is used, in the order given.
 */
#include "measure.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"
#include "stats.h"

static const cJSON *member(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

static bool marks_use_guest(const cJSON *marks)
{
    const char *clock = json_text(marks, "clock");

    return clock && strcmp(clock, "guest") == 0;
}

static int region_count(const cJSON *marks)
{
    return cJSON_GetArraySize(member(marks, "regions"));
}

struct span {
    uint64_t iteration, region, guest, host;
    bool warmup;
};

static int mark_span(const cJSON *m, struct span *s)
{
    uint64_t bg, eg, bh, eh;

    if (json_u64(m, "iteration", &s->iteration) < 0 || json_u64(m, "region", &s->region) < 0 ||
        json_u64(m, "beginGuestNs", &bg) < 0 || json_u64(m, "endGuestNs", &eg) < 0 ||
        json_u64(m, "beginHostNs", &bh) < 0 || json_u64(m, "endHostNs", &eh) < 0 || eg < bg || eh < bh)
        return -EINVAL;
    s->guest = eg - bg;
    s->host = eh - bh;
    s->warmup = cJSON_IsTrue(member(m, "warmup"));
    return 0;
}

int measure_check(const cJSON *marks, char *why, size_t n)
{
    uint64_t warmups, iterations, regions = (uint64_t)region_count(marks), k = 0;
    const cJSON *m;

    if (json_u64(marks, "warmups", &warmups) < 0 || json_u64(marks, "iterations", &iterations) < 0 ||
        regions == 0) {
        snprintf(why, n, "the marks do not say how many regions there should be");
        return -EINVAL;
    }
    cJSON_ArrayForEach(m, member(marks, "marks"))
    {
        struct span s;
        double slack;

        if (mark_span(m, &s) < 0 || s.iteration != k / regions || s.region != k % regions ||
            s.warmup != (s.iteration < warmups)) {
            snprintf(why, n, "timed region %llu is out of order or not ended", (unsigned long long)k);
            return -EINVAL;
        }
        slack = fmax(0.01 * fmax((double)s.host, (double)s.guest), MEASURE_CLOCK_SLACK_NS);
        if (!marks_use_guest(marks) && !json_text(marks, "from") &&
            fabs((double)s.host - (double)s.guest) > slack) {
            snprintf(why, n, "iteration %llu, region %llu: host clock %.3f ms, guest clock %.3f ms",
                     (unsigned long long)s.iteration, (unsigned long long)s.region, (double)s.host / 1e6,
                     (double)s.guest / 1e6);
            return -ERANGE;
        }
        k++;
    }
    if (k != (warmups + iterations) * regions) {
        snprintf(why, n, "%llu timed regions were marked, %llu were planned", (unsigned long long)k,
                 (unsigned long long)((warmups + iterations) * regions));
        return -EINVAL;
    }
    return 0;
}

int measure_samples(const cJSON *marks, int region, int warmups, double **out)
{
    bool guest = marks_use_guest(marks);
    uint64_t last = UINT64_MAX;
    double *x = NULL;
    const cJSON *m;
    int n = 0;

    *out = NULL;
    cJSON_ArrayForEach(m, member(marks, "marks"))
    {
        struct span s;

        if (mark_span(m, &s) < 0) {
            free(x);
            return -EINVAL;
        }
        if (s.warmup != (warmups != 0) || (region >= 0 && s.region != (uint64_t)region))
            continue;
        if (s.iteration != last) {
            x = mem_grow(x, (size_t)n + 1, sizeof *x);
            x[n++] = 0;
            last = s.iteration;
        }
        x[n - 1] += (double)(guest ? s.guest : s.host) / 1e6;
    }
    *out = x;
    return n;
}

/* Appends the samples of all boots; returns how many there are. */
static size_t gather(const cJSON *const *marks, size_t n, int region, int warmups, double **all)
{
    size_t total = 0;

    *all = NULL;
    for (size_t i = 0; i < n; i++) {
        double *x;
        int got = measure_samples(marks[i], region, warmups, &x);

        if (got > 0) {
            *all = mem_grow(*all, total + (size_t)got, sizeof **all);
            memcpy(*all + total, x, (size_t)got * sizeof *x);
            total += (size_t)got;
        }
        free(x);
    }
    return total;
}

static void add_figure(cJSON *o, const char *key, double v)
{
    if (isfinite(v))
        cJSON_AddNumberToObject(o, key, v);
    else
        cJSON_AddNullToObject(o, key);
}

static void add_array(cJSON *o, const char *key, const double *x, size_t n)
{
    cJSON_AddItemToObject(o, key, cJSON_CreateDoubleArray(x, (int)n));
}

static void add_summary(cJSON *o, const double *x, size_t n)
{
    struct stats_summary s;

    if (stats_summarise(x, n, &s) < 0)
        return;
    add_figure(o, "median", s.median);
    add_figure(o, "min", s.min);
    add_figure(o, "max", s.max);
    add_figure(o, "stddev", s.stddev);
    add_figure(o, "p95", s.p95);
    add_figure(o, "p99", s.p99);
    add_array(o, "samples", x, n);
}

static const char *region_name(const cJSON *marks, int i)
{
    const char *s = cJSON_GetStringValue(cJSON_GetArrayItem(member(marks, "regions"), i));

    return s ? s : "?";
}

/* The times of one part (its name, and its place among the parts) over all boots, warm-ups left out. */
static size_t gather_part(const cJSON *const *marks, size_t n, const char *name, int place, double **all)
{
    size_t total = 0;

    *all = NULL;
    for (size_t i = 0; i < n; i++) {
        const cJSON *m;

        cJSON_ArrayForEach(m, member(marks[i], "marks"))
        {
            const cJSON *part = cJSON_GetArrayItem(member(m, "parts"), place);
            const char *is = json_text(part, "name");
            uint64_t ms;

            if (cJSON_IsTrue(member(m, "warmup")) || !is || strcmp(is, name) != 0 ||
                json_u64(part, "ms", &ms) < 0)
                continue;
            *all = mem_grow(*all, total + 1, sizeof **all);
            (*all)[total++] = (double)ms;
        }
    }
    return total;
}

/* What the program itself timed within a region, as far as the marks have it. */
static void add_parts(cJSON *o, const cJSON *const *marks, size_t n)
{
    const cJSON *first = member(marks[0], "marks")->child, *p;
    cJSON *list;
    int place = 0;

    while (first && cJSON_IsTrue(member(first, "warmup")))
        first = first->next;
    if (!member(first, "parts"))
        return;
    list = cJSON_AddArrayToObject(o, "subMeasurements");
    cJSON_ArrayForEach(p, member(first, "parts"))
    {
        const char *name = json_text(p, "name");
        cJSON *each = cJSON_CreateObject();
        double *x;
        size_t count = gather_part(marks, n, name ? name : "", place++, &x);

        json_add_text(each, "name", name);
        json_add_text(each, "unit", "ms");
        add_summary(each, x, count);
        free(x);
        cJSON_AddItemToArray(list, each);
    }
}

cJSON *measure_build(const cJSON *const *marks, size_t n)
{
    double *x, *w;
    size_t count, nwarm;
    cJSON *o, *regions;

    if (n == 0 || (count = gather(marks, n, -1, 0, &x)) == 0)
        return NULL;
    o = cJSON_CreateObject();
    json_add_text(o, "unit", json_text(marks[0], "unit"));
    cJSON_AddBoolToObject(o, "lowerIsBetter", cJSON_IsTrue(member(marks[0], "lowerIsBetter")));
    json_add_text(o, "clock", json_text(marks[0], "clock"));
    add_summary(o, x, count);
    json_add_u64(o, "sampleCount", count);
    cJSON_AddBoolToObject(o, "smoke", count < 5);
    free(x);
    nwarm = gather(marks, n, -1, 1, &w);
    add_array(o, "warmupSamples", w, nwarm);
    free(w);
    regions = cJSON_AddArrayToObject(o, "regions");
    for (int r = 0; r < region_count(marks[0]); r++) {
        cJSON *each = cJSON_CreateObject();

        json_add_text(each, "name", region_name(marks[0], r));
        count = gather(marks, n, r, 0, &x);
        add_summary(each, x, count);
        free(x);
        cJSON_AddItemToArray(regions, each);
    }
    add_parts(o, marks, n);
    return o;
}

/* Fills per-pair medians; -EINVAL when a boot has no sample. */
static int pair_medians(const cJSON *const *marks, size_t n, int region, double *out)
{
    for (size_t i = 0; i < n; i++) {
        double *x;
        int got = measure_samples(marks[i], region, 0, &x);

        if (got > 0)
            out[i] = stats_median(x, (size_t)got);
        free(x);
        if (got <= 0)
            return -EINVAL;
    }
    return 0;
}

static int add_ratio(cJSON *o, const cJSON *const *a, const cJSON *const *b, size_t n, int region,
                     uint64_t seed)
{
    double *x = mem_zalloc(n * sizeof *x), *y = mem_zalloc(n * sizeof *y);
    struct stats_ratio r;
    int rc = pair_medians(a, n, region, x);

    if (rc == 0)
        rc = pair_medians(b, n, region, y);
    if (rc == 0)
        rc = stats_pair_ratio(x, y, n, seed, &r);
    if (rc == 0) {
        add_figure(o, "ratio", r.ratio);
        if (isfinite(r.low)) {
            double interval[] = {r.low, r.high};

            add_array(o, "interval", interval, 2);
        } else {
            cJSON_AddNullToObject(o, "interval");
        }
        for (size_t i = 0; i < n; i++)
            x[i] = x[i] / y[i];
        add_array(o, "pairRatios", x, n);
    }
    free(x);
    free(y);
    return rc;
}

cJSON *measure_ratio(const cJSON *const *a, const cJSON *const *b, size_t n, uint64_t seed)
{
    cJSON *o = cJSON_CreateObject(), *regions, *boot;
    char text[24];

    if (n == 0 || add_ratio(o, a, b, n, -1, seed) < 0) {
        cJSON_Delete(o);
        return NULL;
    }
    json_add_u64(o, "pairs", n);
    boot = cJSON_AddObjectToObject(o, "bootstrap");
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    json_add_text(boot, "seed", text);
    json_add_u64(boot, "resamples", STATS_RESAMPLES);
    cJSON_AddNumberToObject(boot, "confidence", 0.95);
    regions = cJSON_AddArrayToObject(o, "regions");
    for (int r = 0; r < region_count(a[0]); r++) {
        cJSON *each = cJSON_CreateObject();

        json_add_text(each, "name", region_name(a[0], r));
        (void)add_ratio(each, a, b, n, r, seed);
        cJSON_AddItemToArray(regions, each);
    }
    return o;
}
