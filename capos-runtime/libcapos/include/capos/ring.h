/* SPDX-License-Identifier: MIT */
/*
 * The ring client: submitting entries and waiting for their completions.
 * Invariant: a completion is matched by its user_data, which is the address of the caller's struct
 * capos_pending; that struct and every buffer named in the entry stay alive until `done` is true. One thread
 * drives the ring. Errors are negative errno values. Source: abi/ring.h.
 */
#ifndef CAPOS_RING_H
#define CAPOS_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "abi/ring.h"
#include "capos/syscall.h"

/* One outstanding request. Fields below `done` are valid once it is true. */
struct capos_pending {
    bool done;
    int32_t result; /* bytes written, or CAPOS_ERR_* */
    uint16_t flags; /* CAPOS_CQE_* */
    uint16_t cap_count;
    uint32_t call_id;
    uint64_t badge;
};

/* capos_ring_open: takes over the ring page at `ring`. 0, or -EINVAL when its header is not the published
 * one. */
int capos_ring_open(void *ring);

/*
 * capos_ring_submit: queues `sqe` (its user_data is filled in here) for `op`; NULL: nobody wants the
 * completion. Enters the kernel only when the queue is full. 0, or -EAGAIN when the kernel takes no more
 * entries.
 */
int capos_ring_submit(const struct capos_sqe *sqe, struct capos_pending *op);

/* capos_ring_poll: collects what has completed, without waiting and without entering the kernel. */
void capos_ring_poll(void);

/*
 * capos_ring_enter: hands queued entries to the kernel and waits until something completes or `timeout_ns`
 * nanoseconds have passed; then collects. 0, or -ETIMEDOUT when nothing completed.
 */
int capos_ring_enter(uint64_t timeout_ns);

/*
 * capos_ring_mark: where the completions collected so far end. capos_ring_enter_since: as capos_ring_enter,
 * but returns at once when some have been collected since that mark. For who looks at several things before
 * it sleeps: looking at one may collect what another waits for.
 */
uint32_t capos_ring_mark(void);
int capos_ring_enter_since(uint32_t mark, uint64_t timeout_ns);

/* capos_ring_wait: enters the kernel until `op` is done. Always ends with op->done. */
void capos_ring_wait(struct capos_pending *op);

/* capos_ring_nop: one empty round trip. 0 or a negative errno. */
int capos_ring_nop(void);

#endif
