/* SPDX-License-Identifier: MIT */
/*
 * What goes from a descriptor of the host to the program of `capbench exec` and `shell`: its standard input,
 * or keys typed on its terminal. Invariant: at most one frame (or one handful of keys) is read before the
 * guest has taken the one before.
 */
#ifndef ENGINE_EXEC_INPUT_H
#define ENGINE_EXEC_INPUT_H

#include "guest.h"

struct exec_input {
    int fd;                 /* -1: the program reads nothing */
    bool keys;              /* typed on the terminal, else standard input */
    bool left;              /* the escape key was typed: end the guest */
    struct guest_input *to; /* set by exec_input_opened */
    const char *who;        /* for messages */
    int size_fd;            /* of keys: the terminal whose size the program's has */
    unsigned rows, columns; /* as the guest knows them */
};

/* The guest is there: takes the terminal over when these are keys. */
void exec_input_opened(struct exec_input *x, struct guest_input *to);
/* The descriptor is readable: passes on what is there. False: it has ended. */
bool exec_input_ready(struct exec_input *x);
/* Now and then, and after every signal: tells the guest when the terminal has another size. */
void exec_input_tick(struct exec_input *x);
/* Gives the terminal back. */
void exec_input_close(struct exec_input *x);

#endif
