/* SPDX-License-Identifier: MIT */
/* The host's bytes into a program; see feed.h. */
#include "feed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "frames.h"

static struct {
    int fd;              /* the pipe's end that is written; -1: no input, or it has ended */
    const uint8_t *held; /* what is left of the frame, inside the frame reader */
    size_t left;
    bool ending; /* the host's bytes have ended: closed when the pipe has taken them */
} feed = {.fd = -1};

int feed_open(int *child)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    if (fcntl(ends[1], F_SETFL, O_WRONLY | O_NONBLOCK) != 0) {
        int err = -errno;
        (void)close(ends[0]);
        (void)close(ends[1]);
        return err;
    }
    /* A program that has closed its input is told by write's error. */
    (void)signal(SIGPIPE, SIG_IGN);
    *child = ends[0];
    feed.fd = ends[1];
    feed.left = 0;
    feed.ending = false;
    return 0;
}

bool feed_active(void)
{
    return feed.fd >= 0;
}

void feed_close(void)
{
    if (feed.fd >= 0)
        (void)close(feed.fd);
    feed.fd = -1;
    feed.left = 0;
}

void feed_poll(struct pollfd *p)
{
    *p = feed.left > 0 || feed.ending ? (struct pollfd){.fd = feed.fd, .events = POLLOUT}
                                      : (struct pollfd){.fd = frames_channel(), .events = POLLIN};
}

static int feed_take(void)
{
    enum bench_type type;
    const uint8_t *payload;
    size_t len;
    int rc = frames_read(&type, &payload, &len);

    if (rc == 1 && type != BENCH_STDIN)
        rc = -EBADMSG;
    if (rc < 0)
        feed_close();
    if (rc == 1) {
        feed.ending = len == 0;
        feed.held = payload;
        feed.left = len;
    }
    return rc < 0 ? rc : 0;
}

static void feed_give(void)
{
    ssize_t put = write(feed.fd, feed.held, feed.left);

    if (put < 0 && errno != EINTR && errno != EAGAIN) {
        feed_close();
    } else if (put > 0) {
        feed.held += put;
        feed.left -= (size_t)put;
    }
}

int feed_serve(const struct pollfd *p)
{
    int rc = 0;

    if (p->revents == 0 || feed.fd < 0)
        return 0;
    if (feed.ending)
        feed_close();
    else if (feed.left == 0)
        rc = feed_take();
    if (feed.left > 0)
        feed_give();
    return rc;
}
