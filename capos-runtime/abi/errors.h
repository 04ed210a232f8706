/* SPDX-License-Identifier: MIT */
/*
 * What a completion can report: ring errors (negative results) and the types of a CapException.
 * Invariant: a method's own failure is an exception (result −9 or −10); every other negative result is the
 * ring's. Source: the published ring ABI and the ExceptionType enum of the schema.
 */
#ifndef ABI_ERRORS_H
#define ABI_ERRORS_H

/* CQE results below zero. */
#define CAPOS_ERR_INVALID_REQUEST             (-1)  /* malformed SQE */
#define CAPOS_ERR_INVALID_PARAMS_BUFFER       (-2)  /* addr/len not readable */
#define CAPOS_ERR_INVALID_RESULT_BUFFER       (-3)  /* result_addr/result_len not writable or too small */
#define CAPOS_ERR_INVOKE_FAILED               (-4)  /* stale or unknown id, or an operation not served */
#define CAPOS_ERR_UNSUPPORTED_OPCODE          (-5)  /* reserved opcode (FINISH) */
#define CAPOS_ERR_TRANSFER_NOT_SUPPORTED      (-6)  /* this capability or mode cannot be transferred */
#define CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR (-7)  /* malformed descriptor */
#define CAPOS_ERR_TRANSFER_ABORTED            (-8)  /* a transfer began and could not be finished */
#define CAPOS_ERR_EXCEPTION                   (-9)  /* a CapException message is in the result buffer */
#define CAPOS_ERR_EXCEPTION_TRUNCATED         (-10) /* the same, but it did not fit */

/* CapException.type. */
enum capos_exception_type {
    CAPOS_EXC_FAILED = 0,
    CAPOS_EXC_OVERLOADED = 1,
    CAPOS_EXC_DISCONNECTED = 2,
    CAPOS_EXC_UNIMPLEMENTED = 3,
    CAPOS_EXC_INVALID_ARGUMENT = 4
};

#endif
