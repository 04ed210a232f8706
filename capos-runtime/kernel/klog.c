/* SPDX-License-Identifier: MIT */
/*
 * Kernel messages. Invariant: one message is one line that begins with "capos: "; what came from outside is
 * escaped, so that no guest program can forge a line.
 */
#include "kernel/format.h"
#include "kernel/machine.h"
#include "kernel/serial.h"

static void klog_put(void *ctx, char c)
{
    (void)ctx;
    serial_put(c);
}

static void klog_text(const char *fmt, va_list ap)
{
    format_out(klog_put, NULL, true, fmt, ap);
}

void klog_begin(void)
{
    static const char head[] = "capos: ";

    for (const char *p = head; *p; p++)
        serial_put(*p);
}

void klog_part(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    klog_text(fmt, ap);
    va_end(ap);
}

void klog_end(void)
{
    serial_put('\n');
}

void klog(const char *fmt, ...)
{
    va_list ap;

    klog_begin();
    va_start(ap, fmt);
    klog_text(fmt, ap);
    va_end(ap);
    klog_end();
}
