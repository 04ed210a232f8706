/* SPDX-License-Identifier: MIT */
/*
 * Rows of two panes, lined up.
 * Invariant: each row of either pane that holds something, and each before the last that does, occurs once
 * and in order.
 */
#ifndef UI_ALIGN_H
#define UI_ALIGN_H

#include "pane.h"

struct aligned {
    int left, right; /* rows of the panes; -1: nothing here */
    bool differ;
};

/*
 * Pairs equal rows, and beside each other those that differ between equal ones. With `as_is` row k is beside
 * row k. Returns how many, in a malloc'd list (NULL for none).
 */
size_t panes_align(const struct pane *left, const struct pane *right, bool as_is, struct aligned **out);

#endif
