/* SPDX-License-Identifier: MIT */
/*
 * Small pieces of ring-3 code that the machine part runs by itself, before any process exists: for the KVM
 * probe and the self-test. Invariant: a stub's threads have no process; their system calls and faults end up
 * in stub.c; all frames come back afterwards.
 */
#ifndef KERNEL_STUB_H
#define KERNEL_STUB_H

#include "kernel/machine.h"

#define STUB_CODE  0x400000ul
#define STUB_DATA  0x500000ul       /* one page, read and write; the stacks are in its upper half */
#define STUB_EDGE  0x7ffffffff000ul /* the last page of user addresses, where the edge stub runs */
#define STUB_MAGIC 0x6361706f73ul   /* what system call 2 gives back */

struct stub_result {
    bool done, faulted;
    uint64_t code; /* of system call 1 */
    struct fault_info fault;
};

/* Runs one thread for each entry (n of them, at most 2) in one address space until all have ended; rdi is
 * 0, 1. -ENOMEM or 0. */
int stub_run(const char *const *entries, unsigned n, struct stub_result *results);

/* stubs.S: each is position independent within one page of code. */
extern const char stubs_start[], stubs_end[];
extern const char stub_call[], stub_hlt[], stub_cli[], stub_divide[], stub_invalid[], stub_port[],
    stub_read_kernel[];
extern const char stub_exec_data[], stub_write_code[], stub_int80[], stub_sgdt[], stub_edge[], stub_wait[],
    stub_signal[];
extern const char stub_vector_a[], stub_vector_b[], stub_wrmsr[], stub_wrfsbase[];

#endif
