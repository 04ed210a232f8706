/* SPDX-License-Identifier: MIT */
/* Offsets in struct trap_frame (trap.h, which asserts them) for entry.S. Invariant: plain numbers, for the
 * assembler too. */
#ifndef KERNEL_ENTRY_H
#define KERNEL_ENTRY_H

#define TRAP_RBP 80
#define TRAP_CS  144

#endif
