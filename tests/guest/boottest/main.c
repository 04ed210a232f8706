/* SPDX-License-Identifier: MIT */
/*
 * Stands in for the object half in the boot test's kernel. Invariant: used by tests only; exits with 0x10
 * when nothing is asked for.
 */
#include "abi/bench.h"
#include "kernel/machine.h"

void objects_start(const uint8_t *image, size_t image_len, const char *cmdline)
{
    klog("boottest image=%lu cmdline=%s", image_len, cmdline);
    if (image_len >= 4)
        klog("boottest image begins %.*s", 4, (const char *)image);
    machine_exit(BENCH_QEMU_SUCCESS);
}

uint64_t syscall_dispatch(uint64_t nr, uint64_t a0, uint64_t a1)
{
    (void)a0;
    (void)a1;
    panic("system call %lu without a process", nr);
}

bool process_page_fault(struct process *p, uint64_t va, unsigned access)
{
    (void)p;
    (void)access;
    panic("page fault at 0x%lx without a process", va);
}

void process_fault(struct process *p, const struct fault_info *f)
{
    (void)p;
    panic("fault %u without a process", f->vector);
}

void process_poll_rings(void) {}
