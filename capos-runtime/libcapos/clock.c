/* SPDX-License-Identifier: MIT */
/* Time. Invariant: no caching: every reading is the kernel's. */
#include "capos/clock.h"

int capos_timer_read(uint32_t timer, uint64_t *ns, uint64_t *tick)
{
    struct capos_reply reply;
    int err = capos_call_empty(timer, CAPOS_M_TIMER_NOW, &reply);
    if (err < 0)
        return err;
    *ns = capnp_get_u64(&reply.root, CAPOS_R_TIMER_NOW_MONOTONIC_NS);
    *tick = capnp_get_u64(&reply.root, CAPOS_R_TIMER_NOW_TICK);
    return 0;
}

int capos_timer_now(uint32_t timer, uint64_t *ns)
{
    uint64_t tick;
    return capos_timer_read(timer, ns, &tick);
}

int capos_timer_sleep(uint32_t timer, uint64_t ns)
{
    struct capos_request r;
    capos_request_begin(&r, timer, CAPOS_M_TIMER_SLEEP, CAPOS_P_TIMER_SLEEP_WORDS, CAPOS_P_TIMER_SLEEP_PTRS);
    capnp_set_u64(&r.root, CAPOS_P_TIMER_SLEEP_DURATION_NS, ns);
    return capos_request_do(&r);
}

int capos_wall_clock_now(uint32_t wall_clock, struct capos_wall_time *t)
{
    struct capos_reply reply;
    int err = capos_call_empty(wall_clock, CAPOS_M_WALL_CLOCK_WALL_TIME, &reply);
    if (err < 0)
        return err;
    t->seconds = (int64_t)capnp_get_u64(&reply.root, CAPOS_R_WALL_CLOCK_WALL_TIME_UTC_SECONDS);
    t->nanos = capnp_get_u32(&reply.root, CAPOS_R_WALL_CLOCK_WALL_TIME_UTC_NANOS);
    t->provenance = capnp_get_u16(&reply.root, CAPOS_R_WALL_CLOCK_WALL_TIME_PROVENANCE);
    t->monotonic_ns = capnp_get_u64(&reply.root, CAPOS_R_WALL_CLOCK_WALL_TIME_MONOTONIC_NS);
    return 0;
}
