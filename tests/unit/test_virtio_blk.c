/* SPDX-License-Identifier: MIT */
/*
 * The disk driver over a device made of plain memory: the test reads the driver's rings as a device would and
 * answers in the order it likes. Invariant: every buffer is looked at through the addresses the driver gave,
 * none through its own variables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/errno.h"
#include "kernel/apic.h"
#include "kernel/paging.h"
#include "kernel/trap.h"
#include "kernel/virtio.h"

#define SLOT    20u
#define WORDS   0x80u /* registers of a slot */
#define BLOCKS  UINT64_C(0x100000010)
#define HELD    64u
#define QUEUE   128u
#define RO      (1u << 5)
#define FLUSH   (1u << 9)
#define V1_HIGH 1u /* the plain memory answers for both feature words alike */

static uint32_t regs[VIRTIO_SLOTS * WORDS];
static void (*interrupt)(void *ctx);
static unsigned pin;
static uint64_t now;
static char last_log[100];

/* ---- the machine ---- */

static void *blocks[64];
static unsigned nblocks;

/* Memory that lives until the next device is made. */
static void *memory(void *p)
{
    assert_true(p != NULL && nblocks < 64);
    return blocks[nblocks++] = p;
}

static void memory_drop(void)
{
    while (nblocks > 0)
        free(blocks[--nblocks]);
}

volatile uint32_t *paging_map_device(paddr_t pa, uint64_t bytes)
{
    assert_int_equal(pa, 0xfeb00000);
    assert_true(bytes <= sizeof regs);
    return regs;
}

paddr_t frame_alloc(void)
{
    return frame_alloc_contiguous(1);
}

paddr_t frame_alloc_contiguous(uint32_t n)
{
    void *p = memory(aligned_alloc(PAGE_SIZE, (size_t)n * PAGE_SIZE));

    memset(p, 0, (size_t)n * PAGE_SIZE);
    return (paddr_t)p;
}

void *frame_ptr(paddr_t pa)
{
    return (void *)pa;
}

void *heap_alloc(size_t bytes)
{
    return memory(calloc(1, bytes));
}

uint64_t clock_ns(void)
{
    return now += 1000000;
}

void trap_irq_set(unsigned n, void (*f)(void *ctx), void *ctx)
{
    assert_null(ctx);
    pin = n;
    interrupt = f;
}

bool apic_pin_open(unsigned n)
{
    return n == SLOT;
}

void klog(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(last_log, sizeof last_log, fmt, ap);
    va_end(ap);
}

void panic(const char *fmt, ...)
{
    fail_msg("panic: %s", fmt);
    abort();
}

/* ---- the device ---- */

static struct virtq_desc *desc;
static struct virtq_avail *avail;
static struct virtq_used *used;
static uint16_t avail_seen;
static uint16_t held[HELD]; /* chains taken and not answered, in their order */
static unsigned nheld;

static uint32_t *reg(unsigned byte)
{
    return &regs[SLOT * WORDS + byte / 4];
}

static void *at(paddr_t pa)
{
    return (void *)(pa + DIRECT_BASE);
}

static void *ring_at(unsigned byte)
{
    return at((paddr_t)*reg(byte + 4) << 32 | *reg(byte));
}

static void device_make(uint32_t features)
{
    memory_drop();
    memset(regs, 0, sizeof regs);
    *reg(0x000) = 0x74726976;
    *reg(0x004) = 2;
    *reg(0x008) = VIRTIO_BLOCK;
    *reg(0x010) = features | V1_HIGH;
    *reg(0x034) = 256;
    *reg(0x100) = (uint32_t)BLOCKS;
    *reg(0x104) = (uint32_t)(BLOCKS >> 32);
    nheld = 0;
    avail_seen = 0;
    block_init();
    if (!block_present())
        return;
    desc = ring_at(0x080);
    avail = ring_at(0x090);
    used = ring_at(0x0a0);
}

/* Takes what is offered. */
static void device_take(void)
{
    while (avail_seen != avail->idx) {
        assert_true(nheld < HELD);
        held[nheld++] = avail->ring[avail_seen++ % QUEUE];
    }
}

struct seen {
    uint32_t type;
    uint64_t sector;
    uint8_t *data; /* the first part */
    uint32_t len;  /* of it */
    uint8_t *parts[BLOCK_PAGES_MAX];
    unsigned nparts;
    bool device_writes;
    volatile uint8_t *status;
};

/* Chain i of those held, checked link by link. */
static struct seen device_look(unsigned i)
{
    const struct virtq_desc *d = &desc[held[i]];
    struct seen s = {0};

    assert_true(i < nheld && held[i] < QUEUE);
    assert_int_equal(d->len, 16);
    assert_int_equal(d->flags, VIRTQ_NEXT);
    memcpy(&s.type, at(d->addr), 4);
    memcpy(&s.sector, (uint8_t *)at(d->addr) + 8, 8);
    d = &desc[d->next];
    for (; d->flags & VIRTQ_NEXT; d = &desc[d->next]) {
        assert_true(s.nparts < BLOCK_PAGES_MAX);
        s.parts[s.nparts++] = at(d->addr);
        s.data = s.parts[0];
        assert_true(s.nparts == 1 || s.len == d->len);
        s.len = d->len;
        s.device_writes = (d->flags & VIRTQ_DEVICE_WRITES) != 0;
    }
    assert_int_equal(d->len, 1);
    assert_int_equal(d->flags, VIRTQ_DEVICE_WRITES);
    s.status = at(d->addr);
    assert_int_equal(*s.status, 0xff);
    return s;
}

/* Answers chain i; the driver hears of it at the next interrupt. */
static void device_answer(unsigned i, uint8_t status)
{
    struct seen s = device_look(i);

    *s.status = status;
    used->ring[used->idx % QUEUE] = (struct virtq_used_elem){held[i], 1};
    used->idx++;
    memmove(&held[i], &held[i + 1], (--nheld - i) * sizeof held[0]);
}

static void device_interrupt(void)
{
    *reg(0x060) = 1;
    *reg(0x064) = 0;
    interrupt(NULL);
    assert_int_equal(*reg(0x064), 1); /* acknowledged */
}

/* ---- requests ---- */

struct asked {
    struct block_request r; /* first */
    int ended, err;
    struct asked *then; /* submitted from this one's end */
};

static void ended(struct block_request *r, int err)
{
    struct asked *a = (struct asked *)r;

    a->ended++;
    a->err = err;
    if (a->then)
        assert_int_equal(block_submit(&a->then->r), 0);
}

static uint8_t payload[4 * BLOCK_SIZE];

static int ask(struct asked *a, enum block_op op, uint64_t lba, uint32_t count)
{
    *a = (struct asked){.r = {op, count, lba, count ? payload : NULL, NULL, ended, NULL}};
    return block_submit(&a->r);
}

static uint8_t pages_memory[BLOCK_PAGES_MAX + 1][PAGE_SIZE];
static void *pages[BLOCK_PAGES_MAX + 1];

/* Pages of the request in memory from the back to the front, so that order is seen. */
static int ask_pages(struct asked *a, enum block_op op, uint64_t lba, uint32_t npages)
{
    for (unsigned i = 0; i <= BLOCK_PAGES_MAX; i++)
        pages[i] = pages_memory[BLOCK_PAGES_MAX - i];
    *a = (struct asked){.r = {op, npages * (PAGE_SIZE / BLOCK_SIZE), lba, NULL, pages, ended, NULL}};
    return block_submit(&a->r);
}

static void test_absent(void **state)
{
    struct asked a;

    (void)state;
    assert_false(block_present());
    assert_int_equal(block_count(), 0);
    assert_int_equal(ask(&a, BLOCK_READ, 0, 1), -ENODEV);
}

static void test_start(void **state)
{
    (void)state;
    device_make(FLUSH | 2);
    assert_true(block_present());
    assert_int_equal(block_count(), BLOCKS);
    assert_false(block_read_only());
    assert_int_equal(pin, SLOT);
    assert_int_equal(*reg(0x070), 15);
    assert_int_equal(*reg(0x020), V1_HIGH); /* the word written last: nothing but version 1 in the high one */
    assert_int_equal(*reg(0x038), QUEUE);
    assert_int_equal(*reg(0x044), 1);
    assert_int_equal(avail->flags, 0); /* interrupts wanted */
}

static void test_shape(void **state)
{
    struct asked r, w, f;
    struct seen s;

    (void)state;
    device_make(FLUSH);
    *reg(0x050) = 99;
    assert_int_equal(ask(&r, BLOCK_READ, BLOCKS - 4, 4), 0);
    assert_int_equal(*reg(0x050), 0); /* told */
    assert_int_equal(ask(&w, BLOCK_WRITE, 7, 1), 0);
    assert_int_equal(ask(&f, BLOCK_FLUSH, 0, 0), 0);
    device_take();
    assert_int_equal(nheld, 3);
    s = device_look(0);
    assert_true(s.type == 0 && s.sector == BLOCKS - 4 && s.data == payload && s.len == 2048 &&
                s.device_writes);
    s = device_look(1);
    assert_true(s.type == 1 && s.sector == 7 && s.data == payload && s.len == 512 && !s.device_writes);
    s = device_look(2);
    assert_true(s.type == 4 && s.sector == 0 && s.data == NULL);
    device_answer(1, 0);
    assert_int_equal(w.ended, 0); /* not before the interrupt */
    device_interrupt();
    assert_true(w.ended == 1 && w.err == 0 && r.ended == 0 && f.ended == 0);
    device_answer(1, 1);
    device_answer(0, 2);
    device_interrupt();
    assert_true(f.ended == 1 && f.err == -EIO && r.ended == 1 && r.err == -EOPNOTSUPP && w.ended == 1);
    device_interrupt(); /* for nothing */
    assert_int_equal(w.ended + f.ended + r.ended, 3);
}

static void test_refused(void **state)
{
    struct asked a;

    (void)state;
    device_make(FLUSH);
    assert_int_equal(ask(&a, BLOCK_READ, 0, 0), -EINVAL);
    assert_int_equal(ask(&a, BLOCK_READ, 0, UINT32_MAX), -EINVAL);
    assert_int_equal(ask(&a, BLOCK_READ, BLOCKS, 1), -ERANGE);
    assert_int_equal(ask(&a, BLOCK_WRITE, BLOCKS - 1, 2), -ERANGE);
    assert_int_equal(ask(&a, BLOCK_READ, UINT64_MAX, 2), -ERANGE);
    assert_int_equal(ask(&a, BLOCK_FLUSH, 0, 1), -EINVAL);
    assert_int_equal(ask_pages(&a, BLOCK_READ, 0, BLOCK_PAGES_MAX + 1), -EINVAL);
    a.r.count = 3; /* not whole pages */
    assert_int_equal(block_submit(&a.r), -EINVAL);
    device_make(FLUSH | RO);
    assert_true(block_read_only());
    assert_int_equal(ask(&a, BLOCK_WRITE, 0, 1), -EROFS);
    device_take();
    assert_int_equal(nheld, 0);
    assert_int_equal(a.ended, 0);
}

static void test_no_cache(void **state)
{
    struct asked a;

    (void)state;
    device_make(0);
    assert_int_equal(ask(&a, BLOCK_FLUSH, 0, 0), 1);
    device_take();
    assert_int_equal(nheld + (unsigned)a.ended, 0);
}

/* Ten times what the queue holds, answered from the back, from the front and from the middle. */
static void test_many(void **state)
{
    enum { N = 210 };
    static struct asked a[N];
    unsigned done = 0, most = 0;

    (void)state;
    device_make(FLUSH);
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(ask(&a[i], BLOCK_READ, i, 1), 0);
    for (unsigned turn = 0; done < N; turn++) {
        device_take();
        assert_true(nheld > 0);
        most = nheld > most ? nheld : most;
        for (unsigned k = 0; k < 1 + turn % 5 && nheld > 0; k++) {
            const unsigned i = turn % 3 == 0 ? 0 : turn % 3 == 1 ? nheld - 1 : nheld / 2;
            const uint64_t sector = device_look(i).sector;

            device_answer(i, sector % 7 == 3 ? 1 : 0);
            done++;
        }
        device_interrupt();
    }
    assert_int_equal(most, 20);
    for (unsigned i = 0; i < N; i++)
        assert_true(a[i].ended == 1 && a[i].err == (i % 7 == 3 ? -EIO : 0));
}

/* Requests of many pages: one chain each, two at a time, the others behind them in their order. */
static void test_pages(void **state)
{
    struct asked wide[3], one, narrow;
    struct seen s;

    (void)state;
    device_make(FLUSH);
    assert_int_equal(ask_pages(&wide[0], BLOCK_WRITE, 8, BLOCK_PAGES_MAX), 0);
    assert_int_equal(ask_pages(&one, BLOCK_WRITE, 800, 1), 0); /* fits any slot */
    assert_int_equal(ask_pages(&wide[1], BLOCK_READ, 16, 2), 0);
    assert_int_equal(ask_pages(&wide[2], BLOCK_READ, 32, BLOCK_PAGES_MAX), 0);
    assert_int_equal(ask(&narrow, BLOCK_READ, 1, 1), 0);
    device_take();
    assert_int_equal(nheld, 3); /* the narrow one did not overtake */
    s = device_look(0);
    assert_true(s.type == 1 && s.sector == 8 && s.nparts == BLOCK_PAGES_MAX && s.len == PAGE_SIZE &&
                !s.device_writes);
    for (unsigned i = 0; i < s.nparts; i++)
        assert_ptr_equal(s.parts[i], pages[i]);
    s = device_look(1);
    assert_true(s.sector == 800 && s.nparts == 1 && s.len == PAGE_SIZE);
    s = device_look(2);
    assert_true(s.type == 0 && s.sector == 16 && s.nparts == 2 && s.device_writes);
    device_answer(2, 1);
    device_interrupt();
    device_take();
    assert_int_equal(nheld, 4);
    assert_true(device_look(2).sector == 32 && device_look(2).nparts == BLOCK_PAGES_MAX);
    assert_int_equal(device_look(3).sector, 1);
    for (unsigned i = 4; i-- > 0;)
        device_answer(i, 0);
    device_interrupt();
    assert_true(wide[0].ended == 1 && wide[0].err == 0 && one.ended == 1 && one.err == 0);
    assert_true(wide[1].ended == 1 && wide[1].err == -EIO && wide[2].ended == 1 && wide[2].err == 0);
    assert_true(narrow.ended == 1 && narrow.err == 0);
}

static void test_submit_from_end(void **state)
{
    struct asked first, second = {.r = {BLOCK_WRITE, 1, 5, payload, NULL, ended, NULL}};

    (void)state;
    device_make(FLUSH);
    assert_int_equal(ask(&first, BLOCK_READ, 4, 1), 0);
    first.then = &second;
    device_take();
    device_answer(0, 0);
    device_interrupt();
    device_take();
    assert_int_equal(nheld, 1);
    assert_int_equal(device_look(0).sector, 5);
    device_answer(0, 0);
    block_drain(); /* no interrupt needed */
    assert_true(first.ended == 1 && second.ended == 1);
}

/* A device that never answers holds the end up for a while, not for ever; one that answers nonsense is
 * reported. */
static void test_bad_device(void **state)
{
    struct asked a;

    (void)state;
    device_make(FLUSH);
    assert_int_equal(ask(&a, BLOCK_READ, 4, 1), 0);
    block_drain();
    assert_int_equal(a.ended, 0);
    used->ring[used->idx % QUEUE] = (struct virtq_used_elem){1, 1};
    used->idx++;
    used->ring[used->idx % QUEUE] = (struct virtq_used_elem){QUEUE - 1, 1};
    used->idx++;
    last_log[0] = '\0';
    device_interrupt();
    assert_non_null(strstr(last_log, "no request"));
    device_take();
    device_answer(0, 0);
    device_interrupt();
    assert_int_equal(a.ended, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent),     cmocka_unit_test(test_start),
        cmocka_unit_test(test_shape),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_cache),   cmocka_unit_test(test_many),
        cmocka_unit_test(test_pages),      cmocka_unit_test(test_submit_from_end),
        cmocka_unit_test(test_bad_device),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    memory_drop();
    return failed;
}
