/* SPDX-License-Identifier: MIT */
/*
 * A grid on a terminal, by ncursesw.
 * Invariant: between term_open and term_close the terminal's old state is kept ready, so that term_rescue
 * (safe in a signal handler) can give it back at any moment.
 */
#ifndef UI_TERMINAL_H
#define UI_TERMINAL_H

#include <stdio.h>

#include "grid.h"
#include "view.h"

struct term_look {
    bool ascii;
    bool mono;  /* no colour, attributes only */
    bool light; /* colours for a light ground */
    bool mouse;
};

/* Can this kind of terminal show a screen (move the cursor)? `type` NULL: $TERM. */
bool term_usable(const char *type);
/* Does the background look light, by $COLORFGBG? */
bool term_light(void);
/* Takes the terminal on `in` and `out` over. 0, or -ENOTTY when curses cannot use it. One at a time. */
int term_open(const char *type, FILE *out, FILE *in, const struct term_look *look);
/* Gives the terminal back. */
void term_close(void);
/* Gives it back for a while (Ctrl-Z) and takes it over again. */
void term_suspend(void);
void term_resume(void);
/* Every key as the bytes it sends, Ctrl-C among them (true), or as the keys of enum key. */
void term_raw(bool on);
/* Size of the terminal; follows a resize. */
void term_size(int *w, int *h);
/* For tests: pretend the terminal has that size. */
void term_resize(int w, int h);
/* Draws what changed. */
void term_draw(const struct grid *g);
/* Next key that is waiting (a byte or enum key; mouse positions go to v), or -1. Never blocks. */
int term_key(struct view *v);
/* Async-signal-safe: writes the restoring sequence and the old line settings. */
void term_rescue(void);

#endif
