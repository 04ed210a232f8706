/* SPDX-License-Identifier: MIT */
/*
 * Both guests' shells side by side at one keyboard: a screen of its own (capbench shell --guest both) and the
 * dashboard's seventh. Invariant: while typing, every key goes to the shells it is meant for; Ctrl-] alone is
 * ours and opens the menu.
 */
#ifndef UI_SHELLS_H
#define UI_SHELLS_H

#include "pane.h"

enum { SHELL_LEFT, SHELL_RIGHT, SHELLS };

struct shells {
    struct pane pane[SHELLS];
    bool to[SHELLS]; /* which ones the keys go to */
    bool menu;       /* Ctrl-] was typed */
    bool as_is;      /* rows as they are, else lined up */
};

/* What a key asks the owner for: nothing, to leave, or (the dashboard) screen `1` to `9`. */
enum { SHELLS_STAY = 0, SHELLS_LEAVE = -1 };

/*
 * Starts both shells, with these further arguments of `capbench shell`, for a screen of w columns whose panes
 * have h rows. 0 or a negative errno.
 */
int shells_open(struct shells *s, char *const *args, size_t nargs, int w, int h);
/* The same with any two programs (argv each), for tests. */
int shells_open_programs(struct shells *s, char *const *left, char *const *right, int w, int h);
/* The screen has another size now: as for shells_open. */
void shells_resize(struct shells *s, int w, int h);
/* Takes what both wrote; true when there is something new to show. */
bool shells_advance(struct shells *s);
/* Does one of them still run? */
bool shells_running(const struct shells *s);
/* A key: a byte (below 0x100) or one of enum key. SHELLS_STAY, SHELLS_LEAVE, or a digit. */
int shells_key(struct shells *s, int key);
/* Draws heading and panes into rows top to bottom - 1. */
void shells_draw(const struct shells *s, struct grid *g, int top, int bottom);
/* The line of hints (markup) for below; caller frees. `screens`: digits mean something. */
char *shells_hint(const struct shells *s, bool screens);
/* Ends both and frees. */
void shells_close(struct shells *s);

#endif
