/* SPDX-License-Identifier: MIT */
/*
 * The key table: what each key does, on which screens, and its line in the help, in one place.
 * Invariant: the help screen and the footer are made from this table; a key that is not in it does nothing
 * but say so.
 */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include "view.h"

struct key_entry {
    int key, other;    /* two keys for the same thing; 0: none */
    const char *shown; /* as the help shows them */
    const char *does;
    const char *hint; /* short word for the footer; NULL: not there */
    enum action (*run)(struct ui *u, int key);
};

extern const struct key_entry keys_table[];
extern const size_t keys_count;

/* Looks for the key and runs it; a message when there is none. */
enum action keys_run(struct ui *u, int key);
/* Search the current page for the next (+1) or previous (-1) hit from where the view is. */
void search_go(struct ui *u, int direction, bool from_here);

#endif
