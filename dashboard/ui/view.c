/* SPDX-License-Identifier: MIT */
/*
 * View state: order, filter, selection, prompts, search; see view.h.
 * Invariant: whatever keys come in, indexes stay within what the model holds.
 */
#include "view.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

enum { SORT_ORDER, SORT_FAILURES, SORT_NAME, SORT_RATIO, SORT_TIME, SORT_COUNT };
static const char *const sort_names[SORT_COUNT] = {"order", "failures first", "name", "ratio", "time"};

/* Filters: all, then one for each state. */
static const enum row_state filters[] = {RS_COUNT,   RS_FAILED, RS_INVALID,     RS_RUNNING, RS_QUEUED,
                                         RS_WAITING, RS_PASSED, RS_UNSUPPORTED, RS_NA,      RS_STOPPED};
#define FILTERS ((int)(sizeof filters / sizeof filters[0]))

const char *screen_name(enum ui_screen s)
{
    static const char *const names[SC_COUNT] = {"Run",     "Results",  "Detail", "History",
                                                "Context", "Consoles", "Shells"};

    return names[s];
}

void ui_init(struct ui *u)
{
    *u = (struct ui){.width = 80, .body = 20};
    u->v.sort = -1;
}

void ui_message(struct ui *u, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(u->v.message, sizeof u->v.message, fmt, ap);
    va_end(ap);
}

struct model_work *ui_selected(struct ui *u)
{
    if (u->m->nworks == 0)
        return NULL;
    if (u->v.select < 0 || (size_t)u->v.select >= u->m->nworks)
        u->v.select = 0;
    return u->m->work[u->v.select];
}

bool ui_typing(const struct ui *u)
{
    return u->shells && u->v.screen == SC_SHELLS && !u->v.help && u->v.prompt == PR_NONE;
}

static int sort_now(const struct ui *u)
{
    return u->v.sort >= 0 ? u->v.sort % SORT_COUNT : u->v.screen == SC_RESULTS ? SORT_FAILURES : SORT_ORDER;
}

const char *ui_sort_name(const struct ui *u)
{
    return sort_names[sort_now(u)];
}

const char *ui_filter_name(const struct ui *u)
{
    enum row_state f = filters[u->v.filter % FILTERS];

    return f == RS_COUNT ? "all" : row_state_word(f);
}

void ui_sort_next(struct ui *u)
{
    u->v.sort = (sort_now(u) + 1) % SORT_COUNT;
}

void ui_filter_next(struct ui *u)
{
    u->v.filter = (u->v.filter + 1) % FILTERS;
}

/* What a row sorts by, smaller first. */
static double sort_value(const struct ui *u, int index, int sort)
{
    static const int rank[RS_COUNT] = {
        [RS_FAILED] = 0,  [RS_INVALID] = 1, [RS_STOPPED] = 2, [RS_UNSUPPORTED] = 3, [RS_RUNNING] = 4,
        [RS_WAITING] = 5, [RS_QUEUED] = 6,  [RS_PASSED] = 7,  [RS_NA] = 8};
    struct model_work *w = u->m->work[index];
    struct stats_ratio r;
    struct stats_summary s;

    if (sort == SORT_FAILURES)
        return rank[work_state(u->m, w)];
    if (sort == SORT_RATIO)
        return work_ratio(u->m, w, &r) == 0 ? -r.ratio : INFINITY;
    if (sort == SORT_TIME)
        return cell_summary(&w->cell[GUEST_CAPOS], &s) == 0 ? -s.median : INFINITY;
    return index;
}

static bool before(const struct ui *u, int a, int b, int sort)
{
    double x, y;

    if (sort == SORT_NAME)
        return strcmp(u->m->work[a]->label, u->m->work[b]->label) < 0;
    x = sort_value(u, a, sort);
    y = sort_value(u, b, sort);
    return x < y || (x == y && a < b);
}

size_t ui_order(struct ui *u, int **order)
{
    enum row_state f = filters[u->v.filter % FILTERS];
    int sort = sort_now(u);
    size_t n = 0;

    *order = mem_zalloc((u->m->nworks + 1) * sizeof **order);
    for (size_t i = 0; i < u->m->nworks; i++) {
        size_t at = n;

        if (f != RS_COUNT && work_state(u->m, u->m->work[i]) != f)
            continue;
        while (at > 0 && before(u, (int)i, (*order)[at - 1], sort)) {
            (*order)[at] = (*order)[at - 1];
            at--;
        }
        (*order)[at] = (int)i;
        n++;
    }
    return n;
}

void ui_page(struct ui *u, int width, struct page *p)
{
    static void (*const build[SC_COUNT])(struct ui *, struct page *) = {
        screen_run,     screen_results,  screen_detail, screen_history,
        screen_context, screen_consoles, screen_shells};

    *p = (struct page){.width = width < 1 ? 1 : width};
    if (u->v.help)
        screen_help(u, p);
    else
        build[u->v.screen](u, p);
}

static bool contains(const char *text, const char *what, size_t n)
{
    for (; *text; text++) {
        size_t i = 0;

        while (i < n && text[i] && tolower((unsigned char)text[i]) == tolower((unsigned char)what[i]))
            i++;
        if (i == n)
            return true;
    }
    return false;
}

static bool line_hit(const struct ui *u, const char *markup)
{
    struct buf b = {0};
    bool hit;

    mk_plain(&b, markup, true);
    hit = b.p && contains(b.p, u->v.search, u->v.search_len);
    buf_free(&b);
    return hit;
}

/* Line that the search starts from: the selection's, or the first one shown. */
static int search_origin(struct ui *u, const struct page *p, bool list)
{
    for (size_t i = 0; list && i < p->n; i++)
        if (p->line[i].item == u->v.select && p->line[i].item_head)
            return (int)i;
    return u->v.scroll[u->v.help ? SC_COUNT : u->v.screen];
}

void search_go(struct ui *u, int direction, bool from_here)
{
    bool list = !u->v.help && (u->v.screen == SC_RUN || u->v.screen == SC_RESULTS);
    struct page p;
    int n, at;

    ui_page(u, u->width, &p);
    n = (int)p.n;
    at = search_origin(u, &p, list);
    at = at >= n ? n - 1 : at < 0 ? 0 : at;
    for (int k = from_here ? 0 : 1; k <= n; k++) {
        int i = n ? ((at + direction * k) % n + n) % n : 0;

        if (n == 0 || !line_hit(u, p.line[i].markup) || (list && p.line[i].item < 0))
            continue;
        if (list && p.line[i].item == u->v.select && k > 0 && k < n)
            continue;
        if (list)
            u->v.select = p.line[i].item;
        else
            u->v.scroll[u->v.help ? SC_COUNT : u->v.screen] = i;
        u->v.moved[u->v.help ? SC_COUNT : u->v.screen] = true;
        page_clear(&p);
        return;
    }
    page_clear(&p);
    ui_message(u, "not found on this screen: %.*s", (int)u->v.search_len, u->v.search);
}

static enum action prompt_search(struct ui *u, int key)
{
    if (key == '\n' || key == KEY_UI_ENTER) {
        u->v.prompt = PR_NONE;
        if (u->v.search_len)
            search_go(u, 1, true);
    } else if (key == 27 || key == KEY_UI_ESC) {
        u->v.prompt = PR_NONE;
        u->v.search_len = 0;
    } else if (key == KEY_UI_BACKSPACE || key == 127 || key == 8) {
        u->v.search_len -= u->v.search_len > 0;
    } else if (key >= 0x20 && key <= 0x7e && u->v.search_len < sizeof u->v.search - 1) {
        u->v.search[u->v.search_len++] = (char)key;
    }
    return ACT_NONE;
}

static enum action prompt_key(struct ui *u, int key)
{
    enum prompt pr = u->v.prompt;

    if (pr == PR_SEARCH)
        return prompt_search(u, key);
    u->v.prompt = PR_NONE;
    if (pr == PR_CANCEL && (key == 'y' || key == 'Y'))
        return ACT_CANCEL;
    if (pr == PR_QUIT && (key == 'c' || key == 'C'))
        return ACT_CANCEL_QUIT;
    if (pr == PR_QUIT && (key == 'l' || key == 'L'))
        return ACT_QUIT;
    ui_message(u, "the run goes on");
    return ACT_NONE;
}

static void click(struct ui *u)
{
    struct page p;
    int i;

    if (u->v.mouse_row == u->tab_row && u->tab_row >= 0) {
        for (int s = 0; s < SC_COUNT; s++)
            if (u->v.mouse_col >= u->tab_col[s] && u->v.mouse_col < u->tab_col[s + 1]) {
                u->v.help = false;
                u->v.screen = (enum ui_screen)s;
            }
        return;
    }
    if (u->v.mouse_row < u->body_top || u->v.mouse_row >= u->body_top + u->body || u->v.help)
        return;
    i = u->v.mouse_row - u->body_top + u->v.scroll[u->v.screen];
    ui_page(u, u->width, &p);
    if (i >= 0 && (size_t)i < p.n && p.line[i].item >= 0)
        u->v.select = p.line[i].item;
    page_clear(&p);
}

enum action ui_key(struct ui *u, int key)
{
    u->v.message[0] = '\0';
    if (u->v.prompt != PR_NONE)
        return prompt_key(u, key);
    if (key == KEY_UI_CLICK) {
        click(u);
        return ACT_NONE;
    }
    return keys_run(u, key);
}
