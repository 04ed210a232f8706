/* SPDX-License-Identifier: MIT */
/*
 * The verdict on one boot: passed, failed or invalid, with a reason (design: `failed` when a program's exit
 * status or the verifier says no, `invalid` when the conditions of the measurement were broken). Invariant:
 * every rule that is broken is found in a fixed order; a wrong output outranks a broken condition.
 */
#ifndef ENGINE_JUDGE_H
#define ENGINE_JUDGE_H

#include "collect.h"
#include "serial.h"
#include "session.h"

struct judge_case {
    const struct definition *d;
    enum def_size size;
    enum guest_accel accel;
    const struct collect *collected;
    const struct serial_log *serial; /* capOS only, else NULL */
    const struct guest_outcome *outcome;
    int started;               /* what guest_run returned */
    const char *changed_input; /* NULL: none changed */
    /* the verifier: NULL reason and `verified` when it passed; not asked when !verified and no reason */
    bool verified, verifier_broken;
    const char *verifier_reason;
};

/* May the verifier be asked at all: did the guest end well and every program with 0? */
bool judge_wants_verifier(const struct judge_case *j);
/* Sets status, reason, detail, marks, authority and resources of `b` (its guest and backing must be set). */
void judge_boot(struct boot *b, const struct judge_case *j);
/*
 * The same rules for the second boot on the same disk, where nothing is timed: a passed `b` is taken back
 * when one is broken. `same_disk`: it found what the first boot had left.
 */
void judge_reopen(struct boot *b, const struct judge_case *j, bool same_disk);

/*
 * Program of the k-th start in a boot: the set-up's, then the iterations'; or in a second boot. *out is
 * malloc'd (caller frees). Returns how many starts a whole plan has.
 */
size_t judge_planned(const struct definition *d, enum def_size size, bool reopen, int **out);

/*
 * Is the agent's clock the measure? Under icount, where host time means nothing, and natively, where it is
 * the host's own clock, read closer to the event.
 */
bool judge_guest_clock(enum guest_kind guest, enum guest_accel accel);

#endif
