/* SPDX-License-Identifier: MIT */
/*
 * Requests and replies over the ring. Invariant: the two shared buffers are named in at most one outstanding
 * entry, which capos_request_send waits for before it returns; longer-lived calls bring their own (struct
 * capos_async).
 */
#include "capos/call.h"

#include "flat.h"
#include "ring_path.h"

#include "abi/fields.h"
#include "abi/layout.h"

#define RESULT_BYTES (CAPOS_SCRATCH_BYTES / 2)
#define PARAMS_BYTES (CAPOS_INLINE_DATA_BYTES + 4096)

static uint64_t params_buf[PARAMS_BYTES / 8];
static uint64_t result_buf[RESULT_BYTES / 8];

static unsigned last_type;
static char last_text[120];

/* First words of an exception's text and what they stand for: the kernel's table (errno_words), read
 * backwards. */
static const struct {
    const char *words;
    int err;
} word_table[] = {
    {"not found", ENOENT},
    {"exists", EEXIST},
    {"not a directory", ENOTDIR},
    {"is a directory", EISDIR},
    {"not empty", ENOTEMPTY},
    {"read-only", EROFS},
    {"no space", ENOSPC},
    {"no memory", ENOMEM},
    {"name too long", ENAMETOOLONG},
    {"too large", EFBIG},
    {"too long", E2BIG},
    {"busy", EBUSY},
    {"access denied", EACCES},
    {"not permitted", EPERM},
    {"broken pipe", EPIPE},
    {"closed", EBADF},
    {"too many capabilities", EMFILE},
    {"too many objects", ENFILE},
    {"try again", EAGAIN},
    {"no device", ENODEV},
    {"no such process", ESRCH},
    {"not executable", ENOEXEC},
    {"bad address", EFAULT},
    {"out of range", ERANGE},
    {"malformed message", EBADMSG},
    {"input/output error", EIO},
    {"data damaged", EIO},
};

static bool starts_with(const char *text, size_t len, const char *words)
{
    size_t i = 0;
    while (i < len && words[i] != '\0' && text[i] == words[i])
        i++;
    if (words[i] != '\0')
        return false;
    return i == len || text[i] == ':' || text[i] == ' ' || text[i] == ',' || text[i] == '.';
}

int capos_exception_errno(unsigned type, const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof word_table / sizeof word_table[0]; i++)
        if (starts_with(text, len, word_table[i].words))
            return word_table[i].err;
    switch (type) {
    case CAPOS_EXC_OVERLOADED:
        return ENOMEM;
    case CAPOS_EXC_DISCONNECTED:
        return EPIPE;
    case CAPOS_EXC_UNIMPLEMENTED:
        return ENOSYS;
    case CAPOS_EXC_INVALID_ARGUMENT:
        return EINVAL;
    default:
        return EIO;
    }
}

const char *capos_exception_last(unsigned *type)
{
    *type = last_type;
    return last_text;
}

/* The exception message in `buf`: remembered, and turned into a negative errno. */
static int exception_read(const void *buf, size_t bytes)
{
    struct capnp_msg msg;
    struct capnp_struct root;
    const char *text = "";
    uint32_t len = 0;
    /* The result does not say how long the message is: the framing does. One segment is what a kernel sends.
     */
    if (bytes < 8)
        return -EIO;
    uint32_t words = ((const uint32_t *)buf)[1];
    if (((const uint32_t *)buf)[0] != 0 || words > (bytes - 8) / 8)
        return -EIO;
    if (capnp_msg_open(&msg, buf, 8 + (size_t)words * 8) < 0 || capnp_root(&msg, &root) < 0 ||
        capnp_get_text(&root, CAPOS_S_CAP_EXCEPTION_MESSAGE_PTR, &text, &len) < 0)
        return -EIO;
    last_type = capnp_get_u16(&root, CAPOS_S_CAP_EXCEPTION_TYPE);
    size_t n = len < sizeof last_text - 1 ? len : sizeof last_text - 1;
    for (size_t i = 0; i < n; i++)
        last_text[i] = text[i];
    last_text[n] = '\0';
    return -capos_exception_errno(last_type, text, len);
}

static int ring_errno(int32_t result)
{
    switch (result) {
    case CAPOS_ERR_INVALID_PARAMS_BUFFER:
        return -EFAULT;
    case CAPOS_ERR_INVALID_RESULT_BUFFER:
        return -EMSGSIZE;
    case CAPOS_ERR_INVOKE_FAILED:
        return -EBADF;
    case CAPOS_ERR_UNSUPPORTED_OPCODE:
        return -ENOSYS;
    case CAPOS_ERR_TRANSFER_NOT_SUPPORTED:
        return -EPERM;
    case CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR:
        return -EBADF;
    case CAPOS_ERR_TRANSFER_ABORTED:
        return -ECANCELED;
    case CAPOS_ERR_EXCEPTION_TRUNCATED:
        return -EIO;
    default:
        return -EINVAL;
    }
}

/* Reads a completed call's result buffer. */
static int reply_read(const struct capos_pending *op, const void *buf, size_t bytes,
                      struct capos_reply *reply)
{
    static struct capnp_struct empty;
    reply->ncaps = 0;
    reply->root = empty;
    if (op->result == CAPOS_ERR_EXCEPTION)
        return exception_read(buf, bytes);
    if (op->result < 0)
        return ring_errno(op->result);
    size_t len = (size_t)op->result;
    if (len > bytes || (op->flags & CAPOS_CQE_RESULT_CAPS &&
                        (size_t)op->cap_count * sizeof(struct capos_result_cap) > bytes - len))
        return -EPROTO;
    if (op->flags & CAPOS_CQE_RESULT_CAPS) {
        const uint8_t *p = (const uint8_t *)buf + len;
        for (uint32_t i = 0; i < op->cap_count && i < CAPOS_REPLY_CAPS; i++, reply->ncaps++)
            __builtin_memcpy(&reply->caps[i], p + i * sizeof reply->caps[0], sizeof reply->caps[0]);
    }
    if (len == 0)
        return 0;
    if (capnp_open(&reply->msg, buf, len, &reply->root) < 0) {
        capos_reply_drop(reply);
        return -EPROTO;
    }
    return 0;
}

static void request_init(struct capos_request *r, uint32_t cap, uint16_t method, uint16_t words,
                         uint16_t ptrs, void *buf, size_t bytes)
{
    r->cap = cap;
    r->method = method;
    r->nxfers = 0;
    if (words == 0 && ptrs == 0) {
        r->build.buf = NULL; /* no parameters: no message */
        r->build.err = 0;
        return;
    }
    capnp_build_init(&r->build, buf, bytes);
    capnp_build_root(&r->build, words, ptrs, &r->root);
}

void capos_request_begin(struct capos_request *r, uint32_t cap, uint16_t method, uint16_t words,
                         uint16_t ptrs)
{
    request_init(r, cap, method, words, ptrs, params_buf, sizeof params_buf);
}

int capos_request_transfer(struct capos_request *r, uint32_t cap, uint16_t mode)
{
    if (r->nxfers == CAPOS_XFER_MAX)
        return -E2BIG;
    r->xfers[r->nxfers++] = (struct capos_xfer){.cap_id = cap, .mode = mode};
    return 0;
}

/* Ends the message, puts the transfer descriptors behind it and queues the entry. */
static int request_submit(struct capos_request *r, void *buf, size_t bytes, void *result, size_t result_bytes,
                          struct capos_pending *op)
{
    int64_t len = r->build.buf ? capnp_build_finish(&r->build) : 0;
    if (len < 0)
        return (int)len;
    size_t xfer_bytes = r->nxfers * sizeof r->xfers[0];
    if ((size_t)len + xfer_bytes > bytes)
        return -EMSGSIZE;
    if (xfer_bytes)
        __builtin_memcpy((uint8_t *)buf + len, r->xfers, xfer_bytes);
    struct capos_sqe *slot = ring_slot();
    if (!slot)
        return -EAGAIN;
    *slot = (struct capos_sqe){
        .opcode = CAPOS_OP_CALL,
        .method_id = r->method,
        .cap_id = r->cap,
        .user_data = (uint64_t)(uintptr_t)op,
        .addr = len || xfer_bytes ? (uint64_t)(uintptr_t)buf : 0,
        .len = (uint32_t)len,
        .result_addr = (uint64_t)(uintptr_t)result,
        .result_len = (uint32_t)result_bytes,
        .xfer_cap_count = r->nxfers,
    };
    op->done = false;
    ring_push();
    return 0;
}

int capos_request_send(struct capos_request *r, struct capos_reply *reply)
{
    struct capos_pending op;
    int err = request_submit(r, params_buf, sizeof params_buf, result_buf, sizeof result_buf, &op);
    if (err < 0) {
        reply->ncaps = 0;
        return err;
    }
    ring_finish(&op);
    return reply_read(&op, result_buf, sizeof result_buf, reply);
}

uint64_t *flat_params(void)
{
    return params_buf;
}

int flat_send_to(uint32_t cap, uint16_t method, size_t bytes, uint64_t *result, size_t room,
                 size_t *result_bytes)
{
    struct capos_pending op = {.done = false};
    struct capos_sqe *slot = ring_slot();
    if (!slot)
        return -EAGAIN;
    *slot = (struct capos_sqe){
        .opcode = CAPOS_OP_CALL,
        .method_id = method,
        .cap_id = cap,
        .user_data = (uint64_t)(uintptr_t)&op,
        .addr = bytes ? (uint64_t)(uintptr_t)params_buf : 0,
        .len = (uint32_t)bytes,
        .result_addr = (uint64_t)(uintptr_t)result,
        .result_len = (uint32_t)room,
    };
    ring_push();
    ring_finish(&op);
    *result_bytes = op.result < 0 ? 0 : (size_t)op.result;
    if (op.result >= 0 && *result_bytes <= room && !(op.flags & CAPOS_CQE_RESULT_CAPS))
        return 0;
    struct capos_reply reply;
    int err = reply_read(&op, result, room, &reply);
    if (err == 0)
        capos_reply_drop(&reply); /* no method that is called this way gives any */
    return err;
}

int flat_send(uint32_t cap, uint16_t method, size_t bytes, const uint64_t **result, size_t *result_bytes)
{
    *result = result_buf;
    return flat_send_to(cap, method, bytes, result_buf, sizeof result_buf, result_bytes);
}

int capos_request_do(struct capos_request *r)
{
    struct capos_reply reply;
    int err = capos_request_send(r, &reply);
    if (err == 0)
        capos_reply_drop(&reply);
    return err;
}

int capos_call_empty(uint32_t cap, uint16_t method, struct capos_reply *reply)
{
    struct capos_pending op = {.done = false};
    struct capos_sqe *slot = ring_slot();
    if (!slot) {
        reply->ncaps = 0;
        return -EAGAIN;
    }
    *slot = (struct capos_sqe){
        .opcode = CAPOS_OP_CALL,
        .method_id = method,
        .cap_id = cap,
        .user_data = (uint64_t)(uintptr_t)&op,
        .result_addr = (uint64_t)(uintptr_t)result_buf,
        .result_len = sizeof result_buf,
    };
    ring_push();
    ring_finish(&op);
    return reply_read(&op, result_buf, sizeof result_buf, reply);
}

int capos_reply_cap(const struct capos_reply *reply, uint32_t index, uint64_t interface_id, uint32_t *cap)
{
    if (index >= reply->ncaps || (interface_id && reply->caps[index].interface_id != interface_id)) {
        capos_reply_drop(reply);
        return -EPROTO;
    }
    *cap = reply->caps[index].cap_id;
    return 0;
}

void capos_reply_drop(const struct capos_reply *reply)
{
    for (uint32_t i = 0; i < reply->ncaps; i++)
        capos_release(reply->caps[i].cap_id);
}

int capos_release(uint32_t cap)
{
    struct capos_sqe sqe = {.opcode = CAPOS_OP_RELEASE, .cap_id = cap};
    return capos_ring_submit(&sqe, NULL);
}

int capos_release_wait(uint32_t cap)
{
    struct capos_sqe sqe = {.opcode = CAPOS_OP_RELEASE, .cap_id = cap};
    struct capos_pending op;
    int err = capos_ring_submit(&sqe, &op);
    if (err < 0)
        return err;
    capos_ring_wait(&op);
    return op.result < 0 ? -EBADF : 0;
}

void capos_async_begin(struct capos_async *a, struct capos_request *r, uint32_t cap, uint16_t method,
                       uint16_t words, uint16_t ptrs, void *result, size_t result_bytes)
{
    capos_async_begin_in(a, r, cap, method, words, ptrs, a->params, sizeof a->params, result, result_bytes);
}

void capos_async_begin_in(struct capos_async *a, struct capos_request *r, uint32_t cap, uint16_t method,
                          uint16_t words, uint16_t ptrs, void *request, size_t request_bytes, void *result,
                          size_t result_bytes)
{
    a->request = request;
    a->request_bytes = request_bytes;
    a->result = result;
    a->result_bytes = result_bytes;
    request_init(r, cap, method, words, ptrs, request, request_bytes);
}

int capos_async_submit(struct capos_async *a, struct capos_request *r)
{
    return request_submit(r, a->request, a->request_bytes, a->result, a->result_bytes, &a->op);
}

int capos_async_reply(const struct capos_async *a, struct capos_reply *reply)
{
    return reply_read(&a->op, a->result, a->result_bytes, reply);
}
