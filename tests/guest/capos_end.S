/* SPDX-License-Identifier: MIT */
/*
 * First processes for the capOS guest that end without a word on the bench channel: exit 3, or with -DACT_FAULT an
 * instruction that ring 3 may not execute.
 * Invariant: no stack, no data: one read-only segment with code.
 */
    .text
    .globl _start
_start:
#ifdef ACT_FAULT
    hlt
#endif
    mov $1, %eax
    mov $3, %edi
    syscall
    ud2
    .section .note.GNU-stack, "", @progbits
