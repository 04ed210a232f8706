/* SPDX-License-Identifier: MIT */
/*
 * Ctrl-C, Ctrl-\, SIGTERM and SIGHUP as a flag.
 * Invariant: the handler does nothing but set the flag; a second signal does not kill the engine in
 * mid-write.
 */
#ifndef ENGINE_INTERRUPT_H
#define ENGINE_INTERRUPT_H

#include <stdbool.h>

/* Installs the handlers (without SA_RESTART, so that a waiting system call returns) and ignores SIGPIPE. */
void interrupt_install(void);
/* Has one of the signals come? */
bool interrupt_seen(void);

#endif
