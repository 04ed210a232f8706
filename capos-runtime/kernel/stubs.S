/* SPDX-License-Identifier: MIT */
/*
 * Ring-3 stubs (stub.h). Invariant: position independent, ends by system call 1 with a code or by a fault; code 0 means that all was
 * as it should be.
 */
#define STUB_DATA  0x500000
#define STUB_MAGIC 0x6361706f73

    .section .rodata, "a"
    .globl stubs_start, stubs_end
    .balign 16
stubs_start:

    .macro STUB name
    .balign 16
    .globl \name
\name:
    .endm

    .macro EXIT code
    movl $\code, %edi
    movl $1, %eax
    syscall
    .endm

/* System call 2 must come back with its value and leave every register but rax, rcx and r11 alone. */
STUB stub_call
    movq $0x1111, %rbx
    movq $0x2222, %rdx
    movq $0x3333, %rbp
    movq $0x4444, %r8
    movq $0x5555, %r9
    movq $0x6666, %r10
    movq $0x7777, %r12
    movq $0x8888, %r13
    movq $0x9999, %r14
    movq $0xaaaa, %r15
    movq %rsp, STUB_DATA
    xorl %edi, %edi
    xorl %esi, %esi
    movl $2, %eax
    stc
    syscall
    jnc 1f
    movabsq $STUB_MAGIC, %rcx
    cmpq %rcx, %rax
    jne 1f
    testq %rdi, %rdi
    jne 1f
    testq %rsi, %rsi
    jne 1f
    cmpq %rsp, STUB_DATA
    jne 1f
    .macro SAME value, reg
    cmpq $\value, \reg
    jne 1f
    .endm
    SAME 0x1111, %rbx
    SAME 0x2222, %rdx
    SAME 0x3333, %rbp
    SAME 0x4444, %r8
    SAME 0x5555, %r9
    SAME 0x6666, %r10
    SAME 0x7777, %r12
    SAME 0x8888, %r13
    SAME 0x9999, %r14
    SAME 0xaaaa, %r15
    EXIT 0
1:  EXIT 1

STUB stub_hlt
    hlt
    EXIT 1

STUB stub_cli
    cli
    EXIT 1

STUB stub_divide
    xorl %edx, %edx
    xorl %ecx, %ecx
    divl %ecx
    EXIT 1

STUB stub_invalid
    ud2
    EXIT 1

STUB stub_port
    outb %al, $0x80
    EXIT 1

STUB stub_read_kernel
    movabsq $0xffffffff80101000, %rax
    movq (%rax), %rax
    EXIT 1

STUB stub_exec_data
    movb $0xc3, STUB_DATA
    movl $STUB_DATA, %eax
    call *%rax
    EXIT 1

STUB stub_write_code
    movb $0x90, stub_write_code(%rip)
    EXIT 1

STUB stub_int80
    int $0x80
    EXIT 1

STUB stub_sgdt
    sgdt STUB_DATA
    EXIT 1

STUB stub_wrmsr
    movl $0xc0000101, %ecx
    wrmsr
    EXIT 1

STUB stub_wrfsbase
    wrfsbase %rax
    EXIT 1

/* Runs at the very end of user addresses: the instruction after `syscall` would lie outside. */
STUB stub_edge
    movabsq $0x7ffffffffffe, %rax
    movq %rax, %rcx
    movl $2, %eax
    jmp *%rcx

/* Two threads: one spins until the other, behind it in the queue, has written. Ends only if the first is preempted. */
STUB stub_wait
    xorl %eax, %eax
1:  pause
    cmpl $1, STUB_DATA
    jne 1b
    EXIT 0
STUB stub_signal
    movl $1, STUB_DATA
    EXIT 0

/* Two threads with different vector registers take turns (system call 3), in which the kernel moves memory in bulk, and look at them each time. */
    .macro SPREAD reg
    movq %rax, \reg
    punpcklqdq \reg, \reg
    .endm
    .macro HOLDS reg
    movq \reg, %rcx
    cmpq %rax, %rcx
    jne 2f
    movhlps \reg, %xmm9
    movq %xmm9, %rcx
    cmpq %rax, %rcx
    jne 2f
    .endm
    .macro VECTOR_STUB name, pattern
STUB \name
    movabsq $\pattern, %rax
    SPREAD %xmm0
    SPREAD %xmm1
    SPREAD %xmm2
    SPREAD %xmm3
    SPREAD %xmm15
    fninit
    fldz
    movl $200, %ebx
1:  movl $3, %eax
    syscall
    movabsq $\pattern, %rax
    HOLDS %xmm0
    HOLDS %xmm1
    HOLDS %xmm2
    HOLDS %xmm3
    HOLDS %xmm15
    decl %ebx
    jnz 1b
    EXIT 0
2:  EXIT 1
    .endm
    VECTOR_STUB stub_vector_a, 0x0123456789abcdef
    VECTOR_STUB stub_vector_b, 0xfedcba9876543210

stubs_end:
    .section .note.GNU-stack, "", @progbits
