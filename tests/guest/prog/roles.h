/* SPDX-License-Identifier: MIT */
/*
 * What a test program does when it is its own child: roles named by the first argument.
 * Invariant: a role's exit code is its answer; 99 means that there is no such role.
 */
#ifndef PROG_ROLES_H
#define PROG_ROLES_H

/* The role argv[0] with its arguments. */
int role_run(int argc, char **argv);
/* `sh -c "role arguments"`: as far as system() and popen() need a shell. */
int role_shell(char *line);

#endif
