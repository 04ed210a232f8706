/* SPDX-License-Identifier: MIT */
/*
 * Grid to SVG and to asciicast; see export_svg.h.
 * Invariant: cell text is escaped for XML or JSON; every run of cells carries its own position, so that no
 * font's width matters.
 */
#include "export_svg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL_W 8.4
#define CELL_H 17

/* Foreground of each style on a dark ground, bold or not, and its SGR numbers. */
static const struct {
    const char *colour, *sgr;
    bool bold;
} looks[ST_COUNT] = {
    [ST_NORMAL] = {"#d6d9de", "0", false},   [ST_DIM] = {"#8b929c", "0;90", false},
    [ST_BOLD] = {"#ffffff", "0;1", true},    [ST_TITLE] = {"#ffffff", "0;1", true},
    [ST_TAB] = {"#a9b1bd", "0", false},      [ST_TAB_ON] = {"#14171c", "0;7", true},
    [ST_PASS] = {"#5fd7af", "0;36", false},  [ST_FAIL] = {"#ff8700", "0;1;31", true},
    [ST_WARN] = {"#ffd75f", "0;33", false},  [ST_RUN] = {"#87d7ff", "0;1;34", true},
    [ST_CAPOS] = {"#5fd7d7", "0;36", false}, [ST_LINUX] = {"#d7afff", "0;35", false},
    [ST_KEY] = {"#87d7ff", "0;1", true},     [ST_HIT] = {"#14171c", "0;7;33", true},
};

static bool reversed(unsigned style)
{
    return style & ST_SELECT || (style & 0x3f) == ST_TAB_ON || (style & 0x3f) == ST_HIT;
}

static void xml_text(struct buf *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '&')
            buf_puts(out, "&amp;");
        else if (*s == '<')
            buf_puts(out, "&lt;");
        else if (*s == '>')
            buf_puts(out, "&gt;");
        else
            buf_putc(out, *s);
    }
}

/* Cells [x, end) of one style. */
static void svg_run(const struct grid *g, bool ascii, int y, int x, int end, struct buf *out)
{
    const struct cell *row = &g->cell[(size_t)y * (size_t)g->w];
    unsigned style = row[x].style, plain = (style & 0x3f) % ST_COUNT;
    double left = x * CELL_W + 10, width = (end - x) * CELL_W;
    bool ground = reversed(style), blank = true;

    for (int i = x; i < end; i++)
        blank &= row[i].code == ' ';
    if (ground)
        buf_printf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", left,
                   y * CELL_H + 10, width, CELL_H, plain == ST_HIT ? "#ffd75f" : "#5b7fa6");
    if (blank)
        return;
    buf_printf(out, "<text x=\"%.1f\" y=\"%d\" textLength=\"%.1f\" fill=\"%s\"%s>", left, y * CELL_H + 23,
               width, ground && plain != ST_HIT ? "#ffffff" : looks[plain].colour,
               looks[plain].bold ? " font-weight=\"bold\"" : "");
    for (int i = x; i < end; i++)
        xml_text(out, cell_text(&row[i], ascii));
    buf_puts(out, "</text>\n");
}

void grid_svg(const struct grid *g, bool ascii, struct buf *out)
{
    double w = g->w * CELL_W + 20;
    int h = g->h * CELL_H + 20;

    buf_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%d\" viewBox=\"0 0 %.0f %d\">\n"
        "<rect width=\"100%%\" height=\"100%%\" rx=\"6\" fill=\"#14171c\"/>\n"
        "<g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" "
        "xml:space=\"preserve\">\n",
        w, h, w, h);
    for (int y = 0; y < g->h; y++)
        for (int x = 0, end; x < g->w; x = end) {
            end = x + 1;
            while (end < g->w && g->cell[y * g->w + end].style == g->cell[y * g->w + x].style)
                end++;
            /* Runs end at blanks of their own, so that trailing space costs nothing. */
            svg_run(g, ascii, y, x, end, out);
        }
    buf_puts(out, "</g>\n</svg>\n");
}

static void json_text_add(struct buf *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            buf_putc(out, '\\');
        if (*s == 27)
            buf_puts(out, "\\u001b");
        else
            buf_putc(out, *s);
    }
}

void cast_begin(struct cast *c, int w, int h, bool ascii)
{
    *c = (struct cast){.ascii = ascii};
    buf_printf(&c->text, "{\"version\": 2, \"width\": %d, \"height\": %d, \"title\": \"capbench\"}\n", w, h);
}

static void cast_row(struct buf *b, const struct grid *g, int y, bool ascii)
{
    unsigned style = 0x100;

    buf_printf(b, "\033[%d;1H", y + 1);
    for (int x = 0; x < g->w; x++) {
        const struct cell *c = &g->cell[y * g->w + x];

        if (c->style != style) {
            style = c->style;
            buf_printf(b, "\033[%s%sm", looks[(style & 0x3f) % ST_COUNT].sgr, style & ST_SELECT ? ";7" : "");
        }
        buf_puts(b, cell_text(c, ascii));
    }
}

void cast_frame(struct cast *c, const struct grid *g, double seconds)
{
    bool all = c->last.w != g->w || c->last.h != g->h;
    struct buf b = {0};

    if (all) {
        grid_resize(&c->last, g->w, g->h);
        buf_puts(&b, "\033[?25l\033[0m\033[2J");
    }
    for (int y = 0; y < g->h; y++)
        if (all || memcmp(&c->last.cell[(size_t)y * (size_t)g->w], &g->cell[(size_t)y * (size_t)g->w],
                          (size_t)g->w * sizeof *g->cell) != 0)
            cast_row(&b, g, y, c->ascii);
    memcpy(c->last.cell, g->cell, (size_t)g->w * (size_t)g->h * sizeof *g->cell);
    if (b.len) {
        buf_printf(&c->text, "[%.3f, \"o\", \"", seconds);
        json_text_add(&c->text, b.p);
        buf_puts(&c->text, "\"]\n");
    }
    buf_free(&b);
}

void cast_free(struct cast *c)
{
    buf_free(&c->text);
    grid_free(&c->last);
}
