/* SPDX-License-Identifier: MIT */
/*
 * A program's standard input from the host: BENCH_STDIN frames into a pipe.
 * Invariant: at most one frame is held, and the channel is not read again before the pipe has taken it, so
 * that a program which does not read holds the host back and costs no memory here. The pipe is never waited
 * for.
 */
#ifndef AGENT_FEED_H
#define AGENT_FEED_H

#include <poll.h>
#include <stdbool.h>

/* Makes the pipe; *child is the end for the program, which the caller closes. 0 or a negative errno. */
int feed_open(int *child);
/* Is there an input that has not ended? */
bool feed_active(void);
/* What feed_serve waits for now: fills *p. */
void feed_poll(struct pollfd *p);
/*
 * Moves what can be moved after a poll of *p. 0, or a negative errno when the host did not send what it
 * should (the input has then ended). A program that has closed its input ends it without an error.
 */
int feed_serve(const struct pollfd *p);
/* The input ends here; what has come and was not taken is dropped. */
void feed_close(void);

#endif
