/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and interrupts. Invariant: a trap frame is exactly what entry.S pushes; vectors are given out
 * here and nowhere else.
 */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include "kernel/entry.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};
_Static_assert(offsetof(struct trap_frame, rbp) == TRAP_RBP && offsetof(struct trap_frame, cs) == TRAP_CS,
               "entry.S");

#define VECTOR_DIVIDE        0u
#define VECTOR_DEBUG         1u
#define VECTOR_NMI           2u
#define VECTOR_BREAKPOINT    3u
#define VECTOR_OVERFLOW      4u
#define VECTOR_INVALID       6u
#define VECTOR_DOUBLE_FAULT  8u
#define VECTOR_PROTECTION    13u
#define VECTOR_PAGE_FAULT    14u
#define VECTOR_MACHINE_CHECK 18u
#define VECTOR_TIMER         0x40u
#define VECTOR_IRQ           0x50u /* + n: pin n of the virtio IOAPIC */
#define VECTOR_IRQ_COUNT     24u
#define VECTOR_SPURIOUS      0xffu

/* Loads the interrupt table. After gdt_init. */
void trap_init(void);

/* One handler for each pin; it runs with interrupts off, before the end-of-interrupt. */
void trap_irq_set(unsigned pin, void (*f)(void *ctx), void *ctx);

/*
 * Calls f(arg) and survives an exception in it. Returns true if one came; then *vector, *error and *cr2 tell
 * which. For the self-test only: what f held is lost. Not nested.
 */
struct fault_seen {
    uint64_t vector, error, cr2, value; /* value: what f returned when nothing came */
};
bool fault_probe(uint64_t (*f)(uint64_t), uint64_t arg, struct fault_seen *seen);

#endif
