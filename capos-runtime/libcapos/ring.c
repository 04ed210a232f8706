/* SPDX-License-Identifier: MIT */
/*
 * The ring client. Invariant: sq_tail and cq_head are ours, sq_head and cq_tail the kernel's; an entry is
 * written before the tail that publishes it. A ring whose indices are further apart than its size has lost
 * the protocol, and the process ends with CAPOS_EXIT_RING_BROKEN: carrying on could act on somebody else's
 * completion.
 */
#include "ring_path.h"

#include "abi/layout.h"

struct ring_page *ring_page;

static uint32_t load(const uint32_t *p)
{
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *p, uint32_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
}

int capos_ring_open(void *page)
{
    struct capos_ring_header *h = page;
    if (!h || h->sq_entries != CAPOS_SQ_ENTRIES || h->sq_mask != CAPOS_SQ_ENTRIES - 1 ||
        h->cq_entries != CAPOS_CQ_ENTRIES || h->cq_mask != CAPOS_CQ_ENTRIES - 1 ||
        h->sqe_offset != CAPOS_SQE_OFFSET || h->cqe_offset != CAPOS_CQE_OFFSET)
        return -EINVAL;
    ring_page = page;
    return 0;
}

void capos_ring_poll(void)
{
    struct capos_ring_header *ring = &ring_page->h;
    uint32_t head = ring->cq_head, tail = load(&ring->cq_tail), pending;
    if (!capos_ring_pending(head, tail, CAPOS_CQ_ENTRIES, &pending))
        capos_exit(CAPOS_EXIT_RING_BROKEN);
    for (; head != tail; head++) {
        const struct capos_cqe *c = &ring_page->cq[head & (CAPOS_CQ_ENTRIES - 1)];
        struct capos_pending *op = (struct capos_pending *)(uintptr_t)c->user_data;
        if (op)
            ring_settle(op, c);
    }
    store(&ring->cq_head, head);
}

int capos_ring_enter(uint64_t timeout_ns)
{
    uint64_t n = capos_enter(1, timeout_ns);
    if (n == CAPOS_SYS_REJECTED)
        capos_exit(CAPOS_EXIT_RING_BROKEN);
    uint32_t before = ring_page->h.cq_head;
    capos_ring_poll();
    return ring_page->h.cq_head == before ? -ETIMEDOUT : 0;
}

uint32_t capos_ring_mark(void)
{
    return ring_page->h.cq_head;
}

int capos_ring_enter_since(uint32_t mark, uint64_t timeout_ns)
{
    return ring_page->h.cq_head != mark ? 0 : capos_ring_enter(timeout_ns);
}

static bool sq_room(void)
{
    uint32_t pending;
    if (!capos_ring_pending(load(&ring_page->h.sq_head), ring_page->h.sq_tail, CAPOS_SQ_ENTRIES, &pending))
        capos_exit(CAPOS_EXIT_RING_BROKEN);
    return pending < CAPOS_SQ_ENTRIES;
}

struct capos_sqe *ring_slot_slow(void)
{
    if (!sq_room()) {
        capos_ring_poll(); /* a full completion queue keeps the kernel from taking entries */
        capos_enter(0, 0);
        capos_ring_poll();
        if (!sq_room())
            return NULL;
    }
    return &ring_page->sq[ring_page->h.sq_tail & (CAPOS_SQ_ENTRIES - 1)];
}

int capos_ring_submit(const struct capos_sqe *sqe, struct capos_pending *op)
{
    struct capos_sqe *slot = ring_slot();
    if (!slot)
        return -EAGAIN;
    *slot = *sqe;
    slot->user_data = (uint64_t)(uintptr_t)op;
    if (op)
        op->done = false;
    ring_push();
    return 0;
}

void capos_ring_wait(struct capos_pending *op)
{
    capos_ring_poll();
    while (!op->done)
        capos_ring_enter(CAPOS_WAIT_FOREVER);
}

int capos_ring_nop(void)
{
    struct capos_sqe sqe = {.opcode = CAPOS_OP_NOP};
    struct capos_pending op;
    int err = capos_ring_submit(&sqe, &op);
    if (err)
        return err;
    capos_ring_wait(&op);
    return op.result < 0 ? -EIO : 0;
}
