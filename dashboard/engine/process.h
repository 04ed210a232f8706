/* SPDX-License-Identifier: MIT */
/*
 * Running a small host program and taking its output.
 * Invariant: the child is gone when process_run returns; no shell is involved.
 */
#ifndef ENGINE_PROCESS_H
#define ENGINE_PROCESS_H

#include <stddef.h>

#define PROCESS_ERR_TOO 2

/*
 * Runs argv (argv[0] looked up in PATH) with standard input empty; standard output, at most `max` bytes, goes
 * to *out (malloc'd, NUL-terminated, caller frees); standard error is inherited, with `quiet` 1 dropped, with
 * PROCESS_ERR_TOO it goes to *out as well. Returns the
 * exit status, 128 + signal, or a negative errno: -ENOENT not found, -ETIMEDOUT killed after `seconds`,
 * -EFBIG killed for too much output.
 */
int process_run(char *const *argv, unsigned seconds, size_t max, int quiet, char **out);

#endif
