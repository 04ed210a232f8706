/* SPDX-License-Identifier: MIT */
/*
 * Bench-channel frames for tests.
 * Invariant: frame_put makes a frame that is right in every field; a test spoils exactly one thing and, where
 * the defect is not the checksum itself, seals it again.
 */
#ifndef TESTS_CHANNEL_FRAMES_H
#define TESTS_CHANNEL_FRAMES_H

#include <string.h>

#include "abi/bench.h"
#include "channel.h"

#define FRAMES_NONCE UINT64_C(0x1122334455667788)

/* Computes the header's checksum again. */
static inline void frame_seal(uint8_t *at)
{
    struct bench_frame h;

    memcpy(&h, at, sizeof h);
    h.header_crc = channel_crc32(0, &h, offsetof(struct bench_frame, header_crc));
    memcpy(at, &h, sizeof h);
}

/* Writes a frame at `at`; returns its length. */
static inline size_t frame_put(uint8_t *at, uint64_t nonce, uint32_t seq, unsigned type, const void *payload,
                               size_t len)
{
    struct bench_frame h = {.magic = BENCH_MAGIC,
                            .type = (uint16_t)type,
                            .seq = seq,
                            .len = (uint32_t)len,
                            .nonce = nonce,
                            .guest_ns = 1000 + seq,
                            .payload_crc = channel_crc32(0, payload, len)};

    memcpy(at, &h, sizeof h);
    if (len)
        memcpy(at + sizeof h, payload, len);
    frame_seal(at);
    return sizeof h + len;
}

/* HELLO of an agent of that guest, as frame 0. */
static inline size_t frame_hello(uint8_t *at, uint64_t nonce, const char *text)
{
    return frame_put(at, nonce, 0, BENCH_HELLO, text, strlen(text));
}

/* FILE_BEGIN of a path. */
static inline size_t frame_file(uint8_t *at, uint64_t nonce, uint32_t seq, uint64_t size, uint32_t kind,
                                const char *path, size_t len)
{
    uint8_t payload[sizeof(struct bench_file) + 400] = {0};
    struct bench_file f = {.size = size, .kind = kind};

    memcpy(payload, &f, sizeof f);
    memcpy(payload + sizeof f, path, len);
    return frame_put(at, nonce, seq, BENCH_FILE_BEGIN, payload, sizeof f + len);
}

/* DONE with a status, as frame `seq`. */
static inline size_t frame_done(uint8_t *at, uint64_t nonce, uint32_t seq, uint32_t status)
{
    struct bench_done d = {.status = status, .frames = seq};

    return frame_put(at, nonce, seq, BENCH_DONE, &d, sizeof d);
}

#endif
