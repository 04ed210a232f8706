/* SPDX-License-Identifier: MIT */
/*
 * Tries what it should not be able to do, and says what became of it: authority-attempt NAME[:OPERAND]...
 *   outside:PATH  read a file outside its directories     write:DIR     make a file in a read-only directory
 *   program:PATH  start a program that is not allowed     clock         read the time of day
 *   console       open the console                        network       make a socket
 *   process:PID   reach another process                   forge         use capabilities by guessed numbers
 * One line each on stdout: `attempt NAME refused ERRNO`, `attempt NAME granted` or `attempt NAME none` (there
 * is no such thing on this guest). Ends with 0 whatever came of them: the engine judges. Invariant: an
 * attempt that succeeds leaves nothing behind.
 */
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Each: 0 granted, a positive errno refused, -1 no such thing here. */

static int attempt_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);

    if (fd < 0)
        return errno;
    (void)close(fd);
    return 0;
}

static int attempt_outside(const char *path)
{
    return attempt_open(path, O_RDONLY);
}

static int attempt_write(const char *dir)
{
    char path[4096];
    int err;

    if (snprintf(path, sizeof path, "%s/.attempt", dir) >= (int)sizeof path)
        return ENAMETOOLONG;
    err = attempt_open(path, O_WRONLY | O_CREAT | O_EXCL);
    if (err == 0)
        (void)unlink(path);
    return err;
}

static int attempt_program(const char *path)
{
    char name[] = "attempt";
    char *argv[] = {name, NULL};
    pid_t pid;
    int err = posix_spawn(&pid, path, NULL, NULL, argv, environ);

    if (err == 0)
        (void)waitpid(pid, NULL, 0);
    return err;
}

static int attempt_clock(const char *none)
{
    struct timespec t;

    (void)none;
    return clock_gettime(CLOCK_REALTIME, &t) == 0 ? 0 : errno;
}

static int attempt_console(const char *none)
{
    (void)none;
    return attempt_open("/dev/console", O_WRONLY | O_NOCTTY);
}

static int attempt_network(const char *none)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)none;
    if (fd < 0)
        return errno;
    (void)close(fd);
    return 0;
}

static int attempt_process(const char *pid)
{
    return kill((pid_t)atoi(pid), 0) == 0 ? 0 : errno;
}

static int attempt_forged(const char *none)
{
    (void)none;
    return attempt_forge();
}

static const struct attempt {
    const char *name;
    int (*try)(const char *operand);
} attempts[] = {
    {"outside", attempt_outside}, {"write", attempt_write},     {"program", attempt_program},
    {"clock", attempt_clock},     {"console", attempt_console}, {"network", attempt_network},
    {"process", attempt_process}, {"forge", attempt_forged},
};

static const char *errno_name(int err)
{
    static const struct {
        int err;
        const char *name;
    } names[] = {{EACCES, "EACCES"}, {EPERM, "EPERM"},   {ENOENT, "ENOENT"}, {EROFS, "EROFS"},
                 {ESRCH, "ESRCH"},   {ENOSYS, "ENOSYS"}, {EINVAL, "EINVAL"}, {EBADF, "EBADF"},
                 {ENODEV, "ENODEV"}, {ENXIO, "ENXIO"},   {EAGAIN, "EAGAIN"}};
    static char other[24];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].err == err)
            return names[i].name;
    snprintf(other, sizeof other, "errno-%d", err);
    return other;
}

static void attempt_make(const struct attempt *a, const char *operand)
{
    int err = a->try(operand);

    if (err == 0)
        printf("attempt %s granted\n", a->name);
    else if (err < 0)
        printf("attempt %s none\n", a->name);
    else
        printf("attempt %s refused %s\n", a->name, errno_name(err));
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *operand = strchr(argv[i], ':');
        size_t k = 0;

        if (operand)
            *operand++ = '\0';
        while (k < sizeof attempts / sizeof attempts[0] && strcmp(attempts[k].name, argv[i]) != 0)
            k++;
        if (k == sizeof attempts / sizeof attempts[0]) {
            fprintf(stderr, "authority-attempt: %s is no attempt\n", argv[i]);
            return 2;
        }
        attempt_make(&attempts[k], operand ? operand : "");
    }
    return 0;
}
