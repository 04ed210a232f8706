/* SPDX-License-Identifier: MIT */
/*
 * The processor's instructions that C has no words for, and the bits of its registers that this kernel uses.
 * Invariant: every function is one instruction (or one pair), inline, and touches nothing else.
 * Source: Intel SDM volumes 2 to 4.
 */
#ifndef KERNEL_X86_H
#define KERNEL_X86_H

#include <stddef.h>
#include <stdint.h>

#define CR0_MP      (1ul << 1)
#define CR0_EM      (1ul << 2)
#define CR0_TS      (1ul << 3)
#define CR0_NE      (1ul << 5)
#define CR0_WP      (1ul << 16)
#define CR4_PGE     (1ul << 7)
#define CR4_OSFXSR  (1ul << 9)
#define CR4_OSXMM   (1ul << 10)
#define CR4_UMIP    (1ul << 11)
#define CR4_OSXSAVE (1ul << 18)
#define CR4_SMEP    (1ul << 20)
#define CR4_SMAP    (1ul << 21)

#define MSR_TSC            0x10u
#define MSR_APIC_BASE      0x1bu
#define MSR_EFER           0xc0000080u
#define MSR_STAR           0xc0000081u
#define MSR_LSTAR          0xc0000082u
#define MSR_CSTAR          0xc0000083u
#define MSR_FMASK          0xc0000084u
#define MSR_FS_BASE        0xc0000100u
#define MSR_GS_BASE        0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define EFER_SCE           1ul

#define RFLAGS_FIXED 0x2ul
#define RFLAGS_TF    0x100ul
#define RFLAGS_IF    0x200ul
#define RFLAGS_DF    0x400ul
#define RFLAGS_IOPL  0x3000ul
#define RFLAGS_NT    0x4000ul
#define RFLAGS_AC    0x40000ul

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid x86_cpuid(uint32_t leaf, uint32_t sub)
{
    struct cpuid r;
    __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(sub));
    return r;
}

static inline uint64_t x86_rdmsr(uint32_t msr)
{
    uint32_t lo, hi;
    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (uint64_t)hi << 32 | lo;
}

static inline void x86_wrmsr(uint32_t msr, uint64_t v)
{
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

static inline uint64_t x86_rdtsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
    return (uint64_t)hi << 32 | lo;
}

#define X86_CR(n)                                                                                            \
    static inline uint64_t x86_read_cr##n(void)                                                              \
    {                                                                                                        \
        uint64_t v;                                                                                          \
        __asm__ volatile("mov %%cr" #n ", %0" : "=r"(v)::"memory");                                          \
        return v;                                                                                            \
    }                                                                                                        \
    static inline void x86_write_cr##n(uint64_t v)                                                           \
    {                                                                                                        \
        __asm__ volatile("mov %0, %%cr" #n ::"r"(v) : "memory");                                             \
    }
X86_CR(0)
X86_CR(2)
X86_CR(3)
X86_CR(4)
#undef X86_CR

/* a * b / c through 128 bits; the quotient must fit 64. */
static inline uint64_t x86_muldiv(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t hi;

    __asm__("mulq %3\n\tdivq %4" : "=&a"(a), "=&d"(hi) : "0"(a), "r"(b), "r"(c) : "cc");
    return a;
}

static inline void x86_xsetbv(uint64_t v)
{
    __asm__ volatile("xsetbv" ::"c"(0), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

static inline void x86_invlpg(uint64_t va)
{
    __asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

static inline void x86_outb(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port) : "memory");
}

static inline void x86_outsb(uint16_t port, const void *bytes, size_t n)
{
    __asm__ volatile("rep outsb" : "+S"(bytes), "+c"(n) : "d"(port) : "memory");
}

static inline void x86_outl(uint16_t port, uint32_t v)
{
    __asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port) : "memory");
}

static inline uint8_t x86_inb(uint16_t port)
{
    uint8_t v;
    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory");
    return v;
}

static inline void x86_cli(void)
{
    __asm__ volatile("cli" ::: "memory");
}

static inline void x86_pause(void)
{
    __asm__ volatile("pause" ::: "memory");
}

/* Lets interrupts in and sleeps until one has been served; no interrupt fits between the two instructions. */
static inline void x86_idle(void)
{
    __asm__ volatile("sti; hlt; cli" ::: "memory");
}

#endif
