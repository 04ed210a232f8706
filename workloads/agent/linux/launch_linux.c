/* SPDX-License-Identifier: MIT */
/*
 * launch.h on Linux: posix_spawn with the three descriptors, a process group of its own (or, at the program
 * console, a session whose controlling terminal that is), and a pidfd for the wait. Grants cannot be withheld
 * here; an unknown kind is still refused, so that both guests read a definition alike.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/bench.h"
#include "launch.h"
#include "steps.h"
#include "tty.h"

#define TERMINAL_TTY "/dev/hvc1"

/* The program console, kept open while somebody is at it: with its last user its size would go too. */
static int terminal = -1;

int launch_resize(uint32_t rows, uint32_t columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    return terminal < 0 ? -ENOTTY : ioctl(terminal, TIOCSWINSZ, &size) == 0 ? 0 : -errno;
}

/* As it was at boot: echo, line editing and signals by the kernel. Anew for every program: the end of a
 * session hangs it up. */
static int terminal_prepare(const struct launch_spec *spec)
{
    if (terminal >= 0)
        (void)close(terminal);
    terminal = tty_open(TERMINAL_TTY);
    return terminal < 0 ? terminal : launch_resize(spec->rows, spec->columns);
}

static int actions_fill(posix_spawn_file_actions_t *fa, const struct launch_spec *spec, const char *cwd)
{
    int rc = posix_spawn_file_actions_addchdir_np(fa, cwd);
    if (spec->terminal) {
        /* The first terminal a session's leader opens becomes its controlling one. */
        if (rc == 0)
            rc = posix_spawn_file_actions_addopen(fa, 0, TERMINAL_TTY, O_RDWR, 0);
        for (int fd = 1; fd < 3 && rc == 0; fd++)
            rc = posix_spawn_file_actions_adddup2(fa, 0, fd);
        return rc;
    }
    for (int fd = 0; fd < 3 && rc == 0; fd++) {
        if (spec->stdio[fd] >= 0)
            rc = posix_spawn_file_actions_adddup2(fa, spec->stdio[fd], fd);
        else
            rc = posix_spawn_file_actions_addopen(fa, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
    }
    return rc;
}

/* Directories that are granted exist before the program starts. */
static int grants_prepare(const struct launch_spec *spec)
{
    char why[256], path[4096];
    for (size_t i = 0; i < spec->ngrants; i++) {
        const struct launch_grant *g = &spec->grants[i];
        if (strcmp(g->kind, "directory") != 0 || g->path != NULL)
            continue;
        path[0] = '/';
        if (strlen(g->name) + 2 > sizeof path)
            return -ENAMETOOLONG;
        strcpy(path + 1, g->name);
        int rc = step_mkdir(path, why, sizeof why);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* Whatever the agent, or whoever runs it natively, ignores or blocks is its own matter. */
static void attributes_fill(posix_spawnattr_t *attr, bool session)
{
    sigset_t usual;
    (void)sigfillset(&usual);
    (void)posix_spawnattr_setsigdefault(attr, &usual);
    (void)sigemptyset(&usual);
    (void)posix_spawnattr_setsigmask(attr, &usual);
    (void)posix_spawnattr_setpgroup(attr, 0);
    (void)posix_spawnattr_setflags(attr, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                 (session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP)));
}

int launch_spawn(const struct launch_spec *spec, int64_t *handle)
{
    char path[4096], cwd[4096];
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t attr;
    struct stat st;
    pid_t pid;
    int rc = grants_prepare(spec);

    if (rc == 0 && spec->terminal)
        rc = terminal_prepare(spec);
    if (rc != 0)
        return rc;
    if (steps_path(spec->path, path, sizeof path) != 0 || steps_path(spec->cwd, cwd, sizeof cwd) != 0)
        return -ENAMETOOLONG;
    if (stat(path, &st) != 0)
        return -errno;
    if (posix_spawn_file_actions_init(&fa) != 0)
        return -ENOMEM;
    rc = posix_spawnattr_init(&attr);
    if (rc == 0) {
        attributes_fill(&attr, spec->terminal);
        rc = actions_fill(&fa, spec, cwd);
        if (rc == 0)
            rc = posix_spawn(&pid, path, &fa, &attr, spec->argv, spec->envp);
        (void)posix_spawnattr_destroy(&attr);
    }
    (void)posix_spawn_file_actions_destroy(&fa);
    if (rc != 0)
        return -rc;
    *handle = pid;
    return 0;
}

/* Waits on a pidfd and (-1: none) a descriptor. 0 when the process has ended, -EAGAIN when the descriptor is
 * readable, -ETIMEDOUT, or another negative errno. */
static int pid_poll(pid_t pid, int other, uint64_t timeout_ns)
{
    if (timeout_ns == UINT64_MAX && other < 0)
        return 0; /* wait4 itself blocks */
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return errno == ESRCH ? -ECHILD : -errno;
    struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    uint64_t ms = timeout_ns / 1000000u + (timeout_ns % 1000000u != 0);
    int ready = poll(p, 2, timeout_ns == UINT64_MAX ? -1 : ms > 3600000 ? 3600000 : (int)ms);
    (void)close(fd);
    return ready == 0 ? -ETIMEDOUT : ready > 0 && !p[0].revents ? -EAGAIN : 0;
}

static void status_fill(int raw, const struct rusage *ru, struct launch_status *status)
{
    *status = (struct launch_status){
        .max_rss_kib = (uint64_t)ru->ru_maxrss,
        .user_us = (uint64_t)ru->ru_utime.tv_sec * 1000000u + (uint64_t)ru->ru_utime.tv_usec,
        .system_us = (uint64_t)ru->ru_stime.tv_sec * 1000000u + (uint64_t)ru->ru_stime.tv_usec,
    };
    if (WIFEXITED(raw)) {
        status->kind = BENCH_EXITED;
        status->code = WEXITSTATUS(raw);
        return;
    }
    int sig = WTERMSIG(raw);
    status->code = sig;
    switch (sig) {
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGTRAP:
    case SIGSYS:
        status->kind = BENCH_FAULTED;
        break;
    case SIGKILL:
        status->kind = BENCH_KILLED;
        break;
    default: /* a program's own end, abort among them: as its shell would say it */
        status->kind = BENCH_EXITED;
        status->code = 128 + sig;
    }
}

int launch_wait(int64_t handle, uint64_t timeout_ns, struct launch_status *status)
{
    return launch_wait_or(handle, -1, timeout_ns, status);
}

int launch_wait_or(int64_t handle, int fd, uint64_t timeout_ns, struct launch_status *status)
{
    struct rusage ru;
    int raw;
    pid_t pid = (pid_t)handle;
    int rc = pid_poll(pid, fd, timeout_ns);
    if (rc != 0)
        return rc;
    do
        rc = wait4(pid, &raw, 0, &ru);
    while (rc < 0 && errno == EINTR);
    if (rc < 0)
        return -errno;
    (void)kill(-pid, SIGKILL); /* what it left running would disturb what comes next */
    status_fill(raw, &ru, status);
    return 0;
}

const char *launch_why(void)
{
    return ""; /* the errno is all there is */
}

int launch_terminate(int64_t handle)
{
    return kill(-(pid_t)handle, SIGKILL) == 0 ? 0 : -ECHILD;
}
