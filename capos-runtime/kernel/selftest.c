/* SPDX-License-Identifier: MIT */
/* See selftest.h. */
#include "kernel/selftest.h"
#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/paging.h"
#include "kernel/sched.h"
#include "kernel/string.h"
#include "kernel/stub.h"
#include "kernel/symbols.h"
#include "kernel/trap.h"
#include "kernel/x86.h"

#define PF_P    1u
#define PF_W    2u
#define PF_U    4u
#define PF_X    16u
#define USER_VA 0x700000ul
#define ANY     UINT64_MAX /* error codes that emulators and processors do not agree on */

extern char kernel_text_start[], kernel_end[], boot_stack_guard[], boot_stack_top[];

static unsigned failed;

static void report(const char *name, bool ok)
{
    klog("selftest %s %s", name, ok ? "ok" : "FAIL");
    failed += !ok;
}

static void skip(const char *name)
{
    klog("selftest %s skip", name);
}

/* ---- the kernel against itself ---- */

static uint64_t do_read(uint64_t va)
{
    return *(const volatile uint64_t *)va;
}

static uint64_t do_write(uint64_t va)
{
    volatile uint8_t *p = (volatile uint8_t *)va;
    const uint8_t old = *p;

    *p = old;
    return 0;
}

static uint64_t do_call(uint64_t va)
{
    ((void (*)(void))va)();
    return 0;
}

static uint64_t overflow(uint64_t depth)
{
    volatile uint8_t pad[512];

    pad[0] = (uint8_t)depth;
    return depth > 100000 ? pad[0] : overflow(depth + 1) + pad[0];
}

static uint64_t do_overflow(uint64_t unused)
{
    (void)unused;
    return overflow(0);
}

static void page_fault_expect(const char *name, uint64_t (*f)(uint64_t), uint64_t va, uint64_t error)
{
    struct fault_seen s;
    const bool came = fault_probe(f, va, &s);

    if (came && s.vector == VECTOR_PAGE_FAULT && s.error == error && s.cr2 == va) {
        report(name, true);
        return;
    }
    if (came)
        klog("  vector=%lu error=0x%lx cr2=0x%lx, expected 14, 0x%lx, 0x%lx", s.vector, s.error, s.cr2, error,
             va);
    else
        klog("  nothing happened");
    report(name, false);
}

static void kernel_checks(void)
{
    static uint8_t data[16];
    static const uint8_t constant[16] = {1};
    const uint64_t text = (uint64_t)kernel_text_start;
    struct fault_seen s;
    bool came;

    data[0] = 0xc3;
    page_fault_expect("nx-data", do_call, (uint64_t)data, PF_P | PF_X);
    page_fault_expect("nx-direct", do_call, (uint64_t)data - KERNEL_VMA + DIRECT_BASE, PF_P | PF_X);
    page_fault_expect("ro-text", do_write, text, PF_P | PF_W);
    page_fault_expect("ro-text-direct", do_write, text - KERNEL_VMA + DIRECT_BASE, PF_P | PF_W);
    page_fault_expect("ro-constants", do_write, (uint64_t)constant, PF_P | PF_W);
    page_fault_expect("null", do_read, 0, 0);
    page_fault_expect("stack-slot-guard", do_read, STACK_BASE + 8, 0);
    came = fault_probe(do_overflow, 0, &s);
    report("stack-guard", came && s.vector == VECTOR_DOUBLE_FAULT && s.cr2 >= (uint64_t)boot_stack_guard &&
                              s.cr2 < (uint64_t)boot_stack_guard + PAGE_SIZE);
}

/* Every entry of the kernel's half: not both writable and executable, and nothing for ring 3. */
static unsigned bad_entries(paddr_t table, unsigned level, unsigned first)
{
    const uint64_t *t = frame_ptr(table);
    unsigned bad = 0;

    for (unsigned i = first; i < 512; i++) {
        if (!(t[i] & PTE_P))
            continue;
        if (t[i] & PTE_U)
            bad++;
        if (level == 1 || (t[i] & PTE_LARGE))
            bad += (t[i] & PTE_W) && !(t[i] & PTE_NX);
        else
            bad += bad_entries(t[i] & PTE_ADDR, level - 1, 0);
    }
    return bad;
}

static void user_page_checks(void)
{
    struct aspace *as = aspace_create();
    paddr_t pa = frame_alloc();
    struct fault_seen s;

    KASSERT(as && pa && aspace_map(as, USER_VA, pa, PROT_R | PROT_X) == 0);
    *(uint8_t *)frame_ptr(pa) = 0xc3;
    aspace_load(as);
    if (cpu_features.smep)
        page_fault_expect("smep", do_call, USER_VA, PF_P | PF_X);
    else
        skip("smep");
    if (cpu_features.smap)
        page_fault_expect("smap", do_read, USER_VA, PF_P);
    else
        skip("smap");
    report("user-page-maps", (x86_read_cr4() & CR4_SMAP) || !fault_probe(do_read, USER_VA, &s));
    report("wx-refused", aspace_map(as, USER_VA + PAGE_SIZE, pa, PROT_W | PROT_X) == -EINVAL &&
                             aspace_protect(as, USER_VA, PROT_W | PROT_X) == -EINVAL);
    aspace_unmap(as, USER_VA);
    frame_unref(pa);
    aspace_destroy(as);
    report("wx-kernel-tables", bad_entries(paging_root, 4, 256) == 0);
}

/* ---- ring 3 ---- */

struct user_check {
    const char *name;
    const char *entry;
    unsigned vector;
    uint64_t error;
};

static void user_fault_expect(const struct user_check *c)
{
    struct stub_result r;
    const int err = stub_run(&c->entry, 1, &r);
    const bool ok =
        !err && r.faulted && r.fault.vector == c->vector && (c->error == ANY || r.fault.error == c->error);

    if (!ok)
        klog("  err=%d faulted=%d vector=%u error=0x%lx rip=0x%lx code=%lu", err, r.faulted, r.fault.vector,
             r.fault.error, r.fault.rip, r.code);
    report(c->name, ok);
}

static void user_checks(void)
{
    const struct user_check checks[] = {
        {"user-hlt", stub_hlt, VECTOR_PROTECTION, 0},
        {"user-cli", stub_cli, VECTOR_PROTECTION, 0},
        {"user-port", stub_port, VECTOR_PROTECTION, 0},
        {"user-wrmsr", stub_wrmsr, VECTOR_PROTECTION, 0},
        {"user-wrfsbase", stub_wrfsbase, VECTOR_INVALID, 0},
        {"user-divide", stub_divide, VECTOR_DIVIDE, 0},
        {"user-invalid", stub_invalid, VECTOR_INVALID, 0},
        {"user-int80", stub_int80, VECTOR_PROTECTION, ANY},
        {"user-read-kernel", stub_read_kernel, VECTOR_PAGE_FAULT, PF_P | PF_U},
        {"user-nx", stub_exec_data, VECTOR_PAGE_FAULT, PF_P | PF_U | PF_X},
        {"user-ro-code", stub_write_code, VECTOR_PAGE_FAULT, PF_P | PF_U | PF_W},
        {"user-edge", stub_edge, VECTOR_PROTECTION, 0},
    };
    const struct user_check umip = {"user-umip", stub_sgdt, VECTOR_PROTECTION, 0};

    for (unsigned i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        user_fault_expect(&checks[i]);
    if (cpu_features.umip)
        user_fault_expect(&umip);
    else
        skip(umip.name);
}

static void thread_checks(void)
{
    const char *const turns[] = {stub_vector_a, stub_vector_b}, *const preempt[] = {stub_wait, stub_signal};
    struct stub_result r[2];

    report("vector-state", stub_run(turns, 2, r) == 0 && r[0].done && r[1].done && !r[0].code && !r[1].code);
    report("preemption", stub_run(preempt, 2, r) == 0 && r[0].done && r[1].done);
}

/* ---- time and the rest ---- */

static bool timer_fired;

static void timer_fire(struct ktimer *t)
{
    (void)t;
    timer_fired = true;
}

static bool timer_done(void)
{
    return timer_fired;
}

static void time_checks(void)
{
    struct ktimer t = {.fire = timer_fire};
    const uint64_t start = clock_ns(), pit = clock_measure_pit();
    uint64_t off, then;

    if (pit) { /* the loose bound is for hosts that take the CPU away in between */
        off = pit > clock_tsc_khz ? pit - clock_tsc_khz : clock_tsc_khz - pit;
        klog("  tsc_khz=%lu pit_khz=%lu ppm=%lu", clock_tsc_khz, pit, off * 1000000 / clock_tsc_khz);
        report("tsc-against-pit", off < clock_tsc_khz / 50);
    } else {
        skip("tsc-against-pit");
    }
    ktimer_arm(&t, clock_ns() + 2000000);
    then = t.deadline_ns;
    sched_loop(timer_done);
    report("timer", clock_ns() >= then && clock_ns() - then < 200000000);
    report("clock-forward", clock_ns() > start);
}

static void entropy_check(void)
{
    uint64_t a[4] = {0}, b[4] = {0};

    if (entropy_fill(a, sizeof(a)) == -ENODEV)
        skip("entropy");
    else
        report("entropy", entropy_fill(b, sizeof(b)) == 0 && memcmp(a, b, sizeof(a)) != 0);
}

static void symbol_check(void)
{
    uint64_t off;
    const char *name = symbols_find((uint64_t)selftest_run + 1, &off);

    report("symbols", name && strcmp(name, "selftest_run") == 0 && off == 1);
}

unsigned selftest_run(void)
{
    uint64_t frames;

    kernel_checks();
    frames = frame_free_count();
    user_page_checks();
    report("ring3-call", selftest_probe() == 0);
    user_checks();
    thread_checks();
    report("frames-back", frame_free_count() == frames);
    time_checks();
    entropy_check();
    symbol_check();
    klog("selftest done failed=%u", failed);
    return failed;
}

int selftest_probe(void)
{
    const char *const entry = stub_call;
    struct stub_result r;
    const int err = stub_run(&entry, 1, &r);

    if (err)
        return err;
    if (r.faulted)
        klog("probe: fault vector=%u error=0x%lx rip=0x%lx cr2=0x%lx", r.fault.vector, r.fault.error,
             r.fault.rip, r.fault.cr2);
    return r.done && r.code == 0 ? 0 : -EIO;
}
