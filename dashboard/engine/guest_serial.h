/* SPDX-License-Identifier: MIT */
/*
 * Watching a guest's kernel messages for the lines that decide its fate.
 * Invariant: only the first panic and the first oops are kept, cut and escaped; other lines are counted, not
 * kept, but for the last line the capOS kernel wrote (its reason when it refuses to boot).
 */
#ifndef ENGINE_GUEST_SERIAL_H
#define ENGINE_GUEST_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include "guest.h"

#define GUEST_SERIAL_LINE 512

struct guest_serial {
    enum guest_kind kind;
    bool panic, oops;
    char panic_line[160], oops_line[160], last_line[160]; /* printable, "" when there is none */
    size_t have;
    char line[GUEST_SERIAL_LINE];
};

/* Prepares for a guest's serial port. */
void guest_serial_init(struct guest_serial *s, enum guest_kind kind);
/* Takes the next bytes; the last line counts when it ends or at guest_serial_end. */
void guest_serial_feed(struct guest_serial *s, const void *bytes, size_t n);
/* The stream has ended: judges an unfinished line. */
void guest_serial_end(struct guest_serial *s);

#endif
