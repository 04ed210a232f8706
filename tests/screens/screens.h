/* SPDX-License-Identifier: MIT */
/*
 * What the screen tests share: TAP, a libvterm screen, comparison of screens with the difference side by
 * side. Invariant: a comparison that fails prints both screens, line by line, the differing lines marked.
 */
#ifndef TEST_SCREENS_H
#define TEST_SCREENS_H

#include <stdbool.h>
#include <stddef.h>
#include <vterm.h>

#include "app.h"

/* One TAP line; counts failures. */
void check(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The plan line, at the end; returns the exit code. */
int check_done(void);

/* A terminal of w x h that bytes are fed to. */
struct vscreen {
    VTerm *vt;
    VTermScreen *screen;
    int w, h;
};
void vscreen_open(struct vscreen *v, int w, int h);
void vscreen_close(struct vscreen *v);
void vscreen_feed(struct vscreen *v, const char *bytes, size_t n);
void vscreen_resize(struct vscreen *v, int w, int h);
/* Its text as lines, trailing blanks left out; caller frees. */
char *vscreen_text(const struct vscreen *v);

/* Text of a grid, as vscreen_text; caller frees. */
char *screen_text(const struct grid *g, bool ascii);
/* Equal? If not, prints both as a TAP comment. */
bool same_screen(const char *expected, const char *got);
/* True when every cell of the grid is one that cell_text knows. */
bool grid_clean(const struct grid *g);
/* Folder with the recorded run. */
#define RECORDED "tests/screens/recorded/run"
/* Reads a whole file; NULL when it cannot be read. Caller frees. */
char *slurp(const char *path, size_t *len);

#endif
