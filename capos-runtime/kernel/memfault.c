/* SPDX-License-Identifier: MIT */
/* See memfault.h. Invariant: the hook is armed only between a begin and its end. */
#include "kernel/memfault.h"

#include "kernel/cmdline.h"
#include "kernel/diskstore.h"
#include "kernel/machine.h"
#include "kernel/process.h"

#define DRIVER_DEPTH 1u /* the first process starts the driver, and that the processes of the sweep */

static uint64_t next, step, armed; /* step 0: off */

/* The decimal number at *at, which moves behind it; 0 when there is none. */
static uint64_t number(const char **at)
{
    uint64_t n = 0;

    for (; **at >= '0' && **at <= '9' && n < UINT64_MAX / 100; ++*at)
        n = n * 10 + (uint64_t)(**at - '0');
    return n;
}

static void arm(uint64_t n)
{
    armed = n;
    frame_fail_after = n;
}

/* True: the allocation failed. */
static bool disarm(void)
{
    const bool hit = frame_fail_after == 0;

    frame_fail_after = 0;
    armed = 0;
    return hit;
}

static void mounts(void)
{
    const uint64_t frames = frame_free_count();
    uint64_t failed = 0, lost = 0, n = next;
    bool hit = true;

    for (; hit; n += step) {
        const char *why = "";
        int err = 0;

        arm(n);
        failed += diskstore_get(&err, &why) == NULL;
        hit = disarm();
        diskstore_end();
        lost += frame_free_count() != frames;
    }
    klog("memory-fault mounts until=%lu failed=%lu lost=%lu", n - step, failed, lost);
    KASSERT(lost == 0);
}

static bool counts(void)
{
    const struct thread *t = thread_current();

    return t != NULL && t->process->pid != 1;
}

bool memfault_start(const char *cmdline)
{
    const char *at = cmdline_value(cmdline, "memory-fault");

    if (at == NULL)
        return true;
    next = number(&at);
    step = *at++ == ',' ? number(&at) : 0;
    if (next == 0 || step == 0 || (*at != '\0' && *at != ' '))
        return false;
    if (block_present())
        mounts();
    frame_fail_for = counts;
    return true;
}

void memfault_spawn(uint32_t depth)
{
    if (step == 0 || depth > DRIVER_DEPTH)
        return;
    arm(next);
    next += step;
}

void memfault_end(uint32_t depth)
{
    const uint64_t n = armed;

    if (n == 0 || depth > DRIVER_DEPTH)
        return;
    if (disarm())
        klog("memory-fault n=%lu hit=%s", n, frame_failed);
    else
        klog("memory-fault n=%lu clean", n);
}
