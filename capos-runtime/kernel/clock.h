/* SPDX-License-Identifier: MIT */
/*
 * Time's inside: calibration, and timers as the scheduler drives them. Invariant: all deadlines are on
 * clock_ns's scale.
 */
#ifndef KERNEL_CLOCK_H
#define KERNEL_CLOCK_H

#include "kernel/machine.h"

extern uint64_t clock_tsc_khz;
extern bool clock_virtual; /* time is instructions executed: it jumps to the timer when the machine sleeps */
extern const char *clock_source; /* how it was found: one word */

/* Finds the TSC's rate and the wall clock (wall: seconds since 1970 from the command line, or -1). After
 * apic_init. */
void clock_init(int64_t wall);
/* The rate measured against the PIT, in kHz; 0 when there is no PIT. For the self-test; takes about 40 ms. */
uint64_t clock_measure_pit(void);

/* Fires what is due. Called with interrupts off. */
void clock_run_timers(void);
/* The next deadline, UINT64_MAX when no timer is armed. */
uint64_t clock_next_timer(void);
/* Makes the hardware interrupt at the deadline or before. exact: not before, if possible (used when going
 * idle). */
void clock_program(uint64_t deadline_ns, bool exact);
/* The hardware timer went off. */
void clock_interrupt(void);

#endif
