/* SPDX-License-Identifier: MIT */
/*
 * x87, SSE and AVX registers of user threads; the kernel itself is compiled without them.
 * Invariant: vector_mask is XCR0 (0: no xsave, fxsave is used); an area that was never saved to restores the
 * power-up state.
 */
#include "kernel/bulk.h"
#include "kernel/cpu.h"
#include "kernel/machine.h"
#include "kernel/string.h"
#include "kernel/x86.h"

#define XCR0_X87   1u
#define XCR0_SSE   2u
#define XCR0_AVX   4u
#define FCW_INIT   0x37fu
#define MXCSR_INIT 0x1f80u

uint32_t vector_size = 512;
uint64_t vector_mask;

void vector_init(void)
{
    if (!cpu_features.xsave || cpu_features.max_leaf < 0xd)
        return;
    vector_mask = XCR0_X87 | XCR0_SSE;
    if (cpu_features.avx)
        vector_mask |= XCR0_AVX;
    vector_mask &= x86_cpuid(0xd, 0).eax;
    x86_xsetbv(vector_mask);
    vector_size = x86_cpuid(0xd, 0).ebx; /* for what XCR0 enables now */
    bulk_wide = vector_mask & XCR0_AVX;
}

void vector_area_init(void *area)
{
    uint8_t *a = area;
    uint16_t fcw = FCW_INIT;
    uint32_t mxcsr = MXCSR_INIT;

    memset(a, 0, vector_size);
    memcpy(a, &fcw, sizeof(fcw));
    memcpy(a + 24, &mxcsr, sizeof(mxcsr));
}

void vector_save(void *area)
{
    uint32_t lo = (uint32_t)vector_mask, hi = (uint32_t)(vector_mask >> 32);

    if (!vector_mask)
        __asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
    else if (cpu_features.xsaveopt)
        __asm__ volatile("xsaveopt64 (%0)" ::"r"(area), "a"(lo), "d"(hi) : "memory");
    else
        __asm__ volatile("xsave64 (%0)" ::"r"(area), "a"(lo), "d"(hi) : "memory");
}

void vector_restore(void *area)
{
    uint32_t lo = (uint32_t)vector_mask, hi = (uint32_t)(vector_mask >> 32);

    if (!vector_mask)
        __asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
    else
        __asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"(lo), "d"(hi) : "memory");
}
