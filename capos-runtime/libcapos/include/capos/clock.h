/* SPDX-License-Identifier: MIT */
/*
 * Timer and WallClock. Invariant: times are nanoseconds unless a name says otherwise; errors are negative
 * errno values. Source: the published schema.
 */
#ifndef CAPOS_CLOCK_H
#define CAPOS_CLOCK_H

#include "abi/fields.h"
#include "capos/call.h"

/* capos_timer_now: monotonic time since boot into *ns. 0 or a negative errno. */
int capos_timer_now(uint32_t timer, uint64_t *ns);
/* capos_timer_read: the same, and the tick of the machine's counter when that was. */
int capos_timer_read(uint32_t timer, uint64_t *ns, uint64_t *tick);
/* capos_timer_sleep: waits at least `ns`. -ENOMEM (overloaded) when too many sleeps are pending. */
int capos_timer_sleep(uint32_t timer, uint64_t ns);

struct capos_wall_time {
    int64_t seconds; /* since 1970, UTC */
    uint32_t nanos;
    uint16_t provenance;   /* enum capos_clock_provenance */
    uint64_t monotonic_ns; /* when that was */
};
/* capos_wall_clock_now: 0 with *t filled, or a negative errno. */
int capos_wall_clock_now(uint32_t wall_clock, struct capos_wall_time *t);

#endif
