/* SPDX-License-Identifier: MIT */
/*
 * Small pictures of values in markup, shared by the screens.
 * Invariant: each appends exactly the columns it states, whatever the values.
 */
#ifndef UI_SHOW_H
#define UI_SHOW_H

#include "grid.h"
#include "query.h"

/* Glyph, blank and word of a state, in its style, then back to normal. */
void show_state(struct buf *b, enum row_state s);
/* The glyph alone, styled. */
void show_state_glyph(struct buf *b, enum row_state s);
enum style show_state_style(enum row_state s);
/* The last `columns` samples as bars between their smallest and largest; padded to `columns`. */
void show_spark(struct buf *b, const double *x, size_t n, int columns);
/* A bar of `columns`, filled to the fraction. */
void show_bar(struct buf *b, double fraction, int columns);
/* "m:ss", right-aligned in `columns` (0: as it is). */
void show_duration(struct buf *b, double seconds, int columns);
/* A figure, right-aligned in `columns` (0: as it is); NaN shows "-". */
void show_figure(struct buf *b, double v, int columns);
/*
 * Box over [low, high] in `columns`: ends at min and max, bar at the median, dots for samples.
 */
void show_strip(struct buf *b, const double *x, size_t n, double low, double high, int columns);
/* A ratio with its interval on a scale [low, high] that has 1.0 marked. */
void show_ratio_strip(struct buf *b, double ratio, double from, double to, double low, double high,
                      int columns);
/* "capOS 1.05x faster [1.03, 1.07]", or why there is none. `wide` adds the pairs. */
void show_speed(struct buf *b, const struct model *m, struct model_work *w, bool wide);
/* A workload's name in `columns`: without its family when it does not fit. Points into the name. */
const char *show_name(const struct model_work *w, int columns);
/* The same without the backing, for where that stands beside it. */
const char *show_bare_name(const struct model_work *w, int columns);
/* "capOS", "Linux", "native". */
const char *show_guest(int guest);
/* The accelerator with its warning: "tcg (emulated)". */
const char *show_accel(const struct model *m);

#endif
