/* SPDX-License-Identifier: MIT */
/*
 * Frames to the guest; see guest.h and guest_input.h.
 * Invariant: `at` never passes the queue's length; what was written is dropped before the queue grows.
 */
#include "guest_input.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"

#define QUEUE_MAX (4u * BENCH_MAX_PAYLOAD)

void guest_input_init(struct guest_input *in, uint64_t nonce)
{
    *in = (struct guest_input){.fd = -1, .typed_fd = -1, .nonce = nonce};
}

static size_t queued(const struct guest_input *in)
{
    return in->queue.len - in->at;
}

size_t guest_input_room(const struct guest_input *in)
{
    size_t used = queued(in) + sizeof(struct bench_frame);

    if (in->closed || used >= QUEUE_MAX)
        return 0;
    return QUEUE_MAX - used < BENCH_MAX_PAYLOAD ? QUEUE_MAX - used : BENCH_MAX_PAYLOAD;
}

bool guest_input_wanted(const struct guest_input *in)
{
    return in->fd >= 0 && in->open && !in->closed && queued(in) > 0;
}

int guest_input_write(struct guest_input *in)
{
    while (guest_input_wanted(in)) {
        const char *from = in->queue.p + in->at;
        ssize_t put =
            in->socket ? send(in->fd, from, queued(in), MSG_NOSIGNAL) : write(in->fd, from, queued(in));

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno == EAGAIN ? 0 : -errno;
        in->at += (size_t)put;
    }
    if (queued(in) == 0)
        in->at = in->queue.len = 0;
    return 0;
}

static void queue_compact(struct guest_input *in)
{
    if (in->at == 0)
        return;
    memmove(in->queue.p, in->queue.p + in->at, queued(in));
    in->queue.len -= in->at;
    in->at = 0;
}

int guest_input_send(struct guest_input *in, unsigned type, const void *payload, size_t len)
{
    struct bench_frame h = {.magic = BENCH_MAGIC,
                            .type = (uint16_t)type,
                            .seq = in->seq,
                            .len = (uint32_t)len,
                            .nonce = in->nonce};

    if (len > BENCH_MAX_PAYLOAD || (type != BENCH_STDIN && type != BENCH_GO && type != BENCH_SIZE))
        return -EINVAL;
    if (in->closed)
        return -EPIPE;
    if (queued(in) + sizeof h + len > QUEUE_MAX)
        return -ENOBUFS;
    h.payload_crc = channel_crc32(0, payload, len);
    h.header_crc = channel_crc32(0, &h, offsetof(struct bench_frame, header_crc));
    queue_compact(in);
    buf_add(&in->queue, &h, sizeof h);
    if (len)
        buf_add(&in->queue, payload, len);
    in->seq++;
    /* A broken descriptor shows at the guest's end, and is judged there. */
    (void)guest_input_write(in);
    return 0;
}

bool guest_input_typed(const struct guest_input *in)
{
    return in->typed_at < in->typed_len;
}

void guest_input_typed_write(struct guest_input *in)
{
    while (guest_input_typed(in)) {
        ssize_t put = write(in->typed_fd, in->typed + in->typed_at, in->typed_len - in->typed_at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN)
            return;
        in->typed_at = put < 0 ? in->typed_len : in->typed_at + (size_t)put;
    }
}

int guest_input_type(struct guest_input *in, const void *bytes, size_t n)
{
    if (in->typed_fd < 0)
        return -ENOTTY;
    if (n > sizeof in->typed)
        return -EINVAL;
    if (guest_input_typed(in))
        return -ENOBUFS;
    memcpy(in->typed, bytes, n);
    in->typed_at = 0;
    in->typed_len = n;
    guest_input_typed_write(in);
    return 0;
}

void guest_input_free(struct guest_input *in)
{
    buf_free(&in->queue);
    in->closed = true;
}
