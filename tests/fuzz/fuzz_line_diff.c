/* SPDX-License-Identifier: MIT */
/*
 * Two texts that guests wrote: the differences turn the first into the second, and are in order.
 * Invariant: line_diff.h's.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "line_diff.h"

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static const uint8_t text[] = "one\ntwo\nthree\nfour\n\0one\nthree\nTHREE\nfour\nfive";
    static const struct fuzz_seed seed = {text, sizeof text - 1};

    *seeds = &seed;
    return 1;
}

/* The next line of a text; false at its end. */
static bool line_next(const char **at, const char *end, struct line_ref *line)
{
    const char *feed;

    if (*at >= end)
        return false;
    feed = memchr(*at, '\n', (size_t)(end - *at));
    *line = (struct line_ref){*at, (size_t)((feed ? feed : end) - *at)};
    *at += line->len + 1;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const uint8_t *cut = len ? memchr(data, 0, len) : NULL;
    size_t na = cut ? (size_t)(cut - data) : len;
    const char *a = (const char *)data, *b = cut ? (const char *)cut + 1 : a + len, *enda = a + na,
               *endb = a + len;
    struct line_change *list;
    size_t n = line_diff(a, na, b, (size_t)(endb - b), &list), i = 0, x = 0, y = 0;
    struct line_ref la, lb;

    for (;;) {
        const struct line_change *c = i < n ? &list[i] : NULL;

        if (c && !c->second && c->number == x + 1) {
            fuzz_check(line_next(&a, enda, &la) && la.at == c->line.at && la.len == c->line.len);
            x++, i++;
        } else if (c && c->second && c->number == y + 1) {
            fuzz_check(line_next(&b, endb, &lb) && lb.at == c->line.at && lb.len == c->line.len);
            y++, i++;
        } else {
            bool more = line_next(&a, enda, &la);

            fuzz_check(line_next(&b, endb, &lb) == more);
            if (!more)
                break;
            fuzz_check(la.len == lb.len && memcmp(la.at, lb.at, la.len) == 0);
            x++, y++;
        }
    }
    fuzz_check(i == n);
    free(list);
    return 0;
}
