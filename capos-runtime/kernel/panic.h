/* SPDX-License-Identifier: MIT */
/* How the kernel ends. Invariant: nothing here allocates, takes interrupts or returns. */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include "kernel/trap.h"

/* Ends with BENCH_QEMU_EXCEPTION after telling registers and back-trace of the frame. */
void panic_trap(const struct trap_frame *f, uint64_t cr2) __attribute__((noreturn));

#endif
