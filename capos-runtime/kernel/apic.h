/* SPDX-License-Identifier: MIT */
/*
 * Interrupt controllers: the CPU's own (timer, end of interrupt) and the virtio IOAPIC; the old ones are
 * silenced. Invariant: nothing interrupts but the LAPIC timer and the pins that were opened. Source: Intel
 * SDM volume 3, chapter 11; 82093AA data sheet.
 */
#ifndef KERNEL_APIC_H
#define KERNEL_APIC_H

#include <stdbool.h>
#include <stdint.h>

/* Masks the 8259s, stops the PIT, turns the LAPIC on with its timer idle, and looks for the second IOAPIC. */
void apic_init(void);
/* One-shot: an interrupt after that many counts, 0 stops the timer. One count is one nanosecond on the
 * machines we run on. */
void apic_timer_set(uint32_t counts);
uint32_t apic_timer_count(void);
void apic_eoi(void);
/* Opens pin n of the virtio IOAPIC (level, active high) for VECTOR_IRQ + n. False when there is no such
 * controller. */
bool apic_pin_open(unsigned pin);

#endif
