/* SPDX-License-Identifier: MIT */
/*
 * The submission and completion ring: taking entries, posting completions, waiting in cap_enter.
 * Invariant: the kernel keeps its own submission head and completion tail; what the page says of them is only
 * published. An entry is copied once before anything of it is looked at. No completion is ever written over
 * one that was not taken: while the completion queue is full no entry is taken and finished calls wait
 * (call.c). A distance larger than a queue is a corrupted state: the consumer's head jumps to the tail, and
 * cap_enter says rejected.
 */
#include "abi/sqe_rules.h"
#include "abi/syscall.h"
#include "kernel/process.h"
#include "kernel/string.h"

static volatile struct capos_ring_header *header_of(const struct process *p)
{
    return (volatile struct capos_ring_header *)(void *)p->ring;
}

void ring_init(struct process *p)
{
    struct capos_ring_header *h = (struct capos_ring_header *)(void *)p->ring;
    h->sq_mask = CAPOS_SQ_ENTRIES - 1;
    h->sq_entries = CAPOS_SQ_ENTRIES;
    h->cq_mask = CAPOS_CQ_ENTRIES - 1;
    h->cq_entries = CAPOS_CQ_ENTRIES;
    h->sqe_offset = CAPOS_SQE_OFFSET;
    h->cqe_offset = CAPOS_CQE_OFFSET;
    p->sq_head = 0;
    p->cq_tail = 0;
}

/* cq_used: completions the process has not taken; false (and the queue emptied) when its head is nonsense. */
static bool cq_used(struct process *p, uint32_t *used)
{
    volatile struct capos_ring_header *h = header_of(p);
    if (capos_ring_pending(h->cq_head, p->cq_tail, CAPOS_CQ_ENTRIES, used))
        return true;
    h->cq_head = p->cq_tail;
    h->cq_tail = p->cq_tail;
    return false;
}

uint32_t ring_room(struct process *p)
{
    uint32_t used;
    cq_used(p, &used);
    used += p->taking;
    return used < CAPOS_CQ_ENTRIES ? CAPOS_CQ_ENTRIES - used : 0;
}

void ring_post(struct process *p, uint64_t user_data, int32_t result, uint16_t flags, uint16_t caps)
{
    struct capos_cqe *e =
        (struct capos_cqe *)(void *)(p->ring + CAPOS_CQE_OFFSET) + (p->cq_tail & (CAPOS_CQ_ENTRIES - 1));
    e->user_data = user_data;
    e->result = result;
    e->flags = flags;
    e->cap_count = caps;
    e->badge = 0;
    e->call_id = 0;
    e->zero = 0;
    __atomic_signal_fence(__ATOMIC_RELEASE);
    header_of(p)->cq_tail = ++p->cq_tail;
}

/* entry_result: serves every operation but CALL; the CQE's result. */
static int32_t entry_result(struct process *p, const struct capos_sqe *s)
{
    bool valid;
    switch (s->opcode) {
    case CAPOS_OP_NOP:
        return capos_sqe_valid_nop(s) ? 0 : CAPOS_ERR_INVALID_REQUEST;
    case CAPOS_OP_RELEASE:
        if (!capos_sqe_valid_release(s) || captable_lookup(p, s->cap_id, NULL) == NULL)
            return CAPOS_ERR_INVALID_REQUEST;
        captable_remove(p, s->cap_id, NULL);
        return 0;
    case CAPOS_OP_FINISH:
        return CAPOS_ERR_UNSUPPORTED_OPCODE;
    case CAPOS_OP_RECV:
        valid = capos_sqe_valid_recv(s);
        break;
    case CAPOS_OP_RETURN:
        valid = capos_sqe_valid_return(s);
        break;
    case CAPOS_OP_CANCEL:
        valid = capos_sqe_valid_cancel(s);
        break;
    case CAPOS_OP_PARK:
        valid = capos_sqe_valid_park(s);
        break;
    case CAPOS_OP_UNPARK:
        valid = capos_sqe_valid_unpark(s);
        break;
    default:
        return CAPOS_ERR_INVALID_REQUEST;
    }
    return valid ? CAPOS_ERR_INVOKE_FAILED : CAPOS_ERR_INVALID_REQUEST;
}

static bool owned_by_other(const struct capos_sqe *s, const struct thread *t)
{
    bool can_be_owned = s->opcode == CAPOS_OP_CALL || s->opcode == CAPOS_OP_PARK;
    return can_be_owned && (s->flags & CAPOS_SQE_THREAD_OWNED) != 0 && s->call_id != 0 &&
           s->call_id != t->tid;
}

enum served { SERVED_ALL, SERVED_FULL, SERVED_OTHERS, SERVED_CORRUPT };

/* ring_serve: takes entries until the queue is empty, the CQ is full, or the head belongs to another thread.
 */
static enum served ring_serve(struct process *p, struct thread *t)
{
    volatile struct capos_ring_header *h = header_of(p);
    const struct capos_sqe *entries = (const struct capos_sqe *)(const void *)(p->ring + CAPOS_SQE_OFFSET);
    struct capos_sqe s;
    uint32_t pending, used;
    if (p->ndone > 0) {
        if (!cq_used(p, &used))
            return SERVED_CORRUPT;
        call_flush(p);
    }
    for (;;) {
        uint32_t tail = h->sq_tail;
        if (tail == p->sq_head)
            return SERVED_ALL;
        if (!capos_ring_pending(p->sq_head, tail, CAPOS_SQ_ENTRIES, &pending)) {
            p->sq_head = tail;
            h->sq_head = tail;
            return SERVED_CORRUPT;
        }
        if (!cq_used(p, &used))
            return SERVED_CORRUPT;
        if (used == CAPOS_CQ_ENTRIES)
            return SERVED_FULL;
        __atomic_signal_fence(__ATOMIC_ACQUIRE);
        memcpy(&s, &entries[p->sq_head & (CAPOS_SQ_ENTRIES - 1)], sizeof(s));
        __atomic_signal_fence(__ATOMIC_ACQ_REL);
        if (s.flags != 0 && owned_by_other(&s, t))
            return SERVED_OTHERS;
        h->sq_head = ++p->sq_head;
        p->taking = true;
        if (s.opcode != CAPOS_OP_CALL)
            ring_post(p, s.user_data, entry_result(p, &s), 0, 0);
        else if (!capos_sqe_valid_call(&s))
            ring_post(p, s.user_data, CAPOS_ERR_INVALID_REQUEST, 0, 0);
        else
            call_dispatch(p, t, &s);
        p->taking = false;
        if (p->ended) /* only on a host, where ending the current process comes back */
            return SERVED_CORRUPT;
    }
}

void ring_wake(struct process *p)
{
    uint32_t used;
    if (!cq_used(p, &used))
        used = CAPOS_CQ_ENTRIES; /* let the waiter see the state itself */
    for (struct thread *t = p->threads; t != NULL; t = t->next_in_process)
        if (t->wake_token != 0 && used >= t->wake_token) {
            t->wake_token = 0;
            thread_wake(t);
        }
}

static uint64_t deadline_of(uint64_t timeout_ns)
{
    uint64_t now = clock_ns();
    return timeout_ns > UINT64_MAX - 1 - now ? UINT64_MAX : now + timeout_ns;
}

uint64_t ring_enter(struct process *p, struct thread *t, uint32_t min_complete, uint64_t timeout_ns)
{
    uint64_t deadline = 0;
    uint32_t used;
    if (min_complete > CAPOS_CQ_ENTRIES)
        return CAPOS_SYS_REJECTED;
    for (;;) {
        enum served served = ring_serve(p, t);
        if (served == SERVED_CORRUPT || !cq_used(p, &used))
            return CAPOS_SYS_REJECTED;
        if (used >= min_complete)
            return used;
        if (served == SERVED_OTHERS)
            return CAPOS_ENTER_HEAD_OWNED;
        if (timeout_ns == 0 || (deadline != 0 && deadline != UINT64_MAX && clock_ns() >= deadline))
            return used;
        if (deadline == 0)
            deadline = deadline_of(timeout_ns);
        t->wake_token = min_complete;
        thread_block(deadline);
        t->wake_token = 0;
        if (thread_dying(t))
            return CAPOS_SYS_REJECTED;
    }
}
