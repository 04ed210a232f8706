/* SPDX-License-Identifier: MIT */
/*
 * Kernel messages: which lines mean a panic or an oops.
 * Invariant: see guest_serial.h; a line over the buffer's size is judged by its beginning.
 */
#include "guest_serial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* What Linux prints when it dies, and when something in it died but it tries to go on. */
static const char *const linux_panic[] = {"Kernel panic - not syncing", NULL};
static const char *const linux_oops[] = {
    "BUG: ",        "Oops: ",       "kernel BUG at ",  "general protection fault",
    "double fault", "divide error", "Out of memory: ", NULL};

void guest_serial_init(struct guest_serial *s, enum guest_kind kind)
{
    memset(s, 0, sizeof *s);
    s->kind = kind;
}

static bool line_has(const char *line, const char *const *words)
{
    for (; *words; words++) {
        if (strstr(line, *words))
            return true;
    }
    return false;
}

static void line_keep(char *to, size_t n, const char *line)
{
    char *shown = text_escaped(line, strlen(line), 120);

    snprintf(to, n, "%s", shown);
    free(shown);
}

static void line_judge(struct guest_serial *s)
{
    char *line = s->line;
    size_t len = s->have < sizeof s->line ? s->have : sizeof s->line - 1;

    while (len && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    for (size_t i = 0; i < len; i++) {
        if (!line[i])
            line[i] = ' ';
    }
    line[len] = 0;
    s->have = 0;
    if (s->kind == GUEST_LINUX) {
        if (!s->panic && line_has(line, linux_panic)) {
            s->panic = true;
            line_keep(s->panic_line, sizeof s->panic_line, line);
        }
        if (!s->oops && line_has(line, linux_oops)) {
            s->oops = true;
            line_keep(s->oops_line, sizeof s->oops_line, line);
        }
        return;
    }
    if (strncmp(line, "capos: ", 7) != 0)
        return;
    if (!s->panic && strncmp(line + 7, "PANIC", 5) == 0) {
        s->panic = true;
        line_keep(s->panic_line, sizeof s->panic_line,
                  line[12] == ':' ? line + 13 + (line[13] == ' ') : line + 7);
    }
    line_keep(s->last_line, sizeof s->last_line, line + 7);
}

void guest_serial_feed(struct guest_serial *s, const void *bytes, size_t n)
{
    const char *p = bytes;

    for (; n; n--, p++) {
        if (*p == '\n')
            line_judge(s);
        else if (s->have < sizeof s->line - 1)
            s->line[s->have++] = *p;
    }
}

void guest_serial_end(struct guest_serial *s)
{
    if (s->have)
        line_judge(s);
}
