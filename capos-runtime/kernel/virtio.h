/* SPDX-License-Identifier: MIT */
/*
 * virtio devices behind memory-mapped registers, version 1: transport, queues, and the drivers' own small
 * interfaces. Invariant: a queue's descriptors are handed out in order and each buffer belongs to one
 * descriptor for good, so nothing is ever allocated after start-up. Source: Virtual I/O Device
 * specification 1.1, chapters 2, 4.2 and 5.3, 5.4.
 */
#ifndef KERNEL_VIRTIO_H
#define KERNEL_VIRTIO_H

#include "kernel/machine.h"

#define VIRTIO_CONSOLE 3u
#define VIRTIO_RNG     4u
#define VIRTIO_SLOTS   24u

struct virtio_device {
    volatile uint32_t *regs;
    unsigned slot; /* also its interrupt pin */
    uint32_t id;
};

struct virtq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
};
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

/* One queue whose n descriptors each have a fixed buffer of buf_bytes. */
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
    paddr_t *bufs; /* physical address of each buffer */
};

/* Looks through the slots, highest first (the first -device of the command line); returns how many devices of
 * that id it put in out. */
unsigned virtio_find(uint32_t id, struct virtio_device *out, unsigned max);
/* Reset, negotiate VERSION_1 and nothing else, ready for queues. 0, -ENODEV if it refuses. */
int virtio_start(struct virtio_device *d);
/* Makes queue `index` with n buffers of buf_bytes (multiple of a page, or less than one). 0, -ENOMEM,
 * -ENODEV. */
int virtio_queue(struct virtio_device *d, struct virtq *q, unsigned index, uint16_t n, uint32_t buf_bytes,
                 bool interrupt);
void virtio_go(struct virtio_device *d);
/* Acknowledges the device's interrupt. */
void virtio_ack(struct virtio_device *d);

/* Offers buffer `b` with len bytes; flags VIRTQ_DEVICE_WRITES or 0. The device learns of it by virtq_kick. */
void virtq_offer(struct virtq *q, uint16_t b, uint32_t len, uint16_t flags);
void virtq_kick(struct virtq *q);
/* The next buffer that the device has finished with: true, with its number and length. */
bool virtq_take(struct virtq *q, uint16_t *b, uint32_t *len);
static inline void *virtq_buf(const struct virtq *q, uint16_t b)
{
    return frame_ptr(q->bufs[b]);
}

/* rng.c, vconsole.c: at boot, after the clock. */
void rng_init(void);
void vconsole_init(void);
/* Waits (bounded) until everything written has been taken by the machine. */
void vconsole_drain(void);

#endif
