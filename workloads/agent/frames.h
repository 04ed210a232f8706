/* SPDX-License-Identifier: MIT */
/*
 * The agent's side of the bench channel: frames out, and what the host sends.
 * Invariant: frames leave whole and in order; the first write error ends the agent, because nothing it does
 * can be seen after that.
 */
#ifndef AGENT_FRAMES_H
#define AGENT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "abi/bench.h"

/* Uses `fd` (kept open, not owned) and the run's nonce for every frame from now on. */
void frames_init(int fd, uint64_t nonce);

/* Sends one frame of `type` with the payload parts `head` and `body` (either may be empty), at most
 * BENCH_MAX_PAYLOAD in all. */
void frames_send(enum bench_type type, const void *head, size_t head_len, const void *body, size_t body_len);

/* Sends a line of text, formatted as by printf, cut at 4 KiB. */
void frames_text(enum bench_type type, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* How many frames have been sent. */
uint32_t frames_sent(void);

/* The channel's descriptor, for poll: readable when frames_read has something to do. */
int frames_channel(void);

/*
 * One read from the host, which waits when nothing is there. 1 with *type and *payload (*len bytes, good
 * until the next call) when that made a frame whole, 0 when more is needed; -EPIPE when the channel has
 * ended, -EBADMSG for what is no frame of this run.
 */
int frames_read(enum bench_type *type, const uint8_t **payload, size_t *len);

/*
 * Tells the host that a point of the plan has been reached, and waits until it lets the agent go on. 0, or
 * frames_read's errors (-EBADMSG also for any other frame).
 */
int frames_sync(const char *text);

/* The monotonic clock in nanoseconds. */
uint64_t clock_monotonic_ns(void);

#endif
