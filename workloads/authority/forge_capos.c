/* SPDX-License-Identifier: MIT */
/*
 * Forged capability ids on capOS; see attempt.h: slots of this process's table in generations that they have
 * not reached, and slots that were never handed out. Invariant: no id that the process may use is called.
 */
#include "attempt.h"

#include <errno.h>
#include <stdint.h>

#include "abi/capid.h"
#include "capos/clock.h"

enum { SLOTS = 4, UNREACHED = 200 };

int attempt_forge(void)
{
    struct capos_wall_time t;

    for (uint32_t slot = 0; slot < SLOTS; slot++)
        if (capos_wall_clock_now(capos_capid_pack(slot, UNREACHED), &t) == 0 ||
            capos_wall_clock_now(capos_capid_pack(4000 + slot, 0), &t) == 0)
            return 0;
    return EACCES;
}
