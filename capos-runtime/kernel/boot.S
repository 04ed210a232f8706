/* SPDX-License-Identifier: MIT */
/*
 * From the PVH entry (32-bit protected mode, paging off, ebx = start info) to kernel_start in long mode.
 * Invariant: uses only the first GiB of memory, mapped twice (at 0 and at KERNEL_VMA) by tables that paging.c replaces.
 */
#define KERNEL_VMA 0xffffffff80000000
#define PHYS(x)    ((x) - KERNEL_VMA)

    /* Type 18 of "Xen": the physical address of a 32-bit entry. */
    .section .note.pvh, "a", @note
    .balign 4
    .long 4, 4, 18
    .asciz "Xen"
    .long pvh_entry
    .balign 4

    .section .boot, "ax"
    .code32
    .globl pvh_entry
pvh_entry:
    cli
    cld
    /* Clear .bss: nothing promises that a loader did. */
    movl $PHYS(kernel_bss_start), %edi
    movl $PHYS(kernel_end), %ecx
    subl %edi, %ecx
    shrl $2, %ecx
    xorl %eax, %eax
    rep stosl

    /* Levels 4, 3 and 2: both views of the first GiB end in the same table of 2 MiB pages. */
    movl $PHYS(boot_pdpt), %eax
    orl $3, %eax
    movl %eax, PHYS(boot_pml4)
    movl %eax, PHYS(boot_pml4) + 511 * 8
    movl $PHYS(boot_pd), %eax
    orl $3, %eax
    movl %eax, PHYS(boot_pdpt)
    movl %eax, PHYS(boot_pdpt) + 510 * 8
    movl $PHYS(boot_pd), %edi
    movl $0x83, %eax
    movl $512, %ecx
1:  movl %eax, (%edi)
    addl $8, %edi
    addl $0x200000, %eax
    loop 1b

    movl %cr4, %eax
    orl $0x620, %eax                /* PAE, OSFXSR, OSXMMEXCPT: bulk.S uses an SSE register */
    movl %eax, %cr4
    movl $PHYS(boot_pml4), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx          /* EFER */
    rdmsr
    orl $0x901, %eax                /* SCE, LME, NXE */
    wrmsr
    movl %cr0, %eax
    orl $0x80010003, %eax           /* PG, WP, MP, PE */
    andl $~0xc, %eax                /* neither EM nor TS */
    movl %eax, %cr0
    lgdtl boot_gdt_pointer
    ljmpl $8, $boot_long

    .code64
boot_long:
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    lldt %ax
    movabsq $boot_high, %rax
    jmp *%rax

    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff        /* 64-bit code, ring 0 */
boot_gdt_pointer:
    .word . - boot_gdt - 1
    .long boot_gdt

    .text
    .code64
boot_high:
    leaq boot_stack_top(%rip), %rsp
    /* The per-CPU area is reached through GS: stack protector and all. */
    leaq cpu_boot(%rip), %rax
    movq %rax, (%rax)
    movq %rax, %rdx
    shrq $32, %rdx
    movl $0xc0000101, %ecx          /* GS base */
    wrmsr
    xorl %ebp, %ebp
    pushq %rbp
    pushq %rbp
    movl %ebx, %edi
    call kernel_start
1:  cli
    hlt
    jmp 1b

    .bss
    .balign 4096
boot_pml4:
    .skip 4096
boot_pdpt:
    .skip 4096
boot_pd:
    .skip 4096
    .globl boot_stack_guard, boot_stack_top
boot_stack_guard:                   /* left unmapped by paging.c */
    .skip 4096
    .skip 32768
boot_stack_top:

    .section .note.GNU-stack, "", @progbits
