/* SPDX-License-Identifier: MIT */
/*
 * Cells and drawing; see grid.h.
 * Invariant: grid_draw writes only codes that cell_text knows, whatever bytes the markup holds.
 */
#include "grid.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *utf8, *ascii;
} glyphs[GL_COUNT] = {
    [GL_RUN] = {"\u25b6", ">"},        [GL_PASS] = {"\u2713", "+"},       [GL_FAIL] = {"\u2717", "x"},
    [GL_INVALID] = {"!", "!"},         [GL_QUEUED] = {"\u00b7", "."},     [GL_UNSUPPORTED] = {"\u2205", "-"},
    [GL_NA] = {"\u25cb", "o"},         [GL_SELECT] = {"\u25b8", ">"},     [GL_VBAR] = {"\u2502", "|"},
    [GL_HBAR] = {"\u2500", "-"},       [GL_MORE] = {"\u2026", "~"},       [GL_FULL] = {"\u2588", "#"},
    [GL_EMPTY] = {"\u2591", "."},      [GL_SPARK1] = {"\u2581", "_"},     [GL_SPARK1 + 1] = {"\u2582", "."},
    [GL_SPARK1 + 2] = {"\u2583", "-"}, [GL_SPARK1 + 3] = {"\u2584", "~"}, [GL_SPARK1 + 4] = {"\u2585", "="},
    [GL_SPARK1 + 5] = {"\u2586", "+"}, [GL_SPARK1 + 6] = {"\u2587", "*"}, [GL_SPARK8] = {"\u2588", "#"},
    [GL_UP] = {"\u25b2", "^"},         [GL_DOWN] = {"\u25bc", "v"},       [GL_DOT] = {"\u25cf", "o"},
    [GL_PAUSE] = {"\u2016", "="},      [GL_DOT_SEP] = {"\u00b7", "-"},    [GL_LEFT_END] = {"\u251c", "|"},
    [GL_RIGHT_END] = {"\u2524", "|"},  [GL_MIDDLE] = {"\u2503", "|"},
};

const char *glyph_text(enum glyph gl, bool ascii)
{
    return ascii ? glyphs[gl].ascii : glyphs[gl].utf8;
}

const char *cell_text(const struct cell *c, bool ascii)
{
    static char one[95][2];

    if (c->code >= GLYPH_BASE && c->code < GLYPH_BASE + GL_COUNT)
        return glyph_text((enum glyph)(c->code - GLYPH_BASE), ascii);
    if (c->code < 0x20 || c->code > 0x7e)
        return "?";
    one[c->code - 0x20][0] = (char)c->code;
    return one[c->code - 0x20];
}

void grid_resize(struct grid *g, int w, int h)
{
    w = w < 1 ? 1 : w > 1000 ? 1000 : w;
    h = h < 1 ? 1 : h > 1000 ? 1000 : h;
    g->cell = mem_grow(g->cell, (size_t)w * (size_t)h, sizeof *g->cell);
    g->w = w;
    g->h = h;
    grid_clear(g);
}

void grid_free(struct grid *g)
{
    free(g->cell);
    *g = (struct grid){0};
}

void grid_clear(struct grid *g)
{
    for (size_t i = 0; i < (size_t)g->w * (size_t)g->h; i++)
        g->cell[i] = (struct cell){' ', ST_NORMAL};
}

static void grid_put(struct grid *g, int row, int col, unsigned code, unsigned style)
{
    if (row >= 0 && row < g->h && col >= 0 && col < g->w)
        g->cell[row * g->w + col] = (struct cell){(unsigned char)code, (unsigned char)style};
}

void grid_draw(struct grid *g, int row, int col, int width, const char *markup, unsigned style, bool fill)
{
    unsigned select = style & ST_SELECT, base = style, now = style;
    int at = 0, all = mk_width(markup);

    for (const unsigned char *p = (const unsigned char *)markup; *p && at < width; p++) {
        unsigned code = *p;

        if (code >= STYLE_BASE) {
            now = code - STYLE_BASE == ST_NORMAL ? base : ((code - STYLE_BASE) % ST_COUNT) | select;
            continue;
        }
        if ((code < 0x20 || code > 0x7e) && !(code >= GLYPH_BASE && code < GLYPH_BASE + GL_COUNT))
            code = '?';
        if (at == width - 1 && all > width)
            code = GLYPH_BASE + GL_MORE;
        grid_put(g, row, col + at++, code, now);
    }
    for (; fill && at < width; at++)
        grid_put(g, row, col + at, ' ', base);
}

void grid_text(const struct grid *g, bool ascii, struct buf *out)
{
    for (int y = 0; y < g->h; y++) {
        int last = g->w;

        while (last > 0 && g->cell[y * g->w + last - 1].code == ' ')
            last--;
        for (int x = 0; x < last; x++)
            buf_puts(out, cell_text(&g->cell[y * g->w + x], ascii));
        buf_putc(out, '\n');
    }
}
