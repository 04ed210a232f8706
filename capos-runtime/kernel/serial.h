/* SPDX-License-Identifier: MIT */
/*
 * The first serial port, for kernel messages. Invariant: output only, polled, usable from the first
 * instruction on; a port that never gets ready loses bytes instead of time.
 */
#ifndef KERNEL_SERIAL_H
#define KERNEL_SERIAL_H

#include <stddef.h>

void serial_init(void);
void serial_write(const char *bytes, size_t n);

#endif
