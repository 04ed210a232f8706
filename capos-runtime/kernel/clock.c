/* SPDX-License-Identifier: MIT */
/*
 * Monotonic time from the TSC, its calibration, the wall clock, and the list of timers over the LAPIC's
 * one-shot. Invariant: clock_ns never goes back; ticks are never counted; the hardware timer is set for the
 * next deadline or earlier.
 */
#include "kernel/clock.h"
#include "kernel/apic.h"
#include "kernel/cpu.h"
#include "kernel/paging.h"
#include "kernel/rtc.h"
#include "kernel/x86.h"

#define NS_PER_SEC     1000000000ull
#define CALIBRATE_NS   16000000u
#define BRACKETS       24u
#define LAPIC_HZ       1000000000ull /* QEMU's and KVM's, at divider 1 */
#define PIT_HZ         1193182u
#define PIT_CHANNEL    0x40
#define PIT_CONTROL    0x43
#define KVM_FEATURES   0x40000001u
#define HYPERVISOR_KHZ 0x40000010u
#define KVM_CLOCK_MSR  0x4b564d01u

uint64_t clock_tsc_khz;
const char *clock_source = "none";

static uint64_t tsc_base; /* TSC at ns 0 */
static uint64_t ns_mult;  /* ns per tick, 2^-32 */
static uint64_t ns_last;
static int64_t wall_base = INT64_MIN; /* seconds since 1970 at ns 0 */
static uint32_t wall_base_ns;
static struct ktimer *timers;
static uint64_t hw_deadline = UINT64_MAX;

uint64_t clock_tick(void)
{
    return x86_rdtsc();
}

uint64_t clock_ns(void)
{
    uint64_t ns = (uint64_t)((unsigned __int128)(x86_rdtsc() - tsc_base) * ns_mult >> 32);

    if (ns < ns_last || ns >> 63)
        return ns_last;
    ns_last = ns;
    return ns;
}

/* ---- calibration ---- */

/* One reading of both clocks, taken the closest together of many. */
static void reading(uint64_t *tsc, uint32_t *count)
{
    uint64_t best = UINT64_MAX;

    for (unsigned i = 0; i < BRACKETS; i++) {
        uint64_t a = x86_rdtsc();
        uint32_t c = apic_timer_count();
        uint64_t b = x86_rdtsc();
        if (b - a >= best)
            continue;
        best = b - a;
        *tsc = a + (b - a) / 2;
        *count = c;
    }
}

static uint64_t measure_lapic(void)
{
    uint64_t t0 = 0, t1 = 0;
    uint32_t c0 = 0, c1 = 0;

    apic_timer_set(UINT32_MAX);
    reading(&t0, &c0);
    while (c0 - apic_timer_count() < CALIBRATE_NS)
        x86_pause();
    reading(&t1, &c1);
    apic_timer_set(0);
    if (c0 == c1)
        return 0;
    return x86_muldiv(t1 - t0, LAPIC_HZ / 1000, c0 - c1);
}

static uint64_t from_cpuid(void)
{
    struct cpuid r;

    if (cpu_features.max_leaf >= 0x15) {
        r = x86_cpuid(0x15, 0);
        if (r.eax && r.ebx && r.ecx)
            return (uint64_t)r.ecx * r.ebx / r.eax / 1000;
    }
    return 0;
}

static uint64_t from_hypervisor(void)
{
    if (!cpu_features.hypervisor || x86_cpuid(0x40000000u, 0).eax < HYPERVISOR_KHZ)
        return 0;
    return x86_cpuid(HYPERVISOR_KHZ, 0).eax;
}

/* KVM's clock page gives the factor by which it turns ticks into nanoseconds. */
static uint64_t from_kvm_clock(void)
{
    struct __attribute__((packed)) page {
        uint32_t version, pad;
        uint64_t tsc, ns;
        uint32_t mult;
        int8_t shift;
    };
    const volatile struct page *page;
    uint64_t khz = 0;
    paddr_t pa;

    if (!cpu_features.kvm || !(x86_cpuid(KVM_FEATURES, 0).eax >> 3 & 1))
        return 0;
    pa = frame_alloc();
    if (!pa)
        return 0;
    page = frame_ptr(pa);
    x86_wrmsr(KVM_CLOCK_MSR, pa | 1);
    if (page->mult) {
        const uint64_t v = (1000000ull << 32) / page->mult;
        khz = page->shift < 0 ? v << -page->shift : v >> page->shift;
    }
    x86_wrmsr(KVM_CLOCK_MSR, 0);
    frame_unref(pa);
    return khz;
}

static void calibrate(void)
{
    static const struct {
        uint64_t (*f)(void);
        const char *name;
    } ways[] = {{from_hypervisor, "hypervisor"},
                {from_kvm_clock, "kvmclock"},
                {from_cpuid, "cpuid15"},
                {measure_lapic, "lapic"}};

    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        clock_tsc_khz = ways[i].f();
        clock_source = ways[i].name;
        if (clock_tsc_khz >= 100000 && clock_tsc_khz <= 100000000)
            return;
    }
    panic("cannot find the rate of the TSC (last answer: %lu kHz)", clock_tsc_khz);
}

/* Channel 0 of the PIT counts down 1193182 times a second; read by latching, each time the fastest reading of
 * many. */
static void pit_reading(uint64_t *tsc, uint16_t *count)
{
    uint64_t best = UINT64_MAX;

    for (unsigned i = 0; i < BRACKETS; i++) {
        uint64_t a, b;
        uint16_t c;
        a = x86_rdtsc();
        x86_outb(PIT_CONTROL, 0x00); /* latch channel 0 */
        b = x86_rdtsc();
        c = x86_inb(PIT_CHANNEL);
        c = (uint16_t)(c | x86_inb(PIT_CHANNEL) << 8);
        if (b - a >= best)
            continue;
        best = b - a;
        *tsc = a + (b - a) / 2;
        *count = c;
    }
}

uint64_t clock_measure_pit(void)
{
    uint64_t t0 = 0, t1 = 0;
    uint16_t c0 = 0, c1 = 0;

    x86_outb(PIT_CONTROL, 0x30);
    x86_outb(PIT_CHANNEL, 0xff);
    x86_outb(PIT_CHANNEL, 0xff);
    pit_reading(&t0, &c0);
    while (x86_rdtsc() - t0 < clock_tsc_khz * 40)
        x86_pause();
    pit_reading(&t1, &c1);
    x86_outb(PIT_CONTROL, 0x30); /* over after one count, as apic.c left it */
    x86_outb(PIT_CHANNEL, 1);
    x86_outb(PIT_CHANNEL, 0);
    if (c0 == c1)
        return 0;
    return x86_muldiv(t1 - t0, PIT_HZ, (uint64_t)(uint16_t)(c0 - c1) * 1000);
}

void clock_init(int64_t wall)
{
    uint64_t ns;

    calibrate();
    ns_mult = (1000000ull << 32) / clock_tsc_khz;
    tsc_base = x86_rdtsc();
    if (wall < 0)
        wall = rtc_read();
    rtc_stop();
    if (wall < 0)
        return;
    ns = clock_ns();
    wall_base = wall - (int64_t)(ns / NS_PER_SEC) - 1;
    wall_base_ns = (uint32_t)(NS_PER_SEC - ns % NS_PER_SEC);
}

int64_t clock_wall(uint32_t *nanos)
{
    uint64_t ns;

    *nanos = 0;
    if (wall_base == INT64_MIN)
        return INT64_MIN;
    ns = clock_ns() + wall_base_ns;
    *nanos = (uint32_t)(ns % NS_PER_SEC);
    return wall_base + (int64_t)(ns / NS_PER_SEC);
}

/* ---- timers ---- */

void ktimer_arm(struct ktimer *t, uint64_t deadline_ns)
{
    struct ktimer **at = &timers;

    ktimer_cancel(t);
    while (*at && (*at)->deadline_ns <= deadline_ns)
        at = &(*at)->next;
    t->deadline_ns = deadline_ns;
    t->next = *at;
    t->prev = at;
    if (t->next)
        t->next->prev = &t->next;
    *at = t;
    if (timers == t)
        clock_program(deadline_ns, false);
}

void ktimer_cancel(struct ktimer *t)
{
    if (!t->prev)
        return;
    *t->prev = t->next;
    if (t->next)
        t->next->prev = t->prev;
    t->next = NULL;
    t->prev = NULL;
}

bool clock_virtual;

uint64_t clock_next_timer(void)
{
    return timers ? timers->deadline_ns : UINT64_MAX;
}

void clock_run_timers(void)
{
    while (timers && timers->deadline_ns <= clock_ns()) {
        struct ktimer *t = timers;
        ktimer_cancel(t);
        t->fire(t);
    }
}

void clock_program(uint64_t deadline_ns, bool exact)
{
    uint64_t now;

    if (deadline_ns == hw_deadline || (deadline_ns > hw_deadline && !exact))
        return;
    hw_deadline = deadline_ns;
    if (deadline_ns == UINT64_MAX) {
        apic_timer_set(0);
        return;
    }
    now = clock_ns();
    if (deadline_ns <= now)
        apic_timer_set(1);
    else
        apic_timer_set(deadline_ns - now < UINT32_MAX ? (uint32_t)(deadline_ns - now) : UINT32_MAX);
}

void clock_interrupt(void)
{
    hw_deadline = UINT64_MAX;
    clock_run_timers();
    clock_program(clock_next_timer(), false);
}
