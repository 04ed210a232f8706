/* SPDX-License-Identifier: MIT */
/*
 * The bench channel: a Pipe over the first virtio console, both directions through one object. Writes pass
 * straight through; a read waits until the host sends something. Invariant: bytes are never dropped: they
 * stay in the device until a reader takes them.
 */
#include "kernel/cap_params.h"

#define BENCH_CONSOLE 0u

struct bench {
    struct cap_object object;
    bool closed;
};

static struct {
    bool ready;
    struct call_list readers; /* of all bench objects; priv is the wanted length */
} bench_input;

static struct bench *bench_of(struct call *c)
{
    return (struct bench *)c->object;
}

/* Fills the answer with what the device has, at most want bytes. False: it has nothing (and the answer is not
 * begun). */
static bool bench_answer(struct call *c, size_t want)
{
    static uint8_t first[64]; /* the device tells what it has only by giving it */
    size_t n = vconsole_read(BENCH_CONSOLE, first, want < sizeof first ? want : sizeof first);
    struct capnp_bstruct results;
    uint8_t *to = NULL;

    if (n == 0)
        return false;
    (void)call_results(c, CAPOS_R_PIPE_READ_WORDS, CAPOS_R_PIPE_READ_PTRS, &results);
    to = capnp_reserve_data(&results, CAPOS_R_PIPE_READ_DATA_PTR, want);
    if (to == NULL)
        return true; /* cannot be: want was cut to the room there is */
    memcpy(to, first, n);
    if (n == sizeof first && want > n)
        n += vconsole_read(BENCH_CONSOLE, to + n, want - n);
    (void)capnp_commit_data(&results, CAPOS_R_PIPE_READ_DATA_PTR, n);
    return true;
}

static void bench_serve(void *ctx)
{
    struct call *c = NULL;

    (void)ctx;
    while ((c = bench_input.readers.first) != NULL) {
        call_resume(c);
        if (!bench_answer(c, (size_t)(uintptr_t)c->priv))
            return;
        call_list_remove(&bench_input.readers, c);
        call_complete(c);
    }
}

static void bench_cancel(struct call *c)
{
    call_list_remove(&bench_input.readers, c);
}

static int bench_empty_answer(struct call *c, bool eof)
{
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_PIPE_READ_WORDS, CAPOS_R_PIPE_READ_PTRS, &results);
    capnp_set_bool(&results, CAPOS_R_PIPE_READ_EOF_BIT, eof);
    return 0;
}

static int bench_read(struct call *c)
{
    uint32_t want = capnp_get_u32(&c->params, CAPOS_P_PIPE_READ_MAX_LEN);
    uint32_t room = answer_room(c, CAPOS_R_PIPE_READ_WORDS, CAPOS_R_PIPE_READ_PTRS);

    if (bench_of(c)->closed)
        return call_raise_errno(c, -EBADF, "bench channel");
    if (want == 0)
        return bench_empty_answer(c, false);
    if (room == 0)
        return call_raise_errno(c, -EINVAL, "result buffer");
    if (!vconsole_present(BENCH_CONSOLE))
        return bench_empty_answer(c, true);
    if (want > room)
        want = room;
    if (!bench_input.ready) {
        bench_input.ready = true;
        call_list_init(&bench_input.readers);
        vconsole_on_input(BENCH_CONSOLE, bench_serve, NULL);
    }
    if (bench_input.readers.first == NULL && bench_answer(c, want))
        return 0;
    c->priv = (void *)(uintptr_t)want;
    c->cancel = bench_cancel;
    call_list_push(&bench_input.readers, c);
    return CALL_PENDING;
}

static int bench_write(struct call *c)
{
    struct capnp_bstruct results;
    const uint8_t *data = NULL;
    uint32_t len = 0;
    int err = param_data(c, CAPOS_P_PIPE_WRITE_DATA_PTR, &data, &len);

    if (err != 0)
        return err;
    if (bench_of(c)->closed)
        return call_raise_errno(c, -EBADF, "bench channel");
    err = len == 0 ? 0 : vconsole_write(BENCH_CONSOLE, data, len);
    if (err < 0)
        return call_raise_errno(c, err, "bench channel");
    (void)call_results(c, CAPOS_R_PIPE_WRITE_WORDS, CAPOS_R_PIPE_WRITE_PTRS, &results);
    capnp_set_u32(&results, CAPOS_R_PIPE_WRITE_BYTES_WRITTEN, len);
    return 0;
}

static int bench_close(struct call *c)
{
    bench_of(c)->closed = true;
    if (!bench_input.ready)
        return 0;
    for (struct call *r = bench_input.readers.first, *next; r != NULL; r = next) {
        next = r->next;
        if (r->object != c->object)
            continue;
        call_list_remove(&bench_input.readers, r);
        call_resume(r);
        (void)bench_empty_answer(r, true);
        call_complete(r);
    }
    return 0;
}

static int bench_is_closed(struct call *c)
{
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_PIPE_IS_CLOSED_WORDS, CAPOS_R_PIPE_IS_CLOSED_PTRS, &results);
    capnp_set_bool(&results, CAPOS_R_PIPE_IS_CLOSED_CLOSED_BIT, bench_of(c)->closed);
    return 0;
}

static void bench_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method bench_methods[] = {
    [CAPOS_M_PIPE_READ] = {"read", bench_read},
    [CAPOS_M_PIPE_WRITE] = {"write", bench_write},
    [CAPOS_M_PIPE_CLOSE] = {"close", bench_close},
    [CAPOS_M_PIPE_IS_CLOSED] = {"isClosed", bench_is_closed},
};

static const struct cap_class bench_class = {
    .name = "Pipe",
    .interface_id = CAPOS_IFACE_PIPE,
    .transferable = true,
    .methods = bench_methods,
    .nmethods = sizeof bench_methods / sizeof bench_methods[0],
    .destroy = bench_destroy,
};

struct cap_object *cap_bench_channel_new(void)
{
    struct bench *b = heap_alloc(sizeof *b);

    if (b == NULL)
        return NULL;
    cap_object_init(&b->object, &bench_class);
    return &b->object;
}
