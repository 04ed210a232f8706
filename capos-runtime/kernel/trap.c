/* SPDX-License-Identifier: MIT */
/*
 * What happens at an exception or interrupt. Invariant: a fault of user code ends in process_page_fault or
 * process_fault; a fault of the kernel ends the kernel, unless the self-test asked for it.
 */
#include "kernel/trap.h"
#include "kernel/apic.h"
#include "kernel/clock.h"
#include "kernel/paging.h"
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/x86.h"

#define GATE_INTERRUPT 0x8eul
#define GATE_USER      0xeeul /* ring 3 may use `int n` on it */
#define STUB_BYTES     16u

#define PF_PRESENT 1u
#define PF_WRITE   2u
#define PF_USER    4u
#define PF_FETCH   16u

extern char trap_stubs[];
uint64_t fault_probe_call(uint64_t *save_rsp, uint64_t (*f)(uint64_t), uint64_t arg);
extern char fault_probe_recover[];
void trap_handle(struct trap_frame *f);

struct gate {
    uint64_t low, high;
};
static struct gate idt[256];

static struct {
    void (*f)(void *ctx);
    void *ctx;
} irqs[VECTOR_IRQ_COUNT];

static bool probe_on;
static uint64_t probe_rsp;
static struct fault_seen *probe_seen;

static void gate_set(unsigned vector, unsigned ist, uint64_t type)
{
    const uint64_t to = (uint64_t)trap_stubs + (uint64_t)vector * STUB_BYTES;

    idt[vector].low = (to & 0xffff) | (uint64_t)SEL_KERNEL_CODE << 16 | (uint64_t)ist << 32 | type << 40 |
                      (to >> 16 & 0xffff) << 48;
    idt[vector].high = to >> 32;
}

void trap_init(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } idtr = {sizeof(idt) - 1, (uint64_t)idt};

    for (unsigned v = 0; v < 256; v++)
        gate_set(v, 0, GATE_INTERRUPT);
    gate_set(VECTOR_BREAKPOINT, 0, GATE_USER);
    gate_set(VECTOR_NMI, IST_NMI, GATE_INTERRUPT);
    gate_set(VECTOR_DOUBLE_FAULT, IST_DOUBLE_FAULT, GATE_INTERRUPT);
    gate_set(VECTOR_MACHINE_CHECK, IST_MACHINE, GATE_INTERRUPT);
    __asm__ volatile("lidt %0" ::"m"(idtr) : "memory");
}

void trap_irq_set(unsigned pin, void (*f)(void *ctx), void *ctx)
{
    KASSERT(pin < VECTOR_IRQ_COUNT);
    irqs[pin].f = f;
    irqs[pin].ctx = ctx;
}

bool fault_probe(uint64_t (*f)(uint64_t), uint64_t arg, struct fault_seen *seen)
{
    uint64_t value;

    seen->vector = UINT64_MAX;
    probe_seen = seen;
    probe_on = true;
    value = fault_probe_call(&probe_rsp, f, arg);
    probe_on = false;
    seen->value = value;
    return seen->vector != UINT64_MAX;
}

static void kernel_exception(struct trap_frame *f, uint64_t cr2)
{
    if (!probe_on || f->vector == VECTOR_NMI || f->vector == VECTOR_MACHINE_CHECK)
        panic_trap(f, cr2);
    probe_on = false;
    probe_seen->vector = f->vector;
    probe_seen->error = f->error;
    probe_seen->cr2 = cr2;
    __asm__ volatile("movq %0, %%rsp\n\tjmp fault_probe_recover" ::"r"(probe_rsp));
    __builtin_unreachable();
}

static void user_exception(const struct trap_frame *f, uint64_t cr2)
{
    const struct fault_info info = {(unsigned)f->vector, f->error, f->rip, f->rsp, cr2};
    struct process *p = cpu_this()->current->process;

    if (!p)
        stub_fault(&info);
    if (f->vector == VECTOR_PAGE_FAULT && cr2 < USER_END) {
        unsigned access = f->error & PF_FETCH ? PROT_X : f->error & PF_WRITE ? PROT_W : PROT_R;
        if (process_page_fault(p, cr2, access))
            return;
    }
    process_fault(p, &info);
}

static void interrupt(const struct trap_frame *f, bool user)
{
    if (f->vector == VECTOR_SPURIOUS)
        return;
    if (f->vector == VECTOR_TIMER) {
        apic_eoi();
        clock_interrupt();
        sched_tick(user);
        return;
    }
    if (f->vector >= VECTOR_IRQ && f->vector < VECTOR_IRQ + VECTOR_IRQ_COUNT &&
        irqs[f->vector - VECTOR_IRQ].f)
        irqs[f->vector - VECTOR_IRQ].f(irqs[f->vector - VECTOR_IRQ].ctx);
    else
        klog("stray interrupt, vector %lu", f->vector);
    apic_eoi();
}

void trap_handle(struct trap_frame *f)
{
    const bool user = f->cs & 3;

    if (f->vector < 32) {
        uint64_t cr2 =
            f->vector == VECTOR_PAGE_FAULT || f->vector == VECTOR_DOUBLE_FAULT ? x86_read_cr2() : 0;
        if (!user || f->vector == VECTOR_NMI || f->vector == VECTOR_DOUBLE_FAULT ||
            f->vector == VECTOR_MACHINE_CHECK)
            kernel_exception(f, cr2);
        user_exception(f, cr2);
        return;
    }
    interrupt(f, user);
    if (user && cpu_this()->need_resched)
        sched_preempt();
}
