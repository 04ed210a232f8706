/* SPDX-License-Identifier: MIT */
/*
 * Entry point of a C program: ring, pid and CapSet go to posix_start as they came; it gives the new stack, at whose top are
 * argc, argv, envp and the auxiliary vector. Invariant: __libc_start_main is called with the stack aligned and never returns.
 */
    .section .text._start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    andq $-16, %rsp
    call posix_start
    movq %rax, %rsp
    movq (%rsp), %rsi
    leaq 8(%rsp), %rdx
    leaq main(%rip), %rdi
    leaq _init(%rip), %rcx
    leaq _fini(%rip), %r8
    xorl %r9d, %r9d
    andq $-16, %rsp
    call __libc_start_main
    ud2
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
