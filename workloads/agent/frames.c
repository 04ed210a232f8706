/* SPDX-License-Identifier: MIT */
/* Frames out: header, checksums and payload in one buffer, written whole. */
#include "frames.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int channel = -1;
static uint64_t run_nonce;
static uint32_t next_seq;
static uint32_t crc_table[8][256];
static uint8_t frame_buffer[sizeof(struct bench_frame) + BENCH_MAX_PAYLOAD];

/* CRC-32 of IEEE 802.3, eight bytes at a time (Kounavis and Berry, "slicing-by-8"). */
static void crc_init(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = (c >> 1) ^ (UINT32_C(0xedb88320) & (0u - (c & 1u)));
        crc_table[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < 8; t++)
            crc_table[t][i] = (crc_table[t - 1][i] >> 8) ^ crc_table[0][crc_table[t - 1][i] & 0xffu];
}

static uint32_t crc_bytes(const uint8_t *p, size_t n)
{
    uint32_t c = UINT32_MAX;
    for (; n >= 8; n -= 8, p += 8) {
        uint32_t lo, hi;
        memcpy(&lo, p, 4);
        memcpy(&hi, p + 4, 4);
        lo ^= c;
        c = crc_table[7][lo & 0xffu] ^ crc_table[6][(lo >> 8) & 0xffu] ^ crc_table[5][(lo >> 16) & 0xffu] ^
            crc_table[4][lo >> 24] ^ crc_table[3][hi & 0xffu] ^ crc_table[2][(hi >> 8) & 0xffu] ^
            crc_table[1][(hi >> 16) & 0xffu] ^ crc_table[0][hi >> 24];
    }
    while (n-- > 0)
        c = (c >> 8) ^ crc_table[0][(c ^ *p++) & 0xffu];
    return ~c;
}

uint64_t clock_monotonic_ns(void)
{
    struct timespec ts;
    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
        return 0;
    return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

void frames_init(int fd, uint64_t nonce)
{
    crc_init();
    channel = fd;
    run_nonce = nonce;
}

static void write_whole(const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t got = write(channel, p, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            _exit(111);
        p += got;
        n -= (size_t)got;
    }
}

void frames_send(enum bench_type type, const void *head, size_t head_len, const void *body, size_t body_len)
{
    struct bench_frame f = {.magic = BENCH_MAGIC,
                            .type = (uint16_t)type,
                            .seq = next_seq++,
                            .len = (uint32_t)(head_len + body_len),
                            .nonce = run_nonce,
                            .guest_ns = clock_monotonic_ns()};
    uint8_t *payload = frame_buffer + sizeof f;

    if (head_len + body_len > BENCH_MAX_PAYLOAD)
        abort();
    if (head_len > 0)
        memcpy(payload, head, head_len);
    if (body_len > 0 && (const uint8_t *)body != payload + head_len)
        memcpy(payload + head_len, body, body_len);
    f.payload_crc = crc_bytes(payload, f.len);
    f.header_crc = crc_bytes((const uint8_t *)&f, offsetof(struct bench_frame, header_crc));
    memcpy(frame_buffer, &f, sizeof f);
    write_whole(frame_buffer, sizeof f + f.len);
}

void frames_text(enum bench_type type, const char *fmt, ...)
{
    char text[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0)
        n = 0;
    if ((size_t)n >= sizeof text)
        n = (int)sizeof text - 1;
    frames_send(type, NULL, 0, text, (size_t)n);
}

uint32_t frames_sent(void)
{
    return next_seq;
}
