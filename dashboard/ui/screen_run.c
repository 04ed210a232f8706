/* SPDX-License-Identifier: MIT */
/*
 * Screen 1: the matrix. A workload is a line with its status and who is faster, then both guests, side by
 * side where there is room and one below the other where there is not. Invariant: every row states both
 * guests' state, the status word, and the ratio with its interval or that there is none.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "view.h"

/* State word of one guest: a running boot says its phase, a passed one what the verifier said. */
static void guest_state(struct buf *b, const struct ui *u, const struct model_work *w, int g)
{
    const struct model_cell *c = &w->cell[g];
    enum row_state s = cell_state(u->m, w, g);
    const struct model_boot *newest = cell_newest(c);

    if (s == RS_RUNNING && newest) {
        mk_style(b, ST_RUN);
        mk_glyph(b, GL_RUN);
        mk_printf(b, " %s", boot_phase_word(newest));
    } else if (s == RS_PASSED || (s == RS_WAITING && newest)) {
        mk_style(b, s == RS_PASSED ? ST_PASS : ST_DIM);
        mk_glyph(b, s == RS_PASSED ? GL_PASS : GL_PAUSE);
        mk_printf(b, " %s", s == RS_PASSED ? "verified" : "waiting");
    } else {
        show_state(b, s);
    }
    mk_style(b, ST_NORMAL);
}

/* Elapsed of the running boot and what it should take; of a finished cell, the time of its newest boot. */
static void guest_time(struct buf *b, const struct ui *u, const struct model_work *w, int g)
{
    const struct model_cell *c = &w->cell[g];
    const struct model_boot *n = cell_newest(c);
    double spent = -1, expect = cell_expect(u->m, c);

    if (n && n->phase == MP_ENDED)
        spent = (double)(n->end_ms - n->start_ms) / 1e3;
    else if (n)
        spent = u->now_ms > n->start_ms ? (double)(u->now_ms - n->start_ms) / 1e3 : 0;
    if (n)
        show_duration(b, spent, 5);
    if ((!n || n->phase != MP_ENDED) && c->wanted && expect > 0) {
        mk_text(b, n ? "/" : " ~");
        show_duration(b, expect, 0);
    }
}

static void guest_samples(struct buf *b, const struct model_cell *c, int spark, int figure)
{
    double *x;
    size_t n = cell_samples(c, &x);

    mk_style(b, ST_DIM);
    show_spark(b, x, n, spark);
    mk_style(b, ST_NORMAL);
    if (n)
        show_figure(b, stats_median(x, n), figure);
    else
        mk_printf(b, "%*s", figure, "-");
    free(x);
}

/* One guest in `columns` columns: name 6, state 11, boots 5, time 5 or 10, then samples and median at the
 * end. */
static void guest_block(struct buf *b, const struct ui *u, const struct model_work *w, int g, int columns)
{
    const struct model_cell *c = &w->cell[g];
    enum row_state s = cell_state(u->m, w, g);
    int spark = columns >= 60 ? 12 : columns >= 46 ? 6 : s == RS_RUNNING ? 0 : 4;
    size_t from = b->len;

    mk_style(b, g == GUEST_CAPOS ? ST_CAPOS : ST_LINUX);
    mk_printf(b, "%-6s", show_guest(g));
    mk_style(b, ST_NORMAL);
    if (!c->wanted && c->not_run == MS_NONE && c->nboots == 0) {
        mk_text(b, "- not in this run");
    } else if (s == RS_UNSUPPORTED || s == RS_NA) {
        guest_state(b, u, w, g);
        if (c->not_run_reason)
            mk_printf(b, ": %s", c->not_run_reason);
    } else {
        guest_state(b, u, w, g);
        mk_pad(b, from, 17);
        mk_printf(b, " %zu/%u", cell_done(c), u->m->pairs);
        mk_pad(b, from, 21);
        guest_time(b, u, w, g);
        mk_fit(b, from, columns - spark - 6);
        guest_samples(b, c, spark, 6);
    }
    mk_fit(b, from, columns);
}

static void work_head(struct buf *b, const struct ui *u, struct model_work *w, int name_columns, bool wide)
{
    size_t from = b->len;

    mk_style(b, ST_BOLD);
    mk_printf(b, "%.*s", name_columns, show_bare_name(w, name_columns));
    mk_style(b, ST_NORMAL);
    mk_pad(b, from, name_columns + 1);
    mk_printf(b, "%.5s ", w->backing);
    from = b->len;
    show_state(b, work_state(u->m, w));
    mk_pad(b, from, 12);
    show_speed(b, u->m, w, wide);
    if (wide) {
        struct stats_ratio r;

        if (work_ratio(u->m, w, &r) == 0)
            mk_printf(b, ", ratio %.4f (of %s)", r.ratio, w->unit ? w->unit : "medians");
    }
}

static int name_width(const struct ui *u)
{
    int n = 12;

    for (size_t i = 0; i < u->m->nworks; i++)
        n = (int)strlen(u->m->work[i]->name) > n ? (int)strlen(u->m->work[i]->name) : n;
    return n > 26 ? 26 : n;
}

static void native_line(struct page *p, const struct ui *u, const struct model_work *w, int item)
{
    struct buf b = {0};

    mk_text(&b, "  ");
    guest_block(&b, u, w, GUEST_NATIVE, p->width - 2);
    page_add(p, &b, item, false);
}

static void work_wide(struct page *p, const struct ui *u, struct model_work *w, int item)
{
    int half = (p->width - 5) / 2;
    struct buf b = {0};

    work_head(&b, u, w, name_width(u), p->width >= 110);
    page_add(p, &b, item, true);
    mk_text(&b, "  ");
    guest_block(&b, u, w, GUEST_CAPOS, half);
    mk_style(&b, ST_DIM);
    mk_glyph(&b, GL_VBAR);
    mk_style(&b, ST_NORMAL);
    mk_text(&b, " ");
    guest_block(&b, u, w, GUEST_LINUX, half);
    page_add(p, &b, item, false);
}

static void work_narrow(struct page *p, const struct ui *u, struct model_work *w, int item)
{
    struct buf b = {0};

    mk_style(&b, ST_BOLD);
    mk_printf(&b, "%.40s ", show_name(w, p->width - 12));
    mk_style(&b, ST_NORMAL);
    show_state(&b, work_state(u->m, w));
    page_add(p, &b, item, true);
    for (int g = 0; g < 2; g++) {
        mk_text(&b, " ");
        guest_block(&b, u, w, g, p->width - 2);
        page_add(p, &b, item, false);
    }
    mk_text(&b, " ");
    show_speed(&b, u->m, w, false);
    page_add(p, &b, item, false);
}

static void trouble_line(struct page *p, const struct model_work *w, int item)
{
    int g;
    const struct model_boot *t = work_trouble(w, &g);
    struct buf b = {0};

    if (!t)
        return;
    mk_style(&b, t->status == MS_FAILED ? ST_FAIL : ST_WARN);
    mk_printf(&b, "  %s %s: %s%s%s", show_guest(g), model_status_word(t->status),
              t->reason ? t->reason : "no reason", t->detail ? ": " : "", t->detail ? t->detail : "");
    page_add(p, &b, item, false);
}

static void head_block(struct buf *b, int columns)
{
    size_t from = b->len;

    mk_text(b, "guest state       done time");
    mk_pad(b, from, columns - 9);
    mk_printf(b, "%9s", "median");
}

static void heading(struct page *p, const struct ui *u)
{
    struct buf b = {0};

    mk_style(&b, ST_DIM);
    if (p->width >= 76) {
        int half = (p->width - 5) / 2;

        mk_text(&b, "  ");
        head_block(&b, half);
        mk_text(&b, "  ");
        head_block(&b, half);
    } else {
        mk_printf(&b, " guest, state, boots done, time, median");
    }
    (void)u;
    page_head(p, 0, &b);
}

void screen_run(struct ui *u, struct page *p)
{
    int *order;
    size_t n = ui_order(u, &order);
    bool airy = n > 0 && n <= 4 && p->width >= 76;

    heading(p, u);
    for (size_t i = 0; i < n; i++) {
        struct model_work *w = u->m->work[order[i]];

        if (p->width >= 76)
            work_wide(p, u, w, order[i]);
        else
            work_narrow(p, u, w, order[i]);
        if (w->cell[GUEST_NATIVE].wanted)
            native_line(p, u, w, order[i]);
        trouble_line(p, w, order[i]);
        if (airy && i + 1 < n)
            page_blank(p);
    }
    if (n == 0)
        page_text(p, ST_DIM, "%s",
                  u->m->nworks ? "no workload has this status; f shows others"
                               : "waiting for the run's plan");
    p->items = (int)n;
    free(order);
}
