/* SPDX-License-Identifier: MIT */
/*
 * The two ways a dashboard lives: on a terminal, and as lines.
 * Invariant: on a terminal there are at most 4 redraws a second of its own accord, 1 while a region is timed;
 * a key is answered at once.
 */
#ifndef UI_LOOP_H
#define UI_LOOP_H

#include "app.h"

/* Runs on the terminal until it is left; returns the exit code. */
int loop_terminal(struct app *a);
/*
 * Tells the run in lines until it has ended. With `a->opt.linear` and a terminal on standard input, typed
 * lines are keys, after which the screen is told as text.
 */
int loop_lines(struct app *a);

#endif
