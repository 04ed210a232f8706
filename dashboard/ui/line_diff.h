/* SPDX-License-Identifier: MIT */
/*
 * Differences between two texts, line by line.
 * Invariant: the lines reported are a shortest change from one to the other, or (for texts too long for that)
 * everything between their common beginning and end.
 */
#ifndef UI_LINE_DIFF_H
#define UI_LINE_DIFF_H

#include <stdbool.h>
#include <stddef.h>

struct line_ref {
    const char *at;
    size_t len; /* without its line feed */
};

struct line_change {
    bool second;   /* the line is in the second text only, else in the first only */
    size_t number; /* of the line there, from 1 */
    struct line_ref line;
};

/*
 * *changes gets a malloc'd list in order (NULL when there are none), pointing into the texts. Returns how
 * many. A last line without a line feed equals the one with.
 */
size_t line_diff(const char *a, size_t na, const char *b, size_t nb, struct line_change **changes);

#endif
