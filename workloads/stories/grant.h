/* SPDX-License-Identifier: MIT */
/*
 * Starting a child with a bundle of its own, narrower than its parent's; one implementation a guest.
 * Invariant: on capOS the child has what is named here and its standard streams, nothing else; on Linux
 * authority is ambient and only the working directory can be chosen.
 */
#ifndef STORIES_GRANT_H
#define STORIES_GRANT_H

#include <sys/types.h>

/*
 * Runs argv[0] with memory, one directory (read and write, at the same path) and the descriptor `out` as its
 * standard output (its standard error is our output), and waits for it. Its exit code, 128 + a signal, or
 * -errno.
 */
int grant_run(char *const argv[], const char *directory, int out);
/* Tries to start a child with a directory that this process has not got. 0: it was started; a positive errno:
 * refused; -1: this guest has no grants. */
int grant_refused(void);

#endif
