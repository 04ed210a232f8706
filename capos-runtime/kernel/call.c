/* SPDX-License-Identifier: MIT */
/*
 * One capability call from the decoded SQE to its completion: params, transfers, the method, results or
 * exception. Invariant: everything about the caller's entry is checked before the method runs, and nothing of
 * the caller's has changed when a check fails. A call ends exactly once. Params and results lie in scratch
 * (scratch.h), taken before the method runs; results of resumed calls in a buffer that is always there, since
 * what such a call waited for is used up when it is answered; exceptions need neither.
 */
#include "abi/errno.h"
#include "abi/fields.h"
#include "abi/sqe_rules.h"
#include "kernel/format.h"
#include "kernel/fs.h"
#include "kernel/process.h"
#include "kernel/scratch.h"
#include "kernel/string.h"

#define CALL_RAISED 2 /* what call_raise gives: the status is set already */
#define RAISE_MAX   160
#define EXCEPTION_HEAD                                                                                       \
    (8u * (2u + CAPOS_S_CAP_EXCEPTION_WORDS + CAPOS_S_CAP_EXCEPTION_PTRS)) /* framing, pointers, the type */
#define BULK_HEAD 32u   /* framing, root pointer, the word, data pointer */
#define BULK_MIN  1024u /* bytes of params from which it is worth while */

static uint8_t *resume_buffer;

int call_init(void)
{
    if (resume_buffer == NULL)
        resume_buffer = heap_alloc(CAPOS_SCRATCH_BYTES);
    return resume_buffer != NULL ? 0 : -ENOMEM;
}

void cap_unref(struct cap_object *o)
{
    KASSERT(o->refs > 0);
    if (--o->refs == 0)
        o->cls->destroy(o);
}

/* ---- results ---- */

static size_t results_room(const struct call *c)
{
    return (c->result_cap < CAPOS_SCRATCH_BYTES ? c->result_cap : CAPOS_SCRATCH_BYTES) & ~(size_t)7;
}

/* The builder is set up only once results are asked for: many calls have none. */
static void builder_open(struct call *c)
{
    if (!c->has_results)
        capnp_build_init(&c->results, c->results.buf, results_room(c));
    c->has_results = true;
}

int call_results(struct call *c, uint16_t dwords, uint16_t nptrs, struct capnp_bstruct *out)
{
    builder_open(c);
    return capnp_build_root(&c->results, dwords, nptrs, out);
}

/* The places of n bytes of the caller's memory from at on. */
static unsigned parts_find(struct call *c, uint64_t at, uint32_t left, unsigned access, struct fs_part *parts)
{
    unsigned n = 0;
    while (left > 0) {
        const uint32_t in = (uint32_t)(at % PAGE_SIZE), room = PAGE_SIZE - in;
        uint8_t *page = n < CALL_DATA_PARTS ? user_page(c->process, at - in, access) : NULL;
        if (page == NULL)
            return 0;
        parts[n].at = page + in;
        parts[n].n = left < room ? left : room;
        at += parts[n].n;
        left -= parts[n++].n;
    }
    return n;
}

#define DATA_AT 24u /* of such an answer: behind framing, root pointer, data pointer */

unsigned call_data_parts(struct call *c, uint32_t want, struct fs_part *parts)
{
    return parts_find(c, c->result_addr + DATA_AT, want, PROT_W, parts);
}

int call_data_done(struct call *c, uint32_t got)
{
    static const uint8_t zeros[8];
    const uint32_t total = DATA_AT + ((got + 7u) & ~7u);
    const uint64_t head[3] = {capnp_flat_frame(total / 8), capnp_flat_root(0, 1), capnp_flat_data(got)};
    int r = user_write(c->process, c->result_addr, head, sizeof(head));
    if (r == 0 && total > DATA_AT + got)
        r = user_write(c->process, c->result_addr + DATA_AT + got, zeros, total - DATA_AT - got);
    if (r != 0)
        return call_refuse(c, CAPOS_ERR_INVALID_RESULT_BUFFER);
    c->direct = total;
    return 0;
}

unsigned call_bulk_parts(struct call *c, struct fs_part *parts)
{
    return parts_find(c, c->bulk_addr, c->bulk_len, PROT_R, parts);
}

const uint8_t *call_bulk_copy(struct call *c)
{
    uint8_t *to = SCRATCH_PARAMS + BULK_HEAD; /* the head stays: params are read from there */
    return user_read(c->process, to, c->bulk_addr, c->bulk_len) == 0 ? to : NULL;
}

int call_add_cap(struct call *c, struct cap_object *o)
{
    if (c->nresult_caps == CALL_MAX_RESULT_CAPS || captable_free_slots(c->process) <= c->nresult_caps)
        return -EMFILE;
    c->result_caps[c->nresult_caps] = o;
    return c->nresult_caps++;
}

static void result_caps_drop(struct call *c)
{
    for (uint16_t i = 0; i < c->nresult_caps; i++) {
        struct cap_object *o = c->result_caps[i];
        if (o->cls->closed !=
            NULL) /* it was a capability, though never in a table: a pipe end counts as closed */
            o->cls->closed(o, NULL);
        cap_unref(o);
    }
    c->nresult_caps = 0;
}

/* results_deliver: writes message and capability records to the caller's buffer; the status for the CQE. All
 * or nothing. */
static int32_t results_deliver(struct call *c)
{
    struct process *p = c->process;
    if (!c->has_results && c->nresult_caps == 0)
        return 0;
    builder_open(c);
    int64_t bytes = capnp_build_finish(&c->results);
    size_t total = (size_t)(bytes > 0 ? bytes : 0) + c->nresult_caps * sizeof(struct capos_result_cap);
    if (bytes < 0 || total > c->result_cap || total > CAPOS_SCRATCH_BYTES ||
        (c->nresult_caps > 0 && captable_free_slots(p) < c->nresult_caps)) {
        result_caps_drop(c);
        return CAPOS_ERR_INVALID_RESULT_BUFFER;
    }
    struct capos_result_cap records[CALL_MAX_RESULT_CAPS];
    uint16_t n = c->nresult_caps;
    for (uint16_t i = 0; i < n; i++) {
        struct cap_object *o = c->result_caps[i];
        records[i].zero = 0;
        records[i].interface_id = o->cls->interface_id;
        int r = captable_insert(p, o, c->slot_name, &records[i].cap_id);
        KASSERT(r == 0);
    }
    int r = 0;
    if (bytes > 0)
        r = user_write(p, c->result_addr, c->results.buf, (size_t)bytes);
    if (r == 0 && n > 0)
        r = user_write(p, c->result_addr + (uint64_t)bytes, records, n * sizeof(records[0]));
    for (uint16_t i = 0; i < n; i++) {
        if (r != 0)
            captable_remove(p, records[i].cap_id, NULL);
        cap_unref(c->result_caps[i]);
    }
    c->nresult_caps = 0;
    if (r != 0)
        return CAPOS_ERR_INVALID_RESULT_BUFFER;
    c->cqe_caps = n;
    c->cqe_flags = n > 0 ? CAPOS_CQE_RESULT_CAPS : 0;
    return (int32_t)bytes;
}

/* ---- exceptions ---- */

static bool starts_with(const char *text, const char *words)
{
    while (*words != '\0' && *text == *words) {
        text++;
        words++;
    }
    return *words == '\0';
}

/* Exceptions with these first words refuse authority; the word for the serial line. */
static const char *refusal_word(const char *text)
{
    static const struct {
        const char *words, *word;
    } refusals[] = {{"read-only:", "read-only"},
                    {"not permitted:", "not-permitted"},
                    {"access denied:", "access-denied"}};
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (starts_with(text, refusals[i].words))
            return refusals[i].word;
    return NULL;
}

static void raise_text(struct call *c, unsigned type, const char *text, size_t len)
{
    uint64_t message[(EXCEPTION_HEAD + RAISE_MAX) / 8];
    struct capnp_builder b;
    struct capnp_bstruct root;
    size_t room = results_room(c);
    c->refusal = refusal_word(text);
    result_caps_drop(c);
    capnp_build_init(&b, message, room < sizeof(message) ? room : sizeof(message));
    capnp_build_root(&b, CAPOS_S_CAP_EXCEPTION_WORDS, CAPOS_S_CAP_EXCEPTION_PTRS, &root);
    capnp_set_u16(&root, CAPOS_S_CAP_EXCEPTION_TYPE, (uint16_t)type);
    capnp_set_text(&root, CAPOS_S_CAP_EXCEPTION_MESSAGE_PTR, text, len);
    int64_t bytes = capnp_build_finish(&b);
    bool fits = bytes > 0 && user_write(c->process, c->result_addr, message, (size_t)bytes) == 0;
    c->status = fits ? CAPOS_ERR_EXCEPTION : CAPOS_ERR_EXCEPTION_TRUNCATED;
}

static void raise_v(struct call *c, unsigned type, const char *fmt, va_list ap)
{
    char text[RAISE_MAX];
    size_t len = format_buf(text, sizeof(text), fmt, ap);
    raise_text(c, type, text, len < sizeof(text) ? len : sizeof(text) - 1);
}

int call_raise(struct call *c, unsigned type, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    raise_v(c, type, fmt, ap);
    va_end(ap);
    return CALL_RAISED;
}

int call_refuse(struct call *c, int32_t status)
{
    result_caps_drop(c);
    c->status = status;
    return CALL_RAISED;
}

/* The stable first words of exceptions: libcapos maps them back. */
static const struct {
    int err;
    uint8_t type;
    const char *words;
} errno_words[] = {
    {ENOENT, CAPOS_EXC_FAILED, "not found"},
    {EEXIST, CAPOS_EXC_FAILED, "exists"},
    {ENOTDIR, CAPOS_EXC_FAILED, "not a directory"},
    {EISDIR, CAPOS_EXC_FAILED, "is a directory"},
    {ENOTEMPTY, CAPOS_EXC_FAILED, "not empty"},
    {EROFS, CAPOS_EXC_FAILED, "read-only"},
    {EACCES, CAPOS_EXC_FAILED, "access denied"},
    {EPERM, CAPOS_EXC_FAILED, "not permitted"},
    {EPIPE, CAPOS_EXC_FAILED, "broken pipe"},
    {EBADF, CAPOS_EXC_FAILED, "closed"},
    {EBUSY, CAPOS_EXC_FAILED, "busy"},
    {EIO, CAPOS_EXC_FAILED, "input/output error"},
    {EUCLEAN, CAPOS_EXC_FAILED, "data damaged"},
    {ENODEV, CAPOS_EXC_FAILED, "no device"},
    {ENOEXEC, CAPOS_EXC_FAILED, "not executable"},
    {ESRCH, CAPOS_EXC_FAILED, "no such process"},
    {ENOSPC, CAPOS_EXC_OVERLOADED, "no space"},
    {ENOMEM, CAPOS_EXC_OVERLOADED, "no memory"},
    {EMFILE, CAPOS_EXC_OVERLOADED, "too many capabilities"},
    {ENFILE, CAPOS_EXC_OVERLOADED, "too many objects"},
    {EAGAIN, CAPOS_EXC_OVERLOADED, "try again"},
    {EFBIG, CAPOS_EXC_INVALID_ARGUMENT, "too large"},
    {E2BIG, CAPOS_EXC_INVALID_ARGUMENT, "too long"},
    {ENAMETOOLONG, CAPOS_EXC_INVALID_ARGUMENT, "name too long"},
    {EFAULT, CAPOS_EXC_INVALID_ARGUMENT, "bad address"},
    {ERANGE, CAPOS_EXC_INVALID_ARGUMENT, "out of range"},
    {EBADMSG, CAPOS_EXC_INVALID_ARGUMENT, "malformed message"},
    {EINVAL, CAPOS_EXC_INVALID_ARGUMENT, "invalid argument"},
};

int call_raise_errno(struct call *c, int err, const char *what)
{
    int positive = err < 0 ? -err : err;
    for (size_t i = 0; i < sizeof(errno_words) / sizeof(errno_words[0]); i++)
        if (errno_words[i].err == positive)
            return call_raise(c, errno_words[i].type, "%s: %s", errno_words[i].words, what);
    return call_raise(c, CAPOS_EXC_FAILED, "failed (%d): %s", positive, what);
}

/* ---- completion ---- */

static void outstanding_add(struct process *p, struct call *c)
{
    c->next_outstanding = p->outstanding;
    c->prev_outstanding = &p->outstanding;
    if (p->outstanding != NULL)
        p->outstanding->prev_outstanding = &c->next_outstanding;
    p->outstanding = c;
    p->noutstanding++;
}

static void outstanding_remove(struct process *p, struct call *c)
{
    *c->prev_outstanding = c->next_outstanding;
    if (c->next_outstanding != NULL)
        c->next_outstanding->prev_outstanding = c->prev_outstanding;
    p->noutstanding--;
}

static void call_free(struct call *c)
{
    cap_unref(c->object);
    heap_free(c);
}

/* pending_end: the status of a call that was pending is known: its CQE now, or as soon as there is room. */
static void pending_end(struct call *c)
{
    struct process *p = c->process;
    if (ring_room(p) > 0 && p->ndone == 0) {
        ring_post(p, c->user_data, c->status, c->cqe_flags, c->cqe_caps);
        outstanding_remove(p, c);
        call_free(c);
    } else {
        c->done = true;
        p->ndone++;
    }
    ring_wake(p);
}

void call_flush(struct process *p)
{
    struct call *next;
    for (struct call *c = p->outstanding; c != NULL && p->ndone > 0; c = next) {
        next = c->next_outstanding;
        if (!c->done)
            continue;
        if (ring_room(p) == 0)
            return;
        ring_post(p, c->user_data, c->status, c->cqe_flags, c->cqe_caps);
        p->ndone--;
        outstanding_remove(p, c);
        call_free(c);
    }
}

void call_resume(struct call *c)
{
    c->results.buf = resume_buffer;
    c->has_results = false;
}

void call_complete(struct call *c)
{
    c->status = results_deliver(c);
    pending_end(c);
}

void call_fail(struct call *c, unsigned type, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    raise_v(c, type, fmt, ap);
    va_end(ap);
    pending_end(c);
}

void call_cancel_all(struct process *p)
{
    while (p->outstanding != NULL) {
        struct call *c = p->outstanding;
        outstanding_remove(p, c);
        if (!c->done)
            c->cancel(c);
        result_caps_drop(c);
        call_free(c);
    }
    p->ndone = 0;
}

/* ---- transfers ---- */

/* transfers_check: reads and checks the descriptors behind the params; nothing changes. 0 or the CQE error.
 */
static int32_t transfers_check(struct call *c, const struct capos_sqe *s)
{
    struct process *p = c->process;
    struct capos_xfer d[CAPOS_XFER_MAX];
    uint64_t at, end;
    const struct cap_class *cls = c->object->cls;
    if (c->method >= 32 || (cls->transfer_methods >> c->method & 1) == 0)
        return CAPOS_ERR_TRANSFER_NOT_SUPPORTED;
    if (s->xfer_cap_count > CAPOS_XFER_MAX ||
        !capos_xfer_region(s->addr, s->len, s->xfer_cap_count, &at, &end))
        return CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR;
    if (user_read(p, d, at, end - at) != 0)
        return CAPOS_ERR_INVALID_PARAMS_BUFFER;
    for (uint16_t i = 0; i < s->xfer_cap_count; i++) {
        if (!capos_xfer_valid(&d[i]))
            return CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR;
        struct cap_object *o = captable_lookup(p, d[i].cap_id, NULL);
        if (o == NULL)
            return CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR;
        if (!o->cls->transferable)
            return CAPOS_ERR_TRANSFER_NOT_SUPPORTED;
        for (uint16_t j = 0; j < i; j++)
            if (d[j].cap_id == d[i].cap_id && (d[j].mode == CAPOS_XFER_MOVE || d[i].mode == CAPOS_XFER_MOVE))
                return CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR;
        c->transfer[i] = o;
        c->xfer_ids[i] = d[i].cap_id;
        if (d[i].mode == CAPOS_XFER_MOVE)
            c->moves |= (uint16_t)(1u << i);
    }
    c->ntransfers = s->xfer_cap_count;
    return 0;
}

static void transfers_take(struct call *c)
{
    for (uint16_t i = 0; i < c->ntransfers; i++) {
        cap_ref(c->transfer[i]);
        if (c->moves >> i & 1)
            captable_lock(c->process, c->xfer_ids[i]);
    }
}

/* transfers_settle: after the method. Moves are final when the call was taken, undone when it raised;
 * references it left are dropped. */
static void transfers_settle(struct call *c, bool taken)
{
    for (uint16_t i = 0; i < c->ntransfers; i++) {
        bool kept = c->transfer[i] == NULL;
        if (c->moves >> i & 1) {
            captable_unlock(c->process, c->xfer_ids[i]);
            if (taken && kept) {
                struct cap_object *o;
                if (captable_remove(c->process, c->xfer_ids[i], &o) == 0)
                    cap_unref(o);
            }
        }
        if (!kept)
            cap_unref(c->transfer[i]);
        c->transfer[i] = NULL;
    }
    c->ntransfers = 0;
}

/* ---- dispatch ---- */

/* params_bulk: of a message of just a word and Data only its head is copied. False: it is none. */
static bool params_bulk(struct call *c, const struct capos_sqe *s)
{
    const uint64_t *head = (const uint64_t *)(const void *)SCRATCH_PARAMS;
    int64_t len = -1;
    if (s->len < BULK_MIN || (c->object->cls->bulk_methods >> c->method & 1) == 0 ||
        user_read(c->process, SCRATCH_PARAMS, s->addr, BULK_HEAD) != 0)
        return false;
    if (capnp_flat_is(head, s->len, 1, 1))
        len = capnp_flat_data_len(head, s->len, BULK_HEAD / 8);
    if (len <= 0 || BULK_HEAD + (((uint64_t)len + 7) & ~UINT64_C(7)) != s->len)
        return false;
    c->params.data = SCRATCH_PARAMS + 16;
    c->params.data_bytes = 8;
    c->params.nptrs = 0;
    c->params_msg.nsegs = 0;
    c->bulk_addr = s->addr + BULK_HEAD;
    c->bulk_len = (uint32_t)len;
    return true;
}

/* params_read: scratch for both messages, then the parameters into it and opened. 0, a CQE error, or
 * CALL_RAISED. */
static int params_read(struct call *c, const struct capos_sqe *s)
{
    c->params.msg = &c->params_msg;
    const char *missing = scratch_messages(s->len > 0);
    if (missing != NULL)
        return call_raise_errno(c, -ENOMEM, missing);
    if (s->len == 0) { /* an empty struct: nothing else of it is looked at once these are zero */
        c->params.data_bytes = 0;
        c->params.nptrs = 0;
        c->params_msg.nsegs = 0;
        return 0;
    }
    if (params_bulk(c, s))
        return 0;
    if (user_read(c->process, SCRATCH_PARAMS, s->addr, s->len) != 0)
        return CAPOS_ERR_INVALID_PARAMS_BUFFER;
    if (capnp_open(&c->params_msg, SCRATCH_PARAMS, s->len, &c->params) != 0)
        return call_raise(c, CAPOS_EXC_INVALID_ARGUMENT, "malformed message: params of %s",
                          c->object->cls->name);
    return 0;
}

static void call_start(struct call *c, struct process *p, struct thread *t, const struct capos_sqe *s)
{
    c->process = p;
    c->thread = t;
    c->user_data = s->user_data;
    c->result_addr = s->result_addr;
    c->result_cap = s->result_len;
    c->method = s->method_id;
    memset((uint8_t *)c + offsetof(struct call, ntransfers), 0,
           offsetof(struct call, params_msg) - offsetof(struct call, ntransfers));
    c->results.buf = SCRATCH_RESULTS;
}

static int raise_unimplemented(struct call *c, const struct cap_class *cls)
{
    if (c->method < cls->nmethods)
        return call_raise(c, CAPOS_EXC_UNIMPLEMENTED, "unimplemented: %s.%s", cls->name,
                          cls->methods[c->method].name);
    return call_raise(c, CAPOS_EXC_UNIMPLEMENTED, "unimplemented: %s has no method %u", cls->name, c->method);
}

/* call_check: everything that can be refused before the method runs. 0, a CQE error, or CALL_RAISED. */
static int call_check(struct call *c, struct process *p, const struct cap_class *cls,
                      const struct capos_sqe *s)
{
    if (s->len > CAPOS_SCRATCH_BYTES || s->addr + s->len < s->addr)
        return CAPOS_ERR_INVALID_PARAMS_BUFFER;
    if (s->result_len > 0 && user_check(p, s->result_addr, s->result_len, PROT_W) != 0)
        return CAPOS_ERR_INVALID_RESULT_BUFFER;
    if (s->method_id >= cls->nmethods || cls->methods[s->method_id].invoke == NULL)
        return raise_unimplemented(c, cls);
    if (s->xfer_cap_count > 0) {
        int32_t r = transfers_check(c, s);
        if (r != 0)
            return r;
    }
    if (p->noutstanding >= CAPOS_MAX_CALLS)
        return call_raise(c, CAPOS_EXC_OVERLOADED, "too many outstanding calls");
    return params_read(c, s);
}

/* call_invoke: runs the method. True: the call goes on and is on the outstanding list. */
static bool call_invoke(struct call *c, struct process *p, const struct cap_class *cls)
{
    if (c->ntransfers > 0)
        transfers_take(c);
    int r = cls->methods[c->method].invoke(c);
    if (p->ended) /* the call ended its own process; never reached on the machine, where that does not return
                   */
        return false;
    if (c->ntransfers > 0)
        transfers_settle(c, r != CALL_RAISED);
    if (r == 0) {
        c->status = c->direct > 0 ? (int32_t)c->direct : results_deliver(c);
        return false;
    }
    if (r == CALL_PENDING) {
        KASSERT(c->cancel != NULL);
        outstanding_add(p, c);
        return true;
    }
    if (r < 0) /* a method that forgot to raise: never leave the caller without an answer */
        call_raise_errno(c, r, cls->name);
    return false;
}

/* call_do: checks the call, runs its method, and says what came of it unless the call goes on. */
static void call_do(struct call *c, struct process *p, const char *name, const struct capos_sqe *s)
{
    struct cap_object *o = c->object;
    const struct cap_class *cls = o->cls;
    int r = call_check(c, p, cls, s);
    if (r == 0) {
        p->calls++;
        captable_count_call(p, name);
        c->slot_name = name;
        cap_ref(o);
        p->running = c;
        bool pending = call_invoke(c, p, cls);
        p->running = NULL;
        if (pending) {
            p->spare = NULL;
            return;
        }
        cap_unref(o);
    } else if (r < 0) {
        c->status = r;
    }
    if (c->status == CAPOS_ERR_TRANSFER_NOT_SUPPORTED)
        c->refusal = "not-transferable";
    if (c->refusal != NULL && c->status < 0) /* a method that has run: its number is in the table */
        process_refused(p, name, cls->name, cls->methods[c->method].name, c->refusal);
    ring_post(p, s->user_data, c->status, c->cqe_flags, c->cqe_caps);
}

void call_dispatch(struct process *p, struct thread *t, const struct capos_sqe *s)
{
    const char *name;
    struct cap_object *o = captable_lookup(p, s->cap_id, &name);
    struct call *c = p->spare;
    if (c == NULL) /* the last one went on to wait */
        c = p->spare = heap_alloc(sizeof(*c));
    if (o == NULL || c == NULL) {
        if (o == NULL)
            process_refused(p, "-", NULL, NULL, "no-capability");
        ring_post(p, s->user_data, CAPOS_ERR_INVOKE_FAILED, 0, 0);
        return;
    }
    c->object = o;
    call_start(c, p, t, s);
    call_do(c, p, name, s);
    scratch_release();
}
