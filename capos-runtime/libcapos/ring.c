/* SPDX-License-Identifier: MIT */
/*
 * The ring client. Invariant: sq_tail and cq_head are ours, sq_head and cq_tail the kernel's; an entry is
 * written before the tail that publishes it. A ring whose indices are further apart than its size has lost
 * the protocol, and the process ends with CAPOS_EXIT_RING_BROKEN: carrying on could act on somebody else's
 * completion.
 */
#include "capos/ring.h"

#include "abi/layout.h"

static struct capos_ring_header *ring;
static struct capos_sqe *sqes;
static struct capos_cqe *cqes;

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
    ring = h;
    sqes = (struct capos_sqe *)(void *)((uint8_t *)page + CAPOS_SQE_OFFSET);
    cqes = (struct capos_cqe *)(void *)((uint8_t *)page + CAPOS_CQE_OFFSET);
    return 0;
}

void capos_ring_poll(void)
{
    uint32_t head = ring->cq_head, tail = load(&ring->cq_tail), pending;
    if (!capos_ring_pending(head, tail, CAPOS_CQ_ENTRIES, &pending))
        capos_exit(CAPOS_EXIT_RING_BROKEN);
    for (; head != tail; head++) {
        const struct capos_cqe *c = &cqes[head & (CAPOS_CQ_ENTRIES - 1)];
        struct capos_pending *op = (struct capos_pending *)(uintptr_t)c->user_data;
        if (!op)
            continue;
        op->result = c->result;
        op->flags = c->flags;
        op->cap_count = c->cap_count;
        op->call_id = c->call_id;
        op->badge = c->badge;
        op->done = true;
    }
    store(&ring->cq_head, head);
}

int capos_ring_enter(uint64_t timeout_ns)
{
    uint64_t n = capos_enter(1, timeout_ns);
    if (n == CAPOS_SYS_REJECTED)
        capos_exit(CAPOS_EXIT_RING_BROKEN);
    uint32_t before = ring->cq_head;
    capos_ring_poll();
    return ring->cq_head == before ? -ETIMEDOUT : 0;
}

/* Whether the submission queue has room for one more entry. */
static bool sq_room(void)
{
    uint32_t pending;
    if (!capos_ring_pending(load(&ring->sq_head), ring->sq_tail, CAPOS_SQ_ENTRIES, &pending))
        capos_exit(CAPOS_EXIT_RING_BROKEN);
    return pending < CAPOS_SQ_ENTRIES;
}

int capos_ring_submit(const struct capos_sqe *sqe, struct capos_pending *op)
{
    if (!sq_room()) {
        capos_ring_poll(); /* a full completion queue keeps the kernel from taking entries */
        capos_enter(0, 0);
        capos_ring_poll();
        if (!sq_room())
            return -EAGAIN;
    }
    uint32_t tail = ring->sq_tail;
    struct capos_sqe *slot = &sqes[tail & (CAPOS_SQ_ENTRIES - 1)];
    *slot = *sqe;
    slot->user_data = (uint64_t)(uintptr_t)op;
    if (op)
        op->done = false;
    store(&ring->sq_tail, tail + 1);
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
