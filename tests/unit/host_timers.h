/* SPDX-License-Identifier: MIT */
/* ktimer_arm and ktimer_cancel for the kernel's sources on the host; time passes when a test says so.
 * Invariant: a timer that has fired or was cancelled is in no list. */
#ifndef UNIT_HOST_TIMERS_H
#define UNIT_HOST_TIMERS_H

#include <stdint.h>

#include "kernel/machine.h"

/* The armed ones, in no order. */
extern struct ktimer *host_timers;

/* Fires those that are due. */
void host_timers_fire(uint64_t now_ns);

#endif
