/* SPDX-License-Identifier: MIT */
/*
 * WallClock: the calendar time the machine booted with, advanced by the monotonic clock. Invariant: never
 * claims more trust than that; with no calendar at all it answers zero and `untrusted`, which a careful
 * caller refuses.
 */
#include "kernel/cap_params.h"

static int wall_clock_time(struct call *c)
{
    struct capnp_bstruct results;
    uint32_t nanos = 0;
    int64_t seconds = clock_wall(&nanos);
    bool known = seconds != INT64_MIN;

    (void)call_results(c, CAPOS_R_WALL_CLOCK_WALL_TIME_WORDS, CAPOS_R_WALL_CLOCK_WALL_TIME_PTRS, &results);
    capnp_set_u64(&results, CAPOS_R_WALL_CLOCK_WALL_TIME_UTC_SECONDS, known ? (uint64_t)seconds : 0);
    capnp_set_u32(&results, CAPOS_R_WALL_CLOCK_WALL_TIME_UTC_NANOS, known ? nanos : 0);
    capnp_set_u64(&results, CAPOS_R_WALL_CLOCK_WALL_TIME_MONOTONIC_NS, clock_ns());
    capnp_set_u16(&results, CAPOS_R_WALL_CLOCK_WALL_TIME_PROVENANCE,
                  known ? CAPOS_CLOCK_MEASURED_BOOT_MONOTONIC : CAPOS_CLOCK_UNTRUSTED);
    return 0;
}

static void wall_clock_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method wall_clock_methods[] = {
    [CAPOS_M_WALL_CLOCK_WALL_TIME] = {"wallTime", wall_clock_time},
};

static const struct cap_class wall_clock_class = {
    .name = "WallClock",
    .interface_id = CAPOS_IFACE_WALL_CLOCK,
    .transferable = true,
    .methods = wall_clock_methods,
    .nmethods = sizeof wall_clock_methods / sizeof wall_clock_methods[0],
    .destroy = wall_clock_destroy,
};

struct cap_object *cap_wall_clock_new(void)
{
    struct cap_object *o = heap_alloc(sizeof *o);

    if (o != NULL)
        cap_object_init(o, &wall_clock_class);
    return o;
}
