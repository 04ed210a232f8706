/* SPDX-License-Identifier: MIT */
/*
 * Starting programs as a shell does, for the drivers of the shell workloads and stories: posix_spawn, pipes,
 * wait, all of it plain POSIX. Invariant: what a function opens it closes, and every child is waited for.
 */
#ifndef SHELL_RUN_H
#define SHELL_RUN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* A status that no program ends with: it was killed because its time was over. */
#define RUN_TIMEOUT (-1)

/* Ends this program with one line on stderr. */
_Noreturn void run_die(const char *what, const char *why);
/* The open file, or run_die with what errno says about `what`. */
FILE *run_file(FILE *f, const char *what);
/* A number in 1..most, or run_die. */
uint64_t run_number(const char *text, uint64_t most);

/*
 * Starts argv[0], a path, with the descriptors in, out and err as its 0, 1 and 2 (-1: as they are here).
 * 0 and *pid, or a positive errno as posix_spawn's own.
 */
int run_start(char *const argv[], int in, int out, int err, pid_t *pid);
/* Waits: the exit code, 128 + the signal that ended it, or -errno. */
int run_wait(pid_t pid);
/* Waits at most `ms`, then kills: run_wait's values, or RUN_TIMEOUT. Looks every millisecond at first, every
 * tenth later. */
int run_wait_for(pid_t pid, unsigned ms);
/*
 * Starts argv[0] and keeps what it writes to its standard output, at most n-1 bytes, as a text. Its exit code
 * as run_wait says, or -errno when it could not be started; more output than that is -EFBIG.
 */
int run_capture(char *const argv[], char *text, size_t n);

#endif
