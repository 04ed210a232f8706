/* SPDX-License-Identifier: MIT */
/*
 * Child processes of the dashboard; see runner.h.
 * Invariant: a child holds none of our descriptors but 0 (nothing), 1 and 2 (its log).
 */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "mem.h"
#include "prng.h"

/* In the child: never returns. */
static void become(char *const *argv, int out)
{
    static const int reset[] = {SIGINT,  SIGTERM, SIGHUP,  SIGPIPE, SIGTSTP,
                                SIGSEGV, SIGBUS,  SIGABRT, SIGFPE,  SIGILL};
    int null = open("/dev/null", O_RDONLY);
    sigset_t none;

    for (size_t i = 0; i < sizeof reset / sizeof reset[0]; i++)
        signal(reset[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(125);
    if (null > 2)
        close(null);
    if (out > 2)
        close(out);
    execv("/proc/self/exe", argv);
    _exit(125);
}

static int spawn(struct runner *r, char *const *argv, int out)
{
    pid_t pid = fork();

    if (pid < 0)
        return -errno;
    if (pid == 0)
        become(argv, out);
    r->pid = pid;
    r->ended = false;
    return 0;
}

int runner_start(struct runner *r, char *const *args, size_t nargs, const char *dir)
{
    char **argv = mem_zalloc((nargs + 5) * sizeof *argv), *name = mem_dup("capbench"), *run = mem_dup("run");
    char *out = mem_dup("--out"), *where = mem_dup(dir);
    size_t n = 0;
    int fd, rc = files_mkdir(dir);

    argv[n++] = name;
    argv[n++] = run;
    argv[n++] = out;
    argv[n++] = where;
    for (size_t i = 0; i < nargs; i++)
        argv[n++] = args[i];
    free(r->log_path);
    r->log_path = mem_printf("%s/runner.log", dir);
    fd = rc < 0 ? -1 : open(r->log_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (rc == 0)
        rc = fd < 0 ? -errno : spawn(r, argv, fd);
    if (fd >= 0)
        close(fd);
    free(name);
    free(run);
    free(out);
    free(where);
    free(argv);
    return rc;
}

int runner_verify(struct runner *r, const char *dir)
{
    char *name = mem_dup("capbench"), *verify = mem_dup("verify"), *where = mem_dup(dir);
    char *argv[] = {name, verify, where, NULL};
    int rc;

    if (r->out_fd > 0)
        close(r->out_fd);
    r->out_fd = memfd_create("capbench-verify", MFD_CLOEXEC);
    rc = r->out_fd < 0 ? -errno : spawn(r, argv, r->out_fd);
    free(name);
    free(verify);
    free(where);
    return rc;
}

static void collect(struct runner *r, int status)
{
    r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    r->pid = 0;
    r->ended = true;
}

bool runner_ended(struct runner *r)
{
    int status;

    if (r->pid <= 0 || waitpid(r->pid, &status, WNOHANG) != r->pid)
        return false;
    collect(r, status);
    return true;
}

void runner_cancel(struct runner *r)
{
    if (r->pid > 0)
        kill(r->pid, SIGINT);
}

void runner_wait(struct runner *r)
{
    int status;
    pid_t got;

    while (r->pid > 0) {
        got = waitpid(r->pid, &status, 0);
        if (got == r->pid)
            collect(r, status);
        else if (got < 0 && errno != EINTR)
            r->pid = 0;
    }
}

char *runner_last_line(struct runner *r)
{
    char text[4097];
    int fd = r->out_fd > 0 ? dup(r->out_fd) : r->log_path ? open(r->log_path, O_RDONLY | O_CLOEXEC) : -1;
    off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof text - 1, end > 4096 ? end - 4096 : 0);
    char *at;

    if (fd >= 0)
        close(fd);
    n = n < 0 ? 0 : n;
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    text[n] = '\0';
    at = strrchr(text, '\n');
    return mem_dup(at ? at + 1 : text);
}

void runner_free(struct runner *r)
{
    free(r->log_path);
    if (r->out_fd > 0)
        close(r->out_fd);
    *r = (struct runner){0};
}

char *runner_new_dir(void)
{
    time_t now = time(NULL);
    struct tm tm;
    char when[24];
    uint64_t id = 0;

    (void)prng_fresh(&id);
    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &tm);
    return mem_printf("results/%s-%06llx", when, (unsigned long long)(id & 0xffffff));
}
