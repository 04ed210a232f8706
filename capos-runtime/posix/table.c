/* SPDX-License-Identifier: MIT */
/*
 * Prints calls.def as a Markdown table: calls of one outcome and one note share a row. Invariant: each call
 * of the table is printed exactly once. Host program.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct row {
    const char *name, *outcome, *note;
};

static const struct row rows[] = {
#define POSIX_SERVED(nr, name, status, note) {#name, status, note},
#define POSIX_REFUSED(nr, name, err, note)   {#name, #err, note},
#include "posix/calls.def"
};
#define ROWS (sizeof rows / sizeof rows[0])

static bool is_errno(const char *outcome)
{
    return outcome[0] == 'E';
}

static bool wanted(const struct row *r, const char *outcome)
{
    return outcome ? strcmp(r->outcome, outcome) == 0 : is_errno(r->outcome);
}

static unsigned count(const char *outcome)
{
    unsigned n = 0;
    for (size_t i = 0; i < ROWS; i++)
        n += wanted(&rows[i], outcome);
    return n;
}

static bool together(const struct row *a, const struct row *b)
{
    return strcmp(a->outcome, b->outcome) == 0 && strcmp(a->note, b->note) == 0;
}

static void print(const char *outcome)
{
    for (size_t i = 0; i < ROWS; i++) {
        bool first = wanted(&rows[i], outcome);
        for (size_t j = 0; first && j < i; j++)
            first = !together(&rows[i], &rows[j]);
        if (!first)
            continue;
        printf("| %s%s |", outcome ? "" : "refused: ", rows[i].outcome);
        for (size_t j = i; j < ROWS; j++)
            if (together(&rows[i], &rows[j]))
                printf(" %s", rows[j].name);
        printf(" | %s |\n", rows[i].note);
    }
}

int main(void)
{
    printf(
        "%u Linux calls supported, %u partial, %u stubbed, %u refused; any other number is ENOSYS. The seam "
        "runs inside the process: a bad pointer is a fault, not EFAULT. `..` is resolved in a path's text, "
        "before any "
        "Directory is asked.\n\n",
        count("supported"), count("partial"), count("stubbed"), count(NULL));
    printf("| outcome | calls | note |\n|---|---|---|\n");
    print("supported");
    print("partial");
    print("stubbed");
    print(NULL);
    return 0;
}
