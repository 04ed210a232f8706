/* SPDX-License-Identifier: MIT */
/*
 * Pipe: a bounded byte ring between a read end and a write end, each an object of its own. A read waits while
 * the ring is empty, a write while it has no room (at most 4096 bytes go in whole or wait; more may be taken
 * in part). The end object's last reference, or `close`, closes that end for all who hold it: then reads
 * drain the ring and say eof, and writes give 0. Invariant: readers wait only while the ring is empty and the
 * write end open; writers wait only while a reader could make room.
 */
#include "kernel/cap_params.h"

#define PIPE_MAX    (1u << 20) /* ring ceiling; a bigger request is cut to it */
#define PIPE_ATOMIC 4096u

struct pipe {
    uint32_t refs;            /* one for each end, and one while bytes are being moved */
    uint32_t size, at, count; /* ring: count bytes from `at` */
    bool read_closed, write_closed;
    struct call_list readers, writers;
    paddr_t pages[]; /* made when bytes first reach them */
};

struct pipe_end {
    struct cap_object object;
    struct pipe *pipe;
    bool writes, closed;
};

/* A write that waits. */
struct pipe_writer {
    uint32_t len;
    uint8_t bytes[];
};

static struct pipe_end *end_of(const struct call *c)
{
    return (struct pipe_end *)c->object;
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* ---- the ring ---- */

static void ring_free_pages(struct pipe *p)
{
    for (uint32_t i = 0; i < (p->size + PAGE_SIZE - 1) / PAGE_SIZE; i++) {
        if (p->pages[i] != 0)
            frame_unref(p->pages[i]);
        p->pages[i] = 0;
    }
    p->count = 0;
}

static void pipe_unref(struct pipe *p)
{
    if (--p->refs > 0)
        return;
    ring_free_pages(p);
    heap_free(p);
}

/* The bytes at ring position pos up to the page's or the ring's end. */
static uint32_t ring_span(const struct pipe *p, uint32_t pos, uint32_t n)
{
    return min_u32(min_u32(n, PAGE_SIZE - pos % PAGE_SIZE), p->size - pos);
}

static uint32_t ring_put(struct pipe *p, const uint8_t *from, uint32_t n)
{
    uint32_t done = 0;

    n = min_u32(n, p->size - p->count);
    while (done < n) {
        uint32_t pos = (uint32_t)(((uint64_t)p->at + p->count) % p->size);
        uint32_t span = ring_span(p, pos, n - done);
        paddr_t *page = &p->pages[pos / PAGE_SIZE];

        if (*page == 0 && (*page = frames_spare() ? frame_alloc() : 0) == 0)
            break;
        memcpy((uint8_t *)frame_ptr(*page) + pos % PAGE_SIZE, from + done, span);
        p->count += span;
        done += span;
    }
    return done;
}

static void ring_get(struct pipe *p, uint8_t *to, uint32_t n)
{
    for (uint32_t done = 0; done < n;) {
        uint32_t span = ring_span(p, p->at, n - done);

        memcpy(to + done, (const uint8_t *)frame_ptr(p->pages[p->at / PAGE_SIZE]) + p->at % PAGE_SIZE, span);
        p->at = (p->at + span) % p->size;
        p->count -= span;
        done += span;
    }
    if (p->count == 0)
        p->at = 0; /* the same few pages again: cheaper than going round */
}

/* ---- answers ---- */

static int read_answer(struct call *c, uint32_t want)
{
    struct pipe *p = end_of(c)->pipe;
    uint32_t n = min_u32(want, p->count);
    struct capnp_bstruct results;
    uint8_t *to = NULL;

    (void)call_results(c, CAPOS_R_PIPE_READ_WORDS, CAPOS_R_PIPE_READ_PTRS, &results);
    capnp_set_bool(&results, CAPOS_R_PIPE_READ_EOF_BIT, p->count == 0 && p->write_closed && want > 0);
    to = n == 0 ? NULL : capnp_reserve_data(&results, CAPOS_R_PIPE_READ_DATA_PTR, n);
    if (to == NULL)
        return 0;
    ring_get(p, to, n);
    (void)capnp_commit_data(&results, CAPOS_R_PIPE_READ_DATA_PTR, n);
    return 0;
}

static int write_answer(struct call *c, uint32_t written)
{
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_PIPE_WRITE_WORDS, CAPOS_R_PIPE_WRITE_PTRS, &results);
    capnp_set_u32(&results, CAPOS_R_PIPE_WRITE_BYTES_WRITTEN, written);
    return 0;
}

/* Room a write of len bytes waits for. */
static uint32_t write_need(const struct pipe *p, uint32_t len)
{
    return min_u32(min_u32(len, PIPE_ATOMIC), p->size);
}

static void write_end(struct call *c, uint32_t written)
{
    call_list_remove(&end_of(c)->pipe->writers, c);
    heap_free(c->priv);
    c->priv = NULL;
    call_resume(c);
    (void)write_answer(c, written);
    call_complete(c);
}

/* ---- waiting ---- */

/* Serves the first reader or writer that need not wait any more. False: nobody moved. */
static bool pipe_step(struct pipe *p)
{
    struct call *c = p->readers.first;

    if (c != NULL && (p->count > 0 || p->write_closed)) {
        uint32_t want = (uint32_t)(uintptr_t)c->priv;

        call_list_remove(&p->readers, c);
        call_resume(c);
        (void)read_answer(c, want);
        call_complete(c);
        return true;
    }
    c = p->writers.first;
    if (c != NULL) {
        const struct pipe_writer *w = c->priv;

        if (p->read_closed) {
            write_end(c, 0);
            return true;
        }
        if (p->size - p->count >= write_need(p, w->len)) {
            uint32_t n = ring_put(p, w->bytes, w->len);

            if (n > 0)
                write_end(c, n);
            return n > 0; /* no page now: it waits on; the reader that frees one, or the end's closing, comes
                             back here */
        }
    }
    return false;
}

/* A completed call may drop the last reference to an end: the pipe must outlive that. */
static void pipe_move(struct pipe *p)
{
    p->refs++;
    while (pipe_step(p))
        ;
    pipe_unref(p);
}

static void reader_cancel(struct call *c)
{
    call_list_remove(&end_of(c)->pipe->readers, c);
}

static void writer_cancel(struct call *c)
{
    call_list_remove(&end_of(c)->pipe->writers, c);
    heap_free(c->priv);
    c->priv = NULL;
}

static int write_wait(struct call *c, struct pipe *p, const uint8_t *data, uint32_t len)
{
    struct pipe_writer *w = NULL;

    len = min_u32(len, CAPOS_INLINE_DATA_BYTES);
    w = heap_alloc(sizeof *w + len);
    if (w == NULL && len > PIPE_ATOMIC) {
        len = PIPE_ATOMIC;
        w = heap_alloc(sizeof *w + len);
    }
    if (w == NULL)
        return call_raise_errno(c, -ENOMEM, "Pipe.write");
    w->len = len;
    memcpy(w->bytes, data, len);
    c->priv = w;
    c->cancel = writer_cancel;
    call_list_push(&p->writers, c);
    return CALL_PENDING;
}

/* ---- methods ---- */

static int pipe_read(struct call *c)
{
    struct pipe_end *e = end_of(c);
    struct pipe *p = e->pipe;
    uint32_t want = capnp_get_u32(&c->params, CAPOS_P_PIPE_READ_MAX_LEN);
    uint32_t room = answer_room(c, CAPOS_R_PIPE_READ_WORDS, CAPOS_R_PIPE_READ_PTRS);

    if (e->writes || e->closed)
        return call_raise_errno(c, -EBADF, e->writes ? "not the read end" : "Pipe");
    if (want > 0 && room == 0)
        return call_raise_errno(c, -EINVAL, "result buffer");
    want = min_u32(want, room);
    if (want > 0 && p->count == 0 && !p->write_closed) {
        c->priv = (void *)(uintptr_t)want;
        c->cancel = reader_cancel;
        call_list_push(&p->readers, c);
        return CALL_PENDING;
    }
    (void)read_answer(c, want);
    pipe_move(p);
    return 0;
}

static int pipe_write(struct call *c)
{
    struct pipe_end *e = end_of(c);
    struct pipe *p = e->pipe;
    const uint8_t *data = NULL;
    uint32_t len = 0, n = 0;
    int err = param_data(c, CAPOS_P_PIPE_WRITE_DATA_PTR, &data, &len);

    if (err != 0)
        return err;
    if (!e->writes || e->closed)
        return call_raise_errno(c, -EBADF, !e->writes ? "not the write end" : "Pipe");
    if (p->read_closed || len == 0)
        return write_answer(c, 0);
    if (p->writers.first != NULL || p->size - p->count < write_need(p, len))
        return write_wait(c, p, data, len);
    n = ring_put(p, data, len);
    if (n == 0)
        return call_raise_errno(c, -ENOMEM, "Pipe.write");
    pipe_move(p);
    return write_answer(c, n);
}

/* Calls still waiting at this end fail; those at the other end learn of it. */
static void end_close(struct pipe_end *e)
{
    struct pipe *p = e->pipe;
    struct call_list *own = e->writes ? &p->writers : &p->readers;

    if (e->closed)
        return;
    e->closed = true;
    p->refs++;
    while (own->first != NULL) {
        struct call *c = own->first;

        if (e->writes)
            writer_cancel(c);
        else
            reader_cancel(c);
        call_fail(c, CAPOS_EXC_FAILED, "closed: Pipe");
    }
    if (e->writes) {
        p->write_closed = true;
    } else {
        p->read_closed = true;
        ring_free_pages(p); /* nobody will read them */
    }
    pipe_move(p);
    pipe_unref(p);
}

static int pipe_close(struct call *c)
{
    end_close(end_of(c));
    return 0;
}

static int pipe_is_closed(struct call *c)
{
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_PIPE_IS_CLOSED_WORDS, CAPOS_R_PIPE_IS_CLOSED_PTRS, &results);
    capnp_set_bool(&results, CAPOS_R_PIPE_IS_CLOSED_CLOSED_BIT, end_of(c)->closed);
    return 0;
}

static void pipe_end_destroy(struct cap_object *o)
{
    struct pipe_end *e = (struct pipe_end *)o;

    end_close(e);
    pipe_unref(e->pipe);
    heap_free(e);
}

static const struct cap_method pipe_methods[] = {
    [CAPOS_M_PIPE_READ] = {"read", pipe_read},
    [CAPOS_M_PIPE_WRITE] = {"write", pipe_write},
    [CAPOS_M_PIPE_CLOSE] = {"close", pipe_close},
    [CAPOS_M_PIPE_IS_CLOSED] = {"isClosed", pipe_is_closed},
};

static const struct cap_class pipe_class = {
    .name = "Pipe",
    .interface_id = CAPOS_IFACE_PIPE,
    .transferable = true,
    .methods = pipe_methods,
    .nmethods = sizeof pipe_methods / sizeof pipe_methods[0],
    .destroy = pipe_end_destroy,
};

static struct pipe_end *pipe_end_new(bool writes)
{
    struct pipe_end *e = heap_alloc(sizeof *e);

    if (e == NULL)
        return NULL;
    cap_object_init(&e->object, &pipe_class);
    e->writes = writes;
    return e;
}

int cap_pipe_new(uint32_t bytes, struct cap_object **read_end, struct cap_object **write_end_out)
{
    struct pipe_end *r = NULL, *w = NULL;
    struct pipe *p = NULL;

    if (bytes == 0)
        return -EINVAL;
    bytes = min_u32(bytes, PIPE_MAX);
    r = pipe_end_new(false);
    w = pipe_end_new(true);
    p = heap_alloc(sizeof *p + (bytes + PAGE_SIZE - 1) / PAGE_SIZE * sizeof p->pages[0]);
    if (r == NULL || w == NULL || p == NULL) {
        heap_free(r);
        heap_free(w);
        heap_free(p);
        return -ENOMEM;
    }
    p->refs = 2;
    p->size = bytes;
    call_list_init(&p->readers);
    call_list_init(&p->writers);
    r->pipe = w->pipe = p;
    *read_end = &r->object;
    *write_end_out = &w->object;
    return 0;
}
