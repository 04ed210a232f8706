/* SPDX-License-Identifier: MIT */
/* Starting programs; see run.h. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

_Noreturn void run_die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

FILE *run_file(FILE *f, const char *what)
{
    if (!f)
        run_die(what, strerror(errno));
    return f;
}

uint64_t run_number(const char *text, uint64_t most)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);

    if (!*text || *end || n < 1 || n > most)
        run_die(text, "is no number in range");
    return n;
}

int run_start(char *const argv[], int in, int out, int err, pid_t *pid)
{
    int from[3] = {in, out, err}, rc;
    posix_spawn_file_actions_t fa;

    rc = posix_spawn_file_actions_init(&fa);
    if (rc != 0)
        return rc;
    for (int fd = 2; fd >= 0 && rc == 0; fd--) /* so that the error can go where our output goes */
        if (from[fd] >= 0)
            rc = posix_spawn_file_actions_adddup2(&fa, from[fd], fd);
    if (rc == 0)
        rc = posix_spawn(pid, argv[0], &fa, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&fa);
    return rc;
}

static int status_code(int raw)
{
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

int run_wait(pid_t pid)
{
    int raw;
    pid_t got;

    do
        got = waitpid(pid, &raw, 0);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : status_code(raw);
}

static uint64_t clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int run_wait_for(pid_t pid, unsigned ms)
{
    struct timespec pause = {.tv_nsec = 1000000};
    uint64_t begin = clock_ms(), waited;
    int raw;

    while ((waited = clock_ms() - begin) < ms) {
        pid_t got = waitpid(pid, &raw, WNOHANG);

        if (got == pid)
            return status_code(raw);
        if (got < 0 && errno != EINTR)
            return -errno;
        pause.tv_nsec = waited < 20 ? 1000000 : 10000000;
        (void)nanosleep(&pause, NULL);
    }
    (void)kill(pid, SIGKILL);
    (void)run_wait(pid);
    return RUN_TIMEOUT;
}

/* Reads to the end. 0, -EFBIG, or read's negative errno. */
static int pipe_read(int fd, char *text, size_t n)
{
    size_t have = 0;
    ssize_t got;

    while ((got = read(fd, text + have, n - have)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        have += (size_t)got;
        if (have == n)
            return -EFBIG;
    }
    text[have] = '\0';
    return 0;
}

int run_capture(char *const argv[], char *text, size_t n)
{
    int fd[2], rc, code;
    pid_t pid;

    if (pipe2(fd, O_CLOEXEC) != 0)
        return -errno;
    rc = -run_start(argv, -1, fd[1], -1, &pid);
    (void)close(fd[1]);
    if (rc == 0) {
        rc = pipe_read(fd[0], text, n);
        (void)close(fd[0]); /* before the wait: a child with more to say ends */
        code = run_wait(pid);
        return rc < 0 ? rc : code;
    }
    (void)close(fd[0]);
    return rc;
}
