/* SPDX-License-Identifier: MIT */
/* Byte pipes. Invariant: a write of zero bytes is never sent: zero written is how the reader's absence is
 * told. */
#include "capos/pipe.h"

#define REPLY_OVERHEAD                                                                                       \
    CAPOS_PIPE_READ_MEM(0) /* framing, root, pointers: what a read's reply holds besides data, rounded up */

static int64_t read_data(struct capos_reply *reply, uint32_t max, const uint8_t **p)
{
    uint32_t got;
    int err = capnp_get_data(&reply->root, CAPOS_R_PIPE_READ_DATA_PTR, p, &got);
    if (err < 0)
        return err;
    if (got > max || (got == 0 && !capnp_get_bool(&reply->root, CAPOS_R_PIPE_READ_EOF_BIT)))
        return -EPROTO;
    return got;
}

int64_t capos_pipe_read(uint32_t pipe, void *buf, size_t len)
{
    struct capos_request r;
    struct capos_reply reply;
    const uint8_t *p;
    uint32_t n = len < CAPOS_READ_MAX ? (uint32_t)len : CAPOS_READ_MAX;
    capos_request_begin(&r, pipe, CAPOS_M_PIPE_READ, CAPOS_P_PIPE_READ_WORDS, CAPOS_P_PIPE_READ_PTRS);
    capnp_set_u32(&r.root, CAPOS_P_PIPE_READ_MAX_LEN, n);
    int err = capos_request_send(&r, &reply);
    if (err < 0)
        return err;
    int64_t got = read_data(&reply, n, &p);
    if (got > 0)
        __builtin_memcpy(buf, p, (size_t)got);
    return got;
}

static int64_t written_of(const struct capos_reply *reply, uint32_t n)
{
    uint32_t written = capnp_get_u32(&reply->root, CAPOS_R_PIPE_WRITE_BYTES_WRITTEN);
    if (written > n)
        return -EPROTO;
    return written == 0 ? -EPIPE : (int64_t)written;
}

int64_t capos_pipe_write(uint32_t pipe, const void *buf, size_t len)
{
    struct capos_request r;
    struct capos_reply reply;
    if (len == 0)
        return 0;
    uint32_t n = len < CAPOS_WRITE_MAX ? (uint32_t)len : CAPOS_WRITE_MAX;
    capos_request_begin(&r, pipe, CAPOS_M_PIPE_WRITE, CAPOS_P_PIPE_WRITE_WORDS, CAPOS_P_PIPE_WRITE_PTRS);
    capnp_set_data(&r.root, CAPOS_P_PIPE_WRITE_DATA_PTR, buf, n);
    int err = capos_request_send(&r, &reply);
    if (err < 0)
        return err;
    return written_of(&reply, n);
}

int capos_pipe_close(uint32_t pipe)
{
    struct capos_reply reply;
    return capos_call_empty(pipe, CAPOS_M_PIPE_CLOSE, &reply);
}

int capos_pipe_is_closed(uint32_t pipe, bool *closed)
{
    struct capos_reply reply;
    int err = capos_call_empty(pipe, CAPOS_M_PIPE_IS_CLOSED, &reply);
    if (err == 0)
        *closed = capnp_get_bool(&reply.root, CAPOS_R_PIPE_IS_CLOSED_CLOSED_BIT);
    return err;
}

static uint32_t async_max(size_t bytes)
{
    size_t n = bytes - REPLY_OVERHEAD;
    return n < CAPOS_READ_MAX ? (uint32_t)n : CAPOS_READ_MAX;
}

int capos_pipe_read_begin(struct capos_async *a, uint32_t pipe, void *buf, size_t bytes)
{
    struct capos_request r;
    if (bytes <= REPLY_OVERHEAD)
        return -EINVAL;
    capos_async_begin(a, &r, pipe, CAPOS_M_PIPE_READ, CAPOS_P_PIPE_READ_WORDS, CAPOS_P_PIPE_READ_PTRS, buf,
                      bytes);
    capnp_set_u32(&r.root, CAPOS_P_PIPE_READ_MAX_LEN, async_max(bytes));
    return capos_async_submit(a, &r);
}

int64_t capos_pipe_read_end(const struct capos_async *a, const uint8_t **p)
{
    struct capos_reply reply;
    int err = capos_async_reply(a, &reply);
    return err < 0 ? err : read_data(&reply, async_max(a->result_bytes), p);
}

#define WRITE_REPLY 128u /* of the memory of a posted write, at its end */

int capos_pipe_write_begin(struct capos_async *a, uint32_t pipe, const void *buf, size_t len, void *mem,
                           size_t bytes)
{
    struct capos_request r;
    if (len == 0 || len > CAPOS_PIPE_ATOMIC || bytes < CAPOS_PIPE_WRITE_MEM(len))
        return -EINVAL;
    size_t room = (bytes - WRITE_REPLY) & ~(size_t)7;
    capos_async_begin_in(a, &r, pipe, CAPOS_M_PIPE_WRITE, CAPOS_P_PIPE_WRITE_WORDS, CAPOS_P_PIPE_WRITE_PTRS,
                         mem, room, (uint8_t *)mem + room, WRITE_REPLY);
    int err = capnp_set_data(&r.root, CAPOS_P_PIPE_WRITE_DATA_PTR, buf, (uint32_t)len);
    return err < 0 ? err : capos_async_submit(a, &r);
}

int64_t capos_pipe_write_end(const struct capos_async *a)
{
    struct capos_reply reply;
    int err = capos_async_reply(a, &reply);
    return err < 0 ? err : written_of(&reply, CAPOS_PIPE_ATOMIC);
}
