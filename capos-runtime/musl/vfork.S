/* SPDX-License-Identifier: MIT */
/*
 * vfork and the one form of __clone that posix_spawn uses (CLONE_VM | CLONE_VFORK): the child's part runs here and now, in this process;
 * its exec or exit comes back through `resume` with the registers saved at the call (posix/vfork.h: struct vfork_regs). Threads, and
 * every other form, are ENOSYS.
 * Invariant: the return address is taken off the stack before the first return, since what runs then may overwrite it.
 */
    .set ENOSYS, 38
    .set EAGAIN, 11
    .set CLONE_VM_VFORK, 0x4100
    .set CLONE_THREAD, 0x10000
    .set SYS_EXIT, 60

/* Saves at (%rax) what the caller of the function expects back: rsp as after the return, rip = the return address in rdx. */
    .macro save_registers
    movq %rbx, 0(%rax)
    movq %rbp, 8(%rax)
    movq %r12, 16(%rax)
    movq %r13, 24(%rax)
    movq %r14, 32(%rax)
    movq %r15, 40(%rax)
    movq %rsp, 48(%rax)
    movq %rdx, 56(%rax)
    .endm

    .text
    .type resume, @function
resume:
    movq %rsi, %rax
    movq 0(%rdi), %rbx
    movq 8(%rdi), %rbp
    movq 16(%rdi), %r12
    movq 24(%rdi), %r13
    movq 32(%rdi), %r14
    movq 40(%rdi), %r15
    movq 48(%rdi), %rsp
    jmp *56(%rdi)
    .size resume, . - resume

    .globl vfork
    .type vfork, @function
    .hidden __syscall_ret
vfork:
    leaq resume(%rip), %rdi
    subq $8, %rsp
    call posix_vfork_begin
    addq $8, %rsp
    testq %rax, %rax
    jz 1f
    popq %rdx
    save_registers
    xorl %eax, %eax
    jmp *%rdx
1:  movq $-EAGAIN, %rdi
    jmp __syscall_ret
    .size vfork, . - vfork

/* int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...) */
    .globl __clone
    .hidden __clone
    .type __clone, @function
__clone:
    andl $(CLONE_VM_VFORK | CLONE_THREAD), %edx
    cmpl $CLONE_VM_VFORK, %edx
    movl $-ENOSYS, %eax
    jne 1f
    pushq %rdi
    pushq %rsi
    pushq %rcx
    leaq resume(%rip), %rdi
    call posix_vfork_begin
    popq %rdi
    popq %rsi
    popq %rcx
    testq %rax, %rax
    jz 2f
    popq %rdx
    save_registers
    andq $-16, %rsi
    movq %rsi, %rsp
    xorl %ebp, %ebp
    call *%rcx
    movl $SYS_EXIT, %edi
    movslq %eax, %rsi
    call __capos_syscall
    ud2
2:  movl $-EAGAIN, %eax
1:  ret
    .size __clone, . - __clone
    .section .note.GNU-stack, "", @progbits
