/* SPDX-License-Identifier: MIT */
/*
 * Typing at a guest's terminal; see typing.h.
 * Invariant: a line is typed whole or, while the guest is not ready, later.
 */
#include "typing.h"

#include <stdlib.h>
#include <string.h>

#include "guest.h"

static bool at_prompt(const struct typing *t)
{
    size_t n = strlen(t->session->prompt);

    return t->said.len >= n && memcmp(t->said.p + t->said.len - n, t->session->prompt, n) == 0;
}

void typing_said(struct typing *t, const char *bytes, size_t n)
{
    if (n > TYPING_SAID - t->said.len)
        n = TYPING_SAID - t->said.len;
    buf_add(&t->said, bytes, n);
    if (t->next < t->session->nkeys && at_prompt(t))
        t->due = true;
    typing_tick(t);
}

/* "^D" alone is the key for the end of input; any other line ends with Return. */
void typing_tick(struct typing *t)
{
    const char *line;
    char *keys;

    if (!t->due || !t->in)
        return;
    line = t->session->keys[t->next];
    keys = strcmp(line, "^D") == 0 ? mem_dup("\004") : mem_printf("%s\r", line);
    if (guest_input_type(t->in, keys, strlen(keys)) == 0) {
        t->next++;
        t->due = false;
    }
    free(keys);
}
