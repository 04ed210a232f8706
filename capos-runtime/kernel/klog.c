/* SPDX-License-Identifier: MIT */
/*
 * Kernel messages. Invariant: one message is one line that begins with "capos: "; what came from outside is
 * escaped, so that no guest program can forge a line; a line is out when its klog_end returns, and what was
 * put together of another one before (a panic came in between) is out first.
 */
#include "kernel/format.h"
#include "kernel/machine.h"
#include "kernel/serial.h"

static char pending[256]; /* of the line being put together */

static void pending_out(struct format_sink *s)
{
    serial_write(pending, (size_t)(s->at - pending));
    s->at = pending;
}

static struct format_sink line = {pending, pending + sizeof(pending), 0, pending_out};

void klog_begin(void)
{
    pending_out(&line);
    klog_part("capos: ");
}

void klog_part(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    format_out(&line, true, fmt, ap);
    va_end(ap);
}

void klog_end(void)
{
    klog_part("\n");
    pending_out(&line);
}

void klog(const char *fmt, ...)
{
    va_list ap;

    klog_begin();
    va_start(ap, fmt);
    format_out(&line, true, fmt, ap);
    va_end(ap);
    klog_end();
}
