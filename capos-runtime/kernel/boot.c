/* SPDX-License-Identifier: MIT */
/*
 * Start-up in C: what the loader said, then every part in its order, then the object half.
 * Invariant: the start info is read through boot.S's first tables and copied; nothing of it is needed
 * afterwards but the boot image, which no allocator owns.
 */
#include "abi/bench.h"
#include "kernel/apic.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/frame.h"
#include "kernel/machine.h"
#include "kernel/paging.h"
#include "kernel/pvh.h"
#include "kernel/selftest.h"
#include "kernel/serial.h"
#include "kernel/string.h"
#include "kernel/trap.h"
#include "kernel/version.h"
#include "kernel/virtio.h"
#include "kernel/x86.h"

#define EARLY_END 0x40000000ul
#define LOW_END   0x100000ul

void kernel_start(uint32_t start_info);

extern char kernel_end[];

static struct memory_map map;
static char cmdline[2048];
static paddr_t image;
static uint64_t image_len;

static const void *early(paddr_t pa)
{
    if (pa >= EARLY_END)
        panic("the loader left its information at 0x%lx, out of reach", pa);
    return (const void *)(pa + KERNEL_VMA);
}

/* ---- the loader's word ---- */

static void ram_add(paddr_t start, paddr_t end)
{
    if (end > map.top)
        map.top = end;
    if (end <= 0x100000000ul && end > map.low_top)
        map.low_top = end;
    map.ram += end - start;
    start = (start + PAGE_SIZE - 1) & ~(paddr_t)(PAGE_SIZE - 1);
    end &= ~(paddr_t)(PAGE_SIZE - 1);
    if (start < LOW_END)
        start = LOW_END;
    if (start >= end)
        return;
    if (map.nranges == sizeof(map.ranges) / sizeof(map.ranges[0]))
        panic("too many memory ranges");
    map.ranges[map.nranges++] = (struct memory_range){start, end};
}

/* Takes [start, end) out of the ranges, whole pages of it. */
static void ram_cut(paddr_t start, paddr_t end)
{
    const unsigned n = map.nranges;

    start &= ~(paddr_t)(PAGE_SIZE - 1);
    end = (end + PAGE_SIZE - 1) & ~(paddr_t)(PAGE_SIZE - 1);
    for (unsigned i = 0; i < n; i++) {
        struct memory_range *r = &map.ranges[i];
        const paddr_t old_end = r->end;
        if (end <= r->start || start >= r->end)
            continue;
        if (start > r->start)
            r->end = start;
        else
            r->start = end < old_end ? end : old_end;
        if (start > r->start && end < old_end) {
            if (map.nranges == sizeof(map.ranges) / sizeof(map.ranges[0]))
                panic("too many memory ranges");
            map.ranges[map.nranges++] = (struct memory_range){end, old_end};
        }
    }
}

static void cmdline_copy(paddr_t pa)
{
    const char *s = pa ? early(pa) : "";
    size_t n = strlen(s);

    if (n >= sizeof(cmdline))
        panic("command line of %lu bytes", n);
    memcpy(cmdline, s, n + 1);
}

static void start_info_read(paddr_t pa)
{
    const struct pvh_start_info *info = early(pa);
    const struct pvh_memmap *m;

    if (info->magic != PVH_MAGIC)
        panic("no PVH start info (magic 0x%x)", info->magic);
    if (info->version < 1 || !info->memmap)
        panic("PVH start info version %u has no memory map", info->version);
    m = early(info->memmap);
    for (uint32_t i = 0; i < info->nmemmap && i < 128; i++)
        if (m[i].type == PVH_RAM && m[i].size)
            ram_add(m[i].address, m[i].address + m[i].size);
    ram_cut(LOW_END, (paddr_t)kernel_end - KERNEL_VMA);
    if (info->nmodules) {
        const struct pvh_module *mod = early(info->modules);
        image = mod->address;
        image_len = mod->size;
        ram_cut(image, image + image_len);
    }
    cmdline_copy(info->cmdline);
}

/* ---- command line: words, some with a value ---- */

/* The value of `word=` or the empty string after a bare `word`; NULL when it is not there. */
static const char *word_find(const char *word)
{
    const size_t n = strlen(word);
    const char *p = cmdline;

    while (*p) {
        while (*p == ' ')
            p++;
        if (strlen(p) >= n && memcmp(p, word, n) == 0) {
            if (p[n] == '=')
                return p + n + 1;
            if (p[n] == 0 || p[n] == ' ')
                return p + n;
        }
        while (*p && *p != ' ')
            p++;
    }
    return NULL;
}

static int64_t wall_word(void)
{
    const char *p = word_find("wall");
    int64_t v = 0;

    if (!p || *p < '0' || *p > '9')
        return -1;
    for (; *p >= '0' && *p <= '9' && v < INT64_MAX / 100; p++)
        v = v * 10 + (*p - '0');
    return v;
}

/* ---- the parts in order ---- */

static void frames_init(void)
{
    for (unsigned i = 0; i < map.nranges; i++) {
        struct memory_range *r = &map.ranges[i];
        uint64_t n = (r->end - r->start) / PAGE_SIZE;
        uint64_t meta = (n * sizeof(struct frame_meta) + PAGE_SIZE - 1) / PAGE_SIZE;
        if (n <= meta)
            continue;
        /* The entries of a range lie at its own end. */
        r->end -= meta * PAGE_SIZE;
        frame_add_range(r->start, r->end, phys_to_virt(r->end));
    }
}

static uint64_t do_exception(uint64_t va)
{
    return *(const volatile uint64_t *)va;
}

static void words_obey(void)
{
    if (word_find("panic-test"))
        panic("asked for by the command line: %s", "\x1b[31m\\");
    if (word_find("exception-test"))
        do_exception(0xdead0000);
    if (word_find("probe")) {
        int err = selftest_probe();
        klog("probe %s", err ? "failed" : "ok");
        machine_exit(err ? BENCH_QEMU_INIT_FAILED : BENCH_QEMU_SUCCESS);
    }
    if (word_find("selftest"))
        machine_exit(selftest_run() ? BENCH_QEMU_INIT_FAILED : BENCH_QEMU_SUCCESS);
}

void kernel_start(uint32_t start_info)
{
    uint64_t canary = 0;

    serial_init();
    gdt_init();
    trap_init();
    cpu_init();
    start_info_read(start_info);
    paging_init(&map);
    frames_init();
    apic_init();
    clock_init(wall_word());
    clock_virtual = word_find("virtual-time") != NULL;
    klog("kernel %s cpu=%s tsc_khz=%lu source=%s frames=%lu/%lu", KERNEL_VERSION, cpu_features.brand,
         clock_tsc_khz, clock_source, frame_free_count(), frame_total_count());
    rng_init();
    vconsole_init();
    block_init();
    if (entropy_fill(&canary, sizeof(canary) - 1) == 0)
        cpu_this()->canary = canary; /* kernel_start never returns, so no frame sees it change */
    words_obey();
    objects_start(image_len ? phys_to_virt(image) : NULL, image_len, cmdline);
    sched_run();
}
