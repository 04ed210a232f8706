/* SPDX-License-Identifier: MIT */
/*
 * The host's TSC rate: what an emulated guest's TSC runs at.
 * Invariant: each end of the interval is the tightest of many bracketed readings, so a descheduled reading is
 * never used.
 */
#include "qemu.h"

#include <time.h>
#include <x86intrin.h>

#define TSC_READINGS 200
#define TSC_PAUSE_NS 100000000L

struct reading {
    uint64_t tsc, ns, width;
};

static uint64_t raw_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static struct reading reading_best(void)
{
    struct reading best = {.width = UINT64_MAX};

    for (int i = 0; i < TSC_READINGS; i++) {
        uint64_t before = __rdtsc(), ns = raw_ns(), after = __rdtsc();
        if (after - before < best.width)
            best = (struct reading){before + (after - before) / 2, ns, after - before};
    }
    return best;
}

uint64_t qemu_tsc_khz(void)
{
    static uint64_t khz;
    struct timespec pause = {0, TSC_PAUSE_NS};

    if (khz)
        return khz;
    struct reading a = reading_best();
    while (nanosleep(&pause, &pause) != 0)
        ;
    struct reading b = reading_best();
    khz = (uint64_t)((double)(b.tsc - a.tsc) * 1e6 / (double)(b.ns - a.ns) + 0.5);
    return khz;
}
