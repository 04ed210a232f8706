/* SPDX-License-Identifier: MIT */
/*
 * A scripted user at a guest's terminal: each time the prompt stands at the end of what the terminal shows,
 * the next line of the definition's keys is typed. Invariant: nothing is typed before its prompt, so that
 * what is echoed stands where a user would see it; everything the terminal shows is kept, up to TYPING_SAID
 * bytes.
 */
#ifndef ENGINE_TYPING_H
#define ENGINE_TYPING_H

#include "definition.h"
#include "guest_input.h"
#include "mem.h"

#define TYPING_SAID (1u << 20)

struct typing {
    const struct def_session *session;
    struct guest_input *in;
    size_t next; /* of the keys */
    bool due;    /* the prompt is there, its line not yet typed */
    struct buf said;
};

/* The terminal has shown these bytes. */
void typing_said(struct typing *t, const char *bytes, size_t n);
/* Types what is due, if the guest has taken what was typed before; call it now and then. */
void typing_tick(struct typing *t);

#endif
