/* SPDX-License-Identifier: MIT */
/*
 * The emulator's control channel (QMP), as far as the engine needs it: say hello, note the events.
 * Invariant: lines are bounded; what is not understood is ignored, never an error: the verdict must not
 * depend on it.
 */
#ifndef ENGINE_QMP_H
#define ENGINE_QMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qmp {
    int fd;           /* answers go here */
    bool greeted;     /* capabilities were negotiated */
    bool reset;       /* guest-reset, or a RESET event from the guest */
    bool shutdown;    /* guest-shutdown */
    bool panicked;    /* guest-panic */
    char version[32]; /* "7.2.22", "" before the greeting */
    size_t have;
    char line[8192];
};

/* Prepares for a channel on `fd` (not owned). */
void qmp_init(struct qmp *q, int fd);
/* Takes the next bytes. */
void qmp_feed(struct qmp *q, const void *bytes, size_t n);

#endif
