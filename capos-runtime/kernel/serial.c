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

void serial_put(char c)
{
    unsigned spins = 0;

    if (serial_dead)
        return;
    while (room == 0 && !(x86_inb(LSR) & LSR_EMPTY)) {
        if (++spins == SPINS_LIMIT)
            return;
        x86_pause();
    }
    room = room == 0 ? FIFO_BYTES - 1 : room - 1;
    x86_outb(COM1, (uint8_t)c);
}
