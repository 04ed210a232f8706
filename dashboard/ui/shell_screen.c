/* SPDX-License-Identifier: MIT */
/*
 * Both shells on this terminal; see shell_both.h.
 * Invariant: both shells' processes have ended when it returns, and the terminal is as before.
 */
#include "shell_both.h"

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "interrupt.h"
#include "shells.h"
#include "terminal.h"

#define WAIT_MS 250

/* Our options without --guest and its value: what each guest's own process gets. */
static size_t arguments(int argc, char **argv, char **out)
{
    size_t n = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            while (i < argc)
                out[n++] = argv[i++];
        } else if (strcmp(argv[i], "--guest") == 0) {
            i++;
        } else if (strncmp(argv[i], "--guest=", 8) != 0) {
            out[n++] = argv[i];
        }
    }
    return n;
}

static void draw(struct shells *s, struct grid *g)
{
    char *hint = shells_hint(s, false);
    int w, h;

    term_size(&w, &h);
    if (g->w != w || g->h != h)
        grid_resize(g, w, h);
    shells_resize(s, w, h - 2);
    grid_clear(g);
    shells_draw(s, g, 0, g->h - 1);
    grid_draw(g, g->h - 1, 0, g->w, hint, ST_NORMAL, true);
    term_draw(g);
    free(hint);
}

/* Keys that are there. True: leave. */
static bool keys(struct shells *s, bool *any)
{
    struct view unused = {0};
    int key;

    while ((key = term_key(&unused)) >= 0) {
        *any = true;
        if (shells_key(s, key) == SHELLS_LEAVE)
            return true;
    }
    return false;
}

static bool serve(struct shells *s)
{
    struct grid g = {0};
    bool left = false, any = true;

    while (!left && !interrupt_seen()) {
        struct pollfd p[1 + SHELLS] = {{.fd = STDIN_FILENO, .events = POLLIN}};

        any |= shells_advance(s);
        if (any)
            draw(s, &g);
        if (!shells_running(s))
            break;
        for (int i = 0; i < SHELLS; i++)
            p[1 + i] = (struct pollfd){.fd = s->pane[i].fd, .events = POLLIN};
        (void)poll(p, 1 + SHELLS, WAIT_MS);
        left = (p[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
        any = false;
        left |= keys(s, &any);
    }
    grid_free(&g);
    return left || interrupt_seen();
}

int shell_both_terminal(int argc, char **argv)
{
    struct term_look look = {.mono = getenv("NO_COLOR") != NULL, .light = term_light()};
    char **args = mem_zalloc((size_t)(argc + 1) * sizeof *args);
    size_t n = arguments(argc, argv, args);
    struct shells s;
    int w, h, rc;

    (void)setlocale(LC_CTYPE, "");
    look.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    if (!term_usable(NULL) || term_open(NULL, stdout, stdin, &look) < 0) {
        free(args);
        return command_usage_error(
            "shell", "--guest both needs a terminal that can move its cursor, or commands from a pipe");
    }
    term_raw(true);
    term_size(&w, &h);
    rc = shells_open(&s, args, n, w, h - 2);
    free(args);
    if (rc < 0) {
        term_close();
        fprintf(stderr, "capbench shell: cannot start the shells: %s\n", strerror(-rc));
        return EXIT_EXEC_FAILED;
    }
    bool left = serve(&s);
    shells_close(&s);
    term_close();
    printf("capOS: exit %d, Linux: exit %d\n", s.pane[SHELL_LEFT].status, s.pane[SHELL_RIGHT].status);
    return left ? EXIT_INTERRUPTED : s.pane[SHELL_LEFT].status;
}
