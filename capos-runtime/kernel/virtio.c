/* SPDX-License-Identifier: MIT */
/* See virtio.h. */
#include "kernel/virtio.h"
#include "abi/errno.h"
#include "kernel/paging.h"

#define VIRTIO_PA     0xfeb00000ul
#define VIRTIO_STRIDE 0x200u
#define VIRTIO_MAGIC  0x74726976u

/* Register numbers, in 32-bit words. */
#define R_MAGIC          (0x000 / 4)
#define R_VERSION        (0x004 / 4)
#define R_DEVICE_ID      (0x008 / 4)
#define R_FEATURES       (0x010 / 4)
#define R_FEATURES_SEL   (0x014 / 4)
#define R_ACCEPT         (0x020 / 4)
#define R_ACCEPT_SEL     (0x024 / 4)
#define R_QUEUE_SEL      (0x030 / 4)
#define R_QUEUE_MAX      (0x034 / 4)
#define R_QUEUE_NUM      (0x038 / 4)
#define R_QUEUE_READY    (0x044 / 4)
#define R_NOTIFY         (0x050 / 4)
#define R_IRQ_STATUS     (0x060 / 4)
#define R_IRQ_ACK        (0x064 / 4)
#define R_STATUS         (0x070 / 4)
#define R_QUEUE_DESC     (0x080 / 4)
#define R_QUEUE_AVAIL    (0x090 / 4)
#define R_QUEUE_USED     (0x0a0 / 4)
#define R_CONFIG         (0x100 / 4)
#define STATUS_ACK       1u
#define STATUS_DRIVER    2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES  8u
#define FEATURE_V1_HIGH  1u /* bit 32 */

static void barrier(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

unsigned virtio_find(uint32_t id, struct virtio_device *out, unsigned max)
{
    static volatile uint32_t *base;
    unsigned n = 0;

    if (!base)
        base = paging_map_device(VIRTIO_PA, VIRTIO_SLOTS * VIRTIO_STRIDE);
    for (unsigned slot = VIRTIO_SLOTS; slot-- > 0 && n < max;) {
        volatile uint32_t *r = base + slot * (VIRTIO_STRIDE / 4);
        if (r[R_MAGIC] != VIRTIO_MAGIC || r[R_VERSION] != 2 || r[R_DEVICE_ID] != id)
            continue;
        out[n++] = (struct virtio_device){.regs = r, .slot = slot, .id = id};
    }
    return n;
}

int virtio_start(struct virtio_device *d, uint32_t wanted)
{
    volatile uint32_t *r = d->regs;

    r[R_STATUS] = 0;
    while (r[R_STATUS])
        barrier();
    r[R_STATUS] = STATUS_ACK;
    r[R_STATUS] = STATUS_ACK | STATUS_DRIVER;
    r[R_FEATURES_SEL] = 1;
    if (!(r[R_FEATURES] & FEATURE_V1_HIGH))
        return -ENODEV;
    r[R_FEATURES_SEL] = 0;
    d->features = r[R_FEATURES] & wanted;
    r[R_ACCEPT_SEL] = 0;
    r[R_ACCEPT] = d->features;
    r[R_ACCEPT_SEL] = 1;
    r[R_ACCEPT] = FEATURE_V1_HIGH;
    r[R_STATUS] = STATUS_ACK | STATUS_DRIVER | STATUS_FEATURES;
    return r[R_STATUS] & STATUS_FEATURES ? 0 : -ENODEV;
}

uint32_t virtio_config(const struct virtio_device *d, unsigned at)
{
    return d->regs[R_CONFIG + at / 4];
}

/* Buffers of a page or more are runs of frames; smaller ones share pages. */
static int buffers_make(struct virtq *q)
{
    const uint32_t per_page = q->buf_bytes < PAGE_SIZE ? PAGE_SIZE / q->buf_bytes : 1;
    paddr_t pa = 0;

    for (uint16_t i = 0; i < q->n; i++) {
        if (i % per_page == 0) {
            pa = frame_alloc_contiguous((q->buf_bytes + PAGE_SIZE - 1) / PAGE_SIZE);
            if (!pa)
                return -ENOMEM;
        }
        q->bufs[i] = pa + i % per_page * q->buf_bytes;
    }
    return 0;
}

static void address_set(volatile uint32_t *r, unsigned reg, const volatile void *p)
{
    const paddr_t pa = (paddr_t)p - DIRECT_BASE;

    r[reg] = (uint32_t)pa;
    r[reg + 1] = (uint32_t)(pa >> 32);
}

int virtio_ring(struct virtio_device *d, struct virtq *q, unsigned index, uint16_t n, bool interrupt)
{
    volatile uint32_t *r = d->regs;
    const uint32_t avail_at = n * (uint32_t)sizeof(struct virtq_desc);
    const uint32_t used_at = (avail_at + 6 + 2u * n + 3) & ~3u; /* both tables end with a word nobody uses */
    uint8_t *page;
    paddr_t pa;

    r[R_QUEUE_SEL] = index;
    if (r[R_QUEUE_MAX] < n || r[R_QUEUE_READY])
        return -ENODEV;
    pa = frame_alloc();
    *q = (struct virtq){.dev = d, .index = index, .n = n};
    if (!pa)
        return -ENOMEM;
    KASSERT(used_at + 6 + 8u * n <= PAGE_SIZE); /* all three tables fit one page: up to 128 entries */
    page = frame_ptr(pa);
    q->desc = (void *)page;
    q->avail = (void *)(page + avail_at);
    q->used = (void *)(page + used_at);
    q->avail->flags = interrupt ? 0 : VIRTQ_NO_INTERRUPT;
    r[R_QUEUE_NUM] = n;
    address_set(r, R_QUEUE_DESC, q->desc);
    address_set(r, R_QUEUE_AVAIL, q->avail);
    address_set(r, R_QUEUE_USED, q->used);
    r[R_QUEUE_READY] = 1;
    return 0;
}

int virtio_queue(struct virtio_device *d, struct virtq *q, unsigned index, uint16_t n, uint32_t buf_bytes,
                 bool interrupt)
{
    int err = virtio_ring(d, q, index, n, interrupt);

    if (err)
        return err;
    q->buf_bytes = buf_bytes;
    q->bufs = heap_alloc(n * sizeof(q->bufs[0]));
    return q->bufs ? buffers_make(q) : -ENOMEM;
}

void virtio_go(struct virtio_device *d)
{
    d->regs[R_STATUS] = STATUS_ACK | STATUS_DRIVER | STATUS_FEATURES | STATUS_DRIVER_OK;
}

void virtio_ack(struct virtio_device *d)
{
    uint32_t why = d->regs[R_IRQ_STATUS];

    if (why)
        d->regs[R_IRQ_ACK] = why;
}

static void offer(struct virtq *q, uint16_t b)
{
    q->avail->ring[q->avail_idx & (q->n - 1)] = b;
    q->avail_idx++;
    barrier();
    q->avail->idx = q->avail_idx;
}

void virtq_offer(struct virtq *q, uint16_t b, uint32_t len, uint16_t flags)
{
    q->desc[b] = (struct virtq_desc){.addr = q->bufs[b], .len = len, .flags = flags};
    offer(q, b);
}

void virtq_offer_chain(struct virtq *q, uint16_t first, const struct virtq_part *parts, uint16_t nparts)
{
    for (uint16_t i = 0; i < nparts; i++) {
        const bool last = i + 1 == nparts;
        q->desc[first + i] =
            (struct virtq_desc){.addr = (paddr_t)parts[i].at - DIRECT_BASE,
                                .len = parts[i].len,
                                .flags = (uint16_t)(parts[i].flags | (last ? 0u : VIRTQ_NEXT)),
                                .next = (uint16_t)(last ? 0u : first + i + 1u)};
    }
    offer(q, first);
}

void virtq_kick(struct virtq *q)
{
    barrier();
    if (!(q->used->flags & 1)) /* the device may say that it needs no call */
        q->dev->regs[R_NOTIFY] = q->index;
}

bool virtq_take(struct virtq *q, uint16_t *b, uint32_t *len)
{
    if (q->used->idx == q->used_seen)
        return false;
    barrier();
    const uint32_t id = q->used->ring[q->used_seen & (q->n - 1)].id;
    *len = q->used->ring[q->used_seen & (q->n - 1)].len;
    q->used_seen++;
    KASSERT(id < q->n);
    *b = (uint16_t)id;
    return true;
}
