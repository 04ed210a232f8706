/* SPDX-License-Identifier: MIT */
/*
 * Timer: monotonic time and sleeping. Invariant: every pending sleep has one armed ktimer and is counted in
 * its process's nsleepers.
 */
#include "kernel/cap_params.h"
#include "kernel/process.h"

struct sleeper {
    struct ktimer timer; /* first: fire gets its address */
    struct call *call;
};

static int timer_now(struct call *c)
{
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_TIMER_NOW_WORDS, CAPOS_R_TIMER_NOW_PTRS, &results);
    capnp_set_u64(&results, CAPOS_R_TIMER_NOW_MONOTONIC_NS, clock_ns());
    capnp_set_u64(&results, CAPOS_R_TIMER_NOW_TICK, clock_tick());
    return 0;
}

static void sleeper_free(struct call *c)
{
    c->process->nsleepers--;
    heap_free(c->priv);
    c->priv = NULL;
}

static void sleeper_fire(struct ktimer *t)
{
    struct call *c = ((struct sleeper *)(void *)t)->call;

    sleeper_free(c);
    call_resume(c);
    call_complete(c);
}

static void sleeper_cancel(struct call *c)
{
    struct sleeper *s = c->priv;

    ktimer_cancel(&s->timer);
    sleeper_free(c);
}

static int timer_sleep(struct call *c)
{
    uint64_t duration = capnp_get_u64(&c->params, CAPOS_P_TIMER_SLEEP_DURATION_NS);
    uint64_t now = clock_ns();
    struct sleeper *s = NULL;

    if (duration == 0)
        return 0;
    if (c->process->nsleepers >= CAPOS_MAX_SLEEPERS)
        return call_raise(c, CAPOS_EXC_OVERLOADED, "too many sleeps");
    s = heap_alloc(sizeof *s);
    if (s == NULL)
        return call_raise_errno(c, -ENOMEM, "Timer.sleep");
    s->call = c;
    s->timer.fire = sleeper_fire;
    c->process->nsleepers++;
    c->priv = s;
    c->cancel = sleeper_cancel;
    ktimer_arm(&s->timer, duration > UINT64_MAX - now ? UINT64_MAX : now + duration);
    return CALL_PENDING;
}

static void timer_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method timer_methods[] = {
    [CAPOS_M_TIMER_NOW] = {"now", timer_now},
    [CAPOS_M_TIMER_SLEEP] = {"sleep", timer_sleep},
};

static const struct cap_class timer_class = {
    .name = "Timer",
    .interface_id = CAPOS_IFACE_TIMER,
    .transferable = true,
    .methods = timer_methods,
    .nmethods = sizeof timer_methods / sizeof timer_methods[0],
    .destroy = timer_destroy,
};

struct cap_object *cap_timer_new(void)
{
    struct cap_object *o = heap_alloc(sizeof *o);

    if (o != NULL)
        cap_object_init(o, &timer_class);
    return o;
}
