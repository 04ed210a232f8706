/* SPDX-License-Identifier: MIT */
/*
 * Prints calls.def as Markdown: served calls one a row, refused ones together by reason. Invariant: each call
 * number of the table is printed exactly once. Host program.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct row {
    int nr;
    const char *name, *status, *note, *err;
};

static const struct row rows[] = {
#define POSIX_SERVED(nr, name, status, note) {nr, #name, status, note, NULL},
#define POSIX_REFUSED(nr, name, err, note)   {nr, #name, NULL, note, #err},
#include "posix/calls.def"
};
#define ROWS (sizeof rows / sizeof rows[0])

static unsigned count(const char *status)
{
    unsigned n = 0;
    for (size_t i = 0; i < ROWS; i++)
        n += status ? rows[i].status && strcmp(rows[i].status, status) == 0 : !rows[i].status;
    return n;
}

static void served(const char *status)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].status && strcmp(rows[i].status, status) == 0)
            printf("| %d | %s | %s | %s |\n", rows[i].nr, rows[i].name, status, rows[i].note);
}

static bool same_reason(const struct row *a, const struct row *b)
{
    return !a->status && !b->status && strcmp(a->err, b->err) == 0 && strcmp(a->note, b->note) == 0;
}

int main(void)
{
    printf("%u supported, %u partial, %u stubbed, %u refused; any other number is ENOSYS.\n\n",
           count("supported"), count("partial"), count("stubbed"), count(NULL));
    printf("| number | call | status | note |\n|---|---|---|---|\n");
    served("supported");
    served("partial");
    served("stubbed");
    printf("\n| refused with | why | calls |\n|---|---|---|\n");
    for (size_t i = 0; i < ROWS; i++) {
        bool first = !rows[i].status;
        for (size_t j = 0; first && j < i; j++)
            first = !same_reason(&rows[i], &rows[j]);
        if (!first)
            continue;
        printf("| %s | %s |", rows[i].err, rows[i].note);
        for (size_t j = i; j < ROWS; j++)
            if (same_reason(&rows[i], &rows[j]))
                printf(" %s", rows[j].name);
        printf(" |\n");
    }
    return 0;
}
