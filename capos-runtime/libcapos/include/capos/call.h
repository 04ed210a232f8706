/* SPDX-License-Identifier: MIT */
/*
 * Calling a method: build the parameters, send, read the reply. The typed calls are made of this, and so can
 * a program's own for interfaces that have no header here. Invariant: one request at a time owns the shared
 * buffers, from capos_request_begin until its reply has been read; what a reply points at is overwritten by
 * the next request. Errors are negative errno values: an exception becomes the errno its first words stand
 * for (capos_exception_errno), a ring error the nearest one.
 */
#ifndef CAPOS_CALL_H
#define CAPOS_CALL_H

#include "abi/errors.h"
#include "abi/interfaces.h"
#include "capnp/capnp.h"
#include "capos/ring.h"

#define CAPOS_REPLY_CAPS 8u

/* Data bytes that fit one call, framing and pointers taken off: the largest File and Pipe chunks. */
#define CAPOS_READ_MAX  65512u
#define CAPOS_WRITE_MAX 65504u

struct capos_request {
    uint32_t cap;
    uint16_t method;
    uint16_t nxfers;
    struct capnp_builder build;
    struct capnp_bstruct root; /* fill the parameters through this */
    struct capos_xfer xfers[CAPOS_XFER_MAX];
};

struct capos_reply {
    struct capnp_msg msg;
    struct capnp_struct root; /* empty struct when the method gave nothing */
    uint32_t ncaps;
    struct capos_result_cap caps[CAPOS_REPLY_CAPS];
};

/* capos_request_begin: starts a call of `method` on `cap` whose parameter struct has `words` and `ptrs`. */
void capos_request_begin(struct capos_request *r, uint32_t cap, uint16_t method, uint16_t words,
                         uint16_t ptrs);

/*
 * capos_request_transfer: sends a capability along; `mode` is CAPOS_XFER_COPY or CAPOS_XFER_MOVE. 0, or
 * -E2BIG when there are CAPOS_XFER_MAX already.
 */
int capos_request_transfer(struct capos_request *r, uint32_t cap, uint16_t mode);

/* capos_request_send: calls and waits. 0 with *reply filled, or a negative errno. */
int capos_request_send(struct capos_request *r, struct capos_reply *reply);

/* capos_request_do: the same for methods whose result is of no interest. 0 or a negative errno. */
int capos_request_do(struct capos_request *r);

/* capos_call_empty: calls a method that takes no parameters. */
int capos_call_empty(uint32_t cap, uint16_t method, struct capos_reply *reply);

/*
 * capos_reply_cap: the capability in record `index` if it has `interface_id` (0: any). 0, or -EPROTO when
 * there is no such record or it is of another interface; every capability of the reply is then released.
 */
int capos_reply_cap(const struct capos_reply *reply, uint32_t index, uint64_t interface_id, uint32_t *cap);

/* capos_reply_drop: releases every capability a reply brought. */
void capos_reply_drop(const struct capos_reply *reply);

/*
 * capos_release: gives the slot of `cap` back. Asynchronous: it reaches the kernel with the next call. 0, or
 * a negative errno when the ring is stuck; a stale id is not reported.
 */
int capos_release(uint32_t cap);

/* capos_release_wait: the same, waiting for the kernel's word: 0, or -EBADF for a stale or unknown id. */
int capos_release_wait(uint32_t cap);

/* capos_exception_errno: the positive errno for an exception of `type` with `text`; EIO when it says nothing
 * else. */
int capos_exception_errno(unsigned type, const char *text, size_t len);

/*
 * capos_exception_last: type (enum capos_exception_type) and text, NUL-terminated and cut to 119 bytes, of
 * the newest exception any call met; "" when there was none. Static storage.
 */
const char *capos_exception_last(unsigned *type);

/*
 * Calls that are waited for later. The caller owns all memory until op.done; params hold small messages only,
 * a larger one goes into memory of the caller's (8-aligned) by capos_async_begin_in. capos_async_begin/submit
 * mirror the calls above; capos_async_reply reads the reply once op.done is true.
 */
struct capos_async {
    struct capos_pending op;
    void *result;
    size_t result_bytes;
    void *request; /* params, or the caller's memory */
    size_t request_bytes;
    uint64_t params[16];
};
void capos_async_begin(struct capos_async *a, struct capos_request *r, uint32_t cap, uint16_t method,
                       uint16_t words, uint16_t ptrs, void *result, size_t result_bytes);
void capos_async_begin_in(struct capos_async *a, struct capos_request *r, uint32_t cap, uint16_t method,
                          uint16_t words, uint16_t ptrs, void *request, size_t request_bytes, void *result,
                          size_t result_bytes);
int capos_async_submit(struct capos_async *a, struct capos_request *r);
int capos_async_reply(const struct capos_async *a, struct capos_reply *reply);

#endif
