/* SPDX-License-Identifier: MIT */
/*
 * The shell in a guest: hush of the busybox port as exec's program.
 * Invariant: without grants of its own it has the profile `shell` and nothing else.
 */
#ifndef ENGINE_SHELL_H
#define ENGINE_SHELL_H

#include "exec.h"

/* The profile `shell`: posix, process_spawner, terminal_session, bin (the programs' names, read-only). 0, or
 * -EINVAL when a name of it was granted already. */
int grants_shell(struct grants *s);

/*
 * Fills in the program (of the request's guest), its environment and its folder, checks and runs. Returns the
 * exit code that `capbench shell` ends with.
 */
int shell_run(struct exec_request *q);

#endif
