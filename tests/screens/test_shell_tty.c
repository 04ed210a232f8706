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

/* Runs it until `what` is on the screen so many times, or it has ended, or so long. */
static bool look_for(struct session *s, const char *what, int times, int ms)
{
    for (; ms > 0 && pane_running(&s->pane); ms -= 20) {
        struct pollfd p = {.fd = s->pane.fd, .events = POLLIN};

        if (count(&s->pane, what) >= times)
            return true;
        (void)poll(&p, 1, 20);
        (void)pane_advance(&s->pane);
    }
    return false;
}

static bool wait_for(struct session *s, const char *what, int times)
{
    if (look_for(s, what, times, WAIT_MS))
        return true;
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

static void begin_program(struct session *s, const char *name, char *const *argv)
{
    *s = (struct session){.guest = name};
    if (pane_open(&s->pane, argv, 80, 30) < 0) {
        puts("Bail out! no pseudo-terminal");
        exit(1);
    }
    s->terminal = dup(s->pane.fd);
    (void)tcgetattr(s->terminal, &s->before);
}

static void begin(struct session *s, const char *guest)
{
    char word[] = "shell", option[] = "--guest", *name = mem_dup(guest);
    char *argv[] = {program, word, option, name, NULL};

    begin_program(s, guest, argv);
    free(name);
    expect(s, "# ", strcmp(guest, "both") == 0 ? 2 : 1, "the prompt comes");
}

static void type(struct session *s, const char *keys)
{
    pane_type(&s->pane, keys, strlen(keys));
}

/* Ctrl-C until so many prompts are there: the program that it is for may not have been started yet. */
static void interrupt(struct session *s, int prompts, const char *name)
{
    bool back = false;

    for (int i = 0; i < WAIT_MS / 2000 && !back; i++) {
        (void)look_for(s, "# ", prompts, 300);
        type(s, "\003");
        back = look_for(s, "# ", prompts, 2000);
    }
    check(back, "%s: %s", s->guest, name);
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

/* One Ctrl-C for a job of several levels: all of it ends, and what is caught is caught. */
static void nested(struct session *s)
{
    static const struct {
        const char *command, *begun, *then, *after, *name;
    } jobs[] = {
        {"sh -c 'echo o''ne; cat | cat'\r", "one", "echo code $?\r", "code 130", "a shell's pipeline"},
        {"(echo t''wo >&2; sleep 100 | cat) | cat\r", "two", "echo to''gether\r", "together",
         "a pipeline in a pipeline"},
        {"x=$(echo th''ree >&2; sleep 100)\r", "three", "echo ca''ught\r", "caught",
         "a command whose output is waited for"},
        {"sh -c 'trap \"echo fi\"ve INT; echo fo''ur; sleep 100; exit 9'\r", "four", "echo code $?\r",
         "code 9", "a shell that catches it, which goes on"},
    };

    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        type(s, "clear\r");
        type(s, jobs[i].command);
        expect(s, jobs[i].begun, 1, "a job of several levels has begun");
        type(s, "\003");
        expect(s, "# ", 2, "one Ctrl-C, and the prompt is back");
        type(s, jobs[i].then);
        expect(s, jobs[i].after, 1, jobs[i].name);
    }
}

static void session(const char *guest)
{
    struct session s;

    begin(&s, guest);
    type(&s, "echo a$((1+1))bx\177c\r");
    expect(&s, "echo a$((1+1))bc", 1, "echo and backspace");
    expect(&s, "a2bc", 1, "a line as it was edited");
    type(&s, "garbage\025stty wrong\027size\r");
    expect(&s, "30 80", 1, "Ctrl-U, Ctrl-W, and the window's size");
    pane_resize(&s.pane, 90, 40);
    /* The word reaches the guest by another way than the keys: it may take a moment. */
    type(&s, "until stty size | grep -q '40 90'; do sleep 0.1; done; echo it is ''told\r");
    expect(&s, "it is told", 1, "another size of the window");
    type(&s, "echo one | tr a-z A-Z; sleep 100\r");
    expect(&s, "ONE", 1, "a pipeline");
    interrupt(&s, 5, "Ctrl-C ends the foreground program and the prompt is back");
    type(&s, "echo code $?\r");
    expect(&s, "code 130", 1, "its exit code is an interrupt's");
    type(&s, "cat\r");
    type(&s, "line for cat\r");
    expect(&s, "line for cat", 2, "a program reads the terminal");
    type(&s, "\004");
    type(&s, "sh -c 'exit 7'\r");
    expect(&s, "# ", 8, "Ctrl-D ends its input, and the shell goes on");
    nested(&s);
    type(&s, "sh -c 'exit 7'\r");
    expect(&s, "# ", 4, "a last command");
    type(&s, "\004");
    end(&s, 7, "Ctrl-D at the prompt ends the shell with the last exit code");
}

static void ways_out(const char *guest)
{
    struct session s;

    begin(&s, guest);
    type(&s, "while :; do :; done\r");
    type(&s, "\035");
    end(&s, 130, "Ctrl-] leaves a guest that hangs");
    begin(&s, guest);
    kill(s.pane.pid, SIGTERM);
    end(&s, 130, "SIGTERM ends it in order");
    begin(&s, guest);
    kill(s.pane.pid, SIGQUIT);
    end(&s, 130, "SIGQUIT ends it in order");
}

/* What is typed into both, then into one. */
static void typed_into_both(struct session *s)
{
    type(s, "echo $((40+2))nd\r");
    expect(s, "42nd", 2, "a command in both, both answers");
    expect(s, "# ", 4, "and both prompts are back");
    type(s, "\035r");
    expect(s, "keys go to Linux", 1, "Ctrl-] r: only the right one");
    type(s, "echo on''ly\r");
    expect(s, "only", 1, "a command in one");
    expect(s, "# ", 5, "and its prompt is back");
    expect(s, ">only", 1, "the row that differs is marked");
    check(count(&s->pane, "!") + count(&s->pane, "<") + count(&s->pane, ">") >= 2, "%s: marks", s->guest);
    type(s, "\035b");
    expect(s, "keys go to both", 1, "Ctrl-] b: both again");
}

static void both(void)
{
    struct session s;

    begin(&s, "both");
    typed_into_both(&s);
    type(&s, "\035q");
    end(&s, 130, "Ctrl-] q ends both");
}

static void dashboard(void)
{
    char word[] = "dash", dir[] = RECORDED;
    char *argv[] = {program, word, dir, NULL};
    struct session s;

    begin_program(&s, "dash", argv);
    expect(&s, "compression/zstd-3", 1, "a replay");
    type(&s, "7");
    expect(&s, "Enter starts them", 1, "the seventh screen");
    type(&s, "\r");
    expect(&s, "# ", 2, "both prompts come");
    typed_into_both(&s);
    type(&s, "sleep 100\r");
    expect(&s, "sleep 100", 2, "a program in both");
    interrupt(&s, count(&s.pane, "# ") + 2, "Ctrl-C is the shells', not the dashboard's");
    type(&s, "echo code $?\r");
    expect(&s, "code 130", 2, "and has ended the programs");
    type(&s, "\0351");
    expect(&s, "compression/zstd-3", 1, "Ctrl-] 1 shows another screen");
    type(&s, "7");
    expect(&s, "code 130", 2, "and 7 the shells as they were");
    type(&s, "\0351");
    expect(&s, "compression/zstd-3", 1, "away again");
    type(&s, "q");
    end(&s, 0, "the shells end with the dashboard");
}

int main(int argc, char **argv)
{
    if (getenv("CAPBENCH_BUILD"))
        snprintf(program, sizeof program, "%s/capbench", getenv("CAPBENCH_BUILD"));
    if (!files_is_file(program)) {
        puts("1..0 # SKIP build/capbench is not there");
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "both") == 0) {
        both();
        dashboard();
    } else if (argc > 1 && strcmp(argv[1], "out") == 0) {
        ways_out("capos");
    } else if (argc > 1) {
        session(argv[1]);
    } else {
        session("linux");
        session("capos");
        ways_out("capos");
        both();
        dashboard();
    }
    return check_done();
}
