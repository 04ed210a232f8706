/* SPDX-License-Identifier: MIT */
/* TerminalSession: output to the program console and edited lines from it. Invariant: it has no state; the
 * console's is in tty.c. */
#include "kernel/cap_params.h"
#include "kernel/tty.h"

static int terminal_write(struct call *c)
{
    const uint8_t *data = NULL;
    uint32_t len = 0;
    int err = param_data(c, CAPOS_P_TERMINAL_SESSION_WRITE_DATA_PTR, &data, &len);

    if (err != 0)
        return err;
    tty_write(data, len);
    return 0;
}

static int terminal_write_line(struct call *c)
{
    const char *text = NULL;
    uint32_t len = 0;
    int err = param_text(c, CAPOS_P_TERMINAL_SESSION_WRITE_LINE_TEXT_PTR, &text, &len);

    if (err != 0)
        return err;
    tty_write_line(text, len);
    return 0;
}

static int terminal_read_line(struct call *c)
{
    struct capnp_struct line;
    struct tty_request r = {.text = false};
    uint16_t echo = 0;

    if (capnp_get_struct(&c->params, CAPOS_P_TERMINAL_SESSION_READ_LINE_REQUEST_PTR, &line) < 0 ||
        capnp_get_text(&line, CAPOS_S_LINE_REQUEST_PROMPT_PTR, &r.prompt, &r.prompt_len) < 0)
        return call_raise_errno(c, -EINVAL, "request");
    echo = capnp_get_u16(&line, CAPOS_S_LINE_REQUEST_ECHO);
    if (echo > CAPOS_ECHO_HIDDEN)
        return call_raise_errno(c, -EINVAL, "echo");
    r.visible = echo == CAPOS_ECHO_VISIBLE;
    r.max = capnp_get_u32(&line, CAPOS_S_LINE_REQUEST_MAX_BYTES);
    r.allow_empty = capnp_get_bool(&line, CAPOS_S_LINE_REQUEST_ALLOW_EMPTY_BIT);
    return tty_read(c, &r);
}

static void terminal_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method terminal_methods[] = {
    [CAPOS_M_TERMINAL_SESSION_WRITE] = {"write", terminal_write},
    [CAPOS_M_TERMINAL_SESSION_WRITE_LINE] = {"writeLine", terminal_write_line},
    [CAPOS_M_TERMINAL_SESSION_READ_LINE] = {"readLine", terminal_read_line},
};

static const struct cap_class terminal_class = {
    .name = "TerminalSession",
    .interface_id = CAPOS_IFACE_TERMINAL_SESSION,
    .transferable = true,
    .methods = terminal_methods,
    .nmethods = sizeof terminal_methods / sizeof terminal_methods[0],
    .destroy = terminal_destroy,
};

struct cap_object *cap_terminal_new(void)
{
    struct cap_object *o = heap_alloc(sizeof *o);

    if (o != NULL)
        cap_object_init(o, &terminal_class);
    return o;
}
