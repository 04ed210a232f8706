/* SPDX-License-Identifier: MIT */
/*
 * `capbench dash --script FILE`: keys, waits and saved screens from a file, without a terminal.
 * Invariant: with a replay nothing depends on the wall clock: waits move the replay's own clock.
 *
 * A line is one command; # begins a comment:
 *   size WxH            screen size from here on
 *   key NAME...         keys: one character, or up down left right pgup pgdn home end enter esc tab backtab
 *                       backspace space
 *   type TEXT           every character of the rest of the line as a key
 *   wait SECONDS        let time pass
 *   wait-for S TEXT     let at most S seconds pass until TEXT is on the screen, else fail
 *   expect TEXT         fail unless TEXT is on the screen now
 *   seek N|start|end    replay: state after N events
 *   speed N             replay speed
 *   save NAME           write the screen as text to NAME.txt in the --save folder
 *   svg NAME            the same as a picture
 *   cast NAME, endcast  record everything between them
 */
#ifndef UI_SCRIPT_H
#define UI_SCRIPT_H

#include "app.h"

/* "80x24"; each 1 to 1000. 0, or -EINVAL. */
int script_size(const char *text, int *w, int *h);
/* Runs the file. 0; 1 when an expectation failed or a file could not be written; 2 for a bad script (said on
 * stderr). */
int script_run(struct app *a, const char *path, int w, int h);

#endif
