/* SPDX-License-Identifier: MIT */
/*
 * Writes to a pipe that do not wait: how much goes in, what poll says, that no byte is lost or out of order,
 * and what a writer hears when the reader has gone. Runs on both guests. Invariant: nothing here waits
 * without a limit.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "tap.h"

#define TOTAL 300000u

/* The byte at position i of the stream. */
static unsigned char byte_at(unsigned i)
{
    return (unsigned char)(i * 31u + i / 251u);
}

static bool writable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    return poll(&p, 1, ms) == 1 && p.revents & (POLLOUT | POLLERR);
}

/* Writes on until nothing more goes in; how many bytes have gone in since the start. */
static unsigned fill(int fd, unsigned at)
{
    unsigned char block[10000];
    ssize_t put = 1;

    while (put > 0 && at < TOTAL) {
        unsigned n = TOTAL - at < sizeof block ? TOTAL - at : (unsigned)sizeof block;

        for (unsigned i = 0; i < n; i++)
            block[i] = byte_at(at + i);
        put = write(fd, block, n);
        at += put > 0 ? (unsigned)put : 0;
    }
    return at;
}

/* Reads up to `want` bytes and compares them. */
static unsigned drain(int fd, unsigned at, unsigned want, bool *same)
{
    unsigned char block[7000];
    unsigned end = at + want;

    while (at < end) {
        ssize_t got = read(fd, block, end - at < sizeof block ? end - at : sizeof block);

        if (got <= 0)
            return at;
        for (ssize_t i = 0; i < got; i++)
            *same &= block[i] == byte_at(at + (unsigned)i);
        at += (unsigned)got;
    }
    return at;
}

int main(void)
{
    int p[2];
    unsigned in, out = 0;
    bool same = true;
    ssize_t put = 0;

    CHECK(pipe(p) == 0 && fcntl(p[1], F_SETFL, O_WRONLY | O_NONBLOCK) == 0,
          "a pipe whose writer does not wait");
    CHECK(writable(p[1], 0), "an empty pipe takes bytes");
    in = fill(p[1], 0);
    CHECK(in >= 4096 && in < TOTAL, "it takes a page at least, and not all");
    FAILS(write(p[1], "x", 1), EAGAIN, "a full one takes no byte");
    CHECK(!writable(p[1], 50), "and poll says so");
    for (int round = 0; round < 100 && out < TOTAL; round++) {
        unsigned before = out;

        out = drain(p[0], out, in - out < 30000 ? in - out : 30000, &same);
        if (out == before || (in < TOTAL && !writable(p[1], 5000)))
            break;
        in = fill(p[1], in);
    }
    CHECK(in == TOTAL && out == TOTAL, "all goes through, however often it was full");
    CHECK(same, "every byte, in its order");
    (void)signal(SIGPIPE, SIG_IGN);
    close(p[0]);
    for (int i = 0; i < 3 && put >= 0; i++)
        put = writable(p[1], 1000) ? write(p[1], "y", 1) : 0;
    CHECK(put < 0 && errno == EPIPE, "without a reader the writer is told");
    close(p[1]);
    return tap_end();
}
