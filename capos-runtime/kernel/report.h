/* SPDX-License-Identifier: MIT */
/*
 * The serial lines about processes.
 * Invariant: reporting changes nothing but the log.
 */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include <stddef.h>

struct process;
struct process_spec;

/* report_name: a name as the lines may show it, into to[0, cap); returns to. */
const char *report_name(char *to, size_t cap, const char *name);
/* report_start, report_end: the `spawn` and `exit` lines. report_refused: the `exit` line of a process that
 * never was; gives err back. */
void report_start(const struct process *p);
void report_end(const struct process *p);
int report_refused(const struct process_spec *spec, int err);

#endif
