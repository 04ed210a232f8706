/* SPDX-License-Identifier: MIT */
/*
 * Latency distributions; see latency.h.
 * Invariant: a histogram's figures lie between its least and its most.
 */
#include "latency.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "measure.h"
#include "mem.h"
#include "text.h"

static const cJSON *member(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

/* ---- lines ---- */

/* A number of at most 15 digits, and what ends it; NULL when there is none. */
static const char *number(const char *p, const char *end, char stop, uint64_t *v)
{
    const char *start = p;

    for (*v = 0; p < end && *p >= '0' && *p <= '9' && p - start < 15; p++)
        *v = *v * 10 + (uint64_t)(*p - '0');
    return p > start && p < end && *p == stop ? p + 1 : NULL;
}

/* "COUNT LEAST MOST NAME" */
static void line_dist(struct latency *l, const char *p, const char *end)
{
    struct latency_dist d = {0};
    char *name;

    p = number(p, end, ' ', &d.n);
    p = p ? number(p, end, ' ', &d.least) : NULL;
    p = p ? number(p, end, ' ', &d.most) : NULL;
    if (!p || p == end || l->n >= LATENCY_DISTS_MAX)
        return;
    name = text_escaped(p, (size_t)(end - p), sizeof d.name - 8);
    snprintf(d.name, sizeof d.name, "%s", name);
    free(name);
    l->dist = mem_grow(l->dist, l->n + 1, sizeof *l->dist);
    l->dist[l->n++] = d;
}

/* "EDGE:COUNT EDGE:COUNT ..." */
static void line_bins(struct latency_dist *d, const char *p, const char *end)
{
    while (p < end && d->nbins < LATENCY_BINS_MAX) {
        const char *space = memchr(p, ' ', (size_t)(end - p)), *stop = space ? space : end;
        struct latency_bin b;
        char text[40];

        if (stop - p >= (ptrdiff_t)sizeof text)
            return;
        snprintf(text, sizeof text, "%.*s ", (int)(stop - p), p); /* so that a space ends the count too */
        p = number(text, text + strlen(text), ':', &b.edge);
        if (!p || !number(p, text + strlen(text), ' ', &b.count))
            return;
        d->bin = mem_grow(d->bin, d->nbins + 1, sizeof *d->bin);
        d->bin[d->nbins++] = b;
        p = space ? space + 1 : end;
    }
}

void latency_line(struct latency *l, const char *line, size_t len)
{
    static const char head[] = "latency ns ", more[] = "latency + ";

    if (len > sizeof head - 1 && memcmp(line, head, sizeof head - 1) == 0)
        line_dist(l, line + sizeof head - 1, line + len);
    else if (l->n && len > sizeof more - 1 && memcmp(line, more, sizeof more - 1) == 0)
        line_bins(&l->dist[l->n - 1], line + sizeof more - 1, line + len);
}

void latency_free(struct latency *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->dist[i].bin);
    free(l->dist);
    *l = (struct latency){0};
}

/* ---- marks ---- */

cJSON *latency_json(const struct latency *l)
{
    cJSON *a = cJSON_CreateArray();

    for (size_t i = 0; i < l->n; i++) {
        const struct latency_dist *d = &l->dist[i];
        cJSON *o = cJSON_CreateObject(), *bins;

        json_add_text(o, "name", d->name);
        json_add_u64(o, "n", d->n);
        json_add_u64(o, "min", d->least);
        json_add_u64(o, "max", d->most);
        bins = cJSON_AddArrayToObject(o, "bins");
        for (size_t k = 0; k < d->nbins; k++) {
            const double pair[] = {(double)d->bin[k].edge, (double)d->bin[k].count};

            cJSON_AddItemToArray(bins, cJSON_CreateDoubleArray(pair, 2));
        }
        cJSON_AddItemToArray(a, o);
    }
    return a;
}

static bool whole_number(const cJSON *v, uint64_t *out)
{
    if (!cJSON_IsNumber(v) || !(v->valuedouble >= 0) || v->valuedouble > 1e15)
        return false;
    *out = (uint64_t)v->valuedouble;
    return true;
}

static bool bin_get(const cJSON *pair, struct latency_bin *b)
{
    return cJSON_GetArraySize(pair) == 2 && whole_number(cJSON_GetArrayItem(pair, 0), &b->edge) &&
           whole_number(cJSON_GetArrayItem(pair, 1), &b->count);
}

/* One stated distribution of a mark, without its bins, which are checked; false when it is not whole. */
static bool dist_get(const cJSON *o, struct latency_dist *d)
{
    uint64_t seen = 0, last = 0;
    const cJSON *pair;

    if (json_u64(o, "n", &d->n) < 0 || json_u64(o, "min", &d->least) < 0 ||
        json_u64(o, "max", &d->most) < 0 || d->n == 0 || d->least > d->most)
        return false;
    cJSON_ArrayForEach(pair, member(o, "bins"))
    {
        struct latency_bin b;

        if (!bin_get(pair, &b) || b.edge <= last || b.count == 0)
            return false;
        last = b.edge;
        seen += b.count;
    }
    return seen == d->n && last >= d->most;
}

static bool stated(const cJSON *marks)
{
    const char *from = json_text(marks, "latency");

    return from && strcmp(from, "stated") == 0;
}

/* How many distributions a mark has, or -EINVAL and the name of one that is not whole. */
static int mark_check(const cJSON *m, const char **name)
{
    const cJSON *o;
    int count = 0;

    cJSON_ArrayForEach(o, member(m, "latency"))
    {
        struct latency_dist d;

        *name = json_text(o, "name") ? json_text(o, "name") : "?";
        if (!dist_get(o, &d))
            return -EINVAL;
        count++;
    }
    return count;
}

int latency_check(const cJSON *marks, char *why, size_t n)
{
    uint64_t iteration = UINT64_MAX, now;
    const char *name = "?";
    const cJSON *m;
    int have = 1, got;

    if (!stated(marks))
        return 0;
    cJSON_ArrayForEach(m, member(marks, "marks"))
    {
        if (json_u64(m, "iteration", &now) < 0)
            return -EINVAL;
        if (now != iteration && have == 0)
            break;
        have = now == iteration ? have : 0;
        iteration = now;
        got = mark_check(m, &name);
        if (got < 0) {
            snprintf(why, n, "iteration %llu: the distribution \"%.60s\" is not whole",
                     (unsigned long long)now, name);
            return got;
        }
        have += got;
    }
    if (have)
        return 0;
    snprintf(why, n, "iteration %llu: no latency distribution was stated", (unsigned long long)iteration);
    return -EINVAL;
}

/* ---- figures ---- */

static int bin_compare(const void *a, const void *b)
{
    const struct latency_bin *x = a, *y = b;

    return x->edge < y->edge ? -1 : x->edge > y->edge;
}

/* The k-th shortest (from 1) of a distribution whose bins are sorted. */
static uint64_t rank(const struct latency_dist *d, uint64_t k)
{
    uint64_t seen = 0, v = d->most;

    for (size_t i = 0; i < d->nbins; i++) {
        seen += d->bin[i].count;
        if (seen >= k) {
            v = d->bin[i].edge;
            break;
        }
    }
    return v < d->least ? d->least : v > d->most ? d->most : v;
}

static void add_percentile(cJSON *o, const char *key, const struct latency_dist *d, unsigned percent,
                           uint64_t least)
{
    if (d->n < least)
        cJSON_AddNullToObject(o, key);
    else
        json_add_u64(o, key, rank(d, (d->n * percent + 99) / 100));
}

/* Sorts its bins. */
static void add_figures(cJSON *list, struct latency_dist *d, const char *clock)
{
    cJSON *o;
    uint64_t low, high;

    if (d->n == 0)
        return;
    qsort(d->bin, d->nbins, sizeof *d->bin, bin_compare);
    low = rank(d, (d->n + 1) / 2);
    high = rank(d, d->n / 2 + 1);
    o = cJSON_CreateObject();
    json_add_text(o, "name", d->name);
    json_add_text(o, "unit", "ns");
    json_add_text(o, "clock", clock);
    json_add_u64(o, "n", d->n);
    json_add_u64(o, "min", d->least);
    json_add_u64(o, "median", low + (high - low) / 2);
    add_percentile(o, "p90", d, 90, LATENCY_P90_SAMPLES);
    add_percentile(o, "p99", d, 99, LATENCY_P99_SAMPLES);
    json_add_u64(o, "max", d->most);
    cJSON_AddItemToArray(list, o);
}

static void dist_add(struct latency_dist *d, uint64_t edge, uint64_t count)
{
    for (size_t i = 0; i < d->nbins; i++)
        if (d->bin[i].edge == edge) {
            d->bin[i].count += count;
            return;
        }
    d->bin = mem_grow(d->bin, d->nbins + 1, sizeof *d->bin);
    d->bin[d->nbins++] = (struct latency_bin){edge, count};
}

/* Merges a stated distribution into that of its name. */
static void stated_merge(struct latency *all, const cJSON *o)
{
    const char *name = json_text(o, "name");
    struct latency_dist d = {0}, *to;
    const cJSON *pair;
    size_t i = 0;

    if (!name || !dist_get(o, &d))
        return;
    while (i < all->n && strcmp(all->dist[i].name, name) != 0)
        i++;
    if (i == all->n) {
        all->dist = mem_grow(all->dist, all->n + 1, sizeof *all->dist);
        all->dist[all->n] = (struct latency_dist){.least = UINT64_MAX};
        snprintf(all->dist[all->n++].name, LATENCY_NAME_MAX, "%s", name);
    }
    to = &all->dist[i];
    to->n += d.n;
    to->least = d.least < to->least ? d.least : to->least;
    to->most = d.most > to->most ? d.most : to->most;
    cJSON_ArrayForEach(pair, member(o, "bins"))
    {
        struct latency_bin b;

        if (bin_get(pair, &b))
            dist_add(to, b.edge, b.count);
    }
}

static void build_stated(cJSON *list, const cJSON *const *marks, size_t n)
{
    struct latency all = {0};

    for (size_t i = 0; i < n; i++) {
        const cJSON *m, *o;

        cJSON_ArrayForEach(m, member(marks[i], "marks"))
        {
            if (cJSON_IsTrue(member(m, "warmup")))
                continue;
            cJSON_ArrayForEach(o, member(m, "latency"))
            {
                stated_merge(&all, o);
            }
        }
    }
    for (size_t i = 0; i < all.n; i++)
        add_figures(list, &all.dist[i], "guest");
    latency_free(&all);
}

/* One region of all boots, or (-1) the sum of an iteration's. */
static void build_region(cJSON *list, const cJSON *const *marks, size_t n, int region, const char *name)
{
    struct latency_dist d = {.least = UINT64_MAX};
    const char *clock = json_text(marks[0], "clock");

    snprintf(d.name, sizeof d.name, "%s", name);
    for (size_t i = 0; i < n; i++) {
        double *x;
        int got = measure_samples(marks[i], region, 0, &x);

        for (int k = 0; k < got; k++) {
            uint64_t ns = (uint64_t)llround(x[k] * 1e6);

            d.n++;
            d.least = ns < d.least ? ns : d.least;
            d.most = ns > d.most ? ns : d.most;
            dist_add(&d, ns, 1);
        }
        free(x);
    }
    add_figures(list, &d, clock);
    free(d.bin);
}

cJSON *latency_build(const cJSON *const *marks, size_t n)
{
    const cJSON *regions = n ? member(marks[0], "regions") : NULL;
    int count = cJSON_GetArraySize(regions);
    cJSON *list;

    if (n == 0 || !json_text(marks[0], "latency"))
        return NULL;
    list = cJSON_CreateArray();
    if (stated(marks[0])) {
        build_stated(list, marks, n);
        return list;
    }
    for (int r = 0; r < count; r++) {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(regions, r));

        build_region(list, marks, n, r, name ? name : "?");
    }
    if (count > 1)
        build_region(list, marks, n, -1, "iteration");
    return list;
}
