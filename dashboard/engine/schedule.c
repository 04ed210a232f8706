/* SPDX-License-Identifier: MIT */
/*
 * ABBA order; see schedule.h.
 * Invariant: a function of its arguments only.
 */
#include "schedule.h"

#include "prng.h"

void schedule_abba(uint64_t seed, uint64_t stream, bool *swapped, size_t pairs)
{
    struct prng r;
    bool first = false;

    prng_seed(&r, seed ^ (stream + 1) * UINT64_C(0xd1342543de82ef95));
    for (size_t i = 0; i < pairs; i++) {
        if (i % 2 == 0)
            first = prng_next(&r) >> 63;
        swapped[i] = i % 2 == 0 ? first : !first;
    }
}
