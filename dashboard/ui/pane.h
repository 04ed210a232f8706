/* SPDX-License-Identifier: MIT */
/*
 * A program on a pseudo-terminal of its own, seen through an emulated terminal (libvterm).
 * Invariant: what it writes reaches a screen only as cells (pane_cell), never as bytes.
 */
#ifndef UI_PANE_H
#define UI_PANE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <vterm.h>

#include "grid.h"
#include "mem.h"

struct pane {
    VTerm *vt; /* NULL: not open */
    VTermScreen *screen;
    int w, h;
    int fd;           /* our end of the pseudo-terminal; -1: it has ended */
    pid_t pid;        /* 0: collected */
    int status;       /* exit code, or 128 + signal, once collected */
    struct buf typed; /* not taken yet */
};

/* Starts argv (argv[0] is a path) on a terminal of w columns and h rows, TERM=xterm. 0 or a negative errno.
 */
int pane_open(struct pane *p, char *const *argv, int w, int h);
/* Another size: the program is told as by any terminal. Nothing when it is the same. */
void pane_resize(struct pane *p, int w, int h);
/* Is there a program that has not ended? */
bool pane_running(const struct pane *p);
/* Takes what it has written, passes on what was typed, collects its end. True when there is something new to
 * show. */
bool pane_advance(struct pane *p);
/* Types n bytes; what it does not take soon (64 KiB) is dropped. */
void pane_type(struct pane *p, const void *bytes, size_t n);
/* The cell at row y, column x: printable ASCII, '?' for any other character. */
struct cell pane_cell(const struct pane *p, int y, int x);
/* Its cursor's row and column; false: hidden or gone. */
bool pane_cursor(const struct pane *p, int *y, int *x);
/* Asks the program to end, waits until it has (after a few seconds it is killed), frees all. */
void pane_close(struct pane *p);

#endif
