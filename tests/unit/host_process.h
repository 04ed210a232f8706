/* SPDX-License-Identifier: MIT */
/*
 * Processes on a host: a test plays the program. It fills submission entries, calls the kernel and reads what
 * came back. Invariant: the test touches the process only through its ring page and user memory, as a program
 * would.
 */
#ifndef UNIT_HOST_PROCESS_H
#define UNIT_HOST_PROCESS_H

#include "host_machine.h"
#include "kernel/process.h"

#define HP_DATA  UINT64_C(0x201000) /* 16 writable pages of the test's program */
#define HP_PAGES 16u

/* hp_elf: a small valid program: one page of code, HP_PAGES of data. Static storage, rewritten by each call;
 * *len its length. */
uint8_t *hp_elf(size_t *len);
/* hp_start: a started process with these upstream sources, named by their manifest names; it becomes the
 * current thread's. */
struct process *hp_start(const unsigned *sources, size_t n);
/* hp_id: the capability id the CapSet page gives for a name; UINT32_MAX when it is not there. */
uint32_t hp_id(struct process *p, const char *name);
/* hp_end: the current thread exits with that code. */
void hp_end(struct process *p, int64_t code);

/* hp_push: one entry into the submission queue. hp_enter: the system call. hp_take: the oldest completion;
 * false when there is none. */
void hp_push(struct process *p, const struct capos_sqe *s);
uint64_t hp_enter(uint32_t min_complete, uint64_t timeout_ns);
bool hp_take(struct process *p, struct capos_cqe *out);
/* hp_one: push, enter for one completion without waiting, take it. */
struct capos_cqe hp_one(struct process *p, const struct capos_sqe *s);

/* A call: params built in a message at HP_DATA, results at HP_DATA + 0x4000. */
struct hp_call {
    struct capos_sqe sqe;
    uint8_t message[0x3000] __attribute__((aligned(8)));
    struct capnp_builder builder;
    struct capnp_bstruct params;
    uint8_t result[0x9000] __attribute__((aligned(8)));
    struct capnp_msg result_msg;
    struct capnp_struct root; /* valid after hp_call_run when the result or exception is a message */
    struct capos_result_cap caps[8];
};
#define HP_RESULT (HP_DATA + 0x4000)
/* hp_call_begin: empty params struct of that size. hp_call_submit: writes params and pushes. hp_call_read:
   fetches the results of a completion. hp_call_run: submit, enter, take, read. */
void hp_call_begin(struct hp_call *c, uint32_t cap_id, uint16_t method, uint16_t dwords, uint16_t nptrs);
void hp_call_submit(struct process *p, struct hp_call *c);
void hp_call_read(struct process *p, struct hp_call *c, const struct capos_cqe *e);
struct capos_cqe hp_call_run(struct process *p, struct hp_call *c);
/* hp_exception: the text of the exception just read, and its type. */
const char *hp_exception(struct hp_call *c, unsigned *type);

#endif
