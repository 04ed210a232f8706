/* SPDX-License-Identifier: MIT */
/* Screen 7 before its shells are started; then shells.c draws it. */
#include "view.h"

void screen_shells(struct ui *u, struct page *p)
{
    (void)u;
    page_title(p, "Shells: both guests' interactive shells at one keyboard");
    page_blank(p);
    page_wrap(p, ST_KEY, 2,
              "Enter starts them: capOS on the left, Linux on the right, as capbench shell --guest both.");
    page_wrap(p, ST_NORMAL, 2,
              "What is typed goes to both, or with Ctrl-] l and Ctrl-] r to one of them. Rows that are equal "
              "stand beside "
              "each other; those that differ are marked. Ctrl-] and a digit shows another screen while the "
              "shells go on, "
              "Ctrl-] q ends them; they end with the dashboard.");
    page_wrap(p, ST_DIM, 2, "They are not measured, and do not start while a run goes on.");
}
