/* SPDX-License-Identifier: MIT */
/*
 * The machine part of the kernel on a host: see host_machine.h.
 * Invariant: machine.h's contract, with frames from one arena, page tables in a hash, and threads that a test
 * drives by hand.
 */
#include <sanitizer/asan_interface.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host_machine.h"
#include "host_timers.h"
#include "kernel/format.h"

struct host_machine host;
uint64_t frame_fail_after;

static uint8_t *arena; /* frame n is at n * PAGE_SIZE; frame 0 is never given out */
static uint32_t frame_refs[HOST_FRAMES];
static uint32_t frames_out, frame_next = 1;
static unsigned tables, threads;
static void (*input_handler[2])(void *ctx);
static void *input_ctx[2];
static uint8_t input[2][4096];
static size_t input_len[2];

void host_reset(void)
{
    unsigned value = host.exit_value;
    (void)value;
    memset(&host, 0, sizeof(host));
    frame_fail_after = 0;
    memset(input_len, 0, sizeof(input_len));
}

/* ---- frames ---- */

bool (*frame_fail_for)(void);

const char *frame_failed = "";

bool frame_fail(const char *allocator)
{
    if (frame_fail_after == 0 || --frame_fail_after > 0)
        return false;
    frame_failed = allocator;
    return true;
}

paddr_t frame_alloc_contiguous(uint32_t n)
{
    if (arena == NULL) {
        arena = aligned_alloc(PAGE_SIZE, (size_t)HOST_FRAMES * PAGE_SIZE);
        __asan_poison_memory_region(arena, (size_t)HOST_FRAMES * PAGE_SIZE);
    }
    if (frame_fail("frame"))
        return 0;
    uint32_t run = 0;
    for (uint32_t tried = 0; tried < 2 * HOST_FRAMES; tried++) {
        if (frame_next == HOST_FRAMES) {
            frame_next = 1;
            run = 0;
        }
        run = frame_refs[frame_next++] == 0 ? run + 1 : 0;
        if (run < n)
            continue;
        uint32_t first = frame_next - n;
        for (uint32_t i = 0; i < n; i++)
            frame_refs[first + i] = 1;
        frames_out += n;
        __asan_unpoison_memory_region(arena + (size_t)first * PAGE_SIZE, (size_t)n * PAGE_SIZE);
        memset(arena + (size_t)first * PAGE_SIZE, 0, (size_t)n * PAGE_SIZE);
        return (paddr_t)first * PAGE_SIZE;
    }
    return 0;
}

paddr_t frame_alloc(void)
{
    return frame_alloc_contiguous(1);
}

paddr_t frame_alloc_dirty(void)
{
    paddr_t pa = frame_alloc_contiguous(1);
    if (pa != 0)
        memset(arena + pa, 0xa5, PAGE_SIZE);
    return pa;
}

static uint32_t frame_index(paddr_t pa)
{
    KASSERT(pa % PAGE_SIZE == 0 && pa / PAGE_SIZE < HOST_FRAMES && frame_refs[pa / PAGE_SIZE] > 0);
    return (uint32_t)(pa / PAGE_SIZE);
}

void frame_ref(paddr_t pa)
{
    frame_refs[frame_index(pa)]++;
}

void frame_unref(paddr_t pa)
{
    uint32_t i = frame_index(pa);
    if (--frame_refs[i] > 0)
        return;
    frames_out--;
    __asan_poison_memory_region(arena + pa, PAGE_SIZE);
}

void *frame_ptr(paddr_t pa)
{
    return arena + pa;
}

uint64_t frame_free_count(void)
{
    return HOST_FRAMES - 1 - frames_out;
}

uint64_t frame_total_count(void)
{
    return HOST_FRAMES - 1;
}

void *heap_alloc(size_t bytes)
{
    return frame_fail("heap") ? NULL : calloc(1, bytes);
}

void heap_free(void *p)
{
    free(p);
}

/* ---- address spaces ---- */

#define BUCKETS 1024u

struct mapping {
    uint64_t va;
    paddr_t pa;
    unsigned prot;
    struct mapping *next;
};

struct aspace {
    struct mapping *bucket[BUCKETS];
};

static struct mapping **mapping_at(struct aspace *as, uint64_t va)
{
    struct mapping **at = &as->bucket[va / PAGE_SIZE % BUCKETS];
    while (*at != NULL && (*at)->va != (va & ~(uint64_t)(PAGE_SIZE - 1)))
        at = &(*at)->next;
    return at;
}

struct aspace *aspace_create(void)
{
    struct aspace *as = heap_alloc(sizeof(*as));
    tables += as != NULL;
    return as;
}

void aspace_destroy(struct aspace *as)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        for (struct mapping *m = as->bucket[i], *next; m != NULL; m = next) {
            next = m->next;
            frame_unref(m->pa);
            free(m);
        }
    tables--;
    free(as);
}

int aspace_map(struct aspace *as, uint64_t va, paddr_t pa, unsigned prot)
{
    KASSERT(va % PAGE_SIZE == 0 && (va >> 47) == 0);
    frame_index(pa);
    if ((prot & (PROT_W | PROT_X)) == (PROT_W | PROT_X))
        return -EINVAL;
    struct mapping **at = mapping_at(as, va);
    if (*at != NULL)
        return -EEXIST;
    struct mapping *m = heap_alloc(sizeof(*m));
    if (m == NULL)
        return -ENOMEM;
    m->va = va;
    m->pa = pa;
    m->prot = prot;
    *at = m;
    return 0;
}

paddr_t aspace_unmap(struct aspace *as, uint64_t va)
{
    struct mapping **at = mapping_at(as, va), *m = *at;
    if (m == NULL)
        return 0;
    paddr_t pa = m->pa;
    *at = m->next;
    free(m);
    return pa;
}

int aspace_protect(struct aspace *as, uint64_t va, unsigned prot)
{
    struct mapping *m = *mapping_at(as, va);
    if (m == NULL)
        return -ENOENT;
    m->prot = prot;
    return 0;
}

paddr_t aspace_lookup(struct aspace *as, uint64_t va, unsigned *prot)
{
    struct mapping *m = *mapping_at(as, va);
    if (m == NULL)
        return 0;
    if (prot != NULL)
        *prot = m->prot;
    return m->pa;
}

void aspace_each(struct aspace *as, uint64_t start, uint64_t end,
                 void (*f)(void *ctx, uint64_t va, paddr_t pa), void *ctx)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        struct mapping *next;
        for (struct mapping *m = as->bucket[i]; m != NULL; m = next) {
            next = m->next;
            if (m->va >= start && m->va < end)
                f(ctx, m->va, m->pa);
        }
    }
}

unsigned host_tables(void)
{
    return tables;
}

/* ---- threads ---- */

struct thread *thread_create(struct process *p, struct aspace *as, uint64_t rip, uint64_t rsp, uint64_t rdi,
                             uint64_t rsi, uint64_t rdx, uint64_t fs_base)
{
    struct thread *t = heap_alloc(sizeof(*t));
    (void)as;
    (void)rip;
    (void)rsp;
    (void)rdi;
    (void)rsi;
    (void)rdx;
    if (t == NULL)
        return NULL;
    t->process = p;
    t->fs_base = fs_base;
    threads++;
    return t;
}

void thread_start(struct thread *t)
{
    (void)t;
}

bool thread_block(uint64_t deadline_ns)
{
    if (host.woken) {
        host.woken = false;
        return true;
    }
    if (host.on_block != NULL)
        host.on_block();
    while (!host.woken) {
        struct ktimer *next = host_timers;
        for (struct ktimer *t = host_timers; t != NULL; t = t->next)
            if (t->deadline_ns < next->deadline_ns)
                next = t;
        if (next == NULL || next->deadline_ns > deadline_ns) {
            if (deadline_ns == UINT64_MAX)
                panic("the thread would block for ever");
            host_time(deadline_ns > host.now_ns ? deadline_ns - host.now_ns : 0);
            return false;
        }
        host_time(next->deadline_ns > host.now_ns ? next->deadline_ns - host.now_ns : 0);
    }
    host.woken = false;
    return true;
}

void thread_wake(struct thread *t)
{
    if (t == host.current)
        host.woken = true;
}

bool thread_dying(const struct thread *t)
{
    (void)t;
    return false;
}

struct thread *thread_current(void)
{
    return host.current;
}

void thread_destroy(struct thread *t)
{
    bool self = t == host.current;
    threads--;
    free(t);
    if (!self)
        return;
    host.current = NULL;
    KASSERT(host.gone_set);
    longjmp(host.gone, 1);
}

void thread_set_fs_base(struct thread *t, uint64_t fs_base)
{
    t->fs_base = fs_base;
}

void sched_yield(void) {}

void sched_call_idle(void (*f)(void *ctx), void *ctx)
{
    host.idle = f;
    host.idle_ctx = ctx;
}

unsigned host_threads(void)
{
    return threads;
}

/* ---- time ---- */

uint64_t clock_ns(void)
{
    return host.now_ns;
}

uint64_t clock_tick(void)
{
    return host.now_ns;
}

int64_t clock_wall(uint32_t *nanos)
{
    *nanos = (uint32_t)(host.now_ns % 1000000000u);
    return (int64_t)(1700000000u + host.now_ns / 1000000000u);
}

void host_time(uint64_t ns)
{
    host.now_ns += ns;
    host_timers_fire(host.now_ns);
}

/* ---- devices ---- */

int entropy_fill(void *buf, size_t n)
{
    if (host.entropy_missing)
        return -ENODEV;
    memset(buf, 0x5a, n);
    return 0;
}

int vconsole_write(unsigned index, const void *buf, size_t n)
{
    KASSERT(index < 2);
    size_t room = sizeof(host.console[index]) - host.console_len[index];
    size_t part = n < room ? n : room;
    memcpy(host.console[index] + host.console_len[index], buf, part);
    host.console_len[index] += part;
    return 0;
}

size_t vconsole_read(unsigned index, void *buf, size_t n)
{
    size_t part = n < input_len[index] ? n : input_len[index];
    memcpy(buf, input[index], part);
    memmove(input[index], input[index] + part, input_len[index] - part);
    input_len[index] -= part;
    return part;
}

bool vconsole_present(unsigned index)
{
    return index < 2;
}

void vconsole_on_input(unsigned index, void (*f)(void *ctx), void *ctx)
{
    input_handler[index] = f;
    input_ctx[index] = ctx;
}

void host_input(unsigned index, const void *bytes, size_t n)
{
    KASSERT(input_len[index] + n <= sizeof(input[index]));
    memcpy(input[index] + input_len[index], bytes, n);
    input_len[index] += n;
    if (input_handler[index] != NULL)
        input_handler[index](input_ctx[index]);
}

/* The disk: a request is carried out when somebody waits. */
static struct block_request *asked, **asked_end = &asked;

bool block_present(void)
{
    return host.disk != NULL;
}

uint64_t block_count(void)
{
    return host.disk != NULL ? host.disk_blocks : 0;
}

bool block_read_only(void)
{
    return host.disk_read_only;
}

int block_submit(struct block_request *r)
{
    if (host.disk == NULL)
        return -ENODEV;
    if (r->op != BLOCK_FLUSH &&
        (r->count == 0 || r->lba >= host.disk_blocks || r->count > host.disk_blocks - r->lba))
        return -ERANGE;
    if (r->op == BLOCK_WRITE && host.disk_read_only)
        return -EROFS;
    r->next = NULL;
    *asked_end = r;
    asked_end = &r->next;
    return 0;
}

static void disk_copy(const struct block_request *r)
{
    const uint32_t per_page = PAGE_SIZE / BLOCK_SIZE;
    for (uint32_t i = 0; i < r->count; i++) {
        uint8_t *mine = host.disk + (r->lba + i) * BLOCK_SIZE;
        uint8_t *theirs = r->pages != NULL
                              ? (uint8_t *)r->pages[i / per_page] + (size_t)(i % per_page) * BLOCK_SIZE
                              : (uint8_t *)r->data + (size_t)i * BLOCK_SIZE;
        memcpy(r->op == BLOCK_READ ? theirs : mine, r->op == BLOCK_READ ? mine : theirs, BLOCK_SIZE);
    }
}

void block_drain(void)
{
    while (asked != NULL) {
        struct block_request *r = asked;
        bool bad = host.disk_fail_after != 0 && --host.disk_fail_after == 0;
        asked = r->next;
        if (asked == NULL)
            asked_end = &asked;
        if (!bad)
            disk_copy(r);
        r->done(r, bad ? -EIO : 0);
    }
}

void block_wait(const volatile bool *done)
{
    if (host.on_wait != NULL)
        host.on_wait();
    block_drain();
    KASSERT(*done);
}

/* ---- messages and ends ---- */

static void log_text(const char *fmt, va_list ap)
{
    size_t room = sizeof(host.log) - host.log_len;
    size_t n = format_buf(host.log + host.log_len, room, fmt, ap);
    host.log_len += n < room ? n : room - 1;
}

void klog_begin(void) {}

void klog_part(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    log_text(fmt, ap);
    va_end(ap);
}

void klog_end(void)
{
    if (host.log_len + 1 < sizeof(host.log))
        host.log[host.log_len++] = '\n';
}

void klog(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    log_text(fmt, ap);
    va_end(ap);
    klog_end();
}

void panic(const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    format_buf(text, sizeof(text), fmt, ap);
    va_end(ap);
    fprintf(stderr, "panic: %s\n", text);
    abort();
}

void machine_exit(unsigned debug_exit_value)
{
    host.exit_value = debug_exit_value;
    KASSERT(host.gone_set);
    longjmp(host.gone, 2);
}
