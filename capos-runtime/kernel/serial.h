/* SPDX-License-Identifier: MIT */
/*
 * The first serial port, for kernel messages, and the ends of klog that the machine part uses besides
 * machine.h. Invariant: output only, polled, usable from the first instruction on; a port that never gets
 * ready loses bytes instead of time.
 */
#ifndef KERNEL_SERIAL_H
#define KERNEL_SERIAL_H

void serial_init(void);
void serial_put(char c);

/* Message in pieces: one line "capos: ", then any number of klog_part, then klog_end. klog is the three in
 * one. */
void klog_begin(void);
void klog_part(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void klog_end(void);

#endif
