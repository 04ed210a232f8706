/* SPDX-License-Identifier: MIT */
/*
 * Host programs; see process.h.
 * Invariant: the pipe's end and the child's end are both awaited, the limit covers both.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"

extern char **environ;

static long process_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int process_spawn(char *const *argv, int out, int quiet, pid_t *pid)
{
    posix_spawn_file_actions_t fa;
    int rc;

    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&fa, out, 1);
    if (quiet == PROCESS_ERR_TOO)
        posix_spawn_file_actions_adddup2(&fa, out, 2);
    else if (quiet)
        posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
    rc = posix_spawnp(pid, argv[0], &fa, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&fa);
    return -rc;
}

/* Reads until the end of file, the deadline or too much. */
static int process_collect(int fd, long deadline, size_t max, struct buf *b)
{
    char block[4096];

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        long left = deadline - process_now_ms();
        ssize_t n;

        if (left <= 0)
            return -ETIMEDOUT;
        if (poll(&p, 1, (int)(left > 1000 ? 1000 : left)) <= 0)
            continue;
        n = read(fd, block, sizeof block);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0 && b->len + (size_t)n > max)
            return -EFBIG;
        if (n > 0)
            buf_add(b, block, (size_t)n);
    }
}

int process_run(char *const *argv, unsigned seconds, size_t max, int quiet, char **out)
{
    long deadline = process_now_ms() + (long)seconds * 1000;
    struct buf b = {0};
    int fd[2], rc, status;
    pid_t pid;

    *out = NULL;
    if (pipe2(fd, O_CLOEXEC) < 0)
        return -errno;
    rc = process_spawn(argv, fd[1], quiet, &pid);
    close(fd[1]);
    if (rc == 0) {
        rc = process_collect(fd[0], deadline, max, &b);
        if (rc < 0)
            kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (rc == 0)
            rc = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    close(fd[0]);
    *out = buf_take(&b);
    return rc;
}
