/* SPDX-License-Identifier: MIT */
/*
 * What an ended guest's run amounts to: the exit-status table, with everything else that was seen.
 * Invariant: a pure function; GUEST_OK needs every sign of success at once, because the emulator's status
 * alone misleads (a triple fault, a reset and a power-off all give 0).
 */
#ifndef ENGINE_GUEST_VERDICT_H
#define ENGINE_GUEST_VERDICT_H

#include <stdbool.h>
#include <stdint.h>
#include "guest.h"

struct guest_facts {
    enum guest_kind kind;
    int status;                  /* exit status, or 128 + signal; of no meaning when we killed it */
    bool interrupted, timed_out; /* we killed it for these */

    unsigned limit_seconds;
    const char *flood;   /* over a limit: which; NULL: no */
    const char *channel; /* a defect of the bench channel; NULL: none */
    const char *cut;     /* how the channel ended when DONE never came; NULL: not known */
    bool done;           /* DONE came */
    uint32_t done_status;
    const char *agent_error;              /* text of BENCH_ERROR; NULL: none */
    const char *panic, *oops, *last_line; /* kernel messages; NULL: none */
    bool qmp_reset, qmp_shutdown, qmp_panicked;
    const char *emulator_log; /* last line of its own output; NULL: none */
    uint64_t frames;
};

/* Judges; `reason` gets one line unless GUEST_OK. Texts inside must be printable already. */
enum guest_end guest_verdict(const struct guest_facts *f, char *reason, size_t n);

#endif
