/* SPDX-License-Identifier: MIT */
/*
 * View state, and the one function that turns (model, view state, named files) into a grid.
 * Invariant: ui_draw reads the model and the view and changes neither a run nor a file; ui_key changes the
 * view alone and asks for everything else by an action that the caller carries out.
 */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "grid.h"
#include "history.h"
#include "model.h"
#include "page.h"
#include "query.h"
#include "rawfile.h"

enum ui_screen { SC_RUN, SC_RESULTS, SC_DETAIL, SC_HISTORY, SC_CONTEXT, SC_CONSOLES, SC_SHELLS, SC_COUNT };

/* Keys beyond ASCII. */
enum key {
    KEY_UI_UP = 0x200,
    KEY_UI_DOWN,
    KEY_UI_LEFT,
    KEY_UI_RIGHT,
    KEY_UI_PAGE_UP,
    KEY_UI_PAGE_DOWN,
    KEY_UI_HOME,
    KEY_UI_END,
    KEY_UI_ENTER,
    KEY_UI_ESC,
    KEY_UI_TAB,
    KEY_UI_BACK_TAB,
    KEY_UI_BACKSPACE,
    KEY_UI_CLICK, /* with ui.mouse_row, ui.mouse_col */
    KEY_UI_WHEEL_UP,
    KEY_UI_WHEEL_DOWN
};

enum action {
    ACT_NONE,
    ACT_QUIT,        /* leave; a run of ours goes on */
    ACT_CANCEL_QUIT, /* cancel our run, wait for it, leave */
    ACT_CANCEL,
    ACT_RERUN,  /* the selected workload */
    ACT_VERIFY, /* the run directory */
    ACT_EXPORT, /* the page as Markdown */
    ACT_SHELLS, /* start both guests' shells */
    ACT_PAUSE,  /* replay: toggle */
    ACT_STEP,
    ACT_STEP_BACK,
    ACT_FASTER,
    ACT_SLOWER,
    ACT_TO_START,
    ACT_TO_END
};

enum source_mode { SRC_LIVE, SRC_FOLLOW, SRC_REPLAY };

/* Where the events come from; filled by the caller before each draw or key. */
struct source_view {
    enum source_mode mode;
    bool ours;          /* we started the run and it has not ended: it can be cancelled */
    bool paused;        /* replay */
    double speed;       /* replay */
    uint64_t at, total; /* lines folded and lines known */
    bool busy;          /* a verification of ours runs */
};

enum prompt { PR_NONE, PR_SEARCH, PR_QUIT, PR_CANCEL };

struct view {
    enum ui_screen screen;
    bool ascii, mono, frozen, help;
    int select;               /* workload, as index of the model */
    int scroll[SC_COUNT + 1]; /* first line shown; the last is the help's */
    bool moved[SC_COUNT + 1]; /* somebody scrolled: a following page stays where it is */
    int pane;                 /* consoles: 0 left, 1 right */
    int sort;                 /* enum in view.c; -1: the screen's own */
    int filter;
    enum prompt prompt;
    char search[64];
    size_t search_len;
    char message[200]; /* shown until the next key */
    int mouse_row, mouse_col;
};

struct ui {
    struct model *m;
    struct view v;
    struct source_view src;
    const char *dir;         /* the run's directory, or NULL */
    struct history *history; /* or NULL */
    struct rawfile *raw;     /* cache of raw texts; never NULL */
    struct shells *shells;   /* both guests' shells; NULL: not started */
    int64_t now_ms;          /* UTC */
    /* what was drawn last, for paging, searching and clicks */
    int width, body, body_top;
    int tab_row, tab_col[SC_COUNT + 1];
};

/* Draws everything into g, whatever its size. */
void ui_draw(struct ui *u, struct grid *g);
/* Do the keys go to the shells? */
bool ui_typing(const struct ui *u);
/* Takes a key; returns what the caller has to do. */
enum action ui_key(struct ui *u, int key);
/* Shows a line until the next key; escaped. */
void ui_message(struct ui *u, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The current page as Markdown; caller frees. */
char *ui_markdown(struct ui *u);
/* A fresh view of an empty model; the caller sets m, raw and the rest. */
void ui_init(struct ui *u);
/* Builds the current page for that width (caller clears it). */
void ui_page(struct ui *u, int width, struct page *p);
/* Selected workload, or NULL when there is none. */
struct model_work *ui_selected(struct ui *u);
/* Names for tabs and files: "Run" … */
const char *screen_name(enum ui_screen s);
/* Workloads in the order of the current screen, filter applied; *order is malloc'd. Returns how many. */
size_t ui_order(struct ui *u, int **order);
const char *ui_sort_name(const struct ui *u);
const char *ui_filter_name(const struct ui *u);
/* Moves to the next sort or filter. */
void ui_sort_next(struct ui *u);
void ui_filter_next(struct ui *u);

/* One builder a screen, each in its own file. */
void screen_run(struct ui *u, struct page *p);
void screen_results(struct ui *u, struct page *p);
void screen_detail(struct ui *u, struct page *p);
void screen_history(struct ui *u, struct page *p);
void screen_context(struct ui *u, struct page *p);
void screen_consoles(struct ui *u, struct page *p);
void screen_shells(struct ui *u, struct page *p);
void screen_help(struct ui *u, struct page *p);

#endif
