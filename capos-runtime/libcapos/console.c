/* SPDX-License-Identifier: MIT */
/* Text in and out. Invariant: data longer than one call is cut at CAPOS_WRITE_MAX, never dropped. */
#include "capos/console.h"

static size_t text_len(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

/* One data parameter at pointer 0: the shape of Console and TerminalSession's write. */
static int write_all(uint32_t cap, uint16_t method, const void *p, size_t len)
{
    const uint8_t *at = p;
    do {
        size_t n = len < CAPOS_WRITE_MAX ? len : CAPOS_WRITE_MAX;
        struct capos_request r;
        capos_request_begin(&r, cap, method, CAPOS_P_CONSOLE_WRITE_WORDS, CAPOS_P_CONSOLE_WRITE_PTRS);
        capnp_set_data(&r.root, CAPOS_P_CONSOLE_WRITE_DATA_PTR, at, n);
        int err = capos_request_do(&r);
        if (err < 0)
            return err;
        at += n;
        len -= n;
    } while (len);
    return 0;
}

static int write_text(uint32_t cap, uint16_t method, const char *text, size_t len)
{
    if (len > CAPOS_WRITE_MAX)
        return -EMSGSIZE;
    struct capos_request r;
    capos_request_begin(&r, cap, method, CAPOS_P_CONSOLE_WRITE_LINE_WORDS, CAPOS_P_CONSOLE_WRITE_LINE_PTRS);
    capnp_set_text(&r.root, CAPOS_P_CONSOLE_WRITE_LINE_TEXT_PTR, text, len);
    return capos_request_do(&r);
}

int capos_console_write(uint32_t console, const void *p, size_t len)
{
    return write_all(console, CAPOS_M_CONSOLE_WRITE, p, len);
}

int capos_console_write_line(uint32_t console, const char *text, size_t len)
{
    return write_text(console, CAPOS_M_CONSOLE_WRITE_LINE, text, len);
}

int capos_console_puts(uint32_t console, const char *text)
{
    return capos_console_write_line(console, text, text_len(text));
}

int capos_stdio_write(uint32_t stdio, unsigned stream, const char *text, size_t len)
{
    if (len > CAPOS_WRITE_MAX)
        return -EMSGSIZE;
    struct capos_request r;
    capos_request_begin(&r, stdio, CAPOS_M_STDIO_WRITE, CAPOS_P_STDIO_WRITE_WORDS, CAPOS_P_STDIO_WRITE_PTRS);
    capnp_set_u16(&r.root, CAPOS_P_STDIO_WRITE_STREAM, (uint16_t)stream);
    capnp_set_text(&r.root, CAPOS_P_STDIO_WRITE_TEXT_PTR, text, len);
    return capos_request_do(&r);
}

/* Status and text of a reply; they lie inside it. */
static int64_t line_find(struct capos_reply *reply, const uint8_t **p, unsigned *status)
{
    uint32_t len;
    *status = capnp_get_u16(&reply->root, CAPOS_R_TERMINAL_SESSION_READ_LINE_STATUS);
    int err = capnp_get_data(&reply->root, CAPOS_R_TERMINAL_SESSION_READ_LINE_LINE_PTR, p, &len);
    return err < 0 ? err : (int64_t)len;
}

/* The same, copied out. */
static int64_t line_result(struct capos_reply *reply, void *buf, uint32_t max, unsigned *status)
{
    const uint8_t *p;
    int64_t len = line_find(reply, &p, status);
    if (len > max)
        return -EPROTO;
    if (len > 0)
        __builtin_memcpy(buf, p, (size_t)len);
    return len;
}

int64_t capos_stdio_read(uint32_t stdio, unsigned mode, void *buf, uint32_t max, unsigned *status)
{
    struct capos_request r;
    struct capos_reply reply;
    struct capnp_bstruct req;
    capos_request_begin(&r, stdio, CAPOS_M_STDIO_READ, CAPOS_P_STDIO_READ_WORDS, CAPOS_P_STDIO_READ_PTRS);
    int err = capnp_set_struct(&r.root, CAPOS_P_STDIO_READ_REQUEST_PTR, CAPOS_S_STDIO_READ_REQUEST_WORDS,
                               CAPOS_S_STDIO_READ_REQUEST_PTRS, &req);
    if (err < 0)
        return err;
    capnp_set_u16(&req, CAPOS_S_STDIO_READ_REQUEST_MODE, (uint16_t)mode);
    capnp_set_u32(&req, CAPOS_S_STDIO_READ_REQUEST_MAX_BYTES, max);
    capnp_set_bool(&req, CAPOS_S_STDIO_READ_REQUEST_ALLOW_EMPTY_BIT, true);
    err = capos_request_send(&r, &reply);
    if (err < 0)
        return err;
    const char *text;
    uint32_t len;
    *status = capnp_get_u16(&reply.root, CAPOS_R_STDIO_READ_STATUS);
    err = capnp_get_text(&reply.root, CAPOS_R_STDIO_READ_TEXT_PTR, &text, &len);
    if (err < 0)
        return err;
    if (len > max)
        return -EPROTO;
    __builtin_memcpy(buf, text, len);
    return len;
}

int capos_stdio_close(uint32_t stdio)
{
    struct capos_reply reply;
    return capos_call_empty(stdio, CAPOS_M_STDIO_CLOSE, &reply);
}

int capos_terminal_write(uint32_t terminal, const void *p, size_t len)
{
    return write_all(terminal, CAPOS_M_TERMINAL_SESSION_WRITE, p, len);
}

int capos_terminal_write_line(uint32_t terminal, const char *text, size_t len)
{
    return write_text(terminal, CAPOS_M_TERMINAL_SESSION_WRITE_LINE, text, len);
}

static int read_line_fill(struct capos_request *r, const char *prompt, bool hidden, uint32_t max)
{
    struct capnp_bstruct req;
    int err = capnp_set_struct(&r->root, CAPOS_P_TERMINAL_SESSION_READ_LINE_REQUEST_PTR,
                               CAPOS_S_LINE_REQUEST_WORDS, CAPOS_S_LINE_REQUEST_PTRS, &req);
    if (err < 0)
        return err;
    capnp_set_text(&req, CAPOS_S_LINE_REQUEST_PROMPT_PTR, prompt, text_len(prompt));
    capnp_set_u32(&req, CAPOS_S_LINE_REQUEST_MAX_BYTES, max);
    capnp_set_u16(&req, CAPOS_S_LINE_REQUEST_ECHO, hidden ? CAPOS_ECHO_HIDDEN : CAPOS_ECHO_VISIBLE);
    capnp_set_bool(&req, CAPOS_S_LINE_REQUEST_ALLOW_EMPTY_BIT, true);
    return 0;
}

int64_t capos_terminal_read_line(uint32_t terminal, const char *prompt, bool hidden, void *buf, uint32_t max,
                                 unsigned *status)
{
    struct capos_request r;
    struct capos_reply reply;
    capos_request_begin(&r, terminal, CAPOS_M_TERMINAL_SESSION_READ_LINE,
                        CAPOS_P_TERMINAL_SESSION_READ_LINE_WORDS, CAPOS_P_TERMINAL_SESSION_READ_LINE_PTRS);
    int err = read_line_fill(&r, prompt, hidden, max);
    if (err == 0)
        err = capos_request_send(&r, &reply);
    return err < 0 ? err : line_result(&reply, buf, max, status);
}

int capos_terminal_read_line_begin(struct capos_async *a, uint32_t terminal, uint32_t max, void *buf,
                                   size_t bytes)
{
    struct capos_request r;
    if (bytes < max + 64u)
        return -EINVAL;
    capos_async_begin(a, &r, terminal, CAPOS_M_TERMINAL_SESSION_READ_LINE,
                      CAPOS_P_TERMINAL_SESSION_READ_LINE_WORDS, CAPOS_P_TERMINAL_SESSION_READ_LINE_PTRS, buf,
                      bytes);
    int err = read_line_fill(&r, "", false, max);
    return err < 0 ? err : capos_async_submit(a, &r);
}

int64_t capos_terminal_read_line_end(const struct capos_async *a, const uint8_t **line, unsigned *status)
{
    struct capos_reply reply;
    int err = capos_async_reply(a, &reply);
    return err < 0 ? err : line_find(&reply, line, status);
}
