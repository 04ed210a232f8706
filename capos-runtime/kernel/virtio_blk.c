/* SPDX-License-Identifier: MIT */
/*
 * The disk: the first virtio block device of the machine, one queue, requests completed by interrupt.
 * Invariant: request slot s always uses the same descriptors: three in a row (head, data, status), or, from
 * WIDE on, enough for a request of many pages. A request is in a slot, or on the waiting list in the order of
 * its coming, or ended. Nothing here arms a timer: who waits for the disk sleeps until its interrupt. Source:
 * Virtual I/O Device specification 1.1, chapter 5.2.
 */
#include "abi/errno.h"
#include "kernel/apic.h"
#include "kernel/clock.h"
#include "kernel/trap.h"
#include "kernel/virtio.h"
#include "kernel/x86.h"

#define FEATURE_READ_ONLY (1u << 5)
#define FEATURE_FLUSH     (1u << 9)
#define CONFIG_CAPACITY   0u /* in 512-byte units, 64 bits */

#define QUEUE_SIZE 128u
#define PARTS      3u
#define WIDE_PARTS (2u + BLOCK_PAGES_MAX)
#define WIDE_SLOTS 2u
#define WIDE                                                                                                 \
    ((QUEUE_SIZE - WIDE_SLOTS * WIDE_PARTS) / PARTS) /* slots before it have PARTS descriptors each */
#define SLOTS       (WIDE + WIDE_SLOTS)
#define DRAIN_LIMIT 10000000000ull /* ns */

#define TYPE_READ      0u
#define TYPE_WRITE     1u
#define TYPE_FLUSH     4u
#define STATUS_OK      0u
#define STATUS_UNKNOWN 2u
#define STATUS_NONE    0xffu /* not answered yet */

/* What the device reads and writes beside the data. */
struct blk_head {
    uint32_t type, reserved;
    uint64_t sector;
    volatile uint8_t status;
    uint8_t unused[15];
};
_Static_assert(sizeof(struct blk_head) == 32, "no head crosses a page");
_Static_assert(PAGE_SIZE % BLOCK_SIZE == 0, "a page is whole blocks");

static struct {
    struct virtio_device dev;
    struct virtq queue;
    bool present;
    uint64_t blocks;
    struct blk_head *heads; /* SLOTS of them */
    struct block_request *slot[SLOTS];
    unsigned busy; /* slots in use */
    struct block_request *waiting, **waiting_end;
} disk;

bool block_present(void)
{
    return disk.present;
}

uint64_t block_count(void)
{
    return disk.blocks;
}

bool block_read_only(void)
{
    return (disk.dev.features & FEATURE_READ_ONLY) != 0;
}

bool block_busy(void)
{
    return disk.busy > 0;
}

/* ---- to the device ---- */

/* The slot's first descriptor. */
static uint16_t slot_first(unsigned s)
{
    return (uint16_t)(s < WIDE ? s * PARTS : WIDE * PARTS + (s - WIDE) * WIDE_PARTS);
}

/* The free slot for r; SLOTS when it has to wait. */
static unsigned slot_free(const struct block_request *r)
{
    const bool wide = r->pages && r->count > PAGE_SIZE / BLOCK_SIZE;
    const unsigned end = wide ? SLOTS : WIDE;
    unsigned s = wide ? WIDE : 0;

    while (s < end && disk.slot[s])
        s++;
    return s < end ? s : SLOTS;
}

/* The data of a request as parts of its chain; how many. */
static uint16_t data_parts(const struct block_request *r, struct virtq_part *parts)
{
    const uint16_t flags = r->op == BLOCK_READ ? VIRTQ_DEVICE_WRITES : 0;
    uint16_t n = 0;

    if (r->pages)
        for (; n < r->count / (PAGE_SIZE / BLOCK_SIZE); n++)
            parts[n] = (struct virtq_part){r->pages[n], PAGE_SIZE, flags};
    else if (r->count)
        parts[n++] = (struct virtq_part){r->data, r->count * BLOCK_SIZE, flags};
    return n;
}

static void slot_fill(unsigned s, struct block_request *r)
{
    static const uint32_t types[] = {
        [BLOCK_READ] = TYPE_READ, [BLOCK_WRITE] = TYPE_WRITE, [BLOCK_FLUSH] = TYPE_FLUSH};
    struct blk_head *h = &disk.heads[s];
    struct virtq_part parts[WIDE_PARTS];
    uint16_t n = 1;

    *h = (struct blk_head){.type = types[r->op], .sector = r->lba, .status = STATUS_NONE};
    parts[0] = (struct virtq_part){h, offsetof(struct blk_head, status), 0};
    n = (uint16_t)(n + data_parts(r, &parts[1]));
    parts[n++] = (struct virtq_part){&h->status, 1, VIRTQ_DEVICE_WRITES};
    disk.slot[s] = r;
    disk.busy++;
    virtq_offer_chain(&disk.queue, slot_first(s), parts, n);
}

/* Moves waiting requests into free slots, in their order. */
static void disk_feed(void)
{
    bool any = false;

    while (disk.waiting) {
        struct block_request *r = disk.waiting;
        const unsigned s = slot_free(r);
        if (s == SLOTS)
            break;
        disk.waiting = r->next;
        if (!disk.waiting)
            disk.waiting_end = &disk.waiting;
        r->next = NULL;
        slot_fill(s, r);
        any = true;
    }
    if (any)
        virtq_kick(&disk.queue);
}

static int request_check(const struct block_request *r)
{
    if (!disk.present)
        return -ENODEV;
    if (r->op == BLOCK_FLUSH)
        return r->count ? -EINVAL : 0;
    if (r->count == 0 || r->count > UINT32_MAX / BLOCK_SIZE)
        return -EINVAL;
    if (r->pages &&
        (r->count % (PAGE_SIZE / BLOCK_SIZE) || r->count > BLOCK_PAGES_MAX * (PAGE_SIZE / BLOCK_SIZE)))
        return -EINVAL;
    if (r->lba >= disk.blocks || r->count > disk.blocks - r->lba)
        return -ERANGE;
    return r->op == BLOCK_WRITE && block_read_only() ? -EROFS : 0;
}

int block_submit(struct block_request *r)
{
    const int err = request_check(r);

    if (err)
        return err;
    if (r->op == BLOCK_FLUSH && !(disk.dev.features & FEATURE_FLUSH))
        return 1; /* without it the device ends no write before it is safe */
    r->next = NULL;
    *disk.waiting_end = r;
    disk.waiting_end = &r->next;
    disk_feed();
    return 0;
}

/* ---- from the device ---- */

static void slot_end(unsigned s)
{
    struct block_request *r = disk.slot[s];
    const uint8_t status = disk.heads[s].status;

    disk.slot[s] = NULL;
    disk.busy--;
    r->done(r, status == STATUS_OK ? 0 : status == STATUS_UNKNOWN ? -EOPNOTSUPP : -EIO);
}

static void disk_collect(void)
{
    uint16_t first;
    uint32_t len;

    while (virtq_take(&disk.queue, &first, &len)) {
        const unsigned s = first < WIDE * PARTS ? first / PARTS : WIDE + (first - WIDE * PARTS) / WIDE_PARTS;
        if (s < SLOTS && slot_first(s) == first && disk.slot[s])
            slot_end(s);
        else
            klog("disk: an answer to no request (%u)", first);
    }
    disk_feed();
}

static void disk_interrupt(void *ctx)
{
    (void)ctx;
    virtio_ack(&disk.dev);
    disk_collect();
}

void block_drain(void)
{
    const uint64_t end = clock_ns() + DRAIN_LIMIT;

    while (disk.busy && clock_ns() < end) {
        disk_collect();
        x86_pause();
    }
}

/* ---- start ---- */

static int disk_start(void)
{
    int err = virtio_start(&disk.dev, FEATURE_READ_ONLY | FEATURE_FLUSH);

    if (!err)
        err = virtio_ring(&disk.dev, &disk.queue, 0, QUEUE_SIZE, true);
    if (err)
        return err;
    disk.heads = heap_alloc(SLOTS * sizeof(disk.heads[0]));
    if (!disk.heads)
        return -ENOMEM;
    disk.waiting_end = &disk.waiting;
    disk.blocks = virtio_config(&disk.dev, CONFIG_CAPACITY) |
                  (uint64_t)virtio_config(&disk.dev, CONFIG_CAPACITY + 4) << 32;
    trap_irq_set(disk.dev.slot, disk_interrupt, NULL);
    virtio_go(&disk.dev);
    return apic_pin_open(disk.dev.slot) ? 0 : -ENODEV;
}

void block_init(void)
{
    int err;

    if (virtio_find(VIRTIO_BLOCK, &disk.dev, 1) == 0)
        return;
    err = disk_start();
    disk.present = err == 0;
    if (err)
        klog("disk does not start: error %d", -err);
    else
        klog("disk blocks=%lu size=%u cache=%s%s", disk.blocks, BLOCK_SIZE,
             disk.dev.features & FEATURE_FLUSH ? "flush" : "none", block_read_only() ? " read-only" : "");
}
