/* SPDX-License-Identifier: MIT */
/*
 * What belongs to one CPU, and what that CPU can do.
 * Invariant: in the kernel, GS base points at this CPU's struct cpu; the offsets that entry.S and the stack
 * protector use are asserted below.
 */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread;

struct cpu {
    struct cpu *self;
    uint64_t kernel_rsp; /* top of the current thread's kernel stack */
    uint64_t user_rsp;   /* entry.S keeps the user's stack pointer here for two instructions */
    struct thread *current;
    uint64_t idle_rsp;           /* where the idle loop was left */
    uint64_t canary;             /* gs:40, the compiler's place for it */
    bool need_resched;           /* set by the timer: leave the user thread on the way out */
    struct thread *zombie;       /* ended, still to be freed by whoever runs next */
    struct thread *vector_owner; /* whose vector state the registers hold */
    uint64_t fs_base;            /* what the FS base register holds */
};

_Static_assert(offsetof(struct cpu, kernel_rsp) == 8 && offsetof(struct cpu, user_rsp) == 16, "entry.S");
_Static_assert(offsetof(struct cpu, canary) == 40, "stack protector");

extern struct cpu cpu_boot;

static inline struct cpu *cpu_this(void)
{
    struct cpu *c;
    __asm__("movq %%gs:0, %0" : "=r"(c));
    return c;
}

struct cpu_features {
    char brand[49];
    uint32_t max_leaf;
    bool nx, pge, smep, smap, umip, xsave, xsaveopt, avx, rdrand, rdseed, hypervisor, erms;
    bool kvm, tcg;
};
extern struct cpu_features cpu_features;

/* Reads CPUID and turns on what is there (WP, SMEP, SMAP, UMIP, global pages, vector state). Once, at boot.
 */
void cpu_init(void);

/* gdt.c: segments, task state, interrupt stacks, and where `syscall` goes. */
void gdt_init(void);
void gdt_set_kernel_stack(uint64_t top);
#define SEL_KERNEL_CODE  0x08
#define SEL_KERNEL_DATA  0x10
#define SEL_USER_DATA    0x1b
#define SEL_USER_CODE    0x23
#define SEL_TSS          0x28
#define IST_DOUBLE_FAULT 1
#define IST_NMI          2
#define IST_MACHINE      3

/* vector.c: x87, SSE and AVX state. The area is vector_size bytes, 64-byte aligned. */
extern uint32_t vector_size;
extern uint64_t vector_mask; /* the components of XCR0, 0 with fxsave */
void vector_init(void);
void vector_area_init(void *area);
void vector_save(void *area);
void vector_restore(void *area);

#endif
