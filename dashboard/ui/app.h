/* SPDX-License-Identifier: MIT */
/*
 * One dashboard: model, source, view and the processes it started. No terminal in it: it is driven by the
 * terminal loop, by a script, or by a test. Invariant: the grid after app_draw is a function of the folded
 * events, the files they name, the view and the time.
 */
#ifndef UI_APP_H
#define UI_APP_H

#include "runner.h"
#include "shells.h"
#include "source.h"
#include "view.h"

struct app_options {
    bool ascii, mono, light, mouse, linear, from_start;
    double speed;         /* replay; 0: the default */
    const char *results;  /* where History looks; NULL: beside the run */
    const char *save_dir; /* where exports and saved screens go */
    char **run_args;      /* live: arguments for `capbench run`, --out left out */
    size_t nrun_args;
};

struct app {
    struct app_options opt;
    struct model model;
    struct source source;
    struct ui ui;
    struct runner run, verify;
    struct grid grid;
    struct shells shells; /* ui.shells points here while they are open */
    char *dir;
    int64_t history_at; /* wall clock of the last scan */
    bool quit;          /* the user wants to leave */
    bool waits;         /* leave when our run has ended (it was cancelled) */
};

/* Shows DIR: a replay when its run has ended, followed otherwise. 0 or a negative errno. */
int app_open(struct app *a, const struct app_options *opt, const char *dir);
/* Starts a run into DIR and shows it. 0 or a negative errno. */
int app_start(struct app *a, const struct app_options *opt, const char *dir);
/* Takes what the shells wrote; true when there is something new to show now. */
bool app_shells(struct app *a);
/* Frees everything and ends the shells; a run that goes on is left alone. */
void app_close(struct app *a);
/* Lets time pass: new events, ended children. True when something to be seen may have changed. */
bool app_advance(struct app *a, double elapsed_ms);
/* Takes a key and carries out what it asks for. */
void app_key(struct app *a, int key);
/* Draws at that size into a->grid. */
void app_draw(struct app *a, int w, int h);
/* True while a run that we started has not ended. */
bool app_running(const struct app *a);
/* Wall clock, UTC ms. */
int64_t app_wall_ms(void);
/* Exit code: that of our run when it has ended, else 0. */
int app_exit(const struct app *a);

#endif
