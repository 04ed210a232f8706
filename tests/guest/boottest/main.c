/* SPDX-License-Identifier: MIT */
/*
 * Stands in for the object half in the boot test's kernel. Words of the command line: `consoles` copies
 * program console input to the bench channel until an end-of-transmission byte, then sends a pattern; `cost`
 * prints what basic operations take. Invariant: used by tests only; exits with 0x10 when all went well.
 */
#include "abi/bench.h"
#include "kernel/clock.h"
#include "kernel/machine.h"
#include "kernel/sched.h"
#include "kernel/string.h"

#define PATTERN_BYTES 1000003u /* an odd length: the last write is a partial one */
#define EOT           4

static uint8_t buffer[70000];
static bool input_seen;

static void on_input(void *ctx)
{
    (void)ctx;
    input_seen = true;
}

static bool input_done(void)
{
    return input_seen;
}

static void copy_until_eot(void)
{
    for (;;) {
        size_t n = vconsole_read(1, buffer, 7000);
        if (n == 0) {
            input_seen = false;
            vconsole_on_input(1, on_input, NULL); /* calls back at once if bytes came in between */
            sched_loop(input_done);
            continue;
        }
        bool end = buffer[n - 1] == EOT;
        KASSERT(vconsole_write(0, buffer, n - end) == 0);
        if (end)
            return;
    }
}

static void send_pattern(void)
{
    uint32_t at = 0;

    while (at < PATTERN_BYTES) {
        uint32_t n = PATTERN_BYTES - at < sizeof(buffer) ? PATTERN_BYTES - at : (uint32_t)sizeof(buffer);
        for (uint32_t i = 0; i < n; i++)
            buffer[i] = (uint8_t)('a' + (at + i) % 23);
        KASSERT(vconsole_write(0, buffer, n) == 0);
        at += n;
    }
}

static void cost_print(const char *what, uint64_t start, unsigned rounds)
{
    klog("cost %s ns=%lu", what, (clock_ns() - start) / rounds);
}

static void costs(void)
{
    const unsigned rounds = 20000;
    paddr_t pa = frame_alloc();
    struct aspace *as = aspace_create();
    uint64_t t;

    for (unsigned pass = 0; pass < 2; pass++) {
        t = clock_ns();
        for (unsigned i = 0; i < rounds; i++)
            clock_ns();
        cost_print("clock_ns", t, rounds);
        t = clock_ns();
        for (unsigned i = 0; i < rounds; i++)
            frame_unref(frame_alloc());
        cost_print("frame", t, rounds);
        t = clock_ns();
        for (unsigned i = 0; i < rounds; i++)
            memset(frame_ptr(pa), 1, PAGE_SIZE);
        cost_print("memset4096", t, rounds);
        t = clock_ns();
        for (unsigned i = 0; i < rounds; i++)
            memcpy(buffer, frame_ptr(pa), PAGE_SIZE);
        cost_print("memcpy4096", t, rounds);
        t = clock_ns();
        for (unsigned i = 0; i < rounds; i++)
            heap_free(heap_alloc(100));
        cost_print("heap100", t, rounds);
        t = clock_ns();
        for (unsigned i = 0; i < rounds; i++) {
            aspace_map(as, 0x10000000, pa, PROT_R | PROT_W);
            aspace_unmap(as, 0x10000000);
        }
        cost_print("map+unmap", t, rounds);
    }
}

static bool word(const char *line, const char *w)
{
    const size_t n = strlen(w);

    for (; *line; line++)
        if (strlen(line) >= n && memcmp(line, w, n) == 0)
            return true;
    return false;
}

void objects_start(const uint8_t *image, size_t image_len, const char *cmdline)
{
    uint32_t ns;
    int64_t wall = clock_wall(&ns);

    klog("boottest image=%lu consoles=%d%d wall=%ld cmdline=%s", image_len, vconsole_present(0),
         vconsole_present(1), wall, cmdline);
    if (image_len >= 4)
        klog("boottest image begins %.*s", 4, (const char *)image);
    if (word(cmdline, "consoles")) {
        copy_until_eot();
        send_pattern();
    }
    if (word(cmdline, "cost"))
        costs();
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
