/* SPDX-License-Identifier: MIT */
/* Longest common subsequence of the lines that are left between a common beginning and end; see line_diff.h.
 */
#include "line_diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define TABLE_MAX (16u << 20) /* entries; beyond, lines are not aligned */

struct lines {
    struct line_ref *line;
    size_t n;
};

static struct lines lines_split(const char *text, size_t len)
{
    struct lines l = {0};

    for (const char *at = text, *end = text + len; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((feed ? feed : end) - at);

        if ((l.n & (l.n - 1)) == 0)
            l.line = mem_grow(l.line, l.n ? 2 * l.n : 1, sizeof *l.line);
        l.line[l.n++] = (struct line_ref){at, n};
        at += n + 1;
    }
    return l;
}

static bool same(const struct line_ref *a, const struct line_ref *b)
{
    return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

struct diff {
    const struct line_ref *a, *b;
    size_t na, nb, before; /* lines to align, and how many the texts have in common before them */
    struct line_change *out;
    size_t n;
};

static void change(struct diff *d, bool second, size_t i)
{
    d->out[d->n++] = (struct line_change){
        .second = second, .number = d->before + i + 1, .line = second ? d->b[i] : d->a[i]};
}

/* common[i][j]: length of the longest common subsequence of a[i..] and b[j..]. */
static void align(struct diff *d)
{
    size_t w = d->nb + 1, i = 0, j = 0;
    uint32_t *common = mem_zalloc((d->na + 1) * w * sizeof *common);

    for (size_t y = d->na; y-- > 0;)
        for (size_t x = d->nb; x-- > 0;) {
            uint32_t down = common[(y + 1) * w + x], right = common[y * w + x + 1];

            common[y * w + x] = same(&d->a[y], &d->b[x]) ? common[(y + 1) * w + x + 1] + 1
                                : down > right           ? down
                                                         : right;
        }
    while (i < d->na || j < d->nb) {
        if (i < d->na && j < d->nb && same(&d->a[i], &d->b[j])) {
            i++;
            j++;
        } else if (j == d->nb || (i < d->na && common[(i + 1) * w + j] >= common[i * w + j + 1])) {
            change(d, false, i++);
        } else {
            change(d, true, j++);
        }
    }
    free(common);
}

size_t line_diff(const char *a, size_t na, const char *b, size_t nb, struct line_change **changes)
{
    struct lines x = lines_split(a, na), y = lines_split(b, nb);
    size_t shorter = x.n < y.n ? x.n : y.n, head = 0, tail = 0;

    while (head < shorter && same(&x.line[head], &y.line[head]))
        head++;
    while (tail < shorter - head && same(&x.line[x.n - 1 - tail], &y.line[y.n - 1 - tail]))
        tail++;
    struct diff d = {.a = x.line + head,
                     .b = y.line + head,
                     .na = x.n - head - tail,
                     .nb = y.n - head - tail,
                     .before = head};
    *changes = NULL;
    if (d.na + d.nb > 0) {
        d.out = mem_zalloc((d.na + d.nb) * sizeof *d.out);
        if ((d.na + 1) * (d.nb + 1) <= TABLE_MAX) {
            align(&d);
        } else {
            for (size_t i = 0; i < d.na; i++)
                change(&d, false, i);
            for (size_t i = 0; i < d.nb; i++)
                change(&d, true, i);
        }
        *changes = d.out;
    }
    free(x.line);
    free(y.line);
    return d.n;
}
