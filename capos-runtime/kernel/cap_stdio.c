/* SPDX-License-Identifier: MIT */
/*
 * StdIO: text streams of a process on the program console. Invariant: after close, writes are refused and
 * reads say `closed`, also those that were waiting.
 */
#include "kernel/cap_params.h"
#include "kernel/tty.h"

struct stdio {
    struct cap_object object;
    bool closed;
};

static struct stdio *stdio_of(struct call *c)
{
    return (struct stdio *)c->object;
}

static int stdio_write(struct call *c)
{
    uint16_t stream = capnp_get_u16(&c->params, CAPOS_P_STDIO_WRITE_STREAM);
    const char *text = NULL;
    uint32_t len = 0;
    int err = param_text(c, CAPOS_P_STDIO_WRITE_TEXT_PTR, &text, &len);

    if (err != 0)
        return err;
    if (stream > CAPOS_STREAM_STATUS)
        return call_raise_errno(c, -EINVAL, "stream");
    if (stdio_of(c)->closed)
        return call_raise_errno(c, -EBADF, "StdIO");
    tty_write(text, len);
    return 0;
}

static int stdio_closed_answer(struct call *c)
{
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_STDIO_READ_WORDS, CAPOS_R_STDIO_READ_PTRS, &results);
    capnp_set_u16(&results, CAPOS_R_STDIO_READ_STATUS, CAPOS_LINE_CLOSED);
    return 0;
}

static int stdio_read(struct call *c)
{
    struct capnp_struct request;
    struct tty_request r = {.text = true};
    uint16_t mode = 0;

    if (capnp_get_struct(&c->params, CAPOS_P_STDIO_READ_REQUEST_PTR, &request) < 0 ||
        capnp_get_text(&request, CAPOS_S_STDIO_READ_REQUEST_PROMPT_PTR, &r.prompt, &r.prompt_len) < 0)
        return call_raise_errno(c, -EINVAL, "request");
    mode = capnp_get_u16(&request, CAPOS_S_STDIO_READ_REQUEST_MODE);
    if (mode > CAPOS_READ_HIDDEN)
        return call_raise_errno(c, -EINVAL, "mode");
    if (stdio_of(c)->closed)
        return stdio_closed_answer(c);
    r.visible = mode == CAPOS_READ_LINE;
    r.block = mode == CAPOS_READ_BLOCK;
    r.max = capnp_get_u32(&request, CAPOS_S_STDIO_READ_REQUEST_MAX_BYTES);
    r.allow_empty = capnp_get_bool(&request, CAPOS_S_STDIO_READ_REQUEST_ALLOW_EMPTY_BIT);
    return tty_read(c, &r);
}

static int stdio_close(struct call *c)
{
    stdio_of(c)->closed = true;
    tty_close(c->object);
    return 0;
}

static void stdio_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method stdio_methods[] = {
    [CAPOS_M_STDIO_WRITE] = {"write", stdio_write},
    [CAPOS_M_STDIO_READ] = {"read", stdio_read},
    [CAPOS_M_STDIO_CLOSE] = {"close", stdio_close},
};

static const struct cap_class stdio_class = {
    .name = "StdIO",
    .interface_id = CAPOS_IFACE_STDIO,
    .transferable = true,
    .methods = stdio_methods,
    .nmethods = sizeof stdio_methods / sizeof stdio_methods[0],
    .destroy = stdio_destroy,
};

struct cap_object *cap_stdio_new(void)
{
    struct stdio *s = heap_alloc(sizeof *s);

    if (s == NULL)
        return NULL;
    cap_object_init(&s->object, &stdio_class);
    return &s->object;
}
