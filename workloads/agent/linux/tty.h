/* SPDX-License-Identifier: MIT */
/* The guest's consoles. Invariant: a console that the machine has is waited for, since its driver makes it a
 * moment late. */
#ifndef AGENT_LINUX_TTY_H
#define AGENT_LINUX_TTY_H

/* Opens a console for reading and writing, without making it the controlling terminal. The descriptor, or a
 * negative errno. */
int tty_open(const char *path);

#endif
