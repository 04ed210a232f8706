/* SPDX-License-Identifier: MIT */
/* Lining up by line_diff; see align.h. */
#include "align.h"

#include <stdlib.h>

#include "line_diff.h"

/* Rows as text with line feeds, up to the last that holds something or has the cursor; how many rows. */
static int rows_text(const struct pane *p, struct buf *b)
{
    int rows = 0, cy = 0, cx = 0;
    size_t end = 0;

    for (int y = 0; y < p->h; y++) {
        size_t start = b->len, keep = start;

        for (int x = 0; x < p->w; x++) {
            struct cell c = pane_cell(p, y, x);

            buf_putc(b, (char)c.code);
            if (c.code != ' ')
                keep = b->len;
        }
        b->len = keep;
        buf_putc(b, '\n');
        if (keep > start || (pane_cursor(p, &cy, &cx) && cy == y)) {
            rows = y + 1;
            end = b->len;
        }
    }
    b->len = end;
    return rows;
}

struct alignment {
    struct aligned *row;
    size_t n;
    int left, right; /* next rows */
};

static void put(struct alignment *a, bool left, bool right, bool differ)
{
    a->row[a->n++] = (struct aligned){left ? a->left++ : -1, right ? a->right++ : -1, differ};
}

/* The rows before the next changes are equal; then so many of each side differ. */
static void put_changes(struct alignment *a, int until_left, int nleft, int nright)
{
    while (a->left < until_left)
        put(a, true, true, false);
    for (int i = 0; i < nleft || i < nright; i++)
        put(a, i < nleft, i < nright, true);
}

static void align_changes(struct alignment *a, const struct line_change *list, size_t n)
{
    for (size_t i = 0; i < n;) {
        /* A block: changes without an equal row between them. */
        int left = a->left, right = a->right, nleft = 0, nright = 0;
        int gap = (int)list[i].number - 1 - (list[i].second ? right : left);

        left += gap;
        right += gap;
        for (; i < n; i++) {
            int at = (int)list[i].number - 1;

            if (list[i].second ? at != right + nright : at != left + nleft)
                break;
            if (list[i].second)
                nright++;
            else
                nleft++;
        }
        put_changes(a, left, nleft, nright);
    }
}

static bool rows_equal(const struct pane *a, const struct pane *b, int y)
{
    for (int x = 0; x < a->w || x < b->w; x++)
        if (pane_cell(a, y, x).code != pane_cell(b, y, x).code)
            return false;
    return true;
}

size_t panes_align(const struct pane *left, const struct pane *right, bool as_is, struct aligned **out)
{
    struct buf x = {0}, y = {0};
    int nx = rows_text(left, &x), ny = rows_text(right, &y);
    struct alignment a = {.row = mem_zalloc((size_t)(nx + ny + 1) * sizeof *a.row)};
    struct line_change *list = NULL;

    if (as_is) {
        while (a.left < nx || a.right < ny)
            put(&a, a.left < nx, a.right < ny, !rows_equal(left, right, (int)a.n));
    } else {
        size_t n = line_diff(x.p, x.len, y.p, y.len, &list);

        align_changes(&a, list, n);
        while (a.left < nx && a.right < ny)
            put(&a, true, true, false);
    }
    free(list);
    buf_free(&x);
    buf_free(&y);
    *out = a.row;
    return a.n;
}
