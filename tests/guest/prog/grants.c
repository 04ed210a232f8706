/* SPDX-License-Identifier: MIT */
/*
 * A program with grants but no startup block: output goes to the Console, a Directory appears under its
 * grant's name, pipes are real Pipe capabilities. Invariant: needs console, virtual_memory, thread_control,
 * timer, entropy_source, directory, process_spawner.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

static char big[60000];

static long ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void pipes(void)
{
    int p[2], q[2];
    char buf[16];
    CHECK(pipe(p) == 0 && pipe(q) == 0, "two Pipes");
    struct pollfd f[2] = {{p[0], POLLIN, 0}, {q[0], POLLIN, 0}};
    long t = ms();
    CHECK(poll(f, 2, 50) == 0 && ms() - t >= 50, "poll waits for both, until its time limit");
    CHECK(write(q[1], "second", 6) == 6 && poll(f, 2, 1000) == 1 && f[0].revents == 0 &&
              f[1].revents & POLLIN,
          "poll tells which one has bytes");
    CHECK(read(q[0], buf, 3) == 3 && read(q[0], buf + 3, 10) == 3 && memcmp(buf, "second", 6) == 0,
          "what poll has fetched is read first, in parts");
    CHECK(write(p[1], big, sizeof big) == sizeof big, "60000 bytes into a Pipe");
    size_t n = 0;
    for (ssize_t k; n < sizeof big && (k = read(p[0], big, sizeof big)) > 0;)
        n += (size_t)k;
    CHECK(n == sizeof big, "and out of it");
    CHECK(close(p[1]) == 0 && poll(f, 1, 1000) == 1 && f[0].revents & POLLHUP && read(p[0], buf, 1) == 0,
          "all writers gone: POLLHUP, end of file");
    CHECK(close(q[0]) == 0, "closing an end nobody waits on");
    close(p[0]), close(q[1]);
}

int main(int argc, char **argv)
{
    struct stat st;
    CHECK(argc == 1 && argv[0] && argv[1] == NULL, "no arguments");
    CHECK(getenv("PATH") == NULL, "no environment");
    CHECK(stat("/directory", &st) == 0 && S_ISDIR(st.st_mode), "the Directory is at /directory");
    int fd = open("/directory/x", O_RDWR | O_CREAT, 0644);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0 && unlink("/directory/x") == 0,
          "and can be written");
    FAILS(rmdir("/directory"), EBUSY, "a preopened directory cannot be removed");
    FAILS(mkdir("/directory", 0755), EEXIST, "nor made again");
    FAILS(read(0, big, 1), EBADF, "there is no standard input");
    pipes();
    return tap_end();
}
