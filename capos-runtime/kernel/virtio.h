/* SPDX-License-Identifier: MIT */
/*
 * virtio devices behind memory-mapped registers, version 1: transport, queues, and the drivers' own small
 * interfaces. Invariant: which descriptors a buffer or a request of a queue uses is settled
 * at start-up, so no queue ever allocates anything later. Source: Virtual I/O Device
 * specification 1.1, chapters 2, 4.2 and 5.2 to 5.4.
 */
#ifndef KERNEL_VIRTIO_H
#define KERNEL_VIRTIO_H

#include "kernel/machine.h"

#define VIRTIO_BLOCK   2u
#define VIRTIO_CONSOLE 3u
#define VIRTIO_RNG     4u
#define VIRTIO_SLOTS   24u

struct virtio_device {
    volatile uint32_t *regs;
    unsigned slot; /* also its interrupt pin */
    uint32_t id;
    uint32_t features; /* what was agreed on, low word */
};

struct virtq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
};
#define VIRTQ_NEXT          1u /* the chain goes on at `next` */
#define VIRTQ_DEVICE_WRITES 2u

struct virtq_avail {
    uint16_t flags, idx, ring[];
};
#define VIRTQ_NO_INTERRUPT 1u

struct virtq_used_elem {
    uint32_t id, len;
};
struct virtq_used {
    uint16_t flags, idx;
    struct virtq_used_elem ring[];
};

/* One queue. With buffers of its own, its n descriptors each have one of buf_bytes. */
struct virtq {
    struct virtio_device *dev;
    unsigned index;
    uint16_t n;         /* a power of two */
    uint16_t used_seen; /* used entries taken so far */
    uint16_t avail_idx; /* descriptors offered so far */
    uint32_t buf_bytes;
    struct virtq_desc *desc;
    volatile struct virtq_avail *avail;
    volatile struct virtq_used *used;
    paddr_t *bufs; /* physical address of each buffer; NULL: a queue without */
};

/* Looks through the slots, highest first (the first -device of the command line); returns how many devices of
 * that id it put in out. */
unsigned virtio_find(uint32_t id, struct virtio_device *out, unsigned max);
/* Reset, negotiate VERSION_1 and of `wanted` (low feature word) what is offered, ready for queues. 0, -ENODEV
 * if it refuses. */
int virtio_start(struct virtio_device *d, uint32_t wanted);
/* 32 bits of the device's own configuration at byte offset `at` (a multiple of 4). */
uint32_t virtio_config(const struct virtio_device *d, unsigned at);
/* Makes queue `index` of n descriptors without buffers. 0, -ENOMEM, -ENODEV. */
int virtio_ring(struct virtio_device *d, struct virtq *q, unsigned index, uint16_t n, bool interrupt);
/* Makes queue `index` with n buffers of buf_bytes (multiple of a page, or less than one). 0, -ENOMEM,
 * -ENODEV. */
int virtio_queue(struct virtio_device *d, struct virtq *q, unsigned index, uint16_t n, uint32_t buf_bytes,
                 bool interrupt);
void virtio_go(struct virtio_device *d);
/* Acknowledges the device's interrupt. */
void virtio_ack(struct virtio_device *d);

/* Offers buffer `b` with len bytes; flags VIRTQ_DEVICE_WRITES or 0. The device learns of it by virtq_kick. */
void virtq_offer(struct virtq *q, uint16_t b, uint32_t len, uint16_t flags);
/* Offers a chain of nparts descriptors, first, first + 1 and so on, over direct-map memory. */
struct virtq_part {
    const volatile void *at;
    uint32_t len;
    uint16_t flags; /* VIRTQ_DEVICE_WRITES or 0 */
};
void virtq_offer_chain(struct virtq *q, uint16_t first, const struct virtq_part *parts, uint16_t nparts);
void virtq_kick(struct virtq *q);
/* The next buffer, or chain by its first descriptor, that the device has finished with: true, with its number
 * and how many bytes the device wrote. */
bool virtq_take(struct virtq *q, uint16_t *b, uint32_t *len);
static inline void *virtq_buf(const struct virtq *q, uint16_t b)
{
    return frame_ptr(q->bufs[b]);
}

/* rng.c, vconsole.c, virtio_blk.c: at boot, after the clock. */
void block_init(void);
void rng_init(void);
void vconsole_init(void);
/* Waits (bounded) until everything written has been taken by the machine. */
void vconsole_drain(void);

#endif
