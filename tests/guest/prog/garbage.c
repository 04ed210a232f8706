/* SPDX-License-Identifier: MIT */
/*
 * Programs that misbehave: the first one spawns itself once for each misdeed and looks at how the child
 * ended; the guest goes on. A child learns what to do from the one capability it is granted: its name is the
 * misdeed. TAP on the console. Invariant: every child ends alone, with the exit code that says why, and the
 * parent can go on spawning. No libc.
 */
#include "abi/layout.h"
#include "capos/console.h"
#include "capos/process.h"
#include "capos/start.h"
#include "capos/syscall.h"

#define FAULT(vector)   (-(256 + (int64_t)(vector)))
#define HOST_OF_NOTHING UINT64_C(0x123456789000)

static uint32_t console;
static volatile uint64_t sink;

/* ---- misdeeds: none comes back, but where the last column of the table says so ---- */

static void do_hlt(void)
{
    __asm__ volatile("hlt");
}

static void do_cli(void)
{
    __asm__ volatile("cli");
}

static void do_port(void)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(0x10), "d"(0xf4)); /* would end the machine */
}

static void do_wrmsr(void)
{
    __asm__ volatile("wrmsr" : : "a"(0), "d"(0), "c"(0xc0000082));
}

static void do_cr3(void)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(UINT64_C(0)));
}

static void do_int80(void)
{
    __asm__ volatile("int $0x80");
}

static void do_timer_vector(void)
{
    __asm__ volatile("int $0x20");
}

static void do_ud(void)
{
    __asm__ volatile("ud2");
}

static void do_divide(void)
{
    uint64_t a = 1;
    __asm__ volatile("xor %%ecx, %%ecx; div %%rcx" : "+a"(a) : : "rcx", "rdx");
}

static void do_single_step(void)
{
    __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop" : : : "cc", "memory");
}

static void do_null(void)
{
    *(volatile uint8_t *)(uintptr_t)sink = 1;
}

static void do_kernel_read(void)
{
    sink = *(volatile uint64_t *)(uintptr_t)UINT64_C(0xffffffff80000000);
}

static void do_direct_map(void)
{
    for (uint64_t at = UINT64_C(0xffff800000000000); at != 0; at += UINT64_C(1) << 39)
        sink += *(volatile uint64_t *)(uintptr_t)at;
}

static void do_non_canonical(void)
{
    sink = *(volatile uint64_t *)(uintptr_t)UINT64_C(0x0000900000000000);
}

static void do_write_code(void)
{
    *(volatile uint8_t *)(uintptr_t)&do_hlt = 0;
}

static void do_run_data(void)
{
    static uint8_t ret = 0xc3;
    void (*f)(void) = (void (*)(void))(uintptr_t)&ret;
    f();
}

static void do_jump_high(void)
{
    __asm__ volatile("jmp *%0" : : "r"(UINT64_C(0xffffffff80001000)));
}

static void do_jump_non_canonical(void)
{
    __asm__ volatile("jmp *%0" : : "r"(UINT64_C(0x0000800000000000)));
}

static void do_stack_overflow(void)
{
    __asm__ volatile("1: pushq $0; jmp 1b");
}

static void do_stack_lost(void)
{
    __asm__ volatile("mov %0, %%rsp; push %%rax" : : "r"(HOST_OF_NOTHING));
}

static void do_stack_non_canonical(void)
{
    __asm__ volatile("mov %0, %%rsp; syscall; push %%rax" : : "r"(UINT64_C(0x8000000000000000)), "a"(99));
}

static void do_capset_write(void)
{
    *(volatile uint32_t *)(uintptr_t)CAPOS_CAPSET_VADDR = 0;
}

static void do_alignment_flag(void) /* harmless, and must stay so across a system call */
{
    __asm__ volatile("pushfq; orq $0x244000, (%%rsp); popfq" : : : "cc", "memory"); /* AC, NT, ID */
    for (unsigned i = 0; i < 3; i++)
        capos_enter(0, 0);
    capos_exit(7);
}

static uint64_t random_state = 88172645463325252u;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void do_garbage_ring(void)
{
    volatile uint64_t *ring = (volatile uint64_t *)(uintptr_t)CAPOS_RING_VADDR;
    for (unsigned turn = 0; turn < 400; turn++) {
        for (unsigned i = 0; i < 512; i++)
            if ((random_next() & 3) != 0)
                ring[i] = random_next() >> (random_next() & 63);
        capos_enter((uint32_t)(random_next() & 1), random_next() & 1023);
    }
    capos_exit(7);
}

/* Somewhere: in a buffer that looks a little like a message, at the edge of the image, in the ring itself, or
 * nowhere. */
static uint64_t random_address(void)
{
    static uint64_t buffer[64] = {UINT64_C(0x500000000), UINT64_C(0x0000000100000000)};
    buffer[random_next() & 63] = random_next() & 7;
    switch (random_next() & 7) {
    case 0:
        return CAPOS_RING_VADDR + (random_next() & 4095);
    case 1:
        return random_next();
    case 2:
        return CAPOS_IMAGE_BASE + (random_next() & 0xffff);
    default:
        return (uint64_t)(uintptr_t)buffer;
    }
}

static void do_garbage_entries(void)
{
    volatile struct capos_ring_header *h = (volatile struct capos_ring_header *)(uintptr_t)CAPOS_RING_VADDR;
    uint8_t *page = (uint8_t *)(uintptr_t)CAPOS_RING_VADDR;
    for (unsigned turn = 0; turn < 20000; turn++) {
        uint32_t tail = h->sq_tail;
        struct capos_sqe s = {.opcode = (uint8_t)(random_next() % 11), .user_data = turn};
        if ((turn & 3) != 0) { /* mostly calls to what is there, with buffers that may be good */
            s.opcode = CAPOS_OP_CALL;
            s.cap_id = (uint32_t)random_next() & 7;
            s.method_id = (uint16_t)random_next() & 7;
            s.addr = random_address();
            s.len = (uint32_t)random_next() & 63;
            s.result_addr = random_address();
            s.result_len = (uint32_t)random_next() & 255;
        }
        uint8_t *bytes = (uint8_t *)&s;
        if ((turn & 15) == 0)
            for (unsigned i = 0; i < 8; i++)
                bytes[random_next() & 63] = (uint8_t)random_next();
        __builtin_memcpy(page + CAPOS_SQE_OFFSET + (tail & (CAPOS_SQ_ENTRIES - 1)) * sizeof(s), &s,
                         sizeof(s));
        h->sq_tail = tail + 1;
        capos_enter(0, 0);
        h->cq_head = h->cq_tail;
    }
    capos_exit(7);
}

static void do_garbage_calls(void)
{
    for (unsigned turn = 0; turn < 2000; turn++) {
        uint64_t n = random_next();
        if (n == CAPOS_SYS_EXIT || n == CAPOS_SYS_CAP_ENTER)
            continue;
        uint64_t result;
        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(turn & 1 ? n : 3 + (n & 0xffff)), "D"(random_next()), "S"(random_next())
                         : "rcx", "r11", "memory");
        if (result != CAPOS_SYS_REJECTED)
            capos_exit(1);
    }
    capos_exit(7);
}

static const struct misdeed {
    const char *name;
    void (*run)(void);
    int64_t code, or_code; /* the exit codes that are right */
} misdeeds[] = {
    {"hlt", do_hlt, FAULT(13), FAULT(13)},
    {"cli", do_cli, FAULT(13), FAULT(13)},
    {"port", do_port, FAULT(13), FAULT(13)},
    {"wrmsr", do_wrmsr, FAULT(13), FAULT(13)},
    {"cr3", do_cr3, FAULT(13), FAULT(13)},
    {"int80", do_int80, FAULT(13), FAULT(13)},
    {"timer-vector", do_timer_vector, FAULT(13), FAULT(13)},
    {"invalid-opcode", do_ud, FAULT(6), FAULT(6)},
    {"divide", do_divide, FAULT(0), FAULT(0)},
    {"single-step", do_single_step, FAULT(1), FAULT(1)},
    {"null-pointer", do_null, FAULT(14), FAULT(14)},
    {"kernel-read", do_kernel_read, FAULT(14), FAULT(14)},
    {"direct-map", do_direct_map, FAULT(14), FAULT(14)},
    {"non-canonical", do_non_canonical, FAULT(13), FAULT(13)},
    {"code-write", do_write_code, FAULT(14), FAULT(14)},
    {"data-run", do_run_data, FAULT(14), FAULT(14)},
    {"jump-high", do_jump_high, FAULT(14), FAULT(14)},
    {"jump-non-canonical", do_jump_non_canonical, FAULT(13), FAULT(14)},
    {"stack-overflow", do_stack_overflow, FAULT(14), FAULT(14)},
    {"stack-lost", do_stack_lost, FAULT(14), FAULT(14)},
    {"stack-non-canonical", do_stack_non_canonical, FAULT(12), FAULT(13)},
    {"capset-write", do_capset_write, FAULT(14), FAULT(14)},
    {"alignment-flag", do_alignment_flag, 7, 7},
    {"garbage-ring", do_garbage_ring, 7, 7},
    {"garbage-entries", do_garbage_entries, 7, 7},
    {"garbage-calls", do_garbage_calls, 7, 7},
};
#define MISDEEDS (sizeof(misdeeds) / sizeof(misdeeds[0]))

/* ---- the parent ---- */

static char line[128];
static size_t line_len;

static void add(const char *s)
{
    while (*s != '\0' && line_len < sizeof(line))
        line[line_len++] = *s++;
}

static void add_number(int64_t v)
{
    char digits[24], *p = digits + sizeof(digits);
    uint64_t n = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    *--p = '\0';
    do {
        *--p = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    if (v < 0)
        *--p = '-';
    add(p);
}

static void say(void)
{
    capos_console_write_line(console, line, line_len);
    line_len = 0;
}

static bool report(unsigned number, const char *name, bool ok, int64_t code)
{
    add(ok ? "ok " : "not ok ");
    add_number(number);
    add(" - ");
    add(name);
    say();
    if (!ok) {
        add("# ended with ");
        add_number(code);
        say();
    }
    return ok;
}

/* child_end: spawns the program for one misdeed (a console by that name tells it which); its exit code, or a
 * small positive number that no misdeed expects. */
static int64_t child_end(uint32_t spawner, uint32_t directory, const char *name)
{
    struct capos_grant grants[2] = {{.name = name, .cap = console, .kernel_source = -1},
                                    {.name = "directory", .cap = directory, .kernel_source = -1}};
    uint32_t handle, manager;
    int64_t code = 1;
    if (capos_spawn(spawner, name, "garbage", grants, 2, &handle, &manager) != 0)
        return 2;
    if (capos_process_wait(handle, &code) != 0)
        code = 3;
    capos_release(handle);
    capos_release(manager);
    return code;
}

static int64_t parent(uint32_t spawner, uint32_t directory)
{
    unsigned failed = 0;
    add("1..");
    add_number(MISDEEDS);
    say();
    for (unsigned i = 0; i < MISDEEDS; i++) {
        int64_t code = child_end(spawner, directory, misdeeds[i].name);
        bool ok = code == misdeeds[i].code || code == misdeeds[i].or_code;
        failed += !report(i + 1, misdeeds[i].name, ok, code);
    }
    return failed == 0 ? 0 : 1;
}

int64_t capos_main(void)
{
    uint32_t spawner, directory, given;
    if (capos_grant_by_name("process_spawner", CAPOS_IFACE_PROCESS_SPAWNER, &spawner) == 0) {
        if (capos_grant_by_name("console", CAPOS_IFACE_CONSOLE, &console) != 0 ||
            capos_grant_by_name("directory", CAPOS_IFACE_DIRECTORY, &directory) != 0)
            return 120;
        return parent(spawner, directory);
    }
    for (unsigned i = 0; i < MISDEEDS; i++)
        if (capos_grant_by_name(misdeeds[i].name, 0, &given) == 0)
            misdeeds[i].run();
    return 99;
}
