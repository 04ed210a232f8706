/* SPDX-License-Identifier: MIT */
/*
 * The terminal as POSIX programs see it: lines to read, and Ctrl-C.
 * Invariant: at most one readLine is outstanding, and it cannot be taken back: its line is the next that
 * read() gives. A process that waits for its children for a while keeps one outstanding, which the terminal
 * serves only while none of them reads (the newest reader comes first); so a Ctrl-C reaches it. One that
 * reaches a child instead is told by how that child ends (EXITCODE_INTERRUPT), up to a process that handles
 * it.
 */
#ifndef POSIX_TERMINAL_H
#define POSIX_TERMINAL_H

#include "posix/fd.h"

/* terminal_read: bytes of a line, 0 at the end of input, -EINTR after a Ctrl-C (SIGINT was raised). */
long terminal_read(struct ofd *o, void *buf, size_t n);
/*
 * terminal_wait: for one who has children: waits until something has completed since the mark, another
 * process's signal is there (signal_wait), or a new size of the terminal was told to a handler. After a
 * Ctrl-C the children that do not ignore it get SIGINT, and it is raised here. True: a handler was run. The
 * terminal is listened to only after a moment, so that a line typed ahead is not taken from a program that is
 * about to read.
 */
bool terminal_wait(uint32_t mark);
/* terminal_interrupted: a child has heard a Ctrl-C for us: its siblings end too, and SIGINT is raised here.
 */
void terminal_interrupted(void);
/* terminal_here: whether there is one to listen to. */
bool terminal_here(void);

/* The size and settings of the terminal: terminal_size.c. */

/* terminal_size_note: takes LINES and COLUMNS from a variable of the environment. terminal_size: what the
 * shared table says, else what was noted, else 24 and 80. */
void terminal_size_note(const char *variable);
struct lx_winsize terminal_size(void);
/* terminal_size_wait: how long a wait may last before terminal_size_tell is to be asked again, which raises
 * SIGWINCH when there is a new size. True: the handler ran, and does not ask for a restart. */
uint64_t terminal_size_wait(void);
bool terminal_size_tell(void);
/* terminal_settings: those of TerminalSession, which has no others; terminal_set: 0 for these, else -EINVAL.
 */
struct lx_termios terminal_settings(void);
int terminal_set(const struct lx_termios *t);

#endif
