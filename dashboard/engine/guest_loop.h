/* SPDX-License-Identifier: MIT */
/*
 * The one poll loop of a running guest.
 * Invariant: it sleeps until something happens (at most a second, for the interruption question); bytes are
 * stamped right after they were read; when it returns, the child has ended, was reaped, and all it had sent
 * was delivered.
 *
 * The emulator throws console bytes away when a socket or pipe is full for the moment. So a machine's
 * channels are regular files, which never are, and the loop follows their growth by inotify.
 */
#ifndef ENGINE_GUEST_LOOP_H
#define ENGINE_GUEST_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "guest_input.h"
#include "guest_proc.h"

enum guest_stream { STREAM_BENCH, STREAM_CONSOLE, STREAM_SERIAL, STREAM_QMP, STREAM_COUNT };

struct guest_loop {
    int fd[STREAM_COUNT]; /* our ends: non-blocking sockets, or files; -1: none. The loop does not close them
                           */
    bool file[STREAM_COUNT];   /* a regular file that grows; read from its start by offset */
    uint64_t at[STREAM_COUNT]; /* bytes of it already delivered */
    int watch;                 /* inotify descriptor that reports writes to the files; -1: none */
    struct guest_proc proc;
    uint64_t deadline_ns;    /* CLOCK_MONOTONIC; `data` may move it */
    const sigset_t *sigmask; /* in force while it sleeps; NULL: ours */
    void *ctx;
    /* Bytes of a stream; false: end the guest now (what follows is still delivered). */
    bool (*data)(void *ctx, enum guest_stream s, const uint8_t *bytes, size_t n, uint64_t host_ns);
    bool (*interrupted)(void *ctx); /* may be NULL */
    struct guest_input *input;      /* bytes for the guest; NULL: none */
    int watched_fd;                 /* a descriptor of the caller's, read by `watched`; -1: none */
    bool (*watched)(void *ctx);     /* false: not any more */
    bool paced; /* the child stands still while the console is behind, so that neither its log nor our delay
                   grows */
};

struct guest_loop_end {
    int status;                           /* exit status, or 128 + signal */
    bool timed_out, interrupted, stopped; /* why it was killed; none: it ended by itself */
    uint64_t end_ns;                      /* CLOCK_MONOTONIC_RAW */
};

/* Everything off: no descriptors. */
void guest_loop_init(struct guest_loop *l);
/* Follows the growing file at `path`, open as fd[s]. 0 or a negative errno. */
int guest_loop_watch(struct guest_loop *l, enum guest_stream s, const char *path);
/* Runs until the child has ended. */
void guest_loop_run(struct guest_loop *l, struct guest_loop_end *end);

/* The clocks in nanoseconds. */
uint64_t guest_clock_raw(void);
uint64_t guest_clock_monotonic(void);

#endif
