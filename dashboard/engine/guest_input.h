/* SPDX-License-Identifier: MIT */
/*
 * The queue behind guest.h's guest_input: frames made whole, bytes written as far as the guest takes them.
 * Invariant: frames leave in order with unbroken sequence numbers from 0, and none before `open` is set; what
 * is queued is bounded.
 */
#ifndef ENGINE_GUEST_INPUT_H
#define ENGINE_GUEST_INPUT_H

#include "guest.h"
#include "mem.h"

struct guest_input {
    int fd; /* non-blocking, not owned; -1: nowhere to write */
    bool socket;
    uint64_t nonce;
    uint32_t seq;
    bool open;   /* the agent listens */
    bool closed; /* the guest has said its last word */
    struct buf queue;
    size_t at;    /* bytes of it already written */
    int typed_fd; /* the keyboard: non-blocking, not owned; -1: none */
    char typed[GUEST_TYPED_MAX];
    size_t typed_at, typed_len; /* what the guest has not taken yet */
};

/* Prepares for a run's nonce; free with guest_input_free. */
void guest_input_init(struct guest_input *in, uint64_t nonce);
/* Is there something that can be written now? */
bool guest_input_wanted(const struct guest_input *in);
/* Writes what the descriptor takes. 0, or a negative errno when it is broken (-EAGAIN is no error). */
int guest_input_write(struct guest_input *in);
/* Is there something typed that can be written now? And writing it; a broken keyboard is given up. */
bool guest_input_typed(const struct guest_input *in);
void guest_input_typed_write(struct guest_input *in);
void guest_input_free(struct guest_input *in);

#endif
