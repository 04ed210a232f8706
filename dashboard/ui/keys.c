/* SPDX-License-Identifier: MIT */
/*
 * Keys; see keys.h.
 * Invariant: each function either changes the view, gives an action, or leaves a message that says why it did
 * nothing.
 */
#include "keys.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool list_screen(const struct ui *u)
{
    return !u->v.help && (u->v.screen == SC_RUN || u->v.screen == SC_RESULTS);
}

static int *scroll_of(struct ui *u)
{
    return &u->v.scroll[u->v.help ? SC_COUNT : u->v.screen];
}

static void scroll_by(struct ui *u, int lines)
{
    *scroll_of(u) += lines;
    u->v.moved[u->v.help ? SC_COUNT : u->v.screen] = true;
}

/* Moves the selection by so many places in the screen's order. */
static void select_by(struct ui *u, int by)
{
    int *order, at = 0;
    size_t n = ui_order(u, &order);

    for (size_t i = 0; i < n; i++)
        if (order[i] == u->v.select)
            at = (int)i;
    at += by;
    at = at < 0 ? 0 : at >= (int)n ? (int)n - 1 : at;
    if (n)
        u->v.select = order[at];
    free(order);
}

static enum action move(struct ui *u, int key)
{
    int up = key == 'k' || key == KEY_UI_UP || key == KEY_UI_WHEEL_UP;

    if (list_screen(u))
        select_by(u, up ? -1 : 1);
    else
        scroll_by(u, (up ? -1 : 1) * (key == KEY_UI_WHEEL_UP || key == KEY_UI_WHEEL_DOWN ? 3 : 1));
    return ACT_NONE;
}

static enum action page_move(struct ui *u, int key)
{
    int by = u->body > 2 ? u->body - 1 : 1;

    if (list_screen(u))
        select_by(u, (key == KEY_UI_PAGE_UP ? -1 : 1) * (by / 3 > 0 ? by / 3 : 1));
    else
        scroll_by(u, key == KEY_UI_PAGE_UP ? -by : by);
    return ACT_NONE;
}

static enum action to_top(struct ui *u, int key)
{
    (void)key;
    if (list_screen(u))
        select_by(u, -(int)MODEL_WORKS);
    else
        scroll_by(u, -*scroll_of(u));
    return ACT_NONE;
}

static enum action to_bottom(struct ui *u, int key)
{
    (void)key;
    if (list_screen(u)) {
        select_by(u, (int)MODEL_WORKS);
    } else {
        *scroll_of(u) = (int)PAGE_LINES;
        u->v.moved[u->v.help ? SC_COUNT : u->v.screen] = false;
    }
    return ACT_NONE;
}

static enum action sideways(struct ui *u, int key)
{
    int by = key == 'l' || key == KEY_UI_RIGHT ? 1 : -1;

    if (u->v.screen == SC_CONSOLES) {
        u->v.pane = by > 0;
    } else if (u->v.screen == SC_DETAIL || u->v.screen == SC_HISTORY || u->v.screen == SC_CONTEXT) {
        if (u->m->nworks < 2)
            ui_message(u, "there is only one workload");
        else
            u->v.select = (int)((size_t)(u->v.select + by + (int)u->m->nworks) % u->m->nworks);
        u->v.scroll[u->v.screen] = 0;
    } else {
        ui_message(
            u, "left and right change the workload on Detail, History and Context, and the pane on Consoles");
    }
    return ACT_NONE;
}

static void go(struct ui *u, enum ui_screen s)
{
    u->v.help = false;
    u->v.screen = s;
}

static enum action number(struct ui *u, int key)
{
    return go(u, (enum ui_screen)(key - '1')), ACT_NONE;
}
static enum action tab(struct ui *u, int key)
{
    int by = key == KEY_UI_TAB || key == '\t' ? 1 : SC_COUNT - 1;

    return go(u, (enum ui_screen)((u->v.screen + by) % SC_COUNT)), ACT_NONE;
}

/* Two more emulators would change what is being measured. */
static enum action shells_start(struct ui *u)
{
    if (!u->m->ended && u->src.mode != SRC_REPLAY)
        ui_message(u, "a run is in progress, whose figures two more guests would spoil: shells start when it "
                      "has ended");
    else
        return ACT_SHELLS;
    return ACT_NONE;
}

static enum action enter(struct ui *u, int key)
{
    (void)key;
    if (!u->v.help && u->v.screen == SC_SHELLS)
        return shells_start(u);
    if (list_screen(u) && u->m->nworks)
        go(u, SC_DETAIL);
    else
        ui_message(u, list_screen(u) ? "there is no workload to open yet"
                                     : "Enter opens a workload from Run or Results, and starts the shells");
    return ACT_NONE;
}

static enum action escape(struct ui *u, int key)
{
    (void)key;
    if (u->v.help)
        u->v.help = false;
    else if (u->v.search_len)
        u->v.search_len = 0;
    else if (u->v.screen != SC_RUN)
        go(u, SC_RUN);
    else
        ui_message(u, "this is the first screen; q quits");
    return ACT_NONE;
}

static enum action search(struct ui *u, int key)
{
    (void)key;
    u->v.prompt = PR_SEARCH;
    u->v.search_len = 0;
    return ACT_NONE;
}

static enum action search_next(struct ui *u, int key)
{
    if (!u->v.search_len)
        ui_message(u, "nothing to look for yet: / starts a search");
    else
        search_go(u, key == 'n' ? 1 : -1, false);
    return ACT_NONE;
}

static enum action sort(struct ui *u, int key)
{
    (void)key;
    if (!list_screen(u)) {
        ui_message(u, "s sorts on Run and Results");
        return ACT_NONE;
    }
    ui_sort_next(u);
    ui_message(u, "sorted by %s", ui_sort_name(u));
    return ACT_NONE;
}

static enum action filter(struct ui *u, int key)
{
    (void)key;
    if (!list_screen(u)) {
        ui_message(u, "f filters on Run and Results");
        return ACT_NONE;
    }
    ui_filter_next(u);
    ui_message(u, "shown: %s", ui_filter_name(u));
    return ACT_NONE;
}

static enum action freeze(struct ui *u, int key)
{
    (void)key;
    u->v.frozen = !u->v.frozen;
    ui_message(u, u->v.frozen ? "the view is frozen; the run goes on" : "the view follows again");
    return ACT_NONE;
}

static enum action rerun(struct ui *u, int key)
{
    (void)key;
    if (u->src.ours)
        ui_message(u, "a run is in progress: x cancels it, then r runs this workload again");
    else if (!ui_selected(u))
        ui_message(u, "there is no workload to run again");
    else
        return ACT_RERUN;
    return ACT_NONE;
}

static enum action verify(struct ui *u, int key)
{
    (void)key;
    if (!u->m->ended)
        ui_message(u, "verifying again needs a finished run");
    else if (u->src.busy)
        ui_message(u, "a verification is at work");
    else if (!u->dir)
        ui_message(u, "there is no result directory");
    else
        return ACT_VERIFY;
    return ACT_NONE;
}

static enum action cancel(struct ui *u, int key)
{
    (void)key;
    if (u->src.ours)
        u->v.prompt = PR_CANCEL;
    else
        ui_message(u, u->m->ended ? "the run has ended: there is nothing to cancel"
                                  : "this run was started elsewhere: it can be cancelled there");
    return ACT_NONE;
}

static enum action export(struct ui *u, int key) { return (void)u, (void)key, ACT_EXPORT; }

static enum action quit(struct ui *u, int key)
{
    (void)key;
    if (!u->src.ours)
        return ACT_QUIT;
    u->v.prompt = PR_QUIT;
    return ACT_NONE;
}

static enum action help(struct ui *u, int key)
{
    (void)key;
    u->v.help = !u->v.help;
    u->v.scroll[SC_COUNT] = 0;
    return ACT_NONE;
}

static enum action replay(struct ui *u, int key)
{
    static const struct {
        int key;
        enum action act;
    } acts[] = {{'p', ACT_PAUSE},  {'.', ACT_STEP},     {',', ACT_STEP_BACK}, {'>', ACT_FASTER},
                {'<', ACT_SLOWER}, {'0', ACT_TO_START}, {'$', ACT_TO_END}};

    if (u->src.mode != SRC_REPLAY) {
        ui_message(u, "the run is live: pause, step and speed are for a replay (space freezes the view)");
        return ACT_NONE;
    }
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (acts[i].key == key)
            return acts[i].act;
    return ACT_NONE;
}

static enum action click(struct ui *u, int key)
{
    return (void)u, (void)key, ACT_NONE;
}

const struct key_entry keys_table[] = {
    {KEY_UI_UP, 'k', "up k", "selection or text up", NULL, move},
    {KEY_UI_DOWN, 'j', "down j", "selection or text down", NULL, move},
    {KEY_UI_LEFT, 'h', "left h", "previous workload, or left pane", NULL, sideways},
    {KEY_UI_RIGHT, 'l', "right l", "next workload, or right pane", NULL, sideways},
    {KEY_UI_PAGE_UP, 0, "PgUp", "a page up", NULL, page_move},
    {KEY_UI_PAGE_DOWN, 0, "PgDn", "a page down", NULL, page_move},
    {'g', KEY_UI_HOME, "g Home", "to the top", NULL, to_top},
    {'G', KEY_UI_END, "G End", "to the end, and follow it", NULL, to_bottom},
    {KEY_UI_TAB, '\t', "Tab", "next screen", NULL, tab},
    {KEY_UI_BACK_TAB, 0, "Shift-Tab", "previous screen", NULL, tab},
    {'1', 0, "1", "Run: the matrix", NULL, number},
    {'2', 0, "2", "Results", NULL, number},
    {'3', 0, "3", "Detail of the selected workload", NULL, number},
    {'4', 0, "4", "History of the selected workload", NULL, number},
    {'5', 0, "5", "Context", NULL, number},
    {'6', 0, "6", "Consoles", NULL, number},
    {'7', 0, "7", "Shells: both guests' at one keyboard", NULL, number},
    {KEY_UI_ENTER, '\n', "Enter", "open the selected workload; start the shells", "Enter open", enter},
    {KEY_UI_ESC, 27, "Esc", "leave help or search, back to Run", NULL, escape},
    {'?', 0, "?", "this help", "? help", help},
    {'/', 0, "/", "search", "/ search", search},
    {'n', 0, "n", "next hit", NULL, search_next},
    {'N', 0, "N", "previous hit", NULL, search_next},
    {'s', 0, "s", "sort: order, failures, name, ratio, time", "s sort", sort},
    {'f', 0, "f", "filter by status", "f filter", filter},
    {' ', 0, "space", "freeze the view, never the run", "space freeze", freeze},
    {'r', 0, "r", "run the selected workload again", "r rerun", rerun},
    {'v', 0, "v", "verify the results again from raw data", "v verify", verify},
    {'x', 0, "x", "cancel the run (asks)", "x cancel", cancel},
    {'e', 0, "e", "export this view as Markdown", "e export", export},
    {'p', 0, "p", "replay: pause or play", NULL, replay},
    {'.', 0, ".", "replay: one event forward", NULL, replay},
    {',', 0, ",", "replay: one event back", NULL, replay},
    {'>', 0, ">", "replay: faster", NULL, replay},
    {'<', 0, "<", "replay: slower", NULL, replay},
    {'0', 0, "0", "replay: from the start", NULL, replay},
    {'$', 0, "$", "replay: to the end", NULL, replay},
    {KEY_UI_WHEEL_UP, KEY_UI_WHEEL_DOWN, "wheel", "mouse: up and down", NULL, move},
    {KEY_UI_CLICK, 0, "click", "mouse: tab or workload", NULL, click},
    {'q', 0, "q", "quit (asks while a run of ours is going)", "q quit", quit},
};
const size_t keys_count = sizeof keys_table / sizeof keys_table[0];

enum action keys_run(struct ui *u, int key)
{
    for (size_t i = 0; i < keys_count; i++)
        if (keys_table[i].key == key || (keys_table[i].other && keys_table[i].other == key))
            return keys_table[i].run(u, key);
    if (key > 0x20 && key < 0x7f)
        ui_message(u, "%c does nothing here; ? lists the keys", key);
    else
        ui_message(u, "this key does nothing here; ? lists the keys");
    return ACT_NONE;
}

void screen_help(struct ui *u, struct page *p)
{
    int half = p->width >= 90 ? p->width / 2 : p->width;
    size_t rows = half < p->width ? (keys_count + 1) / 2 : keys_count;

    (void)u;
    page_title(p, "Keys");
    for (size_t i = 0; i < rows; i++) {
        struct buf b = {0};

        for (size_t k = i; k < keys_count; k += rows) {
            const struct key_entry *e = &keys_table[k];

            mk_pad(&b, 0, k == i ? 0 : half);
            mk_style(&b, ST_KEY);
            mk_printf(&b, "  %-10s", e->shown);
            mk_style(&b, ST_NORMAL);
            mk_printf(&b, " %s", e->does);
        }
        page_add(p, &b, -1, false);
    }
    page_blank(p);
    page_text(p, ST_DIM, "Typing into the shells: all keys go to them but Ctrl-], which opens a menu.");
    page_text(p, ST_DIM, "A key that cannot act says why. Freezing and quitting never harm a run.");
}
