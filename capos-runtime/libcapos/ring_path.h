/* SPDX-License-Identifier: MIT */
/*
 * The hot half of the ring client, inlined into call.c: take a slot, publish it, enter, collect. Private to
 * libcapos. Invariant: as in ring.c; ring_page is set by capos_ring_open before anything else is used.
 */
#ifndef LIBCAPOS_RING_PATH_H
#define LIBCAPOS_RING_PATH_H

#include "capos/ring.h"

/* The page as one struct: header, padding, entries. */
struct ring_page {
    struct capos_ring_header h;
    uint8_t pad[CAPOS_SQE_OFFSET - sizeof(struct capos_ring_header)];
    struct capos_sqe sq[CAPOS_SQ_ENTRIES];
    struct capos_cqe cq[CAPOS_CQ_ENTRIES];
};
_Static_assert(offsetof(struct ring_page, sq) == CAPOS_SQE_OFFSET, "SQEs");
_Static_assert(offsetof(struct ring_page, cq) == CAPOS_CQE_OFFSET, "CQEs");

__attribute__((visibility("hidden"))) extern struct ring_page *ring_page;

/* ring_slot_slow: room in a full queue, made by entering the kernel; NULL when it takes nothing. */
__attribute__((visibility("hidden"))) struct capos_sqe *ring_slot_slow(void);

/* The entry to fill next, every field of it; NULL when the kernel takes no more. */
static inline struct capos_sqe *ring_slot(void)
{
    struct ring_page *p = ring_page;
    uint32_t tail = p->h.sq_tail;
    if (__builtin_expect(tail - __atomic_load_n(&p->h.sq_head, __ATOMIC_ACQUIRE) >= CAPOS_SQ_ENTRIES, 0))
        return ring_slot_slow();
    return &p->sq[tail & (CAPOS_SQ_ENTRIES - 1)];
}

/* Publishes the entry that ring_slot gave. */
static inline void ring_push(void)
{
    struct ring_page *p = ring_page;
    __atomic_store_n(&p->h.sq_tail, p->h.sq_tail + 1, __ATOMIC_RELEASE);
}

static inline void ring_settle(struct capos_pending *op, const struct capos_cqe *c)
{
    op->result = c->result;
    op->flags = c->flags;
    op->cap_count = c->cap_count;
    op->call_id = c->call_id;
    op->badge = c->badge;
    op->done = true;
}

/* Waits for an entry just pushed: nothing can have answered it before the kernel is entered. */
static inline void ring_finish(struct capos_pending *op)
{
    struct ring_page *p = ring_page;
    do {
        if (capos_enter(1, CAPOS_WAIT_FOREVER) == CAPOS_SYS_REJECTED)
            capos_ring_poll(); /* ends the process when the ring is broken */
        uint32_t head = p->h.cq_head;
        const struct capos_cqe *c = &p->cq[head & (CAPOS_CQ_ENTRIES - 1)];
        if (__atomic_load_n(&p->h.cq_tail, __ATOMIC_ACQUIRE) == head + 1 && c->user_data == (uintptr_t)op) {
            ring_settle(op, c);
            __atomic_store_n(&p->h.cq_head, head + 1, __ATOMIC_RELEASE);
            return;
        }
        capos_ring_poll();
    } while (!op->done);
}

#endif
