/* SPDX-License-Identifier: MIT */
/*
 * Memory, time, signals, pipes, environment through the C library. Arguments: "one" "two words" "" (checked).
 * Invariant: touches no file.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

static void memory(void)
{
    int bad = 0;
    static char *p[500];
    uint32_t rnd = 1;
    for (int i = 0; i < 20000; i++) {
        rnd = rnd * 1664525 + 1013904223;
        int k = (int)(rnd >> 8) % 500;
        size_t n = (rnd >> 20) * ((rnd & 15) == 0 ? 64u : 1u) + 1;
        if (p[k])
            bad |= *p[k] != (char)k;
        free(p[k]);
        p[k] = malloc(n);
        bad |= !p[k];
        if (p[k]) {
            p[k][0] = (char)k;
            p[k][n - 1] = 1;
            p[k][0] = (char)k;
        }
    }
    for (int i = 0; i < 500; i++)
        free(p[i]);
    CHECK(!bad, "20000 allocations of mixed sizes");
    bad = 0;
    for (int i = 0; i < 2000; i++) {
        size_t n = (size_t)(i % 37 + 1) * 4096;
        unsigned char *m = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (m == MAP_FAILED) {
            bad = 1;
            break;
        }
        for (size_t k = 0; k < n; k += 512)
            bad |= m[k] != 0;
        memset(m, 0xff, n);
        bad |= munmap(m, n) != 0;
    }
    CHECK(!bad, "2000 mappings, each fresh one is zero");
    char *m = mmap(NULL, 700u << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(m != MAP_FAILED, "a mapping of 700 MB, touched in places");
    if (m != MAP_FAILED) {
        for (size_t k = 0; k < 700u << 20; k += 16 << 20)
            m[k] = 1;
        CHECK(munmap(m, 700u << 20) == 0, "and given back");
    }
    char *r = malloc(3 << 20);
    memset(r, 5, 3 << 20);
    char *grown = realloc(r, 40 << 20);
    CHECK(grown && grown[0] == 5 && grown[(3 << 20) - 1] == 5, "realloc of a large block keeps its bytes");
    free(grown ? grown : r);
    m = mmap(NULL, 16384, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(m != MAP_FAILED && mprotect(m + 4096, 4096, PROT_READ | PROT_WRITE) == 0 && (m[4096] = 1) == 1 &&
              munmap(m, 16384) == 0,
          "PROT_NONE, then a page made usable");
    CHECK(mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
              errno == EACCES,
          "writable and executable at once is EACCES");
    m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    m[0] = 1;
    CHECK(madvise(m, 8192, MADV_DONTNEED) == 0 && m[0] == 0, "MADV_DONTNEED");
    munmap(m, 8192);
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL,
          "an empty mapping is EINVAL");
    void *absurd = malloc((size_t)1 << 45);
    CHECK(absurd == NULL && errno == ENOMEM, "an absurd allocation is ENOMEM");
    free(absurd);
}

static int deep(int n)
{
    volatile char pad[4096];
    pad[0] = (char)n;
    return n ? deep(n - 1) + pad[0] * 0 : 1;
}

static void times(void)
{
    struct timespec a, b, d = {0, 20000000};
    struct timeval tv;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && nanosleep(&d, NULL) == 0 &&
              clock_gettime(CLOCK_MONOTONIC, &b) == 0 &&
              (b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec >= 20000000,
          "nanosleep of 20 ms takes that long");
    CHECK(gettimeofday(&tv, NULL) == 0 && tv.tv_sec > 1600000000, "the wall clock is past 2020");
    d.tv_nsec = 1000000000;
    FAILS(nanosleep(&d, NULL), EINVAL, "a malformed time is EINVAL");
    FAILS(clock_gettime(99, &a), EINVAL, "an unknown clock is EINVAL");
    clock_gettime(CLOCK_MONOTONIC, &a);
    a.tv_nsec = 0;
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &a, NULL) == 0, "a time gone by does not sleep");
}

static volatile sig_atomic_t got;
static void handler(int sig)
{
    got = sig;
}

static volatile int info_signo;
static void info_handler(int sig, siginfo_t *info, void *context)
{
    info_signo = context && info->si_signo == sig ? sig : -1;
}

static void signals(void)
{
    sigset_t set, old;
    struct sigaction sa = {.sa_handler = handler};
    CHECK(sigaction(SIGUSR1, &sa, NULL) == 0 && raise(SIGUSR1) == 0 && got == SIGUSR1,
          "raise runs the handler");
    struct sigaction si = {.sa_sigaction = info_handler, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGUSR2, &si, NULL) == 0 && raise(SIGUSR2) == 0 && info_signo == SIGUSR2,
          "a handler with siginfo");
    got = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR1);
    CHECK(got == 0, "a blocked signal waits");
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK(got == SIGUSR1, "until it is unblocked");
    CHECK(signal(SIGCHLD, SIG_DFL) != SIG_ERR && raise(SIGCHLD) == 0, "SIGCHLD is ignored by default");
    FAILS(kill(99999, SIGTERM), ESRCH, "no other process can be signalled");
}

static void pipes(void)
{
    int p[2];
    char buf[16];
    CHECK(pipe(p) == 0, "pipe");
    CHECK(write(p[1], "hello", 5) == 5 && read(p[0], buf, sizeof buf) == 5 && memcmp(buf, "hello", 5) == 0,
          "bytes go through it");
    struct pollfd f[2] = {{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}};
    CHECK(poll(f, 2, 0) == 1 && f[0].revents == 0 && f[1].revents == POLLOUT,
          "poll: writable, nothing to read");
    CHECK(write(p[1], "x", 1) == 1 && poll(f, 1, 1000) == 1 && f[0].revents & POLLIN,
          "poll: something to read");
    CHECK(read(p[0], buf, 1) == 1 && buf[0] == 'x', "and it is read");
    CHECK(poll(f, 1, 30) == 0, "poll: the time limit passes");
    fd_set in;
    struct timeval tv = {0, 20000};
    FD_ZERO(&in);
    FD_SET(p[0], &in);
    CHECK(select(p[0] + 1, &in, NULL, NULL, &tv) == 0 && !FD_ISSET(p[0], &in),
          "select: the time limit passes");
    FD_SET(p[0], &in);
    CHECK(write(p[1], "y", 1) == 1 && select(p[0] + 1, &in, NULL, NULL, NULL) == 1 && FD_ISSET(p[0], &in) &&
              read(p[0], buf, 1) == 1,
          "select: something to read");
    CHECK(fcntl(p[0], F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
    FAILS(read(p[0], buf, 1), EAGAIN, "an empty pipe would block: EAGAIN");
    close(p[1]);
    CHECK(read(p[0], buf, 1) == 0, "all writers gone: end of file");
    FAILS(lseek(p[0], 0, SEEK_CUR), ESPIPE, "a pipe cannot be seeked");
    close(p[0]);
    signal(SIGPIPE, SIG_IGN);
    CHECK(pipe(p) == 0 && close(p[0]) == 0, "a pipe without a reader");
    FAILS(write(p[1], "x", 1), EPIPE, "is EPIPE");
    close(p[1]);
}

static void others(int argc, char **argv)
{
    struct utsname u;
    struct sysinfo si;
    struct rlimit rl;
    unsigned char a[32] = {0}, b[32] = {0};
    CHECK(argc == 4 && strcmp(argv[1], "one") == 0 && strcmp(argv[2], "two words") == 0 && argv[3][0] == 0,
          "arguments");
    CHECK(uname(&u) == 0 && strcmp(u.sysname, "capOS") == 0 && strcmp(u.machine, "x86_64") == 0, "uname");
    CHECK(sysinfo(&si) == 0 && si.totalram > 0, "sysinfo");
    CHECK(getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur >= 64, "getrlimit");
    CHECK(getrandom(a, 32, 0) == 32 && getrandom(b, 32, 0) == 32 && memcmp(a, b, 32) != 0, "getrandom");
    CHECK(getpid() > 0 && getuid() == 0, "getpid, getuid");
    CHECK(isatty(0) == 0 && errno == ENOTTY, "a pipe is no terminal");
    FAILS(fork(), ENOSYS, "fork is ENOSYS");
    CHECK(setenv("CAPBENCH_X", "1", 1) == 0 && strcmp(getenv("CAPBENCH_X"), "1") == 0,
          "the environment can be changed");
    CHECK(deep(1500) == 1, "6 MB of stack");
}

int main(int argc, char **argv)
{
    memory();
    times();
    signals();
    pipes();
    others(argc, argv);
    return tap_end();
}
