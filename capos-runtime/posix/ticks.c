/* SPDX-License-Identifier: MIT */
/*
 * Monotonic time between two readings of the Timer. Timer.now gives the time and the tick it was taken at;
 * where the processor's own counter runs through that tick, later times follow from it without a call.
 * Invariant: rate and origin come from the Timer alone, so that without the capability there is no time; a
 * time is never ahead of the Timer's (but by what one reading of it takes), and never goes back.
 */
#include "capos/clock.h"

#include "posix/posix.h"

#define BASELINE_NS 1000000u /* from the first reading to the first rate */
#define SHORT_NS    20000u   /* the same, where a hundredth is good enough */
#define SLACK_NS    100u     /* what two readings may be off by: the rate is taken that much too low */
#define SPAN_MAX    (UINT64_C(1) << 27) /* ticks until the Timer is asked again, at most */

static uint64_t start_tick; /* when the program began */

static struct {
    uint64_t first_ns, first_tick; /* the first reading; 0: there was none */
    uint64_t ns, tick;             /* the last one */
    uint64_t rate;                 /* ns a tick, 2^-32 */
    uint64_t span;                 /* ticks from the last reading in which the rate is used; 0: ask */
    uint64_t latest;               /* handed out */
    bool foreign;                  /* the Timer's tick is not this counter */
} t;

static uint64_t counter(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* ns / ticks as a 2^-32 fraction, for a quotient below 2^32: one instruction, where C would call a function
 * that not every linker's library has. */
static uint64_t ratio(uint64_t ns, uint64_t ticks)
{
    uint64_t quotient, rest;
    __asm__("divq %4" : "=a"(quotient), "=d"(rest) : "0"(ns << 32), "1"(ns >> 32), "r"(ticks) : "cc");
    return quotient;
}

static void rate_take(void)
{
    const uint64_t ns = t.ns - t.first_ns, ticks = t.tick - t.first_tick;
    t.span = 0;
    if (ns < BASELINE_NS || ticks <= ns >> 32)
        return;
    t.rate = ratio(ns - SLACK_NS, ticks);
    t.span = ticks < SPAN_MAX ? ticks : SPAN_MAX; /* the longer it was measured, the longer it is good for */
}

static int ask(uint64_t *ns)
{
    const uint64_t before = counter();
    uint64_t tick = 0;
    int err = capos_timer_read(posix_caps.timer, ns, &tick);
    if (err == 0 && t.first_ns == 0)
        t.first_ns = *ns;
    if (err < 0 || t.foreign)
        return err;
    if (tick < before || tick > counter()) {
        t.foreign = true;
        t.span = 0;
        return 0;
    }
    t.ns = *ns;
    t.tick = tick;
    if (t.first_tick == 0) {
        t.first_ns = t.ns;
        t.first_tick = t.tick;
    }
    rate_take();
    return 0;
}

int ticks_now(uint64_t *ns)
{
    const uint64_t past = counter() - t.tick;
    int err = 0;
    if (!posix_caps.have_timer)
        return -EINVAL;
    if (past < t.span)
        *ns = t.ns + (uint64_t)((unsigned __int128)past * t.rate >> 32);
    else
        err = ask(ns);
    if (err < 0)
        return err;
    if (*ns < t.latest)
        *ns = t.latest;
    t.latest = *ns;
    return 0;
}

uint64_t ticks_raw(void)
{
    return counter();
}

void ticks_start(void)
{
    start_tick = counter();
}

/* From the first reading, and what the counter says went before it. */
int ticks_run(uint64_t *ns)
{
    uint64_t now;
    int err = ticks_now(&now);
    while (err == 0 && !t.foreign && t.ns - t.first_ns < SHORT_NS)
        err = ask(&now);
    if (err < 0)
        return err;
    *ns = now - t.first_ns;
    const uint64_t span = t.ns - t.first_ns, ticks = t.tick - t.first_tick;
    if (!t.foreign && ticks > span >> 32)
        *ns += (uint64_t)((unsigned __int128)(t.first_tick - start_tick) * ratio(span, ticks) >> 32);
    return 0;
}

void ticks_ask(void)
{
    t.span = 0;
}
