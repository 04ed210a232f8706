/* SPDX-License-Identifier: MIT */
/*
 * The current view as Markdown: a table for Run, Results and History, an indented block for the other
 * screens. Invariant: text from outside cannot open a Markdown or HTML construct: bars and angle brackets are
 * escaped in tables, everything else stands in an indented block.
 */
#include "view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"

static void cell(struct buf *b, const char *markup)
{
    struct buf plain = {0};

    mk_plain(&plain, markup ? markup : "", true);
    buf_puts(b, " ");
    for (const char *s = plain.p ? plain.p : ""; *s; s++) {
        if (strchr("|<>`*_[]\\", *s))
            buf_putc(b, '\\');
        buf_putc(b, *s);
    }
    buf_puts(b, " |");
    buf_free(&plain);
}

static void figure_cell(struct buf *b, double v)
{
    struct buf c = {0};

    show_figure(&c, v, 0);
    cell(b, c.p);
    buf_free(&c);
}

static double median_of(const struct model_cell *c)
{
    struct stats_summary s;

    return cell_summary(c, &s) == 0 ? s.median : NAN;
}

static void results_table(struct ui *u, struct buf *b)
{
    int *order;
    size_t n = ui_order(u, &order);

    buf_puts(b, "| workload | status | capOS | Linux | capOS ms | Linux ms | who is faster "
                "|\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++) {
        struct model_work *w = u->m->work[order[i]];
        struct buf speed = {0};

        buf_puts(b, "|");
        cell(b, w->label);
        cell(b, row_state_word(work_state(u->m, w)));
        for (int g = 0; g < 2; g++)
            cell(b, row_state_word(cell_state(u->m, w, g)));
        for (int g = 0; g < 2; g++)
            figure_cell(b, median_of(&w->cell[g]));
        show_speed(&speed, u->m, w, true);
        cell(b, speed.p);
        buf_puts(b, "\n");
        buf_free(&speed);
    }
    free(order);
}

static void history_table(struct ui *u, struct buf *b)
{
    const struct model_work *w = ui_selected(u);

    buf_puts(b, "| run | accelerator | size | ratio | from | to | pairs |\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; w && u->history && i < u->history->n; i++) {
        const struct history_entry *e = &u->history->entry[i];

        if (strcmp(e->workload, w->name) != 0 || !e->backing || strcmp(e->backing, w->backing) != 0)
            continue;
        buf_puts(b, "|");
        cell(b, e->run_id);
        cell(b, e->accel);
        cell(b, e->size);
        figure_cell(b, e->ratio);
        figure_cell(b, e->low);
        figure_cell(b, e->high);
        buf_printf(b, " %u |\n", e->pairs);
    }
}

static void block(struct ui *u, struct buf *b)
{
    struct page p;

    ui_page(u, 100, &p);
    for (size_t i = 0; i < p.n; i++) {
        buf_puts(b, "    ");
        mk_plain(b, p.line[i].markup, u->v.ascii);
        buf_puts(b, "\n");
    }
    page_clear(&p);
}

char *ui_markdown(struct ui *u)
{
    const struct model *m = u->m;
    const struct model_work *w = ui_selected(u);
    struct buf b = {0}, c = {0};

    mk_printf(&c, "%s, run %s", u->v.help ? "Help" : screen_name(u->v.screen), m->run_id ? m->run_id : "?");
    buf_printf(&b, "# %s\n\n", c.p);
    buf_free(&c);
    mk_printf(&c, "%s, %s, %u pairs, %s.", m->size ? m->size : "?", m->backing ? m->backing : "?", m->pairs,
              show_accel(m));
    buf_printf(&b, "%s\n\n", c.p);
    buf_free(&c);
    if (!u->v.help && (u->v.screen == SC_RUN || u->v.screen == SC_RESULTS)) {
        results_table(u, &b);
    } else if (!u->v.help && u->v.screen == SC_HISTORY) {
        mk_printf(&c, "%s", w ? w->label : "no workload");
        buf_printf(&b, "%s, capOS/Linux:\n\n", c.p);
        buf_free(&c);
        history_table(u, &b);
    } else {
        block(u, &b);
    }
    return buf_take(&b);
}
