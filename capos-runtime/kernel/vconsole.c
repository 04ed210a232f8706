/* SPDX-License-Identifier: MIT */
/*
 * Virtio consoles (one port each, no MULTIPORT): 0 is the bench channel, 1 the program console.
 * Invariant: no byte is lost. A write is copied into buffers that the device owns until it gives them back;
 * input stays in its buffer until it has been read, so a slow reader holds the sender back.
 */
#include "abi/errno.h"
#include "kernel/apic.h"
#include "kernel/clock.h"
#include "kernel/string.h"
#include "kernel/trap.h"
#include "kernel/virtio.h"
#include "kernel/x86.h"

#define CONSOLES    2u
#define RX_BUFFERS  16u
#define RX_BYTES    4096u
#define TX_BUFFERS  8u
#define TX_BYTES    65536u
#define WRITE_LIMIT 60000000000ull /* ns: the other side has given up reading */
#define DRAIN_LIMIT 10000000000ull

struct vconsole {
    struct virtio_device dev;
    struct virtq rx, tx;
    bool present;
    uint16_t tx_free[TX_BUFFERS];
    unsigned tx_nfree;
    bool rx_has; /* rx_buf holds unread bytes from rx_off to rx_len */
    uint16_t rx_buf;
    uint32_t rx_off, rx_len;
    void (*on_input)(void *ctx);
    void *on_input_ctx;
};

static struct vconsole consoles[CONSOLES];

static void tx_reclaim(struct vconsole *c)
{
    uint16_t b;
    uint32_t len;

    while (virtq_take(&c->tx, &b, &len))
        c->tx_free[c->tx_nfree++] = b;
}

static bool rx_ready(const struct vconsole *c)
{
    return c->rx_has || c->rx.used->idx != c->rx.used_seen;
}

static void vconsole_interrupt(void *ctx)
{
    struct vconsole *c = ctx;

    virtio_ack(&c->dev);
    if (c->on_input && rx_ready(c))
        c->on_input(c->on_input_ctx);
}

static int vconsole_start(struct vconsole *c)
{
    int err = virtio_start(&c->dev, 0);

    if (!err)
        err = virtio_queue(&c->dev, &c->rx, 0, RX_BUFFERS, RX_BYTES, true);
    if (!err)
        err = virtio_queue(&c->dev, &c->tx, 1, TX_BUFFERS, TX_BYTES, false);
    if (err)
        return err;
    virtio_go(&c->dev);
    for (uint16_t i = 0; i < TX_BUFFERS; i++)
        c->tx_free[c->tx_nfree++] = i;
    for (uint16_t i = 0; i < RX_BUFFERS; i++)
        virtq_offer(&c->rx, i, RX_BYTES, VIRTQ_DEVICE_WRITES);
    virtq_kick(&c->rx);
    trap_irq_set(c->dev.slot, vconsole_interrupt, c);
    return apic_pin_open(c->dev.slot) ? 0 : -ENODEV;
}

void vconsole_init(void)
{
    struct virtio_device found[CONSOLES];
    const unsigned n = virtio_find(VIRTIO_CONSOLE, found, CONSOLES);

    for (unsigned i = 0; i < n; i++) {
        int err;
        consoles[i].dev = found[i];
        err = vconsole_start(&consoles[i]);
        consoles[i].present = err == 0;
        if (err)
            klog("virtio console %u does not start: error %d", i, -err);
    }
}

bool vconsole_present(unsigned index)
{
    return index < CONSOLES && consoles[index].present;
}

/* Waits until at least one buffer is free; false after the limit. */
static bool tx_wait(struct vconsole *c)
{
    uint64_t end;

    tx_reclaim(c);
    if (c->tx_nfree)
        return true;
    end = clock_ns() + WRITE_LIMIT;
    while (!c->tx_nfree) {
        if (clock_ns() > end)
            return false;
        x86_pause();
        tx_reclaim(c);
    }
    return true;
}

int vconsole_write(unsigned index, const void *buf, size_t n)
{
    const uint8_t *p = buf;
    struct vconsole *c;

    if (!vconsole_present(index))
        return -ENODEV;
    c = &consoles[index];
    while (n) {
        const uint32_t part = n < TX_BYTES ? (uint32_t)n : TX_BYTES;
        uint16_t b;
        if (!tx_wait(c))
            return -EIO;
        b = c->tx_free[--c->tx_nfree];
        memcpy(virtq_buf(&c->tx, b), p, part);
        virtq_offer(&c->tx, b, part, 0);
        virtq_kick(&c->tx);
        p += part;
        n -= part;
    }
    return 0;
}

size_t vconsole_read(unsigned index, void *buf, size_t n)
{
    uint8_t *p = buf;
    size_t done = 0;
    bool kick = false;
    struct vconsole *c;

    if (!vconsole_present(index))
        return 0;
    c = &consoles[index];
    while (done < n) {
        size_t part;
        if (!c->rx_has) {
            if (!virtq_take(&c->rx, &c->rx_buf, &c->rx_len))
                break;
            c->rx_off = 0;
            c->rx_has = true;
        }
        part = c->rx_len - c->rx_off < n - done ? c->rx_len - c->rx_off : n - done;
        memcpy(p + done, (uint8_t *)virtq_buf(&c->rx, c->rx_buf) + c->rx_off, part);
        c->rx_off += (uint32_t)part;
        done += part;
        if (c->rx_off >= c->rx_len) {
            c->rx_has = false;
            virtq_offer(&c->rx, c->rx_buf, RX_BYTES, VIRTQ_DEVICE_WRITES);
            kick = true;
        }
    }
    if (kick)
        virtq_kick(&c->rx);
    return done;
}

void vconsole_on_input(unsigned index, void (*f)(void *ctx), void *ctx)
{
    if (!vconsole_present(index))
        return;
    consoles[index].on_input = f;
    consoles[index].on_input_ctx = ctx;
    if (f && rx_ready(&consoles[index]))
        f(ctx);
}

void vconsole_drain(void)
{
    const uint64_t end = clock_tsc_khz ? clock_ns() + DRAIN_LIMIT : 0;

    for (unsigned i = 0; i < CONSOLES; i++)
        while (consoles[i].present && consoles[i].tx_nfree < TX_BUFFERS && clock_ns() < end) {
            tx_reclaim(&consoles[i]);
            x86_pause();
        }
}
