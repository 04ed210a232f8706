/* SPDX-License-Identifier: MIT */
/* See cost.h. Needs console, timer, virtual_memory and null_cap. Invariant: exit code 1 when an operation it
 * times fails. */
#include "capos/clock.h"
#include "capos/console.h"
#include "capos/memory.h"
#include "capos/start.h"
#include "cost.h"

static uint32_t console, timer, vm, null_cap;
static bool broken;

uint64_t cost_now(void)
{
    uint64_t ns = 0;

    broken |= capos_timer_now(timer, &ns) != 0;
    return ns;
}

void cost_print(const char *what, uint64_t ns10)
{
    char line[80] = "cost ";
    unsigned n = 5;

    for (; *what; what++)
        line[n++] = *what;
    line[n++] = ' ';
    cost_number(line + n, ns10);
    for (n = 0; line[n]; n++)
        ;
    capos_console_write_line(console, line, n);
}

static void do_syscall(uint64_t n)
{
    while (n--)
        broken |= capos_enter(0, 0) != 0;
}

static void do_nop(uint64_t n)
{
    while (n--)
        broken |= capos_ring_nop() != 0;
}

static void do_nop16(uint64_t n)
{
    static struct capos_pending ops[16];
    const struct capos_sqe sqe = {.opcode = CAPOS_OP_NOP};

    for (; n >= 16; n -= 16) {
        for (unsigned i = 0; i < 16; i++)
            broken |= capos_ring_submit(&sqe, &ops[i]) != 0;
        for (unsigned i = 0; i < 16; i++)
            capos_ring_wait(&ops[i]);
    }
}

static void do_null(uint64_t n)
{
    struct capos_reply reply;

    while (n--)
        broken |= capos_call_empty(null_cap, 0, &reply) != 0;
}

static void do_now(uint64_t n)
{
    while (n--)
        cost_now();
}

static void memory_map(void)
{
    uint64_t at = 0;

    broken |= capos_vm_map(vm, 0, PAGES * PAGE_BYTES, CAPOS_PROT_READ | CAPOS_PROT_WRITE, &at) != 0;
    cost_memory = (uint8_t *)(uintptr_t)at;
}

static void memory_unmap(void)
{
    broken |= capos_vm_unmap(vm, (uint64_t)(uintptr_t)cost_memory, PAGES * PAGE_BYTES) != 0;
}

static void do_map_unmap(uint64_t n)
{
    uint64_t at = 0;

    while (n--) {
        broken |= capos_vm_map(vm, 0, PAGE_BYTES, CAPOS_PROT_READ | CAPOS_PROT_WRITE, &at) != 0;
        broken |= capos_vm_unmap(vm, at, PAGE_BYTES) != 0;
    }
}

int64_t capos_main(void)
{
    if (capos_grant_by_name("console", CAPOS_IFACE_CONSOLE, &console) ||
        capos_grant_by_name("timer", CAPOS_IFACE_TIMER, &timer) ||
        capos_grant_by_name("virtual_memory", CAPOS_IFACE_VIRTUAL_MEMORY, &vm) ||
        capos_grant_by_name("null_cap", 0, &null_cap))
        return 2;
    cost_print("cap_enter", cost_of(do_syscall, CALLS, NULL, NULL));
    cost_print("nop", cost_of(do_nop, CALLS, NULL, NULL));
    cost_print("nop-batch-of-16", cost_of(do_nop16, CALLS, NULL, NULL));
    cost_print("null-call", cost_of(do_null, CALLS, NULL, NULL));
    cost_print("timer-now", cost_of(do_now, CALLS, NULL, NULL));
    cost_print("demand-zero-page", cost_of(cost_touch, PAGES, memory_map, memory_unmap));
    cost_print("map-unmap", cost_of(do_map_unmap, CALLS / 4, NULL, NULL));
    return broken;
}
