/* SPDX-License-Identifier: MIT */
/*
 * Screen 6: both guests' serial and program output, side by side where there is room, else the pane with the
 * focus. Invariant: guest bytes pass mk_bytes; a line feed is the only byte with a meaning.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "view.h"

struct column {
    char **line;
    size_t n;
};

static void column_add(struct column *c, struct buf *b)
{
    if (c->n >= PAGE_LINES) {
        buf_free(b);
        return;
    }
    if ((c->n & (c->n - 1)) == 0)
        c->line = mem_grow(c->line, c->n ? 2 * c->n : 1, sizeof(char *));
    c->line[c->n++] = buf_take(b);
}

/* One line of guest text, wrapped at `columns`. */
static void column_line(struct column *c, const char *s, size_t n, int columns)
{
    struct buf safe = {0}, b = {0};
    size_t at = 0;

    if (n && s[n - 1] == '\r')
        n--;
    mk_bytes(&safe, s, n);
    do {
        size_t part = safe.len - at < (size_t)columns ? safe.len - at : (size_t)columns;

        if (part)
            buf_add(&b, safe.p + at, part);
        column_add(c, &b);
        at += part;
    } while (at < safe.len);
    buf_free(&safe);
}

static void column_title(struct column *c, const char *fmt, const char *what, unsigned boot)
{
    struct buf b = {0};
    char line[128];

    snprintf(line, sizeof line, fmt, what, boot);
    mk_style(&b, ST_TITLE);
    mk_text(&b, line);
    column_add(c, &b);
}

static void column_file(struct ui *u, struct column *c, const struct model_boot *t, const char *what,
                        const char *file, int columns)
{
    size_t len;
    int cut;
    const char *text = rawfile_get(u->raw, u->dir, t->name, file, &len, &cut), *s = text;
    struct buf b = {0};

    column_title(c, "%s (boot %u)", what, t->number);
    if (!text || len == 0) {
        mk_style(&b, ST_DIM);
        mk_text(&b, text ? "nothing written" : "no file");
        column_add(c, &b);
        return;
    }
    if (cut) {
        mk_style(&b, ST_DIM);
        mk_text(&b, "... earlier text is in the file");
        column_add(c, &b);
    }
    while (s < text + len) {
        const char *end = memchr(s, '\n', len - (size_t)(s - text));
        size_t n = end ? (size_t)(end - s) : len - (size_t)(s - text);

        column_line(c, s, n, columns);
        s += n + 1;
    }
}

static void column_guest(struct ui *u, struct column *c, const struct model_work *w, int g, int columns)
{
    const struct model_boot *t = w ? cell_newest(&w->cell[g]) : NULL;
    struct buf b = {0};

    if (!t) {
        mk_style(&b, ST_DIM);
        mk_text(&b, "not booted yet");
        column_add(c, &b);
        return;
    }
    column_file(u, c, t, "kernel messages", "serial.log", columns);
    column_file(u, c, t, "console", "console.log", columns);
    column_file(u, c, t, "program output", "output.log", columns);
}

static void column_free(struct column *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->line[i]);
    free(c->line);
}

static void head(struct ui *u, struct page *p, const struct model_work *w, int half)
{
    struct buf b = {0};

    mk_style(&b, u->v.pane == 0 ? ST_TAB_ON : ST_CAPOS);
    mk_text(&b, " capOS ");
    mk_style(&b, ST_NORMAL);
    if (half) {
        mk_pad(&b, 0, half + 2);
    } else {
        mk_text(&b, " ");
    }
    mk_style(&b, u->v.pane == 1 ? ST_TAB_ON : ST_LINUX);
    mk_text(&b, " Linux ");
    mk_style(&b, ST_DIM);
    mk_printf(&b, " %s", w ? w->label : "");
    page_head(p, 0, &b);
}

void screen_consoles(struct ui *u, struct page *p)
{
    const struct model_work *w = ui_selected(u);
    bool both = p->width >= 60;
    int half = both ? (p->width - 3) / 2 : p->width > 1 ? p->width - 1 : 1;
    struct column c[2] = {{0}, {0}};
    size_t n = 0;

    p->follow = true;
    head(u, p, w, both ? half : 0);
    for (int g = 0; g < 2; g++)
        if (both || u->v.pane == g)
            column_guest(u, &c[g], w, g, half);
    n = c[0].n > c[1].n ? c[0].n : c[1].n;
    for (size_t i = 0; i < n; i++) {
        struct buf b = {0};

        if (!both) {
            buf_puts(&b, c[u->v.pane].line[i]);
        } else {
            if (i < c[0].n)
                buf_puts(&b, c[0].line[i]);
            mk_style(&b, ST_NORMAL);
            mk_pad(&b, 0, half + 1);
            mk_style(&b, ST_DIM);
            mk_glyph(&b, GL_VBAR);
            mk_style(&b, ST_NORMAL);
            if (i < c[1].n)
                buf_puts(&b, c[1].line[i]);
        }
        page_add(p, &b, -1, false);
    }
    column_free(&c[0]);
    column_free(&c[1]);
}
