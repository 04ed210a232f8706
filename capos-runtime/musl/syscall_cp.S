/* SPDX-License-Identifier: MIT */
/*
 * The C library's cancellable system call: (cancel flag, number, six arguments, the last two on the stack).
 * Invariant: between __cp_begin and __cp_end nothing is done but to look at the flag and make the call; the flag set sends control
 * to __cancel instead.
 */
    .text
    .globl __cp_begin
    .hidden __cp_begin
    .globl __cp_end
    .hidden __cp_end
    .globl __cp_cancel
    .hidden __cp_cancel
    .hidden __cancel
    .globl __syscall_cp_asm
    .hidden __syscall_cp_asm
    .type __syscall_cp_asm, @function
__syscall_cp_asm:
__cp_begin:
    cmpl $0, (%rdi)
    jne __cp_cancel
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    movq %r8, %rcx
    movq %r9, %r8
    movq 8(%rsp), %r9
    pushq 16(%rsp)
    call __capos_syscall
    addq $8, %rsp
__cp_end:
    ret
__cp_cancel:
    jmp __cancel
    .size __syscall_cp_asm, . - __syscall_cp_asm
    .section .note.GNU-stack, "", @progbits
