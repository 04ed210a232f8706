/* SPDX-License-Identifier: MIT */
/*
 * The ways into the kernel (interrupts, exceptions, `syscall`), out of it, and from one kernel stack to another.
 * Invariant: GS base is the kernel's whenever C runs, the user's value whenever ring 3 runs; interrupts are off in the kernel; a
 * system call changes rax, rcx and r11 only.
 */
#include "kernel/entry.h"

    .text

/* ---- interrupts and exceptions: 256 stubs of 16 bytes, then one common path ---- */
    .globl trap_stubs
    .balign 16
trap_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    /* these push an error code of their own: 8, 10 to 14, 17, 21, 29, 30 */
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    pushq $0
    .endif
    pushq $vector
    .if vector == 2 || vector == 8 || vector == 18
    jmp trap_paranoid
    .else
    jmp trap_common
    .endif
    .set vector, vector + 1
    .endr

    .macro PUSH_ALL
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rbx
    pushq %rbp
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    .endm

trap_common:
    cld
    testb $3, 24(%rsp)
    jz 1f
    swapgs
1:  PUSH_ALL
    movq %rsp, %rdi
    xorl %ebp, %ebp
    testb $3, TRAP_CS(%rsp)
    jnz 2f
    movq TRAP_RBP(%rsp), %rbp       /* keep the chain of frames across a kernel trap */
2:  call trap_handle
    .globl trap_return
trap_return:
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rbp
    popq %rbx
    popq %rdx
    popq %rcx
    popq %rax
    addq $16, %rsp
    testb $3, 8(%rsp)
    jz 3f
    swapgs
3:  iretq

/* NMI, double fault, machine check: may come between `syscall` and swapgs, so look at GS base itself. They have their own stacks. */
trap_paranoid:
    cld
    PUSH_ALL
    movl $0xc0000101, %ecx
    rdmsr
    testl %edx, %edx
    js 1f
    swapgs
1:  movq %rsp, %rdi
    movq TRAP_RBP(%rsp), %rbp
    call trap_handle                /* returns only through a fault probe's recovery, i.e. never */
    ud2

/* A new thread's first step: context_switch returns to here with a full trap frame above. */
    .globl thread_launch
thread_launch:
    movq %rsp, %rdi
    xorl %ebp, %ebp
    call thread_first
    jmp trap_return

/* ---- syscall: number rax, arguments rdi, rsi ---- */
    .globl syscall_entry
    .balign 16
syscall_entry:
    swapgs
    movq %rsp, %gs:16
    movq %gs:8, %rsp
    pushq %gs:16                    /* user rsp */
    pushq %rcx                      /* user rip */
    pushq %r11                      /* user rflags */
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %rbp
    movq %rsi, %rdx
    movq %rdi, %rsi
    movq %rax, %rdi
    xorl %ebp, %ebp
    call syscall_handle
    popq %rbp
    popq %r10
    popq %r9
    popq %r8
    popq %rdx
    popq %rsi
    popq %rdi
    popq %r11
    popq %rcx
    btq $47, %rcx                   /* sysret to a non-canonical address would fault in ring 0 */
    jc 1f
    popq %rsp
    swapgs
    sysretq
1:  popq %rsi
    movq %rcx, %rdi
    xorl %ebp, %ebp
    movq %gs:8, %rsp
    call syscall_bad_return
    ud2

/* void context_switch(uint64_t *save_rsp, uint64_t load_rsp) */
    .globl context_switch
context_switch:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

/*
 * uint64_t fault_probe_call(uint64_t *save_rsp, uint64_t (*f)(uint64_t), uint64_t arg): calls f; a fault in it makes trap.c put
 * rsp back to what was saved and go on at fault_probe_recover, so that this returns early.
 */
    .globl fault_probe_call, fault_probe_recover
fault_probe_call:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    movq %rsp, (%rdi)
    movq %rsi, %rax
    movq %rdx, %rdi
    call *%rax
fault_probe_recover:
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

    .section .note.GNU-stack, "", @progbits
