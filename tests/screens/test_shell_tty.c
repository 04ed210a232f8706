/* SPDX-License-Identifier: MIT */
/*
 * `capbench shell` with real guests on a pseudo-terminal: prompt, echo, editing, Ctrl-C, Ctrl-D, the ways
 * out, and that the terminal is as before after each. Invariant: every wait has a limit; no child outlives
 * its case.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "files.h"
#include "pane.h"
#include "screens.h"

#define WAIT_MS 180000

static char program[4096] = "build/capbench";

struct session {
    const char *guest;
    struct pane pane;
    int terminal; /* the pseudo-terminal, kept to look at its modes */
    struct termios before;
};

static char *text_of(const struct pane *p)
{
    struct buf b = {0};

    for (int y = 0; y < p->h; y++) {
        for (int x = 0; x < p->w; x++)
            buf_putc(&b, (char)pane_cell(p, y, x).code);
        buf_putc(&b, '\n');
    }
    return buf_take(&b);
}

static int count(const struct pane *p, const char *what)
{
    char *text = text_of(p);
    int n = 0;

    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        n++;
    free(text);
    return n;
}

/* Runs it until `what` is on the screen so many times, or it has ended. */
static bool wait_for(struct session *s, const char *what, int times)
{
    for (int left = WAIT_MS; left > 0 && pane_running(&s->pane); left -= 20) {
        struct pollfd p = {.fd = s->pane.fd, .events = POLLIN};

        if (count(&s->pane, what) >= times)
            return true;
        (void)poll(&p, 1, 20);
        (void)pane_advance(&s->pane);
    }
    char *text = text_of(&s->pane);
    printf("# %s: waited in vain for %s in:\n", s->guest, what);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        printf("# %s\n", line);
    free(text);
    return false;
}

static void expect(struct session *s, const char *what, int times, const char *name)
{
    check(wait_for(s, what, times), "%s: %s", s->guest, name);
}

static void begin(struct session *s, const char *guest)
{
    char word[] = "shell", option[] = "--guest", *name = mem_dup(guest);
    char *argv[] = {program, word, option, name, NULL};

    *s = (struct session){.guest = guest};
    if (pane_open(&s->pane, argv, 80, 30) < 0) {
        puts("Bail out! no pseudo-terminal");
        exit(1);
    }
    free(name);
    s->terminal = dup(s->pane.fd);
    (void)tcgetattr(s->terminal, &s->before);
    expect(s, "# ", 1, "the prompt comes");
}

static void type(struct session *s, const char *keys)
{
    pane_type(&s->pane, keys, strlen(keys));
}

/* Waits for the end: this exit code, and the terminal as before. */
static void end(struct session *s, int code, const char *name)
{
    struct termios now = {0};

    for (int left = WAIT_MS; left > 0 && pane_running(&s->pane); left -= 20) {
        struct pollfd p = {.fd = s->pane.fd, .events = POLLIN};

        (void)poll(&p, 1, 20);
        (void)pane_advance(&s->pane);
    }
    (void)tcgetattr(s->terminal, &now);
    check(!pane_running(&s->pane) && s->pane.status == code, "%s: %s (exit %d)", s->guest, name,
          s->pane.status);
    check(now.c_lflag == s->before.c_lflag && now.c_iflag == s->before.c_iflag &&
              now.c_oflag == s->before.c_oflag && now.c_cflag == s->before.c_cflag,
          "%s: the terminal is as before", s->guest);
    close(s->terminal);
    pane_close(&s->pane);
}

static void session(const char *guest)
{
    struct session s;

    begin(&s, guest);
    type(&s, "echo a$((1+1))bx\177c\r");
    expect(&s, "echo a$((1+1))bc", 1, "echo and backspace");
    expect(&s, "a2bc", 1, "a line as it was edited");
    type(&s, "garbage\025echo $LINES,$COLUMNS\r");
    expect(&s, "30,80", 1, "Ctrl-U, and the window's size in the environment");
    type(&s, "echo one | tr a-z A-Z; sleep 100\r");
    expect(&s, "ONE", 1, "a pipeline");
    usleep(500000); /* the program is started */
    type(&s, "\003");
    expect(&s, "# ", 4, "Ctrl-C ends the foreground program and the prompt is back");
    type(&s, "echo code $?\r");
    expect(&s, "code 130", 1, "its exit code is an interrupt's");
    type(&s, "cat\r");
    type(&s, "line for cat\r");
    expect(&s, "line for cat", 2, "a program reads the terminal");
    type(&s, "\004");
    type(&s, "sh -c 'exit 7'\r");
    expect(&s, "# ", 7, "Ctrl-D ends its input, and the shell goes on");
    type(&s, "\004");
    end(&s, 7, "Ctrl-D at the prompt ends the shell with the last exit code");
}

static void ways_out(const char *guest)
{
    struct session s;

    begin(&s, guest);
    type(&s, "while :; do :; done\r");
    usleep(500000);
    type(&s, "\035");
    end(&s, 130, "Ctrl-] leaves a guest that hangs");
    begin(&s, guest);
    kill(s.pane.pid, SIGTERM);
    end(&s, 130, "SIGTERM ends it in order");
    begin(&s, guest);
    kill(s.pane.pid, SIGQUIT);
    end(&s, 128 + SIGQUIT, "SIGQUIT ends it at once");
}

int main(int argc, char **argv)
{
    if (getenv("CAPBENCH_BUILD"))
        snprintf(program, sizeof program, "%s/capbench", getenv("CAPBENCH_BUILD"));
    if (!files_is_file(program)) {
        puts("1..0 # SKIP build/capbench is not there");
        return 0;
    }
    if (argc > 1) {
        session(argv[1]);
    } else {
        session("linux");
        session("capos");
        ways_out("capos");
    }
    return check_done();
}
