/* SPDX-License-Identifier: MIT */
/*
 * Calls made so often that their messages are written and read as words (capnp.h: flat messages). Private to
 * libcapos. Invariant: params and, unless the caller brings memory, result are call.c's shared buffers: one
 * call at a time, and a result is gone with the next call; a result of any other shape is read by the general
 * reader.
 */
#ifndef LIBCAPOS_FLAT_H
#define LIBCAPOS_FLAT_H

#include "capos/call.h"

/* Where the params of the next call go: room for CAPOS_WRITE_MAX bytes of data and their framing. */
__attribute__((visibility("hidden"))) uint64_t *flat_params(void);
/* Sends `bytes` bytes of params (0: none) and waits. 0 with the result message, or a negative errno. */
__attribute__((visibility("hidden"))) int flat_send(uint32_t cap, uint16_t method, size_t bytes,
                                                    const uint64_t **result, size_t *result_bytes);
/* The same with the result message in `room` bytes at `result`; it may be no more than that. */
__attribute__((visibility("hidden"))) int flat_send_to(uint32_t cap, uint16_t method, size_t bytes,
                                                       uint64_t *result, size_t room, size_t *result_bytes);

#endif
