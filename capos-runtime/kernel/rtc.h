/* SPDX-License-Identifier: MIT */
/* The battery clock. Invariant: read at boot only, then stopped, so that it arms no timer in the machine
 * below. */
#ifndef KERNEL_RTC_H
#define KERNEL_RTC_H

#include <stdint.h>

/* UTC seconds since 1970, or -1 when there is no clock or it makes no sense. */
int64_t rtc_read(void);
/* Holds its dividers in reset and masks its interrupts. */
void rtc_stop(void);

#endif
