/* SPDX-License-Identifier: MIT */
/*
 * Screen 4: the selected workload's ratio over the runs found beside this one, plotted on one scale.
 * Invariant: only runs of the same size, backing and accelerator are in the plot; how many were left out is
 * said.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "show.h"
#include "view.h"

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool comparable(const struct ui *u, const struct model_work *w, const struct history_entry *e)
{
    return same(e->accel, u->m->accel) && same(e->size, u->m->size) && same(e->backing, w->backing);
}

/* "2026-11-24 18:15" out of a run id that begins with 20261124T1815; else its first 16 bytes. */
static void when(const char *id, char out[20])
{
    if (strspn(id, "0123456789") == 8 && id[8] == 'T' && strspn(id + 9, "0123456789") >= 4)
        snprintf(out, 20, "%.4s-%.2s-%.2s %.2s:%.2s", id, id + 4, id + 6, id + 9, id + 11);
    else
        snprintf(out, 20, "%.16s", id);
}

static void scale(const struct ui *u, const struct model_work *w, double *low, double *high)
{
    *low = 0.98;
    *high = 1.02;
    for (size_t i = 0; i < u->history->n; i++) {
        const struct history_entry *e = &u->history->entry[i];

        if (!same(e->workload, w->name) || !comparable(u, w, e) || !isfinite(e->ratio))
            continue;
        *low = fmin(*low, isfinite(e->low) ? fmin(e->low, e->ratio) : e->ratio);
        *high = fmax(*high, isfinite(e->high) ? fmax(e->high, e->ratio) : e->ratio);
    }
}

static void entry_line(struct page *p, const struct ui *u, const struct history_entry *e, double low,
                       double high)
{
    int columns = p->width - 44 > 10 ? p->width - 44 : 0;
    struct buf b = {0};
    char date[20];

    when(e->run_id ? e->run_id : "?", date);
    if (same(e->run_id, u->m->run_id))
        mk_style(&b, ST_BOLD);
    mk_printf(&b, "%-16s ", p->width >= 60 ? date : date + (strlen(date) > 5 ? 5 : 0));
    mk_pad(&b, 0, p->width >= 60 ? 17 : 12);
    if (!isfinite(e->ratio))
        mk_printf(&b, "no ratio (%s)", e->stop ? e->stop : "?");
    else if (isfinite(e->low))
        mk_printf(&b, "%.3f [%.3f, %.3f]", e->ratio, e->low, e->high);
    else
        mk_printf(&b, "%.3f", e->ratio);
    mk_style(&b, ST_NORMAL);
    if (columns && isfinite(e->ratio)) {
        mk_pad(&b, 0, 40);
        show_ratio_strip(&b, e->ratio, e->low, e->high, low, high, columns);
        if (same(e->run_id, u->m->run_id))
            mk_glyph(&b, GL_SELECT);
    }
    page_add(p, &b, -1, false);
}

static void axis(struct page *p, double low, double high)
{
    int columns = p->width - 44;
    struct buf b = {0};
    char right[16];

    if (columns <= 10)
        return;
    mk_style(&b, ST_DIM);
    mk_pad(&b, 0, 40);
    mk_printf(&b, "%.3f", low);
    snprintf(right, sizeof right, "%.3f", high);
    mk_pad(&b, 0, 40 + columns - (int)strlen(right));
    mk_text(&b, right);
    page_add(p, &b, -1, false);
}

void screen_history(struct ui *u, struct page *p)
{
    struct model_work *w = ui_selected(u);
    size_t shown = 0, other = 0;
    double low, high;
    struct buf b = {0};

    if (!w || !u->history) {
        page_text(p, ST_DIM, "%s",
                  w ? "no result directory is known: nothing to compare with" : "no workload yet");
        return;
    }
    mk_style(&b, ST_TITLE);
    mk_text(&b, w->label);
    mk_style(&b, ST_NORMAL);
    mk_text(&b, "  capOS/Linux");
    page_head(p, 0, &b);
    mk_style(&b, ST_DIM);
    mk_printf(&b, "%s", w->lower_is_better ? "below 1: capOS is faster" : "above 1: capOS is faster");
    page_head(p, 1, &b);
    scale(u, w, &low, &high);
    axis(p, low, high);
    for (size_t i = 0; i < u->history->n; i++) {
        const struct history_entry *e = &u->history->entry[i];

        if (!same(e->workload, w->name))
            continue;
        if (!comparable(u, w, e)) {
            other++;
            continue;
        }
        shown++;
        entry_line(p, u, e, low, high);
    }
    if (!shown)
        page_text(p, ST_DIM, "no finished run of this workload yet");
    page_blank(p);
    page_text(p, ST_DIM, "%zu runs: size %s, backing %s, accelerator %s", shown,
              u->m->size ? u->m->size : "?", w->backing, u->m->accel ? u->m->accel : "?");
    if (other)
        page_text(p, ST_DIM, "%zu runs of another size, backing or accelerator are not in one series", other);
    if (u->history->unreadable)
        page_text(p, ST_WARN, "%zu files could not be read", u->history->unreadable);
}
