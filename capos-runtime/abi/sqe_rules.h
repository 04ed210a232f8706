/* SPDX-License-Identifier: MIT */
/*
 * Which fields of a submission each opcode may use: one predicate an opcode.
 * Invariant: a field an opcode does not use is zero, or the entry is malformed; nothing here looks at kernel
 * state. Check a private copy of the entry, never the shared page. Source: the published ring module's
 * per-opcode rules (normal kernels, where PARK_BENCH is malformed).
 */
#ifndef ABI_SQE_RULES_H
#define ABI_SQE_RULES_H

#include "abi/ring.h"

/* CALL: THREAD_OWNED is the only flag and comes with a thread in call_id; disclosure bits must be known ones.
 */
static inline bool capos_sqe_valid_call(const struct capos_sqe *s)
{
    bool owned = (s->flags & CAPOS_SQE_THREAD_OWNED) != 0;
    return (s->flags & ~CAPOS_SQE_THREAD_OWNED) == 0 && s->pipeline_dep == 0 && s->pipeline_field == 0 &&
           owned == (s->call_id != 0) && (s->session_disclosure & ~CAPOS_DISCLOSE_ALL) == 0;
}

/* RETURN: cap_id, call_id, addr, len and transfers; with an exception no transfers. */
static inline bool capos_sqe_valid_return(const struct capos_sqe *s)
{
    bool exception = (s->flags & CAPOS_SQE_RETURN_EXCEPTION) != 0;
    return (s->flags & ~CAPOS_SQE_RETURN_EXCEPTION) == 0 && s->method_id == 0 && s->result_addr == 0 &&
           s->result_len == 0 && s->pipeline_dep == 0 && s->pipeline_field == 0 &&
           !(exception && s->xfer_cap_count != 0) && s->session_disclosure == 0;
}

/* RECV: cap_id and the result buffer. */
static inline bool capos_sqe_valid_recv(const struct capos_sqe *s)
{
    return s->flags == 0 && s->method_id == 0 && s->addr == 0 && s->len == 0 && s->pipeline_dep == 0 &&
           s->pipeline_field == 0 && s->xfer_cap_count == 0 && s->call_id == 0 && s->session_disclosure == 0;
}

/* RELEASE: cap_id alone. */
static inline bool capos_sqe_valid_release(const struct capos_sqe *s)
{
    return s->result_addr == 0 && s->result_len == 0 && capos_sqe_valid_recv(s);
}

/* NOP: nothing at all. */
static inline bool capos_sqe_valid_nop(const struct capos_sqe *s)
{
    return s->cap_id == 0 && capos_sqe_valid_release(s);
}

/* CANCEL: cap_id, and the RECV's user_data in pipeline_dep, which may not be zero. */
static inline bool capos_sqe_valid_cancel(const struct capos_sqe *s)
{
    return s->flags == 0 && s->method_id == 0 && s->addr == 0 && s->len == 0 && s->result_addr == 0 &&
           s->result_len == 0 && s->pipeline_dep != 0 && s->pipeline_field == 0 && s->xfer_cap_count == 0 &&
           s->call_id == 0 && s->session_disclosure == 0;
}

/* PARK_BENCH: method 0 or 1, the word's address, and len. */
static inline bool capos_sqe_valid_park_bench(const struct capos_sqe *s)
{
    return s->flags == 0 && s->method_id <= 1 && s->addr != 0 && s->result_addr == 0 && s->result_len == 0 &&
           s->pipeline_dep == 0 && s->pipeline_field == 0 && s->xfer_cap_count == 0 && s->call_id == 0 &&
           s->session_disclosure == 0;
}

/* PARK: THREAD_OWNED exactly, a thread in call_id; addr, len and the timeout in pipeline_dep are free. */
static inline bool capos_sqe_valid_park(const struct capos_sqe *s)
{
    return s->flags == CAPOS_SQE_THREAD_OWNED && s->method_id == 0 && s->result_addr == 0 &&
           s->result_len == 0 && s->pipeline_field == 0 && s->xfer_cap_count == 0 && s->call_id != 0 &&
           s->session_disclosure == 0;
}

/* UNPARK: cap_id, addr and len; a len of zero is the kernel's to refuse. */
static inline bool capos_sqe_valid_unpark(const struct capos_sqe *s)
{
    return s->flags == 0 && s->method_id == 0 && s->result_addr == 0 && s->result_len == 0 &&
           s->pipeline_dep == 0 && s->pipeline_field == 0 && s->xfer_cap_count == 0 && s->call_id == 0 &&
           s->session_disclosure == 0;
}

/* capos_sqe_check: 0 when the entry is well formed, else the CAPOS_ERR_* its completion must carry. */
static inline int32_t capos_sqe_check(const struct capos_sqe *s)
{
    bool ok = false;
    switch (s->opcode) {
    case CAPOS_OP_CALL:
        ok = capos_sqe_valid_call(s);
        break;
    case CAPOS_OP_RETURN:
        ok = capos_sqe_valid_return(s);
        break;
    case CAPOS_OP_RECV:
        ok = capos_sqe_valid_recv(s);
        break;
    case CAPOS_OP_RELEASE:
        ok = capos_sqe_valid_release(s);
        break;
    case CAPOS_OP_FINISH:
        return CAPOS_ERR_UNSUPPORTED_OPCODE;
    case CAPOS_OP_NOP:
        ok = capos_sqe_valid_nop(s);
        break;
    case CAPOS_OP_CANCEL:
        ok = capos_sqe_valid_cancel(s);
        break;
    case CAPOS_OP_PARK:
        ok = capos_sqe_valid_park(s);
        break;
    case CAPOS_OP_UNPARK:
        ok = capos_sqe_valid_unpark(s);
        break;
    default:
        break;
    }
    return ok ? 0 : CAPOS_ERR_INVALID_REQUEST;
}

/* capos_xfer_valid: true for a descriptor whose mode is copy or move and whose reserved half is zero. */
static inline bool capos_xfer_valid(const struct capos_xfer *x)
{
    return x->zero == 0 && (x->mode == CAPOS_XFER_COPY || x->mode == CAPOS_XFER_MOVE);
}

/*
 * capos_xfer_region: where the `count` descriptors behind `len` bytes at `addr` start and end (user
 * addresses). False when the sum overflows or the start is not a multiple of the descriptor's alignment (4).
 */
static inline bool capos_xfer_region(uint64_t addr, uint32_t len, uint16_t count, uint64_t *start,
                                     uint64_t *end)
{
    *start = addr + len;
    *end = *start + (uint64_t)count * sizeof(struct capos_xfer);
    return *start >= addr && *end >= *start && *start % _Alignof(struct capos_xfer) == 0;
}

#endif
