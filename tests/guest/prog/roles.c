/* SPDX-License-Identifier: MIT */
/* The roles of roles.h. */
#include "roles.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int role_code(int argc, char **argv)
{
    return argc > 1 ? atoi(argv[1]) : 0;
}

static int role_say(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        printf("%s%s", i > 1 ? " " : "", argv[i]);
    printf("\n");
    return 0;
}

static int copy(int upper)
{
    char buf[4096];
    for (ssize_t n; (n = read(0, buf, sizeof buf)) > 0;) {
        for (ssize_t i = 0; upper && i < n; i++)
            buf[i] = (char)toupper((unsigned char)buf[i]);
        if (write(1, buf, (size_t)n) != n)
            return 1;
    }
    return 0;
}

static int role_cat(int argc, char **argv)
{
    (void)argc, (void)argv;
    return copy(0);
}

static int role_upper(int argc, char **argv)
{
    (void)argc, (void)argv;
    return copy(1);
}

/* Takes BYTES of standard input, no more. */
static int role_take(int argc, char **argv)
{
    char buf[64];
    size_t n = (size_t)role_code(argc, argv);
    return n <= sizeof buf && read(0, buf, n) == (ssize_t)n && write(1, buf, n) == (ssize_t)n ? 0 : 1;
}

/* argv, environment, directory, mask, open descriptors, numbers: one a line. */
static int role_show(int argc, char **argv)
{
    char cwd[4096];
    mode_t mask = umask(0);
    for (int i = 0; i < argc; i++)
        printf("arg %s\n", argv[i]);
    printf("env %s\n", getenv("ROLE_ENV") ? getenv("ROLE_ENV") : "-");
    printf("cwd %s\n", getcwd(cwd, sizeof cwd));
    printf("umask %o\n", (unsigned)mask);
    printf("fds");
    for (int fd = 0; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf(" %d", fd);
    printf("\npid %d %d\n", (int)getpid(), (int)getppid());
    struct sigaction sa;
    printf("sigint %s\n",
           sigaction(SIGINT, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN ? "ignored" : "default");
    return 0;
}

/* Writes TEXT to descriptor FD. */
static int role_put(int argc, char **argv)
{
    if (argc != 3)
        return 98;
    size_t n = strlen(argv[2]);
    return write(atoi(argv[1]), argv[2], n) == (ssize_t)n ? 0 : 1;
}

static int role_fault(int argc, char **argv)
{
    volatile uintptr_t at = (uintptr_t)role_code(argc, argv);
    *(volatile int *)at = 1;
    return 0;
}

static int role_raise(int argc, char **argv)
{
    return raise(role_code(argc, argv));
}

static int role_sleep(int argc, char **argv)
{
    struct timespec t = {role_code(argc, argv) / 1000, role_code(argc, argv) % 1000 * 1000000L};
    return nanosleep(&t, NULL) == 0 ? 0 : 1;
}

/* Lines without an end: ended by its reader's going. */
static int role_yes(int argc, char **argv)
{
    (void)argc, (void)argv;
    while (write(1, "y\n", 2) == 2)
        ;
    return 97;
}

/* Touches memory until there is none. */
static int role_eat(int argc, char **argv)
{
    (void)argc, (void)argv;
    for (;;) {
        char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            return 12;
        memset(p, 1, 1 << 20);
    }
}

static __attribute__((noinline)) void start_bomb(void)
{
    static char name[] = "spawn", role[] = "bomb";
    char *const args[] = {name, role, NULL};
    if (vfork() == 0) {
        execv("/bin/spawn", args);
        _exit(127);
    }
}

/* Starts two of itself, each of which ..., until nothing more can be started. */
static int role_bomb(int argc, char **argv)
{
    struct timespec t = {0, 20000000};
    (void)argc, (void)argv;
    start_bomb();
    start_bomb();
    while (nanosleep(&t, NULL) == 0)
        ;
    return 0;
}

int role_run(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } roles[] = {
        {"code", role_code},   {"say", role_say},     {"cat", role_cat}, {"upper", role_upper},
        {"take", role_take},   {"show", role_show},   {"put", role_put}, {"fault", role_fault},
        {"raise", role_raise}, {"sleep", role_sleep}, {"yes", role_yes}, {"eat", role_eat},
        {"bomb", role_bomb},
    };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(argv[0], roles[i].name) == 0)
            return roles[i].run(argc, argv);
    return 99;
}

int role_shell(char *line)
{
    char *argv[16];
    int argc = 0;
    for (char *p = strtok(line, " "); p && argc < 15; p = strtok(NULL, " "))
        argv[argc++] = p;
    argv[argc] = NULL;
    return argc ? role_run(argc, argv) : 0;
}
