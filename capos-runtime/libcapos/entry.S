/* SPDX-License-Identifier: MIT */
/*
 * Entry point of a program without a libc. Invariant: rdi, rsi, rdx (ring, pid, CapSet) reach capos_start unchanged,
 * with the stack as after a call; the outermost frame is marked by rbp = 0.
 */
    .section .text._start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    andq $-16, %rsp
    call capos_start
    ud2
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
