/* SPDX-License-Identifier: MIT */
/*
 * The end of the kernel: message, registers, back-trace, then an exit status of its own.
 * Invariant: a panic within a panic goes straight to the exit; the walk of frames reads only kernel stacks
 * and is bounded.
 */
#include "abi/bench.h"
#include "kernel/cpu.h"
#include "kernel/format.h"
#include "kernel/machine.h"
#include "kernel/paging.h"
#include "kernel/panic.h"
#include "kernel/serial.h"
#include "kernel/symbols.h"
#include "kernel/virtio.h"
#include "kernel/x86.h"

#define FRAMES_MAX 24u

static unsigned panic_depth;

static void debug_exit(unsigned value) __attribute__((noreturn));
static void debug_exit(unsigned value)
{
    x86_outl(BENCH_DEBUG_EXIT_PORT, value);
    for (;;) { /* no such device: stay quiet */
        x86_cli();
        __asm__ volatile("hlt");
    }
}

void machine_exit(unsigned debug_exit_value)
{
    x86_cli();
    vconsole_drain();
    debug_exit(debug_exit_value);
}

static void address_print(const char *what, uint64_t rip)
{
    uint64_t off = 0;
    const char *name = symbols_find(rip, &off);

    if (name)
        klog("%s 0x%016lx %s+0x%lx", what, rip, name, off);
    else
        klog("%s 0x%016lx", what, rip);
}

static void trace_print(uint64_t rip, uint64_t rbp)
{
    address_print("  at", rip);
    for (unsigned i = 0; i < FRAMES_MAX && (rbp & 7) == 0 && paging_is_stack(rbp, 16); i++) {
        const uint64_t *frame = (const uint64_t *)rbp;
        if (!frame[1])
            break;
        address_print("  by", frame[1]);
        if (frame[0] <= rbp)
            break;
        rbp = frame[0];
    }
}

static void panic_enter(unsigned value)
{
    x86_cli();
    if (panic_depth++)
        debug_exit(value);
}

static void thread_print(void)
{
    const struct thread *t = cpu_this()->current;

    if (t)
        klog("  thread tid=%u cr3=0x%lx", t->tid, x86_read_cr3());
}

void panic(const char *fmt, ...)
{
    va_list ap;
    char text[240];

    panic_enter(BENCH_QEMU_PANIC);
    va_start(ap, fmt);
    format_buf(text, sizeof(text), fmt, ap);
    va_end(ap);
    klog("PANIC: %s", text);
    klog("  rsp=0x%lx cr2=0x%lx cr3=0x%lx", (uint64_t)__builtin_frame_address(0), x86_read_cr2(),
         x86_read_cr3());
    thread_print();
    trace_print((uint64_t)__builtin_return_address(0), *(const uint64_t *)__builtin_frame_address(0));
    machine_exit(BENCH_QEMU_PANIC);
}

void panic_trap(const struct trap_frame *f, uint64_t cr2)
{
    panic_enter(BENCH_QEMU_EXCEPTION);
    klog("PANIC: exception %lu error=0x%lx cr2=0x%lx in the kernel", f->vector, f->error, cr2);
    klog("  rip=0x%lx cs=0x%lx rflags=0x%lx rsp=0x%lx ss=0x%lx", f->rip, f->cs, f->rflags, f->rsp, f->ss);
    klog("  rax=0x%lx rbx=0x%lx rcx=0x%lx rdx=0x%lx", f->rax, f->rbx, f->rcx, f->rdx);
    klog("  rsi=0x%lx rdi=0x%lx rbp=0x%lx r8=0x%lx", f->rsi, f->rdi, f->rbp, f->r8);
    klog("  r9=0x%lx r10=0x%lx r11=0x%lx r12=0x%lx", f->r9, f->r10, f->r11, f->r12);
    klog("  r13=0x%lx r14=0x%lx r15=0x%lx cr3=0x%lx", f->r13, f->r14, f->r15, x86_read_cr3());
    thread_print();
    trace_print(f->rip, f->rbp);
    machine_exit(BENCH_QEMU_EXCEPTION);
}

void __stack_chk_fail(void) __attribute__((used)); /* called by what the compiler adds */
void __stack_chk_fail(void)
{
    panic("stack smashed");
}
