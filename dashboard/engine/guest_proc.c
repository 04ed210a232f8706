/* SPDX-License-Identifier: MIT */
/*
 * Starting and ending the child process that is a guest.
 * Invariant: between fork and exec only async-signal-safe calls are made.
 */
#include "guest_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"
#include "text.h"

#define FD_ABOVE   64 /* where descriptors wait while the low numbers are filled */
#define TAIL_MAX   4096
#define TAIL_SHOWN 200

static void child_die(int report)
{
    int err = errno;
    ssize_t put = write(report, &err, sizeof err);

    _exit(put == (ssize_t)sizeof err ? 127 : 126);
}

static void child_fds(const struct guest_proc_spec *s, int report)
{
    int high[GUEST_PROC_FDS], log = fcntl(s->log_fd, F_DUPFD, FD_ABOVE), in, out = log;

    for (size_t i = 0; i < s->nfds; i++) {
        high[i] = s->fd[i] < 0 ? -1 : fcntl(s->fd[i], F_DUPFD, FD_ABOVE);
        if (s->fd[i] >= 0 && high[i] < 0)
            child_die(report);
    }
    in = s->in_fd < 0 ? open("/dev/null", O_RDONLY) : fcntl(s->in_fd, F_DUPFD, FD_ABOVE);
    if (s->out_fd >= 0)
        out = fcntl(s->out_fd, F_DUPFD, FD_ABOVE);
    if (log < 0 || in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(log, 2) < 0)
        child_die(report);
    for (size_t i = 0; i < s->nfds; i++) {
        int want = 3 + (int)i;
        if (high[i] < 0)
            close(want);
        else if (dup2(high[i], want) < 0)
            child_die(report);
    }
    if (close_range(3 + (unsigned)s->nfds, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
        child_die(report);
}

__attribute__((noreturn)) static void child_run(const struct guest_proc_spec *s, char *const *envp,
                                                pid_t parent, int report)
{
    sigset_t none;

    /* The report pipe must survive the filling of the low numbers. */
    report = fcntl(report, F_DUPFD_CLOEXEC, FD_ABOVE);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        setpgid(0, 0) != 0)
        child_die(report);
    if (getppid() != parent)
        _exit(126);
    child_fds(s, report);
    if (s->cwd && chdir(s->cwd) != 0)
        child_die(report);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, s->sigmask ? s->sigmask : &none, NULL);
    execvpe(s->argv[0], s->argv, envp);
    child_die(report);
    _exit(126);
}

int guest_proc_start(const struct guest_proc_spec *spec, struct guest_proc *p)
{
    const char *path = getenv("PATH");
    char *path_env = mem_printf("PATH=%s", path ? path : "/usr/bin:/bin");
    char home[] = "HOME=/", locale[] = "LC_ALL=C";
    char *const envp[] = {path_env, home, locale, NULL};
    pid_t parent = getpid();
    int report[2], err = 0;

    if (pipe2(report, O_CLOEXEC) != 0) {
        err = -errno;
        free(path_env);
        return err;
    }
    p->pid = fork();
    if (p->pid == 0)
        child_run(spec, envp, parent, report[1]);
    if (p->pid < 0)
        err = -errno;
    close(report[1]);
    free(path_env);
    if (!err) {
        int child_errno = 0;
        ssize_t got;
        do
            got = read(report[0], &child_errno, sizeof child_errno);
        while (got < 0 && errno == EINTR);
        if (got > 0)
            err = got == (ssize_t)sizeof child_errno ? -child_errno : -EIO;
        p->pidfd = err ? -1 : pidfd_open(p->pid, 0);
        if (!err && p->pidfd < 0)
            err = -errno;
        if (err) {
            kill(p->pid, SIGKILL);
            while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        }
    }
    close(report[0]);
    return err;
}

void guest_proc_kill(const struct guest_proc *p)
{
    if (kill(-p->pid, SIGKILL) != 0)
        kill(p->pid, SIGKILL);
}

void guest_proc_pause(const struct guest_proc *p, bool on)
{
    kill(p->pid, on ? SIGSTOP : SIGCONT);
}

int guest_proc_reap(struct guest_proc *p)
{
    int status = 0;
    pid_t got;

    do
        got = waitpid(p->pid, &status, 0);
    while (got < 0 && errno == EINTR);
    /* Whatever the child left behind in its group ends with it. */
    kill(-p->pid, SIGKILL);
    close(p->pidfd);
    p->pidfd = -1;
    if (got < 0)
        return 127;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

char *guest_proc_tail(int log_fd)
{
    char bytes[TAIL_MAX];
    off_t size = lseek(log_fd, 0, SEEK_END);
    ssize_t n = size <= 0 ? 0 : pread(log_fd, bytes, sizeof bytes, size > TAIL_MAX ? size - TAIL_MAX : 0);
    size_t end = n > 0 ? (size_t)n : 0, start;

    while (end && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r' || bytes[end - 1] == ' '))
        end--;
    for (start = end; start && bytes[start - 1] != '\n'; start--)
        ;
    return end ? text_escaped(bytes + start, end - start, TAIL_SHOWN) : NULL;
}
