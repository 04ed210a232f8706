/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the bench channel's parser. The first byte says how the rest is cut into pieces, and whether
 * checksums are made to hold, so that mutations also reach what lies behind them. Invariant: frames delivered
 * are numbered from 0 without a gap and carry the nonce; a broken channel stays broken.
 */
#include <string.h>

#include "channel.h"
#include "frames.h"
#include "fuzz.h"

enum { MAX_INPUT = 32768 };

static const uint64_t nonce = UINT64_C(0x1122334455667788);
static uint32_t expected;
static uint64_t sum;

static int take(void *ctx, const struct bench_frame *h, const uint8_t *payload)
{
    (void)ctx;
    fuzz_check(h->seq == expected && h->nonce == nonce && h->len <= BENCH_MAX_PAYLOAD);
    fuzz_check((h->seq == 0) == (h->type == BENCH_HELLO));
    fuzz_check(channel_crc32(0, payload, h->len) == h->payload_crc);
    if (h->type == BENCH_FILE_BEGIN)
        fuzz_check(
            channel_path_safe(payload + sizeof(struct bench_file), h->len - sizeof(struct bench_file)));
    for (uint32_t i = 0; i < h->len; i++)
        sum += payload[i];
    expected++;
    return 0;
}

static uint32_t crc(const uint8_t *data, size_t n)
{
    return channel_crc32(0, data, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct channel c;
    static uint8_t b[MAX_INPUT];
    size_t piece, n;

    if (len < 1 || len > MAX_INPUT)
        return 0;
    n = len - 1;
    piece = data[0] & 0x7f ? data[0] & 0x7f : n + 1;
    memcpy(b, data + 1, n);
    if (data[0] & 0x80)
        frames_repair(b, n, nonce, crc);
    expected = 0;
    channel_init(&c, nonce, take, NULL);
    for (size_t at = 0; at < n; at += piece) {
        int err = channel_feed(&c, b + at, n - at < piece ? n - at : piece);
        fuzz_check((err != 0) == c.broken && (!c.broken || c.why[0]));
        if (err)
            break;
    }
    int end = channel_end(&c);
    fuzz_check(end == 0 ? c.done && !c.broken : c.broken && channel_feed(&c, b, n ? 1 : 0) != 0);
    return 0;
}

static uint8_t stream[1024];

static size_t put(size_t at, uint32_t seq, unsigned type, const void *payload, size_t len)
{
    struct bench_frame h = {
        .magic = BENCH_MAGIC, .type = (uint16_t)type, .seq = seq, .len = (uint32_t)len, .nonce = nonce};

    h.payload_crc = channel_crc32(0, payload, len);
    h.header_crc = channel_crc32(0, &h, offsetof(struct bench_frame, header_crc));
    memcpy(stream + at, &h, sizeof h);
    if (len)
        memcpy(stream + at + sizeof h, payload, len);
    return at + sizeof h + len;
}

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static struct fuzz_seed s[3];
    const struct bench_mark mark = {.iteration = 1};
    const struct bench_exit ended = {.code = 3};
    const struct bench_done done = {.frames = 9};
    const uint8_t file[20] = {3, [16] = 'a', '/', 'b', 'c'}, output[6] = {1, 0, 0, 0, 'h', 'i'};
    size_t n = 1;

    stream[0] = 0x80 + 9;
    n = put(n, 0, BENCH_HELLO, "agent 1 capos", 13);
    n = put(n, 1, BENCH_STEP, "timed compress", 14);
    n = put(n, 2, BENCH_BEGIN, &mark, sizeof mark);
    n = put(n, 3, BENCH_OUTPUT, output, sizeof output);
    n = put(n, 4, BENCH_END, &mark, sizeof mark);
    n = put(n, 5, BENCH_EXIT, &ended, sizeof ended);
    n = put(n, 6, BENCH_FILE_BEGIN, file, sizeof file);
    n = put(n, 7, BENCH_FILE_DATA, "xyz", 3);
    n = put(n, 8, BENCH_FILE_END, NULL, 0);
    n = put(n, 9, BENCH_DONE, &done, sizeof done);
    s[0] = (struct fuzz_seed){stream, n};
    s[1] = (struct fuzz_seed){stream, n - 5};
    s[2] = (struct fuzz_seed){"\0Linux version 6.1", 18};
    *seeds = s;
    return 3;
}
