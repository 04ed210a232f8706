/* SPDX-License-Identifier: MIT */
/*
 * Comparing the two guests' command lines.
 * Invariant: words are compared one by one in order; a difference is allowed only in the value of a listed
 * option, the same option standing before it on both sides, and for -drive only in its file name.
 */
#include "guest.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

static bool value_free(const char *option)
{
    return strcmp(option, "-kernel") == 0 || strcmp(option, "-initrd") == 0 || strcmp(option, "-append") == 0;
}

/* Both without the value of file=…; the text in between and around must be equal. */
static bool drives_match(const char *a, const char *b)
{
    const char *fa = strncmp(a, "file=", 5) == 0 ? a : strstr(a, ",file=");
    const char *fb = strncmp(b, "file=", 5) == 0 ? b : strstr(b, ",file=");

    if (!fa || !fb || fa - a != fb - b || memcmp(a, b, (size_t)(fa - a)) != 0)
        return false;
    return strcmp(strchrnul(fa + 1, ','), strchrnul(fb + 1, ',')) == 0;
}

static bool difference_allowed(const char *option_a, const char *option_b, const char *a, const char *b)
{
    if (strcmp(option_a, option_b) != 0)
        return false;
    return value_free(option_a) || (strcmp(option_a, "-drive") == 0 && drives_match(a, b));
}

static void difference_add(struct buf *out, const char *option, const char *a, const char *b, bool allowed)
{
    buf_puts(out, allowed ? "allowed: " : "not allowed: ");
    text_escape(out, option, strlen(option), false);
    buf_puts(out, ": ");
    text_escape(out, a, strlen(a), false);
    buf_puts(out, " | ");
    text_escape(out, b, strlen(b), false);
    buf_putc(out, '\n');
}

int guest_argv_diff(char *const *a, char *const *b, char **diff)
{
    struct buf out = {0};
    int beyond = 0;
    const char *option_a = "", *option_b = "";

    while (*a || *b) {
        const char *x = *a ? *a : "(nothing)", *y = *b ? *b : "(nothing)";
        if (!*a || !*b || strcmp(x, y) != 0) {
            bool allowed = *a && *b && difference_allowed(option_a, option_b, x, y);
            difference_add(&out, option_a, x, y, allowed);
            beyond += !allowed;
        }
        option_a = x;
        option_b = y;
        a += *a != NULL;
        b += *b != NULL;
    }
    *diff = buf_take(&out);
    return beyond;
}
