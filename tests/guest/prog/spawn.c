/* SPDX-License-Identifier: MIT */
/*
 * Starting programs through the C library: vfork, execve, posix_spawn, system, popen, wait, kill; what a
 * child gets. It is its own child (roles.h). Invariant: wants itself as /bin/spawn, /bin/sh and /bin/mark,
 * /scratch to write in, process_spawner and file_spawner.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "roles.h"
#include "tap.h"

extern char **environ;

/* An argument vector of constants. */
#define ARGV(...) ((char *const *)(uintptr_t)(const char *const[]){__VA_ARGS__, NULL})

static char out[65536];

/* All that comes out of fd, as text. */
static const char *drain(int fd)
{
    size_t n = 0;
    for (ssize_t k; n < sizeof out - 1 && (k = read(fd, out + n, sizeof out - 1 - n)) > 0;)
        n += (size_t)k;
    out[n] = '\0';
    close(fd);
    return out;
}

static int has(const char *text)
{
    return strstr(out, text) != NULL;
}

/* Starts /bin/spawn in that role by vfork, with standard output to `to`. */
static pid_t start(int to, const char *role, const char *a, const char *b)
{
    char *const *argv = ARGV("spawn", role, a, b);
    pid_t pid = vfork();
    if (pid == 0) {
        if (to >= 0)
            dup2(to, 1);
        execv("/bin/spawn", argv);
        _exit(127);
    }
    return pid;
}

static int status_of(pid_t pid)
{
    int status = -1;
    return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static int run(const char *role, const char *a)
{
    return status_of(start(-1, role, a, NULL));
}

static void by_vfork(void)
{
    volatile int witness = 1;
    char cwd[256];
    pid_t pid = vfork();
    if (pid == 0) {
        witness = 2;
        if (chdir("/") != 0 || close(0) != 0 || open("/scratch/in-child", O_WRONLY | O_CREAT, 0644) != 0)
            _exit(1);
        umask(0777);
        signal(SIGUSR1, SIG_IGN);
        _exit(getppid() > 0 && getpid() != getppid() ? 42 : 2);
    }
    int status = status_of(pid);
    CHECK(pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 42,
          "vfork and _exit: both returns, the status");
    CHECK(witness == 2, "the child shares the parent's memory");
    CHECK(strcmp(getcwd(cwd, sizeof cwd), "/scratch") == 0 && umask(022) == 022,
          "but not its directory and mask");
    struct stat st;
    CHECK(fstat(0, &st) == 0 && !S_ISREG(st.st_mode), "nor its descriptors");
    struct sigaction sa;
    CHECK(sigaction(SIGUSR1, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL, "nor its signal actions");
    FAILS(waitpid(pid, NULL, 0), ECHILD, "a status is given once");
    status = run("code", "7");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7, "vfork, execve, waitpid: exit code 7");
    pid = vfork();
    if (pid == 0) {
        execv("/bin/nothing", ARGV("nothing"));
        _exit(errno == ENOENT ? 33 : 34);
    }
    status = status_of(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 33,
          "a program that is not there: ENOENT, and the child goes on");
}

static int nested(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        pid_t inner = vfork();
        if (inner == 0) {
            execv("/bin/spawn", ARGV("spawn", "code", "5"));
            _exit(127);
        }
        int status;
        _exit(waitpid(inner, &status, 0) == inner && WEXITSTATUS(status) == 5 ? 6 : 1);
    }
    return status_of(pid);
}

static void statuses(void)
{
    int status = run("fault", "0");
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "a fault is SIGSEGV");
    status = run("raise", "6");
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "a raised SIGABRT is one to the parent");
    pid_t pid = start(-1, "sleep", "60000", NULL);
    CHECK(waitpid(pid, &status, WNOHANG) == 0, "WNOHANG: still running");
    CHECK(kill(pid, 0) == 0 && kill(pid, SIGTERM) == 0, "kill");
    status = status_of(pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "ended by SIGTERM");
    FAILS(kill(pid, SIGTERM), ESRCH, "then it is gone");
    CHECK(WEXITSTATUS(nested()) == 6, "vfork within vfork, each waits for its own");
    pid_t a = start(-1, "code", "1", NULL), b = start(-1, "code", "2", NULL);
    int sa = 0, sb = 0;
    pid_t x = wait(&sa), y = wait(&sb);
    CHECK(((x == a && y == b) || (x == b && y == a)) && WEXITSTATUS(sa) + WEXITSTATUS(sb) == 3,
          "wait for any of two");
    FAILS(wait(NULL), ECHILD, "no child is left");
}

static void what_a_child_gets(void)
{
    int p[2], q;
    setenv("ROLE_ENV", "a value", 1);
    CHECK(pipe(p) == 0 && mkdir("/scratch/dir", 0755) == 0 && chdir("/scratch/dir") == 0, "prepared");
    umask(027);
    signal(SIGINT, SIG_IGN);
    q = open("/dev/null", O_RDONLY);
    CHECK(dup2(q, 40) == 40 && fcntl(q, F_SETFD, FD_CLOEXEC) == 0 && fcntl(p[0], F_SETFD, FD_CLOEXEC) == 0 &&
              fcntl(p[1], F_SETFD, FD_CLOEXEC) == 0,
          "descriptors, some to be closed by exec");
    pid_t pid = start(p[1], "show", "one", "two words");
    close(p[1]);
    drain(p[0]);
    CHECK(WEXITSTATUS(status_of(pid)) == 0 && has("arg show\narg one\narg two words\n"), "arguments");
    CHECK(has("env a value\n"), "environment");
    CHECK(has("cwd /scratch/dir\n") && has("umask 27\n"), "directory and mask");
    CHECK(has("fds 0 1 2 40\n"), "the descriptors that exec leaves open, and no others");
    CHECK(has("sigint ignored\n"), "an ignored signal stays ignored");
    char line[64];
    snprintf(line, sizeof line, "pid %d %d\n", (int)pid, (int)getpid());
    CHECK(has(line), "its number is the one its parent knows it by");
    signal(SIGINT, SIG_DFL);
    close(40), close(q);
    umask(022);
    CHECK(chdir("/scratch") == 0, "back");
}

static long size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

static const char *text_of(const char *path)
{
    return drain(open(path, O_RDONLY));
}

static void shared_descriptions(void)
{
    int fd = open("/scratch/shared", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(write(fd, "parent ", 7) == 7, "a file, written by the parent");
    CHECK(WEXITSTATUS(status_of(start(fd, "put", "1", "first "))) == 0 &&
              WEXITSTATUS(status_of(start(fd, "put", "1", "second "))) == 0 && write(fd, "end", 3) == 3,
          "then by two children and the parent again");
    CHECK(strcmp(text_of("/scratch/shared"), "parent first second end") == 0,
          "one after the other: the offset is shared");
    CHECK(lseek(fd, 0, SEEK_CUR) == 23, "as the parent sees too");
    close(fd);
    fd = open("/scratch/append", O_WRONLY | O_CREAT | O_APPEND, 0644);
    int other = open("/scratch/append", O_WRONLY);
    CHECK(WEXITSTATUS(status_of(start(fd, "put", "1", "aa"))) == 0 && write(other, "BBBB", 4) == 4 &&
              WEXITSTATUS(status_of(start(fd, "put", "1", "cc"))) == 0,
          "appending children, and somebody else");
    CHECK(strcmp(text_of("/scratch/append"), "BBBBcc") == 0, "what is appended goes to the end");
    close(fd), close(other);
    fd = open("/scratch/shared", O_RDONLY);
    int p[2];
    CHECK(pipe(p) == 0, "a pipe");
    pid_t pid = vfork();
    if (pid == 0) {
        dup2(fd, 0), dup2(p[1], 1), close(p[0]), close(p[1]);
        execv("/bin/spawn", ARGV("spawn", "take", "7"));
        _exit(127);
    }
    close(p[1]);
    CHECK(WEXITSTATUS(status_of(pid)) == 0 && strcmp(drain(p[0]), "parent ") == 0,
          "a child reads a part of a file");
    char buf[8] = "";
    CHECK(read(fd, buf, 6) == 6 && strcmp(buf, "first ") == 0, "the parent reads on where it stopped");
    close(fd);
    fd = open("/scratch/both", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    pid = vfork();
    if (pid == 0) {
        dup2(fd, 1), dup2(fd, 2);
        execv("/bin/spawn", ARGV("spawn", "put", "1", "out"));
        _exit(127);
    }
    CHECK(WEXITSTATUS(status_of(pid)) == 0 && write(fd, "+", 1) == 1 && size_of("/scratch/both") == 4,
          "two descriptors of one description");
    close(fd);
}

static void pipelines(void)
{
    int p[2], q[2], r[2];
    CHECK(pipe(p) == 0 && pipe(q) == 0 && pipe(r) == 0, "three pipes");
    for (int i = 0; i < 2; i++)
        for (int *e = (int *[]){p, q}[i], k = 0; k < 2; k++)
            fcntl(e[k], F_SETFD, FD_CLOEXEC);
    fcntl(r[0], F_SETFD, FD_CLOEXEC), fcntl(r[1], F_SETFD, FD_CLOEXEC);
    pid_t a = start(p[1], "say", "through", "three");
    pid_t b = vfork();
    if (b == 0) {
        dup2(p[0], 0), dup2(q[1], 1);
        execv("/bin/spawn", ARGV("spawn", "upper"));
        _exit(127);
    }
    pid_t c = vfork();
    if (c == 0) {
        dup2(q[0], 0), dup2(r[1], 1);
        execv("/bin/spawn", ARGV("spawn", "cat"));
        _exit(127);
    }
    close(p[0]), close(p[1]), close(q[0]), close(q[1]), close(r[1]);
    drain(r[0]);
    CHECK(strcmp(out, "THROUGH THREE\n") == 0, "a pipeline of three");
    CHECK(status_of(a) == 0 && status_of(b) == 0 && status_of(c) == 0, "and all ended well");
    CHECK(pipe(p) == 0 && fcntl(p[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(p[1], F_SETFD, FD_CLOEXEC) == 0,
          "a pipe");
    pid_t y = start(p[1], "yes", NULL, NULL);
    char buf[4];
    close(p[1]);
    CHECK(read(p[0], buf, 2) == 2 && close(p[0]) == 0, "an endless writer's first lines, then nobody reads");
    int status = status_of(y);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE, "SIGPIPE ends it");
}

static void of_the_library(void)
{
    pid_t pid;
    posix_spawn_file_actions_t fa;
    int p[2];
    CHECK(pipe(p) == 0 && posix_spawn_file_actions_init(&fa) == 0 &&
              posix_spawn_file_actions_adddup2(&fa, p[1], 1) == 0 &&
              posix_spawn_file_actions_addclose(&fa, p[0]) == 0 &&
              posix_spawn(&pid, "/bin/spawn", &fa, NULL, ARGV("spawn", "say", "spawned"), environ) == 0,
          "posix_spawn with file actions");
    close(p[1]);
    CHECK(strcmp(drain(p[0]), "spawned\n") == 0 && status_of(pid) == 0, "ran");
    CHECK(posix_spawn(&pid, "/bin/nothing", NULL, NULL, ARGV("x"), environ) == ENOENT,
          "posix_spawn of nothing is ENOENT");
    CHECK(posix_spawnp(&pid, "spawn", NULL, NULL, ARGV("spawn", "code", "3"), environ) == 0 &&
              WEXITSTATUS(status_of(pid)) == 3,
          "posix_spawnp looks in PATH");
    CHECK(WEXITSTATUS(system("code 9")) == 9, "system");
    FILE *f = popen("say by popen", "r");
    CHECK(f && fgets(out, sizeof out, f) && strcmp(out, "by popen\n") == 0 && pclose(f) == 0,
          "popen, reading");
    f = popen("take 6", "w");
    CHECK(f && fputs("# in\n\n", f) >= 0 && pclose(f) == 0, "popen, writing");
    CHECK(sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL) == 0, "SIGCHLD");
}

static volatile sig_atomic_t died;
static void on_child(int sig)
{
    died = sig;
}

static void suspended(void)
{
    sigset_t all, old;
    signal(SIGCHLD, on_child);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    pid_t pid = start(-1, "code", "4", NULL);
    FAILS(sigsuspend(&old), EINTR, "sigsuspend ends with a child");
    CHECK(died == SIGCHLD && WEXITSTATUS(status_of(pid)) == 4,
          "its handler ran, and the child can be waited for");
    FAILS(sigsuspend(&old), EDEADLK, "where nothing could end it, it says so");
    sigprocmask(SIG_SETMASK, &old, NULL);
    signal(SIGCHLD, SIG_DFL);
}

/* A program from a file's bytes: this one, copied. */
static void from_a_file(void)
{
    static char buf[65536];
    int in = open("/data/spawn", O_RDONLY), to = open("/scratch/copy", O_WRONLY | O_CREAT | O_TRUNC, 0755);
    for (ssize_t n; (n = read(in, buf, sizeof buf)) > 0;)
        if (write(to, buf, (size_t)n) != n)
            break;
    close(in), close(to);
    CHECK(size_of("/scratch/copy") > 0 && size_of("/scratch/copy") == size_of("/data/spawn"),
          "a copy of this program");
    pid_t pid = vfork();
    if (pid == 0) {
        execv("/scratch/copy", ARGV("copy", "code", "8"));
        _exit(127);
    }
    CHECK(WEXITSTATUS(status_of(pid)) == 8, "runs from its bytes");
    to = open("/scratch/script", O_WRONLY | O_CREAT | O_TRUNC, 0755);
    CHECK(write(to, "#!/bin/spawn say\n", 17) == 17 && close(to) == 0, "a script");
    int p[2];
    CHECK(pipe(p) == 0, "a pipe");
    pid = vfork();
    if (pid == 0) {
        dup2(p[1], 1), close(p[0]), close(p[1]);
        execv("/scratch/script", ARGV("script", "more"));
        _exit(127);
    }
    close(p[1]);
    CHECK(strcmp(drain(p[0]), "/scratch/script more\n") == 0 && status_of(pid) == 0,
          "is run by what its first line names");
    to = open("/scratch/script", O_WRONLY | O_CREAT | O_TRUNC, 0755);
    CHECK(write(to, "say\n", 4) == 4 && close(to) == 0, "a text");
    FAILS(execv("/scratch/script", ARGV("script")), ENOEXEC, "is ENOEXEC");
    FAILS(execv("/scratch", ARGV("x")), EACCES, "a directory is EACCES");
    FAILS(execv("/scratch/none", ARGV("x")), ENOENT, "nothing there is ENOENT");
}

static void many(void)
{
    struct timespec a, b;
    int good = 0;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int i = 0; i < 1000; i++)
        good += WEXITSTATUS(run("code", i % 2 ? "0" : "1")) == 1 - i % 2;
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("# 1000 children took %ld us each\n",
           (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
    CHECK(good == 1000, "1000 children, one after the other");
}

/* Two processes and the two pipes between them and us. */
static int pipeline(void)
{
    int p[2], q[2];
    if (pipe2(p, O_CLOEXEC) != 0 || pipe2(q, O_CLOEXEC) != 0)
        return 0;
    pid_t a = start(p[1], "say", "piped", NULL);
    pid_t b = vfork();
    if (b == 0) {
        dup2(p[0], 0), dup2(q[1], 1);
        execv("/bin/spawn", ARGV("spawn", "upper"));
        _exit(127);
    }
    close(p[0]), close(p[1]), close(q[1]);
    return strcmp(drain(q[0]), "PIPED\n") == 0 && status_of(a) == 0 && status_of(b) == 0;
}

static int pipelines_of_two(int n)
{
    int good = 0;
    for (int i = 0; i < n; i++)
        good += pipeline();
    return good == n;
}

/* The kernel says what is taken when it starts /bin/mark (kernel/counts.h). */
static int mark(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        execv("/bin/mark", ARGV("mark", "code", "0"));
        _exit(127);
    }
    return status_of(pid) == 0;
}

/* Marks 2, 3 and 4 must say the same, 5 something else: the test looks. */
static void counted(void)
{
    int p[2];
    CHECK(mark() && run("code", "0") == 0 && pipelines_of_two(3), "what the first child and pipeline leave");
    CHECK(mark(), "counted before 1000 children");
    many();
    CHECK(mark(), "counted before 100 pipelines");
    CHECK(pipelines_of_two(100), "100 pipelines, one after the other");
    CHECK(mark(), "counted after them");
    CHECK(pipe(p) == 0 && write(p[1], "x", 1) == 1 && mark(), "counted with a pipe left open");
    close(p[0]), close(p[1]);
}

static void without_vfork(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        execv("/bin/spawn", ARGV("spawn", "exec"));
        _exit(127);
    }
    CHECK(WEXITSTATUS(status_of(pid)) == 21, "execve without vfork: the new program's code, through both");
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    if (strcmp(name, "sh") == 0)
        return argc == 3 ? role_shell(argv[2]) : 98;
    if (argc > 1 && strcmp(argv[1], "exec") == 0) {
        execv("/bin/spawn", ARGV("spawn", "code", "21"));
        return 20;
    }
    if (argc > 1 && strcmp(argv[1], "many") == 0) { /* the figure alone, on either guest */
        many();
        return tap_end();
    }
    if (argc > 1)
        return role_run(argc - 1, argv + 1);
    setvbuf(stdout, NULL, _IOLBF, 0); /* what was said is out before a child could hang */
    setenv("PATH", "/bin", 1);
    by_vfork();
    statuses();
    what_a_child_gets();
    shared_descriptions();
    pipelines();
    of_the_library();
    suspended();
    from_a_file();
    without_vfork();
    counted();
    return tap_end();
}
