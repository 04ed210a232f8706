/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the agent's parser of what the host sends. The first byte says how the rest is cut into pieces, and
 * whether checksums, nonce and sequence are made to hold. Invariant: frames come out numbered without a gap,
 * of a host-to-guest type, with a payload within its limit whose checksum holds.
 */
#include <string.h>

#include "frames.h"
#include "frames_in.h"
#include "fuzz.h"

enum { MAX_INPUT = 32768 };

static const uint64_t nonce = UINT64_C(0x1122334455667788);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct frames_in in;
    static uint8_t b[MAX_INPUT];
    size_t piece, at = 0, len, room, part;
    const uint8_t *payload;
    enum bench_type type;
    uint32_t frames = 0;

    if (n < 1 || n > MAX_INPUT)
        return 0;
    frames_crc_init();
    piece = data[0] & 0x7f ? data[0] & 0x7f : n;
    memcpy(b, data + 1, --n);
    if (data[0] & 0x80)
        frames_repair(b, n, nonce, frames_crc);
    frames_in_init(&in, nonce);
    while (at < n) {
        uint8_t *to = frames_in_space(&in, &room);

        fuzz_check(room > 0 && to + room <= in.bytes + sizeof in.bytes);
        part = room < piece ? room : piece;
        part = part < n - at ? part : n - at;
        memcpy(to, b + at, part);
        at += part;
        int got = frames_in_take(&in, part, &type, &payload, &len);
        if (got < 0)
            break;
        if (got == 1) {
            frames++;
            fuzz_check(in.next_seq == frames && len <= BENCH_MAX_PAYLOAD);
            fuzz_check(type == BENCH_STDIN || (type == BENCH_GO && len == 0) ||
                       (type == BENCH_SIZE && len == sizeof(struct bench_size)));
        }
    }
    return 0;
}

static uint8_t stream[512];

static size_t put(size_t at, uint32_t seq, unsigned type, const char *payload)
{
    struct bench_frame h = {.type = (uint16_t)type, .len = (uint32_t)strlen(payload)};

    memcpy(stream + at, &h, sizeof h);
    memcpy(stream + at + sizeof h, payload, h.len);
    frame_seal(stream + at, seq, nonce, frames_crc);
    return at + sizeof h + h.len;
}

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static struct fuzz_seed s[2];
    size_t n = 1;

    frames_crc_init();
    stream[0] = 0x80 + 13;
    n = put(n, 0, BENCH_STDIN, "echo hi\n");
    n = put(n, 1, BENCH_GO, "");
    n = put(n, 2, BENCH_SIZE, "abcd");
    n = put(n, 3, BENCH_STDIN, "");
    s[0] = (struct fuzz_seed){stream, n};
    s[1] = (struct fuzz_seed){stream, n - 7};
    *seeds = s;
    return 2;
}
