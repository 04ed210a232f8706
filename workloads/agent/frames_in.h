/* SPDX-License-Identifier: MIT */
/*
 * Parser of the bench channel's host-to-guest direction.
 * Invariant: only frames that pass every check come out: magic, zero field, known type, length, both
 * checksums, nonce, unbroken sequence from 0. Never more than one frame is held. Any bytes are safe.
 */
#ifndef AGENT_FRAMES_IN_H
#define AGENT_FRAMES_IN_H

#include <stddef.h>
#include <stdint.h>

#include "abi/bench.h"

struct frames_in {
    uint64_t nonce;
    uint32_t next_seq;
    size_t have; /* bytes of the frame being read */
    uint8_t bytes[sizeof(struct bench_frame) + BENCH_MAX_PAYLOAD];
};

/* Prepares for a run's nonce. frames_crc_init must have been called. */
void frames_in_init(struct frames_in *in, uint64_t nonce);
/* Where the next bytes go; *room (at least 1): how many of them may be put there. */
uint8_t *frames_in_space(struct frames_in *in, size_t *room);
/*
 * n bytes (at most the room) were put there. 1 when that made a frame whole: its type, and its payload, good
 * until the next call of frames_in_space; 0 when more is needed; -EBADMSG when it is no frame of this run.
 */
int frames_in_take(struct frames_in *in, size_t n, enum bench_type *type, const uint8_t **payload,
                   size_t *len);

/* Makes the checksum's tables, once. */
void frames_crc_init(void);
/* CRC-32 of n bytes, as abi/bench.h wants it. */
uint32_t frames_crc(const uint8_t *p, size_t n);

#endif
