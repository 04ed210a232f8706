/* SPDX-License-Identifier: MIT */
/* See cmdline.h. Invariant: a word begins at the start or behind a space. */
#include "kernel/cmdline.h"

#include "kernel/string.h"

const char *cmdline_value(const char *cmdline, const char *word)
{
    const size_t n = strlen(word);

    for (const char *p = cmdline; *p != '\0'; p++)
        if ((p == cmdline || p[-1] == ' ') && strlen(p) > n && memcmp(p, word, n) == 0 && p[n] == '=')
            return p + n + 1;
    return NULL;
}
