/* SPDX-License-Identifier: MIT */
/*
 * A screen's content before it is laid on the grid: fixed heading lines and a list of lines that scrolls.
 * Invariant: lines are markup (grid.h); `item` says which selectable thing a line belongs to, -1 none.
 */
#ifndef UI_PAGE_H
#define UI_PAGE_H

#include "grid.h"

#define PAGE_LINES 20000u /* more are left out, and the last line says so */

struct page_line {
    char *markup;
    int item;
    bool item_head; /* the line that carries the selection mark */
};

struct page {
    int width;     /* columns it is made for */
    char *head[2]; /* fixed lines, or NULL */
    struct page_line *line;
    size_t n;
    int items;   /* how many items, in order of appearance */
    bool follow; /* shows its end while nobody scrolls */
};

/* Frees lines and heads; keeps the width. */
void page_clear(struct page *p);
/* Appends a line; takes the text of b and resets it. */
void page_add(struct page *p, struct buf *b, int item, bool head);
/* Appends a line of plain outside text in one style. */
void page_text(struct page *p, enum style st, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* An empty line. */
void page_blank(struct page *p);
/* A heading line within the page. */
void page_title(struct page *p, const char *title);
/* "key: value" with the value wrapped under itself at the page's width. NULL or empty value shows "-". */
void page_field(struct page *p, const char *key, const char *value);
/* Outside text wrapped at the page's width with an indent. */
void page_wrap(struct page *p, enum style st, int indent, const char *text);
/* Sets heading line k, taking the text of b. */
void page_head(struct page *p, int k, struct buf *b);

#endif
