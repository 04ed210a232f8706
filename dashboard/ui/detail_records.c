/* SPDX-License-Identifier: MIT */
/* Ready-made parts of screen 3; see detail_records.h. Invariant: every member is taken as absent, or of any
 * type. */
#include "detail_records.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "show.h"

enum { GUESTS = 3 };

static const cJSON *member(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

/* The newest boot's latency list or resources that is there; NULL without. */
static const cJSON *newest(const struct model_cell *c, bool latency)
{
    for (size_t i = c->nboots; i-- > 0;) {
        const cJSON *o = latency ? c->boot[i]->latency : c->boot[i]->resources;

        if (o && !c->boot[i]->repeated)
            return o;
    }
    return NULL;
}

static const cJSON *named(const cJSON *list, const char *name)
{
    const cJSON *e;

    cJSON_ArrayForEach(e, list)
    {
        const char *n = json_text(e, "name");

        if (n && strcmp(n, name) == 0)
            return e;
    }
    return NULL;
}

/* A duration in ns, three digits and a unit, in 9 columns. */
static void add_ns(struct buf *b, double ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    size_t u = 0;

    if (!isfinite(ns)) {
        mk_printf(b, "%9s", "-");
        return;
    }
    for (; u < 3 && ns >= 999.5; u++)
        ns /= 1000;
    mk_printf(b, "%*.*f%-2s", 7, u == 0 || ns >= 99.95 ? 0 : ns >= 9.995 ? 1 : 2, ns, units[u]);
}

/* Of an operation's name. */
static int name_columns(const struct page *p)
{
    return p->width >= 90 ? 26 : 16;
}

static void latency_row(struct page *p, const cJSON *e, const char *name, int g)
{
    static const char *const keys[] = {"min", "median", "p90", "p99", "max"};
    struct buf b = {0};

    mk_printf(&b, "  %-*.*s ", name_columns(p), name_columns(p), name);
    mk_style(&b, g == GUEST_CAPOS ? ST_CAPOS : ST_LINUX);
    mk_printf(&b, "%-6s", show_guest(g));
    mk_style(&b, ST_NORMAL);
    mk_printf(&b, "%6.0f", json_number(e, "n", 0));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        add_ns(&b, json_number(e, keys[i], NAN));
    page_add(p, &b, -1, false);
}

void detail_latency(struct page *p, const struct model_work *w)
{
    const cJSON *list[GUESTS], *first = NULL, *e;

    for (int g = 0; g < GUESTS; g++) {
        list[g] = newest(&w->cell[g], true);
        first = first ? first : list[g];
    }
    if (!first)
        return;
    page_title(p, "Latency of one operation (newest boot)");
    page_text(p, ST_DIM, "  %-*s %-6s%6s%9s%9s%9s%9s%9s", name_columns(p), "operation", "guest", "n", "min",
              "median", "p90", "p99", "max");
    cJSON_ArrayForEach(e, first)
    {
        const char *name = json_text(e, "name");

        for (int g = 0; name && g < GUESTS; g++)
            if (named(list[g], name))
                latency_row(p, named(list[g], name), name, g);
    }
}

static void add_kib(struct buf *b, const cJSON *o, const char *program)
{
    double kib = json_number(named(member(o, "programs"), program), "peakKiB", NAN);

    if (isfinite(kib))
        mk_printf(b, "%9.0f KiB", kib);
    else
        mk_printf(b, "%13s", "-");
}

void detail_resources(struct page *p, const struct model_work *w)
{
    const cJSON *of[GUESTS], *first = NULL, *e;

    for (int g = 0; g < GUESTS; g++) {
        of[g] = newest(&w->cell[g], false);
        first = first ? first : of[g];
    }
    if (!cJSON_GetArraySize(member(first, "programs")))
        return;
    page_title(p, "Peak memory (newest boot)");
    cJSON_ArrayForEach(e, member(first, "programs"))
    {
        const char *name = json_text(e, "name");
        struct buf b = {0};

        if (!name)
            continue;
        mk_printf(&b, "  %-20.20s ", name);
        for (int g = 0; g < GUESTS; g++)
            if (of[g]) {
                mk_printf(&b, "  %s", show_guest(g));
                add_kib(&b, of[g], name);
            }
        page_add(p, &b, -1, false);
    }
    for (int g = 0; g < GUESTS; g++)
        if (json_text(of[g], "peak"))
            page_field(p, show_guest(g), json_text(of[g], "peak"));
}

void detail_authority(struct page *p, const cJSON *authority)
{
    const cJSON *o = member(authority, "attempts"), *bundle = member(authority, "bundle");
    const char *status = json_text(bundle, "status");

    if (status)
        page_field(p, "bundle",
                   strcmp(status, "passed") == 0 ? "every program has exactly what is declared"
                                                 : json_text(bundle, "reason"));
    if (!o)
        return;
    if (json_text(o, "status"))
        page_field(p, "attempts", json_text(o, "reason"));
    else
        page_text(p, ST_NORMAL, "  attempts          on what is not granted: %.0f made, %.0f refused",
                  json_number(o, "made", 0), json_number(o, "refused", 0));
}
