/* SPDX-License-Identifier: MIT */
/*
 * A bench for capability objects: a machine of malloc'ed frames, fake consoles and a hand-wound clock, and a
 * call layer that keeps the answer where a test can look at it. The real call layer has tests of its own.
 * Invariant: every frame and heap block is counted, so a test that ends with harness_end has leaked nothing.
 */
#ifndef UNIT_CAP_HARNESS_H
#define UNIT_CAP_HARNESS_H

#include "abi/errno.h"
#include "abi/fields.h"
#include "abi/layout.h"
#include "kernel/cap.h"
#include "kernel/process.h"

struct hcall {
    struct call c; /* first */
    struct capnp_builder builder;
    struct capnp_bstruct params;
    bool pending, done, raised, dead;
    unsigned type; /* of the exception */
    char text[200];
    int64_t bytes;        /* of the answer; 0: none; -ENOSPC: does not fit */
    struct capnp_msg msg; /* the answer */
    struct capnp_struct results;
    uint8_t *params_bytes, *result_bytes; /* of their exact sizes, so that a sanitizer sees a byte too far */
};

extern struct process harness_process;   /* who calls */
extern struct process harness_family[8]; /* others that process_find finds; pid 0: nobody */
extern uint32_t harness_free_slots;      /* what captable_free_slots says */
extern uint64_t harness_now_ns;          /* monotonic clock: see harness_tick */
extern int64_t harness_wall;             /* seconds, or INT64_MIN */
extern uint64_t harness_heap_fail_after; /* fails the n-th heap allocation from now; 0 = off */
extern uint64_t harness_frames_left;     /* frames the machine still has */
extern bool harness_entropy;
extern bool harness_console[2]; /* present */

void harness_begin(void);
/* Asserts that no frame and no heap block is left. */
void harness_end(void);

/* A call of object's method with a params root of that size, to be filled through h->params. */
struct hcall *h_new(struct cap_object *o, uint16_t method, uint16_t dwords, uint16_t nptrs);
/* Runs it (not when it was run already); returns h. */
struct hcall *h_run(struct hcall *h);
/* A call with a ready message and that much room for the answer, run. NULL: no such method, or no message. */
struct hcall *h_raw(struct cap_object *o, uint16_t method, const void *message, size_t len,
                    uint32_t result_cap);
/* Ends a pending call as a dying process would. */
void h_kill(struct hcall *h);
/* Frees it; drops result capabilities that were not taken. */
void h_free(struct hcall *h);
/* Result capability i, whose reference passes to the test. */
struct cap_object *h_take(struct hcall *h, unsigned i);

/* Assertions. */
void h_ok(struct hcall *h); /* done, no exception */
void h_raised(struct hcall *h, unsigned type,
              const char *words); /* done, that exception, text begins with words */
void h_ok_free(struct hcall *h);
void h_raised_free(struct hcall *h, unsigned type, const char *words);

/* Consoles: what was written since the last look (NUL-terminated), and typing. */
const char *harness_written(unsigned console, size_t *len);
void harness_type(unsigned console, const char *bytes, size_t len);
/* Lines that went to the serial log. */
const char *harness_log(void);
/* Moves the clock and fires what is due. */
void harness_tick(uint64_t ns);

#endif
