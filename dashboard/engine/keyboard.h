/* SPDX-License-Identifier: MIT */
/*
 * The user's terminal as a keyboard: every byte typed comes to us, unechoed and at once.
 * Invariant: from keyboard_open to keyboard_close the old modes are kept ready, and come back also when a
 * signal ends us (SIGKILL excepted). One at a time.
 */
#ifndef ENGINE_KEYBOARD_H
#define ENGINE_KEYBOARD_H

#include <stdbool.h>

/* The key that leaves a guest whatever it does: Ctrl-]. */
#define KEYBOARD_ESCAPE 0x1d

/*
 * Takes the terminal on `fd` over. Its output processing stays, so that a line feed still returns the
 * carriage. 0, or a negative errno.
 */
int keyboard_open(int fd);
/* Gives it back; nothing when it was not taken. */
void keyboard_close(void);
/* Rows and columns of the terminal on fd; 24 and 80 where it does not know. */
void keyboard_size(int fd, unsigned *rows, unsigned *columns);
/* From keyboard_open on: whether the terminal may have another size since the last time this was asked. */
bool keyboard_resized(void);

#endif
