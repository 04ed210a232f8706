/* SPDX-License-Identifier: MIT */
/*
 * The screen as cells, and the text that goes into them.
 * Invariant: a cell holds printable ASCII or one glyph of our own table, each one column wide, so nothing
 * that a guest, a file or a log says can ever reach a terminal as a control sequence.
 *
 * Markup is a NUL-terminated string of printable ASCII, bytes GLYPH_BASE + glyph, and bytes STYLE_BASE +
 * style that switch the style from there on. Text from outside enters it by mk_text or mk_printf only.
 */
#ifndef UI_GRID_H
#define UI_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"

enum style {
    ST_NORMAL,
    ST_DIM,
    ST_BOLD,
    ST_TITLE,
    ST_TAB,
    ST_TAB_ON,
    ST_PASS,
    ST_FAIL,
    ST_WARN,
    ST_RUN,
    ST_CAPOS,
    ST_LINUX,
    ST_KEY,
    ST_HIT,
    ST_COUNT
};
#define ST_SELECT 0x40u /* added to a cell's style: this line is selected */

enum glyph {
    GL_RUN,
    GL_PASS,
    GL_FAIL,
    GL_INVALID,
    GL_QUEUED,
    GL_UNSUPPORTED,
    GL_NA,
    GL_SELECT,
    GL_VBAR,
    GL_HBAR,
    GL_MORE,
    GL_FULL,
    GL_EMPTY,
    GL_SPARK1,
    GL_SPARK8 = GL_SPARK1 + 7,
    GL_UP,
    GL_DOWN,
    GL_DOT,
    GL_PAUSE,
    GL_DOT_SEP,
    GL_LEFT_END,
    GL_RIGHT_END,
    GL_MIDDLE,
    GL_COUNT
};

#define GLYPH_BASE 0x80u
#define STYLE_BASE 0xc0u

struct cell {
    unsigned char code;  /* ASCII, or GLYPH_BASE + glyph */
    unsigned char style; /* enum style, perhaps with ST_SELECT */
};

struct grid {
    int w, h;
    struct cell *cell; /* w * h, row by row */
};

/* Makes the grid w x h blank cells (each 1..1000). */
void grid_resize(struct grid *g, int w, int h);
/* Frees the cells. */
void grid_free(struct grid *g);
/* Blanks every cell. */
void grid_clear(struct grid *g);
/*
 * Draws markup from (row, col), at most `width` columns, cut with GL_MORE when longer; `style` to begin with.
 * Cells outside the grid are left out. With `fill`, the rest of the width is blanked in that style.
 */
void grid_draw(struct grid *g, int row, int col, int width, const char *markup, unsigned style, bool fill);
/* The text of a glyph: UTF-8, or ASCII. Static memory. */
const char *glyph_text(enum glyph gl, bool ascii);
/* The text of a cell. Static memory (a small ring is not needed: one string a code). */
const char *cell_text(const struct cell *c, bool ascii);
/* Appends the grid as lines, trailing blanks left out. */
void grid_text(const struct grid *g, bool ascii, struct buf *out);

/* Appends outside text: printable ASCII as it is, every other byte as \xHH, tabs as two blanks. */
void mk_text(struct buf *b, const char *s);
/* The same for n bytes. */
void mk_bytes(struct buf *b, const void *bytes, size_t n);
/* printf, then as mk_text. */
void mk_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Appends a glyph. */
void mk_glyph(struct buf *b, enum glyph gl);
/* Appends a style switch. */
void mk_style(struct buf *b, enum style st);
/* Columns of a markup string. */
int mk_width(const char *markup);
/* Blanks up to `columns` columns counted from byte `from` of b. */
void mk_pad(struct buf *b, size_t from, int columns);
/* Pads or cuts what follows byte `from` of b to exactly so many columns. */
void mk_fit(struct buf *b, size_t from, int columns);
/* Appends markup as plain text (styles dropped). */
void mk_plain(struct buf *out, const char *markup, bool ascii);

#endif
