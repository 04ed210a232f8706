/* SPDX-License-Identifier: MIT */
/*
 * Building pages; see page.h.
 * Invariant: what comes from outside passes mk_text, and no line is wider than the page unless the grid cuts
 * it.
 */
#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void page_clear(struct page *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->line[i].markup);
    free(p->line);
    for (int k = 0; k < 2; k++)
        free(p->head[k]);
    *p = (struct page){.width = p->width};
}

void page_add(struct page *p, struct buf *b, int item, bool head)
{
    if (p->n > PAGE_LINES) {
        buf_free(b);
        return;
    }
    if (p->n == PAGE_LINES) {
        buf_free(b);
        mk_printf(b, "... more lines than are shown here");
    }
    if ((p->n & (p->n - 1)) == 0)
        p->line = mem_grow(p->line, p->n ? 2 * p->n : 1, sizeof *p->line);
    p->line[p->n++] = (struct page_line){.markup = buf_take(b), .item = item, .item_head = head};
}

void page_text(struct page *p, enum style st, const char *fmt, ...)
{
    struct buf b = {0};
    char line[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    mk_style(&b, st);
    mk_text(&b, line);
    page_add(p, &b, -1, false);
}

void page_blank(struct page *p)
{
    page_text(p, ST_NORMAL, "%s", "");
}

void page_title(struct page *p, const char *title)
{
    struct buf b = {0};

    mk_style(&b, ST_TITLE);
    mk_text(&b, title);
    page_add(p, &b, -1, false);
}

/* Bytes of s that go on a line of `room` columns: up to a blank where there is one in the second half. */
static size_t wrap_at(const char *s, size_t room)
{
    size_t n = strlen(s), cut;

    if (n <= room)
        return n;
    for (cut = room; cut > room / 2; cut--)
        if (s[cut] == ' ')
            return cut;
    return room;
}

static void wrapped(struct page *p, enum style st, const char *first, int indent, const char *text)
{
    struct buf safe = {0}, b = {0};
    int room = p->width - indent;
    const char *s;

    mk_text(&safe, text);
    s = safe.p ? safe.p : "";
    room = room < 10 ? 10 : room;
    do {
        size_t from, n = wrap_at(s, (size_t)room);

        mk_style(&b, first ? ST_DIM : st);
        from = b.len;
        if (first)
            mk_text(&b, first);
        mk_pad(&b, from, indent);
        mk_style(&b, st);
        mk_bytes(&b, s, n);
        page_add(p, &b, -1, false);
        first = NULL;
        s += n;
        while (*s == ' ')
            s++;
    } while (*s);
    buf_free(&safe);
}

void page_field(struct page *p, const char *key, const char *value)
{
    char *first = mem_printf("  %s", key);
    int indent = p->width >= 60 ? 20 : 14;

    if ((int)strlen(first) >= indent)
        first[indent - 1] = '\0';
    wrapped(p, ST_NORMAL, first, indent, value && *value ? value : "-");
    free(first);
}

void page_wrap(struct page *p, enum style st, int indent, const char *text)
{
    wrapped(p, st, NULL, indent, text);
}

void page_head(struct page *p, int k, struct buf *b)
{
    free(p->head[k]);
    p->head[k] = buf_take(b);
}
