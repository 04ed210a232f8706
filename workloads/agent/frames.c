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

#include "frames_in.h"

static int channel = -1;
static uint64_t run_nonce;
static uint32_t next_seq;
static struct frames_in input;
static uint8_t frame_buffer[sizeof(struct bench_frame) + BENCH_MAX_PAYLOAD];

uint64_t clock_monotonic_ns(void)
{
    struct timespec ts;
    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
        return 0;
    return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

void frames_init(int fd, uint64_t nonce)
{
    frames_crc_init();
    frames_in_init(&input, nonce);
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
    f.payload_crc = frames_crc(payload, f.len);
    f.header_crc = frames_crc((const uint8_t *)&f, offsetof(struct bench_frame, header_crc));
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

int frames_channel(void)
{
    return channel;
}

int frames_read(enum bench_type *type, const uint8_t **payload, size_t *len)
{
    size_t room;
    uint8_t *to = frames_in_space(&input, &room);
    ssize_t got = read(channel, to, room);

    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (got <= 0)
        return -EPIPE;
    return frames_in_take(&input, (size_t)got, type, payload, len);
}

int frames_sync(const char *text)
{
    enum bench_type type;
    const uint8_t *payload;
    size_t len;
    int rc;

    frames_text(BENCH_SYNC, "%s", text);
    do
        rc = frames_read(&type, &payload, &len);
    while (rc == 0);
    if (rc < 0)
        return rc;
    return type == BENCH_GO ? 0 : -EBADMSG;
}
