/* SPDX-License-Identifier: MIT */
/*
 * The terminal as POSIX programs see it: lines to read, and Ctrl-C.
 * Invariant: at most one readLine is outstanding, and it cannot be taken back: its line is the next that
 * read() gives. A process that waits for its children for a while keeps one outstanding, which the terminal
 * serves only while none of them reads (the newest reader comes first); so a Ctrl-C reaches it.
 */
#ifndef POSIX_TERMINAL_H
#define POSIX_TERMINAL_H

#include "posix/fd.h"

/* terminal_read: bytes of a line, 0 at the end of input, -EINTR after a Ctrl-C (SIGINT was raised). */
long terminal_read(struct ofd *o, void *buf, size_t n);
/*
 * terminal_pause: waits until something has completed since the mark, or another process's signal is there
 * (signal_wait). True: a Ctrl-C was typed. It is listened for only after a moment, so that a line typed ahead
 * is not taken from a program that is about to read.
 */
bool terminal_pause(uint32_t mark);
/*
 * terminal_wait: the same for one who waits for children: after a Ctrl-C those that do not ignore it are
 * ended by SIGINT, and it is raised here.
 */
void terminal_wait(uint32_t mark);
/* terminal_size_note: takes LINES and COLUMNS from a variable of the environment. terminal_size: what was
 * noted, else 24 and 80. */
void terminal_size_note(const char *variable);
struct lx_winsize terminal_size(void);

#endif
