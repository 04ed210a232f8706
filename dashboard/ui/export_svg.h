/* SPDX-License-Identifier: MIT */
/*
 * Pictures of a grid: SVG, and frames of a terminal recording (asciicast version 2).
 * Invariant: output depends on the grid and the arguments alone.
 */
#ifndef UI_EXPORT_SVG_H
#define UI_EXPORT_SVG_H

#include "grid.h"

/* Appends a whole SVG document. */
void grid_svg(const struct grid *g, bool ascii, struct buf *out);

struct cast {
    struct buf text; /* the recording so far, lines of JSON */
    struct grid last;
    bool ascii;
};

/* Begins a recording of w x h cells. */
void cast_begin(struct cast *c, int w, int h, bool ascii);
/* Adds what changed on the grid at `seconds`. */
void cast_frame(struct cast *c, const struct grid *g, double seconds);
/* Frees it. */
void cast_free(struct cast *c);

#endif
