/* SPDX-License-Identifier: MIT */
/*
 * A run told in plain lines: for pipes, TERM=dumb and screen readers.
 * Invariant: printable ASCII and line feeds only; a line is written whole and flushed.
 */
#ifndef UI_NARRATE_H
#define UI_NARRATE_H

#include <stdio.h>

#include "model.h"

/* What was told so far. Zero-initialise. */
struct narrate {
    uint64_t boots_begun, boots_ended;
    unsigned phase_boot;
    int phase;
    bool begun, ended;
};

/* Tells what is new in the model since the last call. `detailed` also tells the phases of a boot. */
void narrate(struct narrate *n, struct model *m, bool detailed, FILE *out);
/* Tells how every workload stands. */
void narrate_table(struct model *m, FILE *out);

#endif
