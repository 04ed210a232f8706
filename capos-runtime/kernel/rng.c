/* SPDX-License-Identifier: MIT */
/*
 * Random bytes: from the CPU (repeatable under a seeded emulator), else from the virtio device.
 * Invariant: a caller gets bytes of a real source or -ENODEV; nothing is made up from clocks.
 */
#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/string.h"
#include "kernel/virtio.h"
#include "kernel/x86.h"

#define RNG_BYTES 256u
#define RNG_LIMIT 1000000000ull /* ns to wait for the device */
#define CPU_TRIES 100u

static struct virtio_device rng_dev;
static struct virtq rng_queue;
static bool rng_present, rng_asked;

void rng_init(void)
{
    /* Started, the emulated device keeps a timer a minute away; virtual time would jump to it at the first
     * wait for the disk. */
    if (clock_virtual && (cpu_features.rdseed || cpu_features.rdrand))
        return;
    if (virtio_find(VIRTIO_RNG, &rng_dev, 1) == 0 || virtio_start(&rng_dev, 0) ||
        virtio_queue(&rng_dev, &rng_queue, 0, 1, RNG_BYTES, false))
        return;
    virtio_go(&rng_dev);
    rng_present = true;
}

/* Up to RNG_BYTES from the device; 0 when it does not answer in time (the request stays with it). */
static uint32_t device_fill(uint8_t *buf, size_t n)
{
    const uint64_t end = clock_ns() + RNG_LIMIT;
    uint16_t b;
    uint32_t len;

    if (!rng_asked) {
        virtq_offer(&rng_queue, 0, (uint32_t)(n < RNG_BYTES ? n : RNG_BYTES), VIRTQ_DEVICE_WRITES);
        virtq_kick(&rng_queue);
        rng_asked = true;
    }
    while (!virtq_take(&rng_queue, &b, &len)) {
        if (clock_ns() > end)
            return 0;
        x86_pause();
    }
    rng_asked = false;
    if (len > n)
        len = (uint32_t)n;
    memcpy(buf, virtq_buf(&rng_queue, b), len);
    memset(virtq_buf(&rng_queue, b), 0, RNG_BYTES);
    return len;
}

static bool cpu_word(uint64_t *v)
{
    bool ok = false;

    for (unsigned i = 0; i < CPU_TRIES && !ok && (cpu_features.rdseed || cpu_features.rdrand); i++) {
        if (cpu_features.rdseed)
            __asm__ volatile("rdseed %0" : "=r"(*v), "=@ccc"(ok));
        if (!ok && cpu_features.rdrand)
            __asm__ volatile("rdrand %0" : "=r"(*v), "=@ccc"(ok));
    }
    return ok;
}

int entropy_fill(void *buf, size_t n)
{
    uint8_t *p = buf;

    while (n) {
        uint64_t word;
        size_t got = 0;
        if (cpu_word(&word)) {
            got = n < sizeof(word) ? n : sizeof(word);
            memcpy(p, &word, got);
        } else if (rng_present) {
            got = device_fill(p, n);
        }
        if (!got)
            return -ENODEV;
        p += got;
        n -= got;
    }
    return 0;
}
