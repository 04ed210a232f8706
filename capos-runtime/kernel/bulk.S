/* SPDX-License-Identifier: MIT */
/*
 * See bulk.h. Sixteen-byte moves, unrolled, or where the processor has them moves of 32 bytes: emulators run them several times
 * faster than string instructions, and processors no slower. Invariant: touches rax, rdx, rsi, rdi, flags, and xmm0 to xmm3 (ymm0
 * to ymm3), which it restores.
 */
    .bss
    .globl bulk_wide
bulk_wide: /* set once AVX state is in force */
    .skip 1

    .text

/* void bulk_fill(void *dst, unsigned long pattern, size_t n) */
    .globl bulk_fill
    .balign 16
bulk_fill:
    cmpb $0, bulk_wide(%rip)
    jne fill_wide
    subq $24, %rsp
    movups %xmm0, (%rsp)
    movq %rsi, %xmm0
    punpcklqdq %xmm0, %xmm0
1:
    .set off, 0
    .rept 8
    movups %xmm0, off(%rdi)
    .set off, off + 16
    .endr
    subq $-128, %rdi
    addq $-128, %rdx
    jnz 1b
    movups (%rsp), %xmm0
    addq $24, %rsp
    ret

/* void bulk_copy(void *dst, const void *src, size_t n) */
    .globl bulk_copy
    .balign 16
bulk_copy:
    cmpb $0, bulk_wide(%rip)
    jne copy_wide
    subq $72, %rsp
    movups %xmm0, (%rsp)
    movups %xmm1, 16(%rsp)
    movups %xmm2, 32(%rsp)
    movups %xmm3, 48(%rsp)
1:
    .set off, 0
    .rept 2 /* four loads, then four stores: where source and destination share a slot of an emulated TLB, turns are dear */
    movups off(%rsi), %xmm0
    movups off + 16(%rsi), %xmm1
    movups off + 32(%rsi), %xmm2
    movups off + 48(%rsi), %xmm3
    movups %xmm0, off(%rdi)
    movups %xmm1, off + 16(%rdi)
    movups %xmm2, off + 32(%rdi)
    movups %xmm3, off + 48(%rdi)
    .set off, off + 64
    .endr
    subq $-128, %rsi
    subq $-128, %rdi
    addq $-128, %rdx
    jnz 1b
    movups (%rsp), %xmm0
    movups 16(%rsp), %xmm1
    movups 32(%rsp), %xmm2
    movups 48(%rsp), %xmm3
    addq $72, %rsp
    ret

    .macro FILL_WIDE bytes
    .set off, 0
    .rept \bytes / 32
    vmovups %ymm0, off(%rdi)
    .set off, off + 32
    .endr
    .endm

    .macro COPY_WIDE bytes
    .set off, 0
    .rept \bytes / 128
    vmovups off(%rsi), %ymm0
    vmovups off + 32(%rsi), %ymm1
    vmovups off + 64(%rsi), %ymm2
    vmovups off + 96(%rsi), %ymm3
    vmovups %ymm0, off(%rdi)
    vmovups %ymm1, off + 32(%rdi)
    vmovups %ymm2, off + 64(%rdi)
    vmovups %ymm3, off + 96(%rdi)
    .set off, off + 128
    .endr
    .endm

/* Turns of 512 bytes, then of 128. */
fill_wide:
    subq $40, %rsp
    vmovups %ymm0, (%rsp)
    vmovq %rsi, %xmm0
    vpunpcklqdq %xmm0, %xmm0, %xmm0
    vinsertf128 $1, %xmm0, %ymm0, %ymm0
    subq $512, %rdx
    jb 2f
1:  FILL_WIDE 512
    addq $512, %rdi
    subq $512, %rdx
    jae 1b
2:  addq $512, %rdx
    jz 4f
3:  FILL_WIDE 128
    subq $-128, %rdi
    addq $-128, %rdx
    jnz 3b
4:  vmovups (%rsp), %ymm0
    addq $40, %rsp
    ret

copy_wide:
    subq $136, %rsp
    vmovups %ymm0, (%rsp)
    vmovups %ymm1, 32(%rsp)
    vmovups %ymm2, 64(%rsp)
    vmovups %ymm3, 96(%rsp)
    subq $512, %rdx
    jb 2f
1:  COPY_WIDE 512
    addq $512, %rsi
    addq $512, %rdi
    subq $512, %rdx
    jae 1b
2:  addq $512, %rdx
    jz 4f
3:  COPY_WIDE 128
    subq $-128, %rsi
    subq $-128, %rdi
    addq $-128, %rdx
    jnz 3b
4:  vmovups (%rsp), %ymm0
    vmovups 32(%rsp), %ymm1
    vmovups 64(%rsp), %ymm2
    vmovups 96(%rsp), %ymm3
    addq $136, %rsp
    ret

    .section .note.GNU-stack, "", @progbits
