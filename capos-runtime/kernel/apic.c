/* SPDX-License-Identifier: MIT */
/* See apic.h. */
#include "kernel/apic.h"
#include "kernel/machine.h"
#include "kernel/paging.h"
#include "kernel/trap.h"
#include "kernel/x86.h"

#define LAPIC_PA   0xfee00000ul
#define IOAPIC2_PA 0xfec10000ul

/* LAPIC registers, in 32-bit words. */
#define LAPIC_ID      (0x20 / 4)
#define LAPIC_TPR     (0x80 / 4)
#define LAPIC_EOI     (0xb0 / 4)
#define LAPIC_SVR     (0xf0 / 4)
#define LAPIC_TIMER   (0x320 / 4)
#define LAPIC_LINT0   (0x350 / 4)
#define LAPIC_LINT1   (0x360 / 4)
#define LAPIC_ERROR   (0x370 / 4)
#define LAPIC_INITIAL (0x380 / 4)
#define LAPIC_CURRENT (0x390 / 4)
#define LAPIC_DIVIDE  (0x3e0 / 4)
#define LVT_MASKED    0x10000u
#define SVR_ENABLE    0x100u
#define DIVIDE_BY_1   0xbu

#define IOAPIC_SELECT  0
#define IOAPIC_WINDOW  4
#define IOAPIC_VERSION 1u
#define IOAPIC_LEVEL   0x8000u

#define PIC1_DATA   0x21
#define PIC2_DATA   0xa1
#define PIT_CHANNEL 0x40
#define PIT_CONTROL 0x43

static volatile uint32_t *lapic, *ioapic;
static unsigned ioapic_pins;

static uint32_t ioapic_read(uint32_t reg)
{
    ioapic[IOAPIC_SELECT] = reg;
    return ioapic[IOAPIC_WINDOW];
}

static void ioapic_write(uint32_t reg, uint32_t v)
{
    ioapic[IOAPIC_SELECT] = reg;
    ioapic[IOAPIC_WINDOW] = v;
}

static void legacy_silence(void)
{
    x86_outb(PIC1_DATA, 0xff);
    x86_outb(PIC2_DATA, 0xff);
    /* Channel 0 as a one-shot that is over after one count: a periodic PIT would wake an idle machine for
     * nothing. */
    x86_outb(PIT_CONTROL, 0x30);
    x86_outb(PIT_CHANNEL, 1);
    x86_outb(PIT_CHANNEL, 0);
}

void apic_init(void)
{
    uint32_t version;

    legacy_silence();
    x86_wrmsr(MSR_APIC_BASE, LAPIC_PA | (x86_rdmsr(MSR_APIC_BASE) & 0x100) | 0x800);
    lapic = paging_map_device(LAPIC_PA, PAGE_SIZE);
    lapic[LAPIC_TPR] = 0;
    lapic[LAPIC_LINT0] = LVT_MASKED;
    lapic[LAPIC_LINT1] = LVT_MASKED;
    lapic[LAPIC_ERROR] = LVT_MASKED;
    lapic[LAPIC_SVR] = SVR_ENABLE | VECTOR_SPURIOUS;
    lapic[LAPIC_DIVIDE] = DIVIDE_BY_1;
    lapic[LAPIC_TIMER] = VECTOR_TIMER;
    lapic[LAPIC_INITIAL] = 0;

    ioapic = paging_map_device(IOAPIC2_PA, 0x20);
    version = ioapic_read(IOAPIC_VERSION);
    if (version != 0 && version != UINT32_MAX && (version & 0xff) >= 0x10)
        ioapic_pins = (version >> 16 & 0xff) + 1;
    if (ioapic_pins > VECTOR_IRQ_COUNT)
        ioapic_pins = VECTOR_IRQ_COUNT;
}

void apic_timer_set(uint32_t counts)
{
    lapic[LAPIC_INITIAL] = counts;
}

uint32_t apic_timer_count(void)
{
    return lapic[LAPIC_CURRENT];
}

void apic_eoi(void)
{
    lapic[LAPIC_EOI] = 0;
}

bool apic_pin_open(unsigned pin)
{
    if (pin >= ioapic_pins)
        return false;
    ioapic_write(0x10 + 2 * pin + 1, lapic[LAPIC_ID] & 0xff000000u);
    ioapic_write(0x10 + 2 * pin, IOAPIC_LEVEL | (VECTOR_IRQ + pin));
    return true;
}
