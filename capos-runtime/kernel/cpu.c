/* SPDX-License-Identifier: MIT */
/*
 * Finds out what the CPU offers and turns it on. Invariant: a CPUID leaf is read only if the maximum says it
 * exists (leaves above it give back another leaf's data); without NX there is no W^X, so a CPU without it is
 * refused.
 */
#include "kernel/cpu.h"
#include "kernel/machine.h"
#include "kernel/string.h"
#include "kernel/x86.h"

struct cpu cpu_boot = {.canary = 0x5bd1e995ff51afd7};
struct cpu_features cpu_features;

static void brand_read(char *out)
{
    char raw[49];
    struct cpuid r = x86_cpuid(0x80000000u, 0);
    unsigned n = 0;
    bool gap = true;

    if (r.eax < 0x80000004u) {
        memcpy(out, "unknown", 8);
        return;
    }
    for (unsigned i = 0; i < 3; i++) {
        r = x86_cpuid(0x80000002u + i, 0);
        memcpy(raw + i * 16, &r, 16);
    }
    raw[48] = 0;
    for (unsigned i = 0; raw[i];
         i++) { /* runs of spaces become one dash: the brand is one word of a log line */
        bool space = raw[i] == ' ';
        if (!space && gap && n)
            out[n++] = '-';
        if (!space)
            out[n++] = raw[i];
        gap = space;
    }
    out[n] = 0;
}

static void hypervisor_read(struct cpu_features *f)
{
    struct cpuid r = x86_cpuid(0x40000000u, 0);
    char name[13];

    memcpy(name, &r.ebx, 12);
    name[12] = 0;
    f->kvm = memcmp(name, "KVMKVMKVM", 10) == 0;
    f->tcg = memcmp(name, "TCGTCGTCGTCG", 12) == 0;
}

static void features_read(struct cpu_features *f)
{
    struct cpuid r = x86_cpuid(0, 0);

    f->max_leaf = r.eax;
    brand_read(f->brand);
    r = x86_cpuid(1, 0);
    f->pge = r.edx >> 13 & 1;
    f->xsave = r.ecx >> 26 & 1;
    f->avx = r.ecx >> 28 & 1;
    f->rdrand = r.ecx >> 30 & 1;
    f->hypervisor = r.ecx >> 31 & 1;
    if (f->hypervisor)
        hypervisor_read(f);
    if (f->max_leaf >= 7) {
        r = x86_cpuid(7, 0);
        f->smep = r.ebx >> 7 & 1;
        f->erms = r.ebx >> 9 & 1;
        f->rdseed = r.ebx >> 18 & 1;
        f->smap = r.ebx >> 20 & 1;
        f->umip = r.ecx >> 2 & 1;
    }
    if (f->xsave && f->max_leaf >= 0xd)
        f->xsaveopt = x86_cpuid(0xd, 1).eax & 1;
    f->nx = x86_cpuid(0x80000001u, 0).edx >> 20 & 1;
}

void cpu_init(void)
{
    struct cpu_features *f = &cpu_features;
    uint64_t cr4 = x86_read_cr4();

    features_read(f);
    if (!f->nx)
        panic("this CPU has no NX bit");
    x86_write_cr0((x86_read_cr0() | CR0_WP | CR0_NE | CR0_MP) & ~(CR0_EM | CR0_TS));
    cr4 |= CR4_OSFXSR | CR4_OSXMM;
    if (f->pge)
        cr4 |= CR4_PGE;
    if (f->smep)
        cr4 |= CR4_SMEP;
    if (f->smap)
        cr4 |= CR4_SMAP;
    if (f->umip)
        cr4 |= CR4_UMIP;
    if (f->xsave)
        cr4 |= CR4_OSXSAVE;
    x86_write_cr4(cr4);
    vector_init();
}
