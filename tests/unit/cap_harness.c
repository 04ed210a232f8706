/* SPDX-License-Identifier: MIT */
/* The bench of cap_harness.h. Invariant: counters follow every allocation; a failing assertion names the
 * caller's test. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include "cap_harness.h"
#include "host_timers.h"

#define HEAP_HEAD 16

struct frame_head {
    uint32_t refs;
};

struct process harness_process;
struct process harness_family[8];
uint32_t harness_free_slots;
uint64_t harness_now_ns, harness_heap_fail_after, harness_frames_left, frame_fail_after;
int64_t harness_wall;
bool harness_entropy, harness_console[2];

static uint64_t frames_live, heap_live, objects_pending;

static struct console {
    char out[1 << 20];
    size_t out_len;
    uint8_t in[1 << 16];
    size_t in_at, in_len;
    void (*on_input)(void *ctx);
    void *ctx;
} consoles[2];

static char log_text[4096];

/* ---- machine ---- */

paddr_t frame_alloc_contiguous(uint32_t n)
{
    uint8_t *p = NULL;

    if (frame_fail_after > 0 && --frame_fail_after == 0)
        return 0;
    if (harness_frames_left < n)
        return 0;
    p = aligned_alloc(PAGE_SIZE, (size_t)(n + 1) * PAGE_SIZE);
    assert_non_null(p);
    memset(p, 0, (size_t)(n + 1) * PAGE_SIZE);
    ((struct frame_head *)(void *)p)->refs = n;
    harness_frames_left -= n;
    frames_live += n;
    return (paddr_t)(uintptr_t)(p + PAGE_SIZE);
}

paddr_t frame_alloc(void)
{
    return frame_alloc_contiguous(1);
}

/* Frames of a run of several are freed together: the tests make runs only through memory objects, which do
 * so. */
static uint8_t *run_head;
static uint32_t run_left;

void frame_unref(paddr_t pa)
{
    uint8_t *p = (uint8_t *)(uintptr_t)pa;

    if (run_left == 0) {
        run_head = p - PAGE_SIZE;
        run_left = ((struct frame_head *)(void *)run_head)->refs;
    }
    assert_true(run_left > 0);
    frames_live--;
    harness_frames_left++;
    if (--run_left == 0)
        free(run_head);
}

void frame_ref(paddr_t pa)
{
    (void)pa;
    fail_msg("no test maps frames");
}

void *frame_ptr(paddr_t pa)
{
    return (void *)(uintptr_t)pa;
}

uint64_t frame_free_count(void)
{
    return harness_frames_left;
}

uint64_t frame_total_count(void)
{
    return 6400;
}

void *heap_alloc(size_t bytes)
{
    if (harness_heap_fail_after > 0 && --harness_heap_fail_after == 0)
        return NULL;
    heap_live++;
    return calloc(1, bytes);
}

void heap_free(void *p)
{
    if (p != NULL)
        heap_live--;
    free(p);
}

uint64_t clock_ns(void)
{
    return harness_now_ns;
}

uint64_t clock_tick(void)
{
    return 3 * harness_now_ns;
}

int64_t clock_wall(uint32_t *nanos)
{
    *nanos = (uint32_t)(harness_now_ns % 1000000000u);
    return harness_wall;
}

void harness_tick(uint64_t ns)
{
    harness_now_ns += ns;
    host_timers_fire(harness_now_ns);
}

int entropy_fill(void *buf, size_t n)
{
    if (!harness_entropy)
        return -ENODEV;
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)buf)[i] = (uint8_t)rand();
    return 0;
}

bool vconsole_present(unsigned index)
{
    return harness_console[index];
}

int vconsole_write(unsigned index, const void *buf, size_t n)
{
    struct console *con = &consoles[index];

    if (!harness_console[index])
        return -ENODEV;
    assert_true(con->out_len + n < sizeof con->out);
    memcpy(con->out + con->out_len, buf, n);
    con->out_len += n;
    con->out[con->out_len] = '\0';
    return 0;
}

size_t vconsole_read(unsigned index, void *buf, size_t n)
{
    struct console *con = &consoles[index];
    size_t have = con->in_len - con->in_at;

    if (have > n)
        have = n;
    memcpy(buf, con->in + con->in_at, have);
    con->in_at += have;
    return have;
}

void vconsole_on_input(unsigned index, void (*f)(void *ctx), void *ctx)
{
    consoles[index].on_input = f;
    consoles[index].ctx = ctx;
}

const char *harness_written(unsigned console, size_t *len)
{
    struct console *con = &consoles[console];

    con->out[con->out_len] = '\0';
    if (len != NULL)
        *len = con->out_len;
    con->out_len = 0;
    return con->out;
}

void harness_type(unsigned console, const char *bytes, size_t len)
{
    struct console *con = &consoles[console];

    if (con->in_at == con->in_len)
        con->in_at = con->in_len = 0;
    assert_true(con->in_len + len <= sizeof con->in);
    memcpy(con->in + con->in_len, bytes, len);
    con->in_len += len;
    if (con->on_input != NULL)
        con->on_input(con->ctx);
}

void klog(const char *fmt, ...)
{
    size_t at = strlen(log_text);
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(log_text + at, sizeof log_text - at, fmt, ap);
    va_end(ap);
    at = strlen(log_text);
    (void)snprintf(log_text + at, sizeof log_text - at, "\n");
}

const char *harness_log(void)
{
    static char copy[sizeof log_text];

    memcpy(copy, log_text, sizeof copy);
    log_text[0] = '\0';
    return copy;
}

void panic(const char *fmt, ...)
{
    (void)fmt;
    fail_msg("panic: %s", fmt);
    abort();
}

uint32_t captable_free_slots(const struct process *p)
{
    (void)p;
    return harness_free_slots;
}

struct process *process_find(uint32_t pid)
{
    for (size_t i = 0; i < sizeof harness_family / sizeof *harness_family; i++)
        if (pid != 0 && harness_family[i].pid == pid)
            return &harness_family[i];
    return NULL;
}

void process_ref(struct process *p)
{
    p->refs++;
}

void process_unref(struct process *p)
{
    p->refs--;
}

/* ---- call layer ---- */

void cap_unref(struct cap_object *o)
{
    assert_true(o->refs > 0);
    if (--o->refs == 0)
        o->cls->destroy(o);
}

static struct hcall *h_of(struct call *c)
{
    return (struct hcall *)c;
}

static int raise_v(struct call *c, unsigned type, const char *fmt, va_list ap)
{
    struct hcall *h = h_of(c);

    assert_false(h->raised);
    h->raised = true;
    h->type = type;
    (void)vsnprintf(h->text, sizeof h->text, fmt, ap);
    return 2;
}

int call_raise(struct call *c, unsigned type, const char *fmt, ...)
{
    va_list ap;
    int r = 0;

    va_start(ap, fmt);
    r = raise_v(c, type, fmt, ap);
    va_end(ap);
    return r;
}

int call_raise_errno(struct call *c, int err, const char *what)
{
    bool space = err == -ENOMEM || err == -ENOSPC || err == -EMFILE;
    bool argument = err == -EINVAL || err == -ENAMETOOLONG || err == -EFBIG || err == -ERANGE;

    return call_raise(c,
                      space      ? CAPOS_EXC_OVERLOADED
                      : argument ? CAPOS_EXC_INVALID_ARGUMENT
                                 : CAPOS_EXC_FAILED,
                      "errno %d: %s", -err, what);
}

int call_results(struct call *c, uint16_t dwords, uint16_t nptrs, struct capnp_bstruct *out)
{
    c->has_results = true;
    return capnp_build_root(&c->results, dwords, nptrs, out);
}

int call_refuse(struct call *c, int32_t status)
{
    (void)c;
    fail_msg("refused with %d", status);
    return 2;
}

unsigned call_data_parts(struct call *c, uint32_t want, struct fs_part *parts)
{
    (void)c;
    (void)want;
    (void)parts;
    return 0; /* no user pages here: answers are built */
}

unsigned call_bulk_parts(struct call *c, struct fs_part *parts)
{
    (void)c;
    (void)parts;
    return 0;
}

const uint8_t *call_bulk_copy(struct call *c)
{
    (void)c;
    return NULL;
}

int call_data_done(struct call *c, uint32_t got)
{
    (void)c;
    fail_msg("%u bytes were read nowhere", got);
    return 0;
}

int call_add_cap(struct call *c, struct cap_object *o)
{
    if (c->nresult_caps == CALL_MAX_RESULT_CAPS || harness_free_slots <= c->nresult_caps)
        return -EMFILE;
    c->result_caps[c->nresult_caps] = o;
    return c->nresult_caps++;
}

void call_resume(struct call *c)
{
    struct hcall *h = h_of(c);

    if (h->result_bytes == NULL)
        h->result_bytes = malloc(c->result_cap);
    assert_non_null(h->result_bytes);
    memset(h->result_bytes, 0xa5, c->result_cap); /* a builder that counts on zeros shows */
    capnp_build_init(&c->results, h->result_bytes, c->result_cap & ~7u);
    c->has_results = false;
}

static void h_finish(struct hcall *h)
{
    assert_false(h->done);
    h->done = true;
    if (h->raised || !h->c.has_results)
        return;
    h->bytes = capnp_build_finish(&h->c.results);
    if (h->bytes < 0)
        return;
    assert_int_equal(capnp_msg_open(&h->msg, h->result_bytes, (size_t)h->bytes), 0);
    assert_int_equal(capnp_root(&h->msg, &h->results), 0);
}

static void h_end_pending(struct hcall *h)
{
    assert_true(h->pending);
    h->pending = false;
    objects_pending--;
    h_finish(h);
    cap_unref(h->c.object);
}

void call_complete(struct call *c)
{
    h_end_pending(h_of(c));
}

void call_fail(struct call *c, unsigned type, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)raise_v(c, type, fmt, ap);
    va_end(ap);
    h_end_pending(h_of(c));
}

static struct hcall *h_alloc(struct cap_object *o, uint16_t method, size_t params_bytes)
{
    struct hcall *h = calloc(1, sizeof *h);

    assert_non_null(h);
    h->params_bytes = malloc(params_bytes);
    assert_non_null(h->params_bytes);
    h->c.process = &harness_process;
    h->c.object = o;
    h->c.method = method;
    h->c.result_cap = CAPOS_SCRATCH_BYTES;
    return h;
}

struct hcall *h_new(struct cap_object *o, uint16_t method, uint16_t dwords, uint16_t nptrs)
{
    struct hcall *h = h_alloc(o, method, CAPOS_SCRATCH_BYTES);

    capnp_build_init(&h->builder, h->params_bytes, CAPOS_SCRATCH_BYTES);
    assert_int_equal(capnp_build_root(&h->builder, dwords, nptrs, &h->params), 0);
    return h;
}

static struct hcall *h_invoke(struct hcall *h, size_t bytes)
{
    int r = 0;

    call_resume(&h->c);
    cap_ref(h->c.object);
    r = h->c.object->cls->methods[h->c.method].invoke(&h->c);
    for (unsigned i = 0; i < h->c.ntransfers; i++)
        if (h->c.transfer[i] != NULL)
            cap_unref(h->c.transfer[i]);
    memset(h->params_bytes, 0x5a, (size_t)bytes); /* a method that keeps pointers into them shows */
    if (r == CALL_PENDING) {
        assert_non_null(h->c.cancel);
        h->pending = true;
        objects_pending++;
        return h;
    }
    if (r < 0)
        (void)call_raise_errno(&h->c, r, "");
    assert_true(r == 0 || h->raised);
    assert_true(r != 0 || !h->raised);
    h_finish(h);
    cap_unref(h->c.object);
    return h;
}

struct hcall *h_run(struct hcall *h)
{
    int64_t bytes = 0;

    if (h->done || h->pending)
        return h;
    bytes = capnp_build_finish(&h->builder);
    assert_true(bytes > 0);
    assert_int_equal(capnp_msg_open(&h->c.params_msg, h->params_bytes, (size_t)bytes), 0);
    assert_int_equal(capnp_root(&h->c.params_msg, &h->c.params), 0);
    assert_true(h->c.method < h->c.object->cls->nmethods);
    return h_invoke(h, (size_t)bytes);
}

struct hcall *h_raw(struct cap_object *o, uint16_t method, const void *message, size_t len,
                    uint32_t result_cap)
{
    struct hcall *h = h_alloc(o, method, len);

    memcpy(h->params_bytes, message, len);
    h->c.result_cap = result_cap;
    if (method >= o->cls->nmethods || capnp_msg_open(&h->c.params_msg, h->params_bytes, len) != 0 ||
        capnp_root(&h->c.params_msg, &h->c.params) != 0) {
        h_free(h);
        return NULL;
    }
    return h_invoke(h, len);
}

void h_kill(struct hcall *h)
{
    assert_true(h->pending);
    h->c.cancel(&h->c);
    h->pending = false;
    h->dead = true;
    objects_pending--;
    cap_unref(h->c.object);
}

struct cap_object *h_take(struct hcall *h, unsigned i)
{
    struct cap_object *o = NULL;

    assert_true(i < h->c.nresult_caps);
    o = h->c.result_caps[i];
    assert_non_null(o);
    h->c.result_caps[i] = NULL;
    return o;
}

void h_free(struct hcall *h)
{
    assert_false(h->pending);
    for (unsigned i = 0; i < h->c.nresult_caps; i++)
        if (h->c.result_caps[i] != NULL)
            cap_unref(h->c.result_caps[i]);
    free(h->params_bytes);
    free(h->result_bytes);
    free(h);
}

void h_ok(struct hcall *h)
{
    if (h->raised)
        fail_msg("raised %u: %s", h->type, h->text);
    assert_true(h->done);
    assert_true(h->bytes >= 0);
}

void h_raised(struct hcall *h, unsigned type, const char *words)
{
    assert_true(h->done);
    assert_true(h->raised);
    assert_memory_equal(h->text, words, strlen(words));
    assert_int_equal(h->type, type);
}

void h_ok_free(struct hcall *h)
{
    h_ok(h_run(h));
    h_free(h);
}

void h_raised_free(struct hcall *h, unsigned type, const char *words)
{
    h_raised(h_run(h), type, words);
    h_free(h);
}

void harness_begin(void)
{
    memset(&harness_process, 0, sizeof harness_process);
    memset(harness_family, 0, sizeof harness_family);
    harness_free_slots = 100;
    harness_now_ns = harness_process.started_ns = 1000;
    harness_wall = 1700000000;
    harness_heap_fail_after = frame_fail_after = 0;
    harness_frames_left = frame_total_count();
    harness_entropy = harness_console[0] = harness_console[1] = true;
    for (unsigned i = 0; i < 2; i++)
        consoles[i].out_len = consoles[i].in_at = consoles[i].in_len = 0;
    log_text[0] = '\0';
    frames_live = heap_live = objects_pending = 0;
}

void harness_end(void)
{
    assert_int_equal(objects_pending, 0);
    assert_int_equal(heap_live, 0);
    assert_int_equal(frames_live, 0);
    assert_null(host_timers);
}
