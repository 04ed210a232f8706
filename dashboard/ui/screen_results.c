/* SPDX-License-Identifier: MIT */
/*
 * Screen 2: one line a workload, sortable and filterable, failures first, statuses counted.
 * Invariant: a figure is shown only where the samples of passed boots give one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "view.h"

static void counts(struct page *p, const struct ui *u)
{
    size_t n[RS_COUNT] = {0};
    struct buf b = {0};

    for (size_t i = 0; i < u->m->nworks; i++)
        n[work_state(u->m, u->m->work[i])]++;
    mk_printf(&b, "%zu workloads:", u->m->nworks);
    for (int s = 0; s < RS_COUNT; s++)
        if (n[s]) {
            mk_printf(&b, " %zu ", n[s]);
            show_state(&b, (enum row_state)s);
        }
    mk_printf(&b, "  sort: %s  filter: %s", ui_sort_name(u), ui_filter_name(u));
    page_head(p, 0, &b);
}

static void columns_head(struct page *p, int name)
{
    struct buf b = {0};

    mk_style(&b, ST_DIM);
    mk_printf(&b, "  %-14s %-*s", "status", name, "workload");
    if (p->width >= 60)
        mk_printf(&b, " %9s %9s", "capOS ms", "Linux ms");
    mk_text(&b, p->width >= 60 ? "  ratio [95 %]" : " ratio");
    if (p->width >= 110) {
        mk_pad(&b, 0, p->width - 33);
        mk_printf(&b, "%6s %8s %8s %7s", "n", "sd capOS", "sd Linux", "pairs");
    }
    page_head(p, 1, &b);
}

static double cell_median(const struct model_cell *c)
{
    struct stats_summary s;

    return cell_summary(c, &s) == 0 ? s.median : NAN;
}

static void row(struct page *p, struct ui *u, int index, int name)
{
    struct model_work *w = u->m->work[index];
    struct buf b = {0};
    struct stats_ratio r;
    struct stats_summary a, l;
    bool has = work_ratio(u->m, w, &r) == 0;

    show_state(&b, work_state(u->m, w));
    mk_pad(&b, 0, 16);
    mk_printf(&b, " %-*.*s", name, name, show_name(w, name));
    if (p->width >= 60) {
        show_figure(&b, cell_median(&w->cell[GUEST_CAPOS]), 10);
        show_figure(&b, cell_median(&w->cell[GUEST_LINUX]), 10);
    }
    if (!has)
        mk_text(&b, p->width >= 60 ? "  -" : " -");
    else if (isfinite(r.low) && p->width >= 60)
        mk_printf(&b, p->width >= 84 ? "  %.4f [%.4f, %.4f]" : "  %.3g [%.3g, %.3g]", r.ratio, r.low, r.high);
    else
        mk_printf(&b, "%s%.3f", p->width >= 60 ? "  " : " ", r.ratio);
    if (p->width >= 110 && cell_summary(&w->cell[GUEST_CAPOS], &a) == 0 &&
        cell_summary(&w->cell[GUEST_LINUX], &l) == 0) {
        mk_pad(&b, 0, p->width - 33);
        mk_printf(&b, "%6zu", a.n + l.n);
        show_figure(&b, a.stddev, 9);
        show_figure(&b, l.stddev, 9);
        mk_printf(&b, " %7zu", has ? r.pairs : 0);
    }
    page_add(p, &b, index, true);
}

static void reason(struct page *p, const struct model_work *w)
{
    int g;
    const struct model_boot *t = work_trouble(w, &g);
    struct buf b = {0};

    for (int k = 0; k < 3; k++)
        if (w->cell[k].not_run != MS_NONE && w->cell[k].not_run_reason) {
            mk_style(&b, ST_DIM);
            mk_printf(&b, "    %s %s: %s", show_guest(k), model_status_word(w->cell[k].not_run),
                      w->cell[k].not_run_reason);
            page_add(p, &b, -1, false);
        }
    if (!t)
        return;
    mk_style(&b, t->status == MS_FAILED ? ST_FAIL : ST_WARN);
    mk_printf(&b, "    %s, boot %u: %s%s%s", show_guest(g), t->number, t->reason ? t->reason : "no reason",
              t->detail ? ": " : "", t->detail ? t->detail : "");
    page_add(p, &b, -1, false);
}

void screen_results(struct ui *u, struct page *p)
{
    int *order, name = p->width >= 110 ? 34 : p->width >= 76 ? 21 : p->width >= 60 ? 18 : p->width - 24;
    size_t n = ui_order(u, &order);

    name = name < 8 ? 8 : name;
    counts(p, u);
    columns_head(p, name);
    for (size_t i = 0; i < n; i++) {
        row(p, u, order[i], name);
        reason(p, u->m->work[order[i]]);
    }
    if (n == 0)
        page_text(p, ST_DIM, "%s",
                  u->m->nworks ? "no workload has this status; f shows others" : "no results yet");
    p->items = (int)n;
    free(order);
}
