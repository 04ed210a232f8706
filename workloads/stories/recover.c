/* SPDX-License-Identifier: MIT */
/*
 * Recovering from what can be expected to go wrong: story-recover WHAT RESULTS
 *   fault     a child reads where nothing is; its end is seen as that, the next one works
 *   refusal   a program that is not there, and a grant that is not ours to give (an attempt: the engine
 * judges its outcome, which our standard output has), are refused; the next works timeout   a child that
 * never answers is ended when its time is over; the next works restart   a service dies between two requests;
 * that is seen, it is started again, and answers RESULTS gets a line for each step. Invariant: no step waits
 * without a limit, and a step that did not go as it should ends this program with 1. The child's parts are
 * the same program: `crash`, `hang`, `serve`.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grant.h"
#include "run.h"
#include "say.h"

#define SELF  "/bin/story-recover"
#define CHILD "/bin/shell-child"

enum { LIMIT_MS = 60000, PATIENCE_MS = 20 };

static FILE *results;

static void step(bool right, const char *what)
{
    if (!right)
        run_die("story-recover: this did not happen", what);
    if (fprintf(results, "%s\n", what) < 0)
        run_die("results", strerror(errno));
}

static pid_t start(const char *path, const char *part, int in, int out)
{
    char p[64], a[64], *argv[] = {p, a, NULL};
    pid_t pid;
    int rc;

    snprintf(p, sizeof p, "%s", path);
    snprintf(a, sizeof a, "%s", part);
    rc = run_start(argv, in, out, -1, &pid);
    if (rc != 0)
        run_die(path, strerror(rc));
    return pid;
}

static void next_works(void)
{
    step(run_wait_for(start(CHILD, "7", -1, -1), LIMIT_MS) == 7, "the next child ran and ended as told");
}

static void recover_fault(void)
{
    step(run_wait_for(start(SELF, "crash", -1, -1), LIMIT_MS) == 128 + SIGSEGV,
         "the child ended by a bad memory access, seen as SIGSEGV");
    next_works();
}

static void recover_refusal(void)
{
    char none[] = "/bin/no-such-program", *argv[] = {none, NULL};
    pid_t pid;
    int rc;

    attempt_say(stdout, "grant", grant_refused()); /* for the engine: only capOS has grants to refuse */
    rc = run_start(argv, -1, -1, -1, &pid);        /* EACCES: not among the programs that may be started */
    step(rc == ENOENT || rc == EACCES, "a program that is not there was refused");
    next_works();
}

static void recover_timeout(void)
{
    step(run_wait_for(start(SELF, "hang", -1, -1), PATIENCE_MS) == RUN_TIMEOUT,
         "the child that never answers was ended when its time was over");
    next_works();
}

struct service {
    pid_t pid;
    int to, from;
};

static void service_start(struct service *s)
{
    int to[2], from[2];

    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        run_die("pipe", strerror(errno));
    s->pid = start(SELF, "serve", to[0], from[1]);
    close(to[0]);
    close(from[1]);
    s->to = to[1];
    s->from = from[0];
}

static void service_stop(struct service *s)
{
    close(s->to);
    close(s->from);
}

/* One request and its reply. False when the service is gone. */
static bool service_ask(struct service *s, char question)
{
    char reply;

    return write(s->to, &question, 1) == 1 && read(s->from, &reply, 1) == 1 && reply == question + 1;
}

static void recover_restart(void)
{
    struct service s;

    service_start(&s);
    step(service_ask(&s, 'a'), "the service answered");
    step(kill(s.pid, SIGKILL) == 0, "the service was killed");
    step(run_wait_for(s.pid, LIMIT_MS) == 128 + SIGKILL, "its end was seen as SIGKILL");
    step(!service_ask(&s, 'b'), "a request to it failed");
    service_stop(&s);
    service_start(&s);
    step(service_ask(&s, 'b'), "the service was started again and answered the same request");
    service_stop(&s);
    step(run_wait_for(s.pid, LIMIT_MS) == 0, "it ended when its client had gone");
}

/* ---- the child's parts ---- */

static int part_crash(void)
{
    int *volatile nowhere = (int *)8;

    *nowhere = 1;
    return 0;
}

static int part_hang(void)
{
    while (sleep(1000) <= 1000)
        ;
    return 1;
}

static int part_serve(void)
{
    char c;
    ssize_t n;

    while ((n = read(0, &c, 1)) == 1) {
        c++;
        if (write(1, &c, 1) != 1)
            return 1;
    }
    return n == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } parts[] = {{"crash", part_crash}, {"hang", part_hang}, {"serve", part_serve}};
    static const struct {
        const char *name;
        void (*run)(void);
    } stories[] = {{"fault", recover_fault},
                   {"refusal", recover_refusal},
                   {"timeout", recover_timeout},
                   {"restart", recover_restart}};

    for (size_t i = 0; argc == 2 && i < sizeof parts / sizeof parts[0]; i++)
        if (strcmp(argv[1], parts[i].name) == 0)
            return parts[i].run();
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; argc == 3 && i < sizeof stories / sizeof stories[0]; i++) {
        if (strcmp(argv[1], stories[i].name) != 0)
            continue;
        results = run_file(fopen(argv[2], "wbe"), argv[2]);
        stories[i].run();
        if (fclose(results) != 0)
            run_die(argv[2], strerror(errno));
        return 0;
    }
    run_die("usage", "story-recover fault|refusal|timeout|restart RESULTS");
}
