/* SPDX-License-Identifier: MIT */
/*
 * The ring page: header, 16 submission entries, 32 completion entries, and the records that travel beside
 * messages. Invariant: every size and offset is asserted. Indices run freely and are masked; a distance above
 * the ring's size is corruption, and the consumer then jumps its head to the tail. Little-endian. Source: the
 * published ring module.
 */
#ifndef ABI_RING_H
#define ABI_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/errors.h"

#define CAPOS_SQ_ENTRIES 16u
#define CAPOS_CQ_ENTRIES 32u
#define CAPOS_SQE_OFFSET 128u
#define CAPOS_CQE_OFFSET (CAPOS_SQE_OFFSET + CAPOS_SQ_ENTRIES * 64u)

/* SQE opcodes. */
enum capos_op {
    CAPOS_OP_CALL = 0,
    CAPOS_OP_RETURN = 1,
    CAPOS_OP_RECV = 2,
    CAPOS_OP_RELEASE = 3,
    CAPOS_OP_FINISH = 4, /* reserved: completes with CAPOS_ERR_UNSUPPORTED_OPCODE */
    CAPOS_OP_NOP = 5,
    CAPOS_OP_CANCEL = 6,
    CAPOS_OP_PARK_BENCH = 7, /* measurement kernels only */
    CAPOS_OP_PARK = 8,
    CAPOS_OP_UNPARK = 9
};

/* SQE flags. */
#define CAPOS_SQE_PIPELINE         0x01u
#define CAPOS_SQE_LINK             0x02u
#define CAPOS_SQE_MULTISHOT        0x04u
#define CAPOS_SQE_DRAIN            0x08u
#define CAPOS_SQE_RETURN_EXCEPTION 0x10u /* RETURN: the payload is a CapException */
#define CAPOS_SQE_THREAD_OWNED     0x20u /* CALL, PARK: only the thread in call_id may have it dispatched */

/* CQE flags. */
#define CAPOS_CQE_MORE        0x1u
#define CAPOS_CQE_RESULT_CAPS 0x2u /* cap_count result-capability records follow the result bytes */

/* Results of PARK. */
enum capos_park_result {
    CAPOS_PARK_WOKEN = 0,
    CAPOS_PARK_MISMATCH = 1,
    CAPOS_PARK_TIMED_OUT = 2,
    CAPOS_PARK_INTERRUPTED = 3
};

/* Transfer descriptors: at most 16, 8-aligned at addr + len. */
#define CAPOS_XFER_COPY 1u
#define CAPOS_XFER_MOVE 2u
#define CAPOS_XFER_MAX  16u

/* CALL.session_disclosure: the caller-session fields that may be shown to an endpoint. */
#define CAPOS_DISCLOSE_PRINCIPAL_KIND UINT64_C(1)
#define CAPOS_DISCLOSE_AUTH_STRENGTH  UINT64_C(2)
#define CAPOS_DISCLOSE_PROFILE_CLASS  UINT64_C(4)
#define CAPOS_DISCLOSE_ALL            UINT64_C(7)

/* capos_caller_session.flags. */
#define CAPOS_SESSION_LIVE  0x1u
#define CAPOS_SESSION_STALE 0x2u

/* Page header. Volatile use of the indices is the accessor's business. */
struct capos_ring_header {
    uint32_t sq_head, sq_tail, sq_mask, sq_entries, sq_flags;
    uint32_t cq_head, cq_tail, cq_mask, cq_entries, cq_flags;
    uint32_t cq_overflow, sqe_offset, cqe_offset;
};

/* Submission entry. */
struct capos_sqe {
    uint8_t opcode; /* enum capos_op */
    uint8_t flags;
    uint16_t method_id;
    uint32_t cap_id;
    uint64_t user_data;
    uint64_t addr; /* params, or the park word */
    uint32_t len;  /* params bytes, the expected park value, or the waiters to wake */
    uint32_t result_len;
    uint64_t result_addr;
    uint64_t pipeline_dep; /* CANCEL: user_data of the RECV; PARK: relative timeout in ns */
    uint16_t pipeline_field;
    uint16_t xfer_cap_count;
    uint32_t call_id; /* RETURN: from RECV's completion; THREAD_OWNED: the thread */
    uint64_t session_disclosure;
};

/* Completion entry. */
struct capos_cqe {
    uint64_t user_data;
    int32_t result; /* bytes at result_addr, a park result, or CAPOS_ERR_* */
    uint16_t flags;
    uint16_t cap_count;
    uint64_t badge;
    uint32_t call_id;
    uint32_t zero;
};

/* One capability to hand over with a CALL or RETURN. */
struct capos_xfer {
    uint32_t cap_id;
    uint16_t mode; /* CAPOS_XFER_COPY or CAPOS_XFER_MOVE */
    uint16_t zero;
};

/* One capability that arrived with a completion. */
struct capos_result_cap {
    uint32_t cap_id;
    uint32_t zero;
    uint64_t interface_id;
};

/* Who called an endpoint. */
struct capos_caller_session {
    uint64_t scoped_ref, scoped_ref_hi, epoch;
    uint32_t flags, disclosed_fields;
    uint16_t principal_kind, auth_strength, profile_class, zero;
};

/* What RECV writes in front of the params. */
struct capos_recv_header {
    uint64_t interface_id;
    uint16_t method_id;
    uint16_t flags;
    uint32_t params_len;
    struct capos_caller_session caller;
};

#define CAPOS_AT(type, field, offset)                                                                        \
    _Static_assert(offsetof(struct type, field) == (offset), #type "." #field)
_Static_assert(sizeof(struct capos_ring_header) == 52, "ring header");
CAPOS_AT(capos_ring_header, sq_head, 0);
CAPOS_AT(capos_ring_header, sq_tail, 4);
CAPOS_AT(capos_ring_header, sq_mask, 8);
CAPOS_AT(capos_ring_header, sq_entries, 12);
CAPOS_AT(capos_ring_header, sq_flags, 16);
CAPOS_AT(capos_ring_header, cq_head, 20);
CAPOS_AT(capos_ring_header, cq_tail, 24);
CAPOS_AT(capos_ring_header, cq_mask, 28);
CAPOS_AT(capos_ring_header, cq_entries, 32);
CAPOS_AT(capos_ring_header, cq_flags, 36);
CAPOS_AT(capos_ring_header, cq_overflow, 40);
CAPOS_AT(capos_ring_header, sqe_offset, 44);
CAPOS_AT(capos_ring_header, cqe_offset, 48);
_Static_assert(sizeof(struct capos_sqe) == 64 && _Alignof(struct capos_sqe) == 8, "SQE");
CAPOS_AT(capos_sqe, opcode, 0);
CAPOS_AT(capos_sqe, flags, 1);
CAPOS_AT(capos_sqe, method_id, 2);
CAPOS_AT(capos_sqe, cap_id, 4);
CAPOS_AT(capos_sqe, user_data, 8);
CAPOS_AT(capos_sqe, addr, 16);
CAPOS_AT(capos_sqe, len, 24);
CAPOS_AT(capos_sqe, result_len, 28);
CAPOS_AT(capos_sqe, result_addr, 32);
CAPOS_AT(capos_sqe, pipeline_dep, 40);
CAPOS_AT(capos_sqe, pipeline_field, 48);
CAPOS_AT(capos_sqe, xfer_cap_count, 50);
CAPOS_AT(capos_sqe, call_id, 52);
CAPOS_AT(capos_sqe, session_disclosure, 56);
_Static_assert(sizeof(struct capos_cqe) == 32 && _Alignof(struct capos_cqe) == 8, "CQE");
CAPOS_AT(capos_cqe, user_data, 0);
CAPOS_AT(capos_cqe, result, 8);
CAPOS_AT(capos_cqe, flags, 12);
CAPOS_AT(capos_cqe, cap_count, 14);
CAPOS_AT(capos_cqe, badge, 16);
CAPOS_AT(capos_cqe, call_id, 24);
CAPOS_AT(capos_cqe, zero, 28);
_Static_assert(sizeof(struct capos_xfer) == 8, "transfer descriptor");
CAPOS_AT(capos_xfer, mode, 4);
CAPOS_AT(capos_xfer, zero, 6);
_Static_assert(sizeof(struct capos_result_cap) == 16, "result-capability record");
CAPOS_AT(capos_result_cap, zero, 4);
CAPOS_AT(capos_result_cap, interface_id, 8);
_Static_assert(sizeof(struct capos_caller_session) == 40, "caller session");
CAPOS_AT(capos_caller_session, scoped_ref_hi, 8);
CAPOS_AT(capos_caller_session, epoch, 16);
CAPOS_AT(capos_caller_session, flags, 24);
CAPOS_AT(capos_caller_session, disclosed_fields, 28);
CAPOS_AT(capos_caller_session, principal_kind, 32);
CAPOS_AT(capos_caller_session, auth_strength, 34);
CAPOS_AT(capos_caller_session, profile_class, 36);
CAPOS_AT(capos_caller_session, zero, 38);
_Static_assert(sizeof(struct capos_recv_header) == 56, "RECV header");
CAPOS_AT(capos_recv_header, method_id, 8);
CAPOS_AT(capos_recv_header, flags, 10);
CAPOS_AT(capos_recv_header, params_len, 12);
CAPOS_AT(capos_recv_header, caller, 16);
_Static_assert(CAPOS_CQE_OFFSET == 1152 && CAPOS_CQE_OFFSET + CAPOS_CQ_ENTRIES * 32 <= 4096, "one page");

/*
 * capos_ring_pending: how many entries lie between `head` and `tail` of a ring of `entries`. Gives false when
 * the distance is impossible; the consumer must then store `tail` into its head and treat the ring as empty.
 */
static inline bool capos_ring_pending(uint32_t head, uint32_t tail, uint32_t entries, uint32_t *pending)
{
    *pending = tail - head;
    if (*pending <= entries)
        return true;
    *pending = 0;
    return false;
}

#endif
