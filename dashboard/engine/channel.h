/* SPDX-License-Identifier: MIT */
/*
 * Parser of the bench channel's guest-to-host direction (capos-runtime/abi/bench.h).
 * Invariant: only frames that pass every check reach the sink: magic, zero field, known type, length, header
 * checksum, nonce, unbroken sequence from 0, payload checksum, a payload of its type's shape, HELLO first,
 * nothing after DONE. After the first defect the channel is broken for good and says why. Any bytes are safe
 * to feed.
 */
#ifndef ENGINE_CHANNEL_H
#define ENGINE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/bench.h"

/* One whole frame. Returning non-zero (a negative errno) stops the feed with that value. */
typedef int channel_sink(void *ctx, const struct bench_frame *head, const uint8_t *payload);

struct channel {
    uint64_t nonce;
    channel_sink *sink;
    void *ctx;
    uint32_t next_seq;
    bool done;   /* DONE has been delivered */
    bool broken; /* `why` says how */
    struct bench_done last;
    size_t have; /* bytes of the current frame in buf */
    char why[192];
    uint8_t buf[sizeof(struct bench_frame) + BENCH_MAX_PAYLOAD];
};

/* Prepares a channel for a run's nonce. */
void channel_init(struct channel *c, uint64_t nonce, channel_sink *sink, void *ctx);

/* Takes the next n bytes. 0; -EBADMSG when the channel is (or just was) broken; or the sink's value. */
int channel_feed(struct channel *c, const void *bytes, size_t n);

/* At the end of the stream: 0 when it ended after DONE, else -EBADMSG with `why` set. */
int channel_end(struct channel *c);

/* CRC-32 (IEEE 802.3, reflected, initial and final inversion) of n bytes, continuing from `crc` (0 at first).
 */
uint32_t channel_crc32(uint32_t crc, const void *bytes, size_t n);

/* "HELLO", "BEGIN" …; "?" for an unknown type. */
const char *channel_type_name(unsigned type);

/*
 * Offset of the path in a checked FILE_BEGIN payload is sizeof(struct bench_file); its length is what
 * remains. Is it fit for the host: relative, at most BENCH_PATH_MAX bytes, components not empty, not "." or
 * "..", no control bytes, no backslash?
 */
bool channel_path_safe(const uint8_t *path, size_t len);

#endif
