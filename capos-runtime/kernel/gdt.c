/* SPDX-License-Identifier: MIT */
/*
 * Segments, the task state with its interrupt stacks, and the registers of `syscall`.
 * Invariant: the selectors of cpu.h; sysret derives SS and CS from STAR, hence the order user data, user
 * code.
 */
#include "kernel/cpu.h"
#include "kernel/machine.h"
#include "kernel/x86.h"

struct __attribute__((packed)) tss {
    uint32_t zero0;
    uint64_t rsp[3], zero1, ist[7], zero2;
    uint16_t zero3, iomap;
};
_Static_assert(sizeof(struct tss) == 104, "task state segment");

#define IST_BYTES 8192u

static uint64_t gdt[7];
static struct tss tss;
static uint8_t ist_stacks[3][IST_BYTES] __attribute__((aligned(16)));

extern char syscall_entry[];

void gdt_set_kernel_stack(uint64_t top)
{
    tss.rsp[0] = top;
}

static void segments_load(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } gdtr = {sizeof(gdt) - 1, (uint64_t)gdt};

    __asm__ volatile("lgdt %0\n\t"
                     "pushq %1\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movl %2, %%eax\n\t"
                     "movl %%eax, %%ss\n\t"
                     "xorl %%eax, %%eax\n\t"
                     "movl %%eax, %%ds\n\t"
                     "movl %%eax, %%es\n\t"
                     "movl %%eax, %%fs\n\t"
                     "ltr %w3" ::"m"(gdtr),
                     "i"(SEL_KERNEL_CODE), "i"(SEL_KERNEL_DATA), "r"(SEL_TSS)
                     : "rax", "memory");
}

void gdt_init(void)
{
    uint64_t base = (uint64_t)&tss, limit = sizeof(tss) - 1;

    gdt[1] = 0x00af9b000000ffff;
    gdt[2] = 0x00cf93000000ffff;
    gdt[3] = 0x00cff3000000ffff;
    gdt[4] = 0x00affb000000ffff;
    gdt[5] = limit | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    gdt[6] = base >> 32;
    tss.iomap = sizeof(tss); /* no port is open to ring 3 */
    for (unsigned i = 0; i < 3; i++)
        tss.ist[i] = (uint64_t)ist_stacks[i] + IST_BYTES;
    segments_load();

    x86_wrmsr(MSR_STAR, (uint64_t)SEL_KERNEL_DATA << 48 | (uint64_t)SEL_KERNEL_CODE << 32);
    x86_wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
    x86_wrmsr(MSR_FMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_AC);
    x86_wrmsr(MSR_EFER, x86_rdmsr(MSR_EFER) | EFER_SCE);
    x86_wrmsr(MSR_KERNEL_GS_BASE, 0);
    x86_wrmsr(MSR_FS_BASE, 0);
}
