/* SPDX-License-Identifier: MIT */
/*
 * From page to grid: title, tabs, progress, body, footer.
 * Invariant: any size from 1x1 on is drawn; at 10 rows or more the header states accelerator, what is left
 * and how long.
 */
#include "view.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "shells.h"
#include "show.h"

static enum style accel_style(const struct model *m)
{
    return m->accel && strcmp(m->accel, "kvm") == 0 ? ST_PASS : ST_WARN;
}

/* Left and right part of one row; the right one wins where they meet. */
static void draw_row(struct grid *g, int row, struct buf *left, struct buf *right, unsigned style)
{
    int w = right->p ? mk_width(right->p) : 0;

    if (w >= g->w)
        w = 0;
    grid_draw(g, row, 0, w ? g->w - w - 1 : g->w, left->p ? left->p : "", style, true);
    if (w)
        grid_draw(g, row, g->w - w, w, right->p, style, true);
    buf_free(left);
    buf_free(right);
}

static void draw_title(struct ui *u, struct grid *g, int row)
{
    const struct model *m = u->m;
    struct buf left = {0}, right = {0};

    mk_style(&left, ST_TITLE);
    mk_text(&left, "capbench");
    mk_style(&left, ST_NORMAL);
    if (m->run_id && g->w >= 60)
        mk_printf(&left, " %.40s ", m->run_id);
    if (m->size)
        mk_printf(&left, " %s %s %u pair%s", m->size, m->backing ? m->backing : "", m->pairs,
                  m->pairs == 1 ? "" : "s");
    else
        mk_text(&left, " starting");
    mk_style(&right, accel_style(m));
    if (m->accel && g->w >= 60)
        mk_text(&right, show_accel(m));
    else if (m->accel)
        mk_printf(&right, "%s%s", m->accel, strcmp(m->accel, "tcg") == 0 ? " EMULATED" : "");
    draw_row(g, row, &left, &right, ST_NORMAL);
}

static void draw_tabs(struct ui *u, struct grid *g, int row)
{
    int col = 0;

    u->tab_row = row;
    for (int s = 0; s < SC_COUNT; s++) {
        struct buf b = {0};
        bool on = !u->v.help && (int)u->v.screen == s;

        if (g->w < 60 && !on)
            mk_printf(&b, " %d ", s + 1);
        else
            mk_printf(&b, " %d %s ", s + 1, screen_name((enum ui_screen)s));
        u->tab_col[s] = col;
        grid_draw(g, row, col, g->w - col, b.p, on ? ST_TAB_ON : ST_TAB, false);
        col += mk_width(b.p);
        buf_free(&b);
    }
    u->tab_col[SC_COUNT] = col;
    if (u->v.help)
        grid_draw(g, row, col + 1, g->w - col - 1, "? Help", ST_TAB_ON, false);
}

static void status_word(struct ui *u, struct buf *b)
{
    const struct model *m = u->m;

    if (u->v.frozen) {
        mk_style(b, ST_WARN);
        mk_glyph(b, GL_PAUSE);
        mk_printf(b, " FROZEN, %llu waiting",
                  (unsigned long long)(u->src.total > u->src.at ? u->src.total - u->src.at : 0));
    } else if (u->src.mode == SRC_REPLAY) {
        mk_style(b, ST_RUN);
        if (u->src.at >= u->src.total) {
            mk_printf(b, "replay at its end");
        } else {
            mk_glyph(b, u->src.paused ? GL_PAUSE : GL_RUN);
            mk_printf(b, " replay %gx %llu/%llu", u->src.speed, (unsigned long long)u->src.at,
                      (unsigned long long)u->src.total);
        }
        if (m->ended)
            mk_printf(b, ", exit %d", m->exit);
    } else if (m->ended) {
        mk_style(b, m->exit == 0 ? ST_PASS : ST_FAIL);
        mk_glyph(b, m->exit == 0 ? GL_PASS : GL_FAIL);
        mk_printf(b, " ended%s, exit %d", m->interrupted ? " (interrupted)" : "", m->exit);
    } else {
        mk_style(b, ST_RUN);
        mk_glyph(b, GL_RUN);
        mk_text(b, run_timing(m) ? " timing" : m->started ? " running" : " starting");
    }
    mk_style(b, ST_NORMAL);
}

static void draw_progress(struct ui *u, struct grid *g, int row)
{
    size_t done, total;
    double left = run_left(u->m, u->now_ms);
    struct buf a = {0}, b = {0};

    run_boots(u->m, &done, &total);
    if (g->w >= 70) {
        show_bar(&a, total ? (double)done / (double)total : 0, g->w >= 110 ? 30 : 12);
        mk_text(&a, " ");
    }
    if (total)
        mk_printf(&a, "%zu/%zu boots", done, total);
    if (u->m->ended) {
        mk_text(&a, ", took ");
        show_duration(&a, run_spent(u->m, u->now_ms), 0);
    } else if (total) {
        mk_printf(&a, ", %zu left: ", total - done);
        if (left >= 0)
            mk_text(&a, g->w >= 60 ? "about " : "");
        show_duration(&a, left, 0);
        if (g->w >= 70) {
            mk_text(&a, ", spent ");
            show_duration(&a, run_spent(u->m, u->now_ms), 0);
        }
    }
    status_word(u, &b);
    draw_row(g, row, &a, &b, ST_NORMAL);
}

static void footer_hints(struct ui *u, struct buf *b, int width)
{
    bool first = true;

    if (u->src.mode == SRC_REPLAY)
        mk_text(b, u->src.at >= u->src.total ? "0 play from start  " : "p pause  . step  < > speed  ");
    for (size_t i = keys_count; i-- > 0;)
        if (keys_table[i].hint && strcmp(keys_table[i].hint, "q quit") == 0)
            mk_text(b, keys_table[i].hint);
    for (size_t i = 0; i < keys_count; i++) {
        const char *h = keys_table[i].hint;

        if (!h || strcmp(h, "q quit") == 0 || mk_width(b->p) + (int)strlen(h) + 2 > width)
            continue;
        mk_printf(b, "  %s", h);
        first = false;
    }
    (void)first;
}

static void draw_footer(struct ui *u, struct grid *g, int row, int first, int lines)
{
    struct buf a = {0}, b = {0};
    unsigned style = ST_DIM;

    if (lines > u->body && u->body > 0)
        mk_printf(&b, "%d-%d/%d", first + 1, first + u->body < lines ? first + u->body : lines, lines);
    switch (u->v.prompt) {
    case PR_SEARCH:
        style = ST_KEY;
        mk_printf(&a, "/%.*s_", (int)u->v.search_len, u->v.search);
        break;
    case PR_QUIT:
        style = ST_WARN;
        mk_text(&a, g->w >= 70 ? "Quit: c cancels the run, l leaves it running, any other key stays"
                               : "Quit: c cancel run, l leave it");
        break;
    case PR_CANCEL:
        style = ST_WARN;
        mk_text(&a, g->w >= 70 ? "Cancel the run? What is finished is kept. y cancels, any other key does not"
                               : "Cancel the run? y cancels");
        break;
    case PR_NONE:
        if (ui_typing(u) && !*u->v.message) {
            char *hint = shells_hint(u->shells, true);

            buf_puts(&a, hint);
            free(hint);
        } else if (*u->v.message) {
            style = ST_BOLD;
            mk_text(&a, u->v.message);
        } else {
            footer_hints(u, &a, g->w - (b.p ? mk_width(b.p) + 1 : 0));
        }
        break;
    }
    draw_row(g, row, &a, &b, style);
}

/* Marks every hit of the search in a row. */
static void draw_hits(const struct ui *u, struct grid *g, int row)
{
    size_t n = u->v.search_len;

    for (int x = 0; n && x + (int)n <= g->w; x++) {
        size_t i = 0;

        while (i < n &&
               tolower(g->cell[row * g->w + x + (int)i].code) == tolower((unsigned char)u->v.search[i]))
            i++;
        for (size_t k = 0; i == n && k < n; k++)
            g->cell[row * g->w + x + (int)k].style = ST_HIT;
    }
}

/* Keeps the scroll within the page, and the selected item in sight. */
static int settle(struct ui *u, const struct page *p, int body)
{
    int k = u->v.help ? SC_COUNT : (int)u->v.screen, n = (int)p->n, *s = &u->v.scroll[k];
    int last = n > body ? n - body : 0;

    if (p->items > 0)
        for (int i = 0; i < n; i++)
            if (p->line[i].item == u->v.select && p->line[i].item_head) {
                int end = i;

                while (end + 1 < n && p->line[end + 1].item == u->v.select)
                    end++;
                if (end >= *s + body)
                    *s = end - body + 1;
                if (i < *s)
                    *s = i;
                if (i < body - (end - i) && end < body)
                    *s = 0;
            }
    if (p->follow && !u->v.moved[k])
        *s = last;
    if (p->follow && *s >= last)
        u->v.moved[k] = false;
    *s = *s > last ? last : *s < 0 ? 0 : *s;
    return *s;
}

/* The selection falls on a row that is shown, when there is one. */
static void settle_selection(struct ui *u, const struct page *p)
{
    int first = -1;

    if (p->items <= 0)
        return;
    for (size_t i = 0; i < p->n; i++) {
        if (p->line[i].item == u->v.select)
            return;
        if (first < 0 && p->line[i].item >= 0)
            first = p->line[i].item;
    }
    if (first >= 0)
        u->v.select = first;
}

static void draw_body(struct ui *u, struct grid *g, int top, int bottom)
{
    struct page p;
    int heads = 0, first;

    u->width = g->w;
    if (u->shells && u->v.screen == SC_SHELLS && !u->v.help) {
        u->body_top = top;
        u->body = bottom > top ? bottom - top : 0;
        shells_resize(u->shells, g->w, u->body - 1);
        shells_draw(u->shells, g, top, bottom);
        if (bottom < g->h)
            draw_footer(u, g, bottom, 0, 0);
        return;
    }
    ui_page(u, g->w > 1 ? g->w - 1 : 1, &p);
    for (int k = 0; k < 2; k++)
        if (p.head[k] && bottom - top > 4)
            grid_draw(g, top + heads++, 1, g->w - 1, p.head[k], ST_NORMAL, false);
    top += heads;
    u->body_top = top;
    u->body = bottom > top ? bottom - top : 0;
    settle_selection(u, &p);
    first = settle(u, &p, u->body);
    for (int i = 0; i < u->body && first + i < (int)p.n; i++) {
        const struct page_line *l = &p.line[first + i];
        bool on = p.items > 0 && l->item == u->v.select && l->item_head;
        struct buf b = {0};

        if (p.items > 0 && on)
            mk_glyph(&b, GL_SELECT);
        else
            mk_text(&b, " ");
        buf_puts(&b, l->markup);
        grid_draw(g, top + i, 0, g->w, b.p, on ? ST_SELECT : ST_NORMAL, on);
        draw_hits(u, g, top + i);
        buf_free(&b);
    }
    if (bottom < g->h)
        draw_footer(u, g, bottom, first, (int)p.n);
    page_clear(&p);
}

void ui_draw(struct ui *u, struct grid *g)
{
    grid_clear(g);
    u->tab_row = -1;
    if (g->h >= 10) {
        draw_title(u, g, 0);
        draw_tabs(u, g, 1);
        draw_progress(u, g, 2);
        draw_body(u, g, 3, g->h - 1);
    } else if (g->h >= 4) {
        draw_progress(u, g, 0);
        draw_body(u, g, 1, g->h - 1);
    } else {
        draw_body(u, g, 0, g->h);
    }
}
