/* SPDX-License-Identifier: MIT */
/* See serial.h. A 16550 at COM1, 115200 8N1. Source: the National Semiconductor PC16550D data sheet. */
#include "kernel/serial.h"
#include "kernel/x86.h"
#include <stdbool.h>

#define COM1        0x3f8
#define LSR         (COM1 + 5)
#define LSR_EMPTY   0x20
#define FIFO_BYTES  16u
#define SPINS_LIMIT 1000000u

static bool serial_dead;
static unsigned room; /* bytes the FIFO takes before it must be looked at again */

void serial_init(void)
{
    x86_outb(COM1 + 1, 0);    /* no interrupts */
    x86_outb(COM1 + 3, 0x80); /* divisor latch */
    x86_outb(COM1 + 0, 1);
    x86_outb(COM1 + 1, 0);
    x86_outb(COM1 + 3, 3); /* 8 bits, no parity, one stop bit */
    x86_outb(COM1 + 2, 7); /* FIFO on and cleared */
    x86_outb(COM1 + 4, 3);
    serial_dead = x86_inb(LSR) == 0xff; /* nobody there */
}

/* Waits until the FIFO takes something. False: it does not. */
static bool room_wait(void)
{
    unsigned spins = 0;

    while (room == 0) {
        if (x86_inb(LSR) & LSR_EMPTY)
            room = FIFO_BYTES;
        else if (++spins == SPINS_LIMIT)
            return false;
        else
            x86_pause();
    }
    return true;
}

void serial_write(const char *bytes, size_t n)
{
    while (n > 0 && !serial_dead && room_wait()) {
        const size_t part = n < room ? n : room;
        x86_outsb(COM1, bytes, part);
        room -= (unsigned)part;
        bytes += part;
        n -= part;
    }
}
