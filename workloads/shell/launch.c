/* SPDX-License-Identifier: MIT */
/*
 * How long it takes to start a command: shell-launch MODE COUNT RESULTS
 *   spawn    posix_spawn of a trivial program, to its end          exec     the same by vfork and execve
 *   capture  with its output read through a pipe, as $(…) does     shell    a shell that is told to exit
 * Each child is told the exit code it has to end with (and what to write), and both are checked; latencies go
 * to stdout, what the children said to RESULTS. Invariant: RESULTS depends on MODE and COUNT alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "latency.h"
#include "run.h"

#define CHILD "/bin/shell-child"
#define SHELL "/bin/busybox"

static void code_check(int got, int want)
{
    char text[80];

    if (got == want)
        return;
    snprintf(text, sizeof text, "%d, it was told %d", got, want);
    run_die(got < 0 ? strerror(-got) : "a child's exit code", text);
}

static void start_spawn(int k, int code, FILE *results)
{
    char number[16];
    char *argv[] = {(char[]){CHILD}, number, NULL};
    pid_t pid;
    int rc;

    (void)k, (void)results;
    snprintf(number, sizeof number, "%d", code);
    rc = run_start(argv, -1, -1, -1, &pid);
    if (rc != 0)
        run_die(CHILD, strerror(rc));
    code_check(run_wait(pid), code);
}

static void start_exec(int k, int code, FILE *results)
{
    char number[16];
    char *argv[] = {(char[]){CHILD}, number, NULL};
    pid_t pid;

    (void)k, (void)results;
    snprintf(number, sizeof number, "%d", code);
    pid = vfork();
    if (pid == 0) {
        execv(CHILD, argv);
        _exit(127);
    }
    if (pid < 0)
        run_die("vfork", strerror(errno));
    code_check(run_wait(pid), code);
}

static void start_capture(int k, int code, FILE *results)
{
    char number[16], say[32], heard[64];
    char *argv[] = {(char[]){CHILD}, number, say, NULL};

    snprintf(number, sizeof number, "%d", code);
    snprintf(say, sizeof say, "child %d", k);
    code_check(run_capture(argv, heard, sizeof heard), code);
    if (fputs(heard, results) < 0)
        run_die("results", strerror(errno));
}

static void start_shell(int k, int code, FILE *results)
{
    char text[32];
    char *argv[] = {(char[]){SHELL}, (char[]){"sh"}, (char[]){"-c"}, text, NULL};
    pid_t pid;
    int rc;

    (void)k, (void)results;
    snprintf(text, sizeof text, "exit %d", code);
    rc = run_start(argv, -1, -1, -1, &pid);
    if (rc != 0)
        run_die(SHELL, strerror(rc));
    code_check(run_wait(pid), code);
}

static const struct mode {
    const char *name;
    void (*start)(int k, int code, FILE *results);
} modes[] = {
    {"spawn", start_spawn}, {"exec", start_exec}, {"capture", start_capture}, {"shell", start_shell}};

static void mode_run(const struct mode *m, uint64_t count, FILE *results)
{
    struct latency *l = calloc(1, sizeof *l);

    if (!l)
        run_die("memory", strerror(ENOMEM));
    for (uint64_t i = 0; i < count; i++) {
        uint64_t begin = latency_now();

        m->start((int)i, (int)(i * 37 % 126), results);
        latency_add(l, latency_now() - begin);
    }
    latency_print(l, m->name);
    fprintf(results, "%s: %" PRIu64 " children ended as they were told\n", m->name, l->count);
    free(l);
}

int main(int argc, char **argv)
{
    FILE *results;

    if (argc != 4)
        run_die("usage", "shell-launch MODE COUNT RESULTS");
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(argv[1], modes[i].name) != 0)
            continue;
        results = run_file(fopen(argv[3], "wbe"), argv[3]);
        mode_run(&modes[i], run_number(argv[2], 1000000), results);
        if (fclose(results) != 0)
            run_die(argv[3], strerror(errno));
        return 0;
    }
    run_die(argv[1], "is no mode: spawn, exec, capture or shell");
}
