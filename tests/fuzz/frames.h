/* SPDX-License-Identifier: MIT */
/* Frames of the bench channel that mutation has broken, made whole again, so that it also reaches what lies
 * behind the checks of the head. The checksum is that of the code under test. */
#ifndef FUZZ_FRAMES_H
#define FUZZ_FRAMES_H

#include <string.h>

#include "abi/bench.h"

/* Gives a frame at `at` with its payload behind it the right head. */
static inline void frame_seal(uint8_t *at, uint32_t seq, uint64_t nonce,
                              uint32_t (*crc)(const uint8_t *data, size_t n))
{
    struct bench_frame h;

    memcpy(&h, at, sizeof h);
    h.magic = BENCH_MAGIC;
    h.nonce = nonce;
    h.seq = seq;
    h.zero = 0;
    h.payload_crc = crc(at + sizeof h, h.len);
    h.header_crc = crc((const uint8_t *)&h, offsetof(struct bench_frame, header_crc));
    memcpy(at, &h, sizeof h);
}

/* Seals every frame of `b` that fits its announced length. */
static inline void frames_repair(uint8_t *b, size_t n, uint64_t nonce,
                                 uint32_t (*crc)(const uint8_t *data, size_t n))
{
    struct bench_frame h;
    uint32_t seq = 0;

    for (size_t at = 0; n - at >= sizeof h; at += sizeof h + h.len) {
        memcpy(&h, b + at, sizeof h);
        if (h.len > n - at - sizeof h)
            return;
        frame_seal(b + at, seq++, nonce, crc);
    }
}

#endif
