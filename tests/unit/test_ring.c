/* SPDX-License-Identifier: MIT */
/*
 * The ring and the calls behind it, driven as a program drives them.
 * Invariant: every error code of the ABI that a program can provoke here is provoked, and the process goes on
 * after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "abi/capid.h"
#include "abi/ext.h"
#include "abi/fields.h"
#include "abi/syscall.h"
#include "host_process.h"
#include "kernel/scratch.h"

static struct process *p;
static struct hp_call call;
static const unsigned sources[] = {CAPOS_SRC_NULL_CAP,  CAPOS_SRC_CONSOLE,         CAPOS_SRC_TIMER,
                                   CAPOS_SRC_DIRECTORY, CAPOS_SRC_PROCESS_SPAWNER, CAPOS_SRC_ENTROPY_SOURCE};
static uint64_t frames_before;

static int setup(void **state)
{
    (void)state;
    host_reset();
    frames_before = frame_free_count();
    p = hp_start(sources, sizeof(sources) / sizeof(sources[0]));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (process_count() > 0)
        hp_end(p, 0);
    assert_int_equal(process_count(), 0);
    assert_int_equal(frame_free_count(), frames_before);
    assert_int_equal(host_tables(), 0);
    assert_int_equal(host_threads(), 0);
    return 0;
}

static struct capos_sqe sqe(unsigned opcode)
{
    struct capos_sqe s;
    memset(&s, 0, sizeof(s));
    s.opcode = (uint8_t)opcode;
    s.user_data = 7;
    return s;
}

static volatile struct capos_ring_header *header(void)
{
    return (volatile void *)p->ring;
}

static void header_is_as_published(void **state)
{
    (void)state;
    assert_int_equal(header()->sq_mask, 15);
    assert_int_equal(header()->cq_mask, 31);
    assert_int_equal(header()->sqe_offset, 128);
    assert_int_equal(header()->cqe_offset, 1152);
    assert_int_equal(hp_enter(0, 0), 0);
}

static void simple_operations(void **state)
{
    (void)state;
    struct capos_sqe s = sqe(CAPOS_OP_NOP);
    assert_int_equal(hp_one(p, &s).result, 0);
    s = sqe(CAPOS_OP_FINISH);
    s.len = 99; /* nothing of it is looked at */
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_UNSUPPORTED_OPCODE);
    const unsigned later[] = {CAPOS_OP_RECV, CAPOS_OP_RETURN, CAPOS_OP_CANCEL, CAPOS_OP_PARK,
                              CAPOS_OP_UNPARK};
    for (size_t i = 0; i < 5; i++) {
        s = sqe(later[i]);
        if (later[i] == CAPOS_OP_CANCEL)
            s.pipeline_dep = 3;
        if (later[i] == CAPOS_OP_PARK) {
            s.flags = CAPOS_SQE_THREAD_OWNED;
            s.call_id = 1;
        }
        assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVOKE_FAILED);
        s.pipeline_field = 1;
        assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_REQUEST);
    }
    for (unsigned op = CAPOS_OP_PARK_BENCH; op < 256; op += op == CAPOS_OP_PARK_BENCH ? 3 : 41) {
        s = sqe(op);
        assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_REQUEST);
    }
}

/* Sets one byte of an entry and expects a refusal; user_data and the opcode are free. */
static void unused_fields_must_be_zero(void **state)
{
    (void)state;
    for (size_t at = 1; at < sizeof(struct capos_sqe); at++) {
        if (at >= offsetof(struct capos_sqe, user_data) && at < offsetof(struct capos_sqe, addr))
            continue;
        struct capos_sqe s = sqe(CAPOS_OP_NOP);
        ((uint8_t *)&s)[at] = 1;
        assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_REQUEST);
        if (at >= offsetof(struct capos_sqe, cap_id) && at < offsetof(struct capos_sqe, user_data))
            continue;
        s = sqe(CAPOS_OP_RELEASE);
        s.cap_id = hp_id(p, "null");
        ((uint8_t *)&s)[at] = 1;
        assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_REQUEST);
    }
    hp_call_begin(&call, hp_id(p, "null"), 0, 0, 0);
    assert_int_equal(hp_call_run(p, &call).result, 0); /* nothing was released */
}

static void calls_and_ids(void **state)
{
    (void)state;
    uint32_t id = hp_id(p, "null");
    hp_call_begin(&call, id, 0, 0, 0);
    struct capos_cqe e = hp_call_run(p, &call);
    assert_int_equal(e.result, 0);
    assert_int_equal(e.flags, 0);
    struct capos_sqe s = call.sqe;
    s.len = 0;
    s.addr = 0;
    s.result_len = 0;
    s.result_addr = 0;
    assert_int_equal(hp_one(p, &s).result, 0);
    s.cap_id = capos_capid_pack(200, 0);
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVOKE_FAILED);
    s.cap_id = capos_capid_pack(capos_capid_slot(id), 1);
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVOKE_FAILED);
    s.cap_id = UINT32_MAX;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVOKE_FAILED);
    s.cap_id = id;
    s.flags = CAPOS_SQE_PIPELINE;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_REQUEST);
    s.flags = 0;
    s.session_disclosure = 8;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_REQUEST);
    s = sqe(CAPOS_OP_RELEASE);
    s.cap_id = id;
    assert_int_equal(hp_one(p, &s).result, 0);
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_REQUEST);
}

static void buffers(void **state)
{
    (void)state;
    uint32_t timer = hp_id(p, "timer");
    unsigned type;
    hp_call_begin(&call, timer, CAPOS_M_TIMER_NOW, 0, 0);
    assert_int_equal(hp_call_run(p, &call).result, 8 + 8 + 16);
    struct capos_sqe s = call.sqe;
    s.addr = 0x40000000;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_PARAMS_BUFFER);
    s.addr = UINT64_MAX - 3;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_PARAMS_BUFFER);
    s.addr = HP_DATA;
    s.len = CAPOS_SCRATCH_BYTES + 1;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_PARAMS_BUFFER);
    s = call.sqe;
    s.result_addr = 0x200000; /* code: not writable */
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_RESULT_BUFFER);
    s.result_addr = HP_DATA + HP_PAGES * 4096 - 8;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_RESULT_BUFFER);
    s.result_addr = CAPOS_CAPSET_VADDR;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_RESULT_BUFFER);
    s = call.sqe;
    s.result_len = 24;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_RESULT_BUFFER);
    s.result_len = 32;
    assert_int_equal(hp_one(p, &s).result, 32);

    hp_call_begin(&call, timer, 77, 0, 0);
    assert_int_equal(hp_call_run(p, &call).result, CAPOS_ERR_EXCEPTION);
    assert_string_equal(hp_exception(&call, &type), "unimplemented: Timer has no method 77");
    assert_int_equal(type, CAPOS_EXC_UNIMPLEMENTED);
    s = call.sqe;
    s.len = 5; /* not even framing: never looked at */
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_EXCEPTION);
    s.result_len = 16;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_EXCEPTION_TRUNCATED);
    s.result_len = 0;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_EXCEPTION_TRUNCATED);
    hp_call_begin(&call, timer, CAPOS_M_TIMER_NOW, 0, 0);
    memset(call.message, 0xff, 16);
    assert_int_equal(user_write(p, HP_DATA, call.message, 16), 0);
    s = call.sqe;
    s.len = 16;
    struct capos_cqe e = hp_one(p, &s);
    assert_int_equal(e.result, CAPOS_ERR_EXCEPTION);
    hp_call_read(p, &call, &e);
    assert_string_equal(hp_exception(&call, &type), "malformed message: params of Timer");
    assert_int_equal(type, CAPOS_EXC_INVALID_ARGUMENT);
}

static void completion_queue_full(void **state)
{
    (void)state;
    struct capos_sqe s = sqe(CAPOS_OP_NOP);
    struct capos_cqe e;
    for (unsigned i = 0; i < 32; i++) {
        s.user_data = i;
        hp_push(p, &s);
        assert_int_equal(hp_enter(0, 0), i + 1);
    }
    s.user_data = 32;
    hp_push(p, &s);
    assert_int_equal(hp_enter(1, 0), 32);
    assert_int_equal(header()->sq_tail - header()->sq_head, 1); /* not taken */
    for (unsigned i = 0; i < 32; i++) {
        assert_true(hp_take(p, &e));
        assert_int_equal(e.user_data, i);
    }
    assert_int_equal(hp_enter(1, 0), 1);
    assert_true(hp_take(p, &e));
    assert_int_equal(e.user_data, 32);
    assert_int_equal(header()->cq_overflow, 0);
}

static void corrupted_indices(void **state)
{
    (void)state;
    struct capos_sqe s = sqe(CAPOS_OP_NOP);
    header()->sq_tail = header()->sq_head + 17;
    assert_int_equal(hp_enter(0, 0), CAPOS_SYS_REJECTED);
    assert_int_equal(header()->sq_head, header()->sq_tail);
    assert_int_equal(hp_one(p, &s).result, 0);
    header()->cq_head = header()->cq_tail + 5;
    assert_int_equal(hp_enter(0, 0), CAPOS_SYS_REJECTED);
    assert_int_equal(header()->cq_head, header()->cq_tail);
    assert_int_equal(hp_one(p, &s).result, 0);
    header()->sq_head = 12345; /* only published: the kernel keeps its own */
    header()->cq_tail = 54321;
    hp_push(p, &s);
    assert_int_equal(hp_enter(0, 0), 1);
    assert_int_equal(header()->sq_head, header()->sq_tail);
    header()->sq_mask = 0;
    header()->cq_entries = 0;
    header()->sqe_offset = 0xffffffff;
    hp_push(p, &s);
    assert_int_equal(hp_enter(0, 0), 2);
    for (unsigned i = 0; i < 3 * 65536; i += 65521) { /* indices run freely over 2^32 */
        p->sq_head = UINT32_MAX - 3 + i;
        p->cq_tail = UINT32_MAX - 1 + i;
        header()->sq_tail = p->sq_head;
        header()->cq_head = header()->cq_tail = p->cq_tail;
        for (unsigned n = 0; n < 8; n++)
            assert_int_equal(hp_one(p, &s).result, 0);
    }
}

static void thread_owned(void **state)
{
    (void)state;
    hp_call_begin(&call, hp_id(p, "null"), 0, 0, 0);
    struct capos_sqe s = call.sqe;
    s.addr = 0;
    s.flags = CAPOS_SQE_THREAD_OWNED;
    assert_int_equal(hp_one(p, &s).result, CAPOS_ERR_INVALID_REQUEST); /* without a thread */
    s.call_id = 1;
    assert_int_equal(hp_one(p, &s).result, 0);
    s.call_id = 2;
    hp_push(p, &s);
    assert_int_equal(hp_enter(1, 0), CAPOS_ENTER_HEAD_OWNED);
    assert_int_equal(hp_enter(1, CAPOS_WAIT_FOREVER), CAPOS_ENTER_HEAD_OWNED);
    assert_int_equal(hp_enter(0, 0), 0);
    assert_int_equal(header()->sq_tail - header()->sq_head, 1);
}

static void waiting(void **state)
{
    (void)state;
    uint32_t timer = hp_id(p, "timer");
    struct capos_cqe e;
    assert_int_equal(hp_enter(33, 0), CAPOS_SYS_REJECTED);
    assert_int_equal(syscall_dispatch(CAPOS_SYS_CAP_ENTER, UINT64_C(1) << 32, 0), CAPOS_SYS_REJECTED);
    assert_int_equal(syscall_dispatch(CAPOS_SYS_RETIRED, 1, 1), CAPOS_SYS_REJECTED);
    assert_int_equal(syscall_dispatch(CAPOS_SYS_MEASURE, 1, 1), CAPOS_SYS_REJECTED);
    assert_int_equal(syscall_dispatch(99, 1, 1), CAPOS_SYS_REJECTED);
    assert_int_equal(hp_enter(1, 5000), 0);
    assert_int_equal(host.now_ns, 5000);
    for (unsigned i = 0; i < 3; i++) {
        hp_call_begin(&call, timer, CAPOS_M_TIMER_SLEEP, 1, 0);
        capnp_set_u64(&call.params, CAPOS_P_TIMER_SLEEP_DURATION_NS, 1000 * (i + 1));
        call.sqe.user_data = i;
        hp_call_submit(p, &call);
        assert_int_equal(hp_enter(0, 0), 0); /* submits, does not wait */
    }
    assert_int_equal(p->noutstanding, 3);
    assert_int_equal(hp_enter(2, CAPOS_WAIT_FOREVER), 2);
    assert_int_equal(host.now_ns, 7000);
    assert_int_equal(hp_enter(3, 500), 2); /* the limit passes first */
    assert_int_equal(hp_enter(3, CAPOS_WAIT_FOREVER), 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(hp_take(p, &e));
        assert_int_equal(e.user_data, i);
        assert_int_equal(e.result, 0);
    }
    assert_int_equal(p->noutstanding, 0);
}

/* Opens a pipe and leaves n reads pending on it. */
static void reads_pending(unsigned n, uint32_t *write_end)
{
    hp_call_begin(&call, hp_id(p, "process_spawner"), CAPOS_M_PROCESS_SPAWNER_CREATE_PIPE, 1, 0);
    capnp_set_u32(&call.params, 0, 4096);
    struct capos_cqe e = hp_call_run(p, &call);
    assert_int_equal(e.result, 24);
    assert_int_equal(e.flags, CAPOS_CQE_RESULT_CAPS);
    assert_int_equal(e.cap_count, 2);
    assert_true(call.caps[0].interface_id == CAPOS_IFACE_PIPE &&
                call.caps[1].interface_id == CAPOS_IFACE_PIPE);
    uint32_t reader = call.caps[capnp_get_u16(&call.root, 0)].cap_id;
    *write_end = call.caps[capnp_get_u16(&call.root, 2)].cap_id;
    for (unsigned i = 0; i < n; i++) {
        hp_call_begin(&call, reader, CAPOS_M_PIPE_READ, 1, 0);
        capnp_set_u32(&call.params, 0, 1);
        call.sqe.user_data = 1000 + i;
        hp_call_submit(p, &call);
        hp_enter(0, 0);
    }
}

static void outstanding_limit(void **state)
{
    (void)state;
    uint32_t writer;
    struct capos_cqe e;
    reads_pending(CAPOS_MAX_CALLS, &writer);
    assert_int_equal(p->noutstanding, CAPOS_MAX_CALLS);
    hp_call_begin(&call, hp_id(p, "null"), 0, 0, 0);
    assert_int_equal(hp_call_run(p, &call).result, CAPOS_ERR_EXCEPTION);
    unsigned type;
    assert_string_equal(hp_exception(&call, &type), "too many outstanding calls");
    assert_int_equal(type, CAPOS_EXC_OVERLOADED);
    struct capos_sqe s =
        sqe(CAPOS_OP_RELEASE); /* the last way in goes: every read ends, more than the queue holds */
    s.cap_id = writer;
    s.user_data = 1;
    hp_push(p, &s);
    assert_int_equal(hp_enter(1, 0), 32);
    unsigned seen = 0, released = 0;
    bool got[CAPOS_MAX_CALLS] = {false};
    for (unsigned turn = 0; turn < 4; turn++) {
        while (hp_take(p, &e)) {
            if (e.user_data == 1) {
                assert_int_equal(e.result, 0);
                released++;
                continue;
            }
            assert_in_range(e.user_data, 1000, 1000 + CAPOS_MAX_CALLS - 1);
            assert_false(got[e.user_data - 1000]);
            got[e.user_data - 1000] = true;
            assert_true(e.result > 0);
            seen++;
        }
        hp_enter(0, 0);
    }
    assert_int_equal(seen, CAPOS_MAX_CALLS);
    assert_int_equal(released, 1);
    assert_int_equal(p->noutstanding, 0);
}

static void dies_with_calls_pending(void **state)
{
    (void)state;
    uint32_t writer;
    reads_pending(20, &writer);
    hp_call_begin(&call, hp_id(p, "timer"), CAPOS_M_TIMER_SLEEP, 1, 0);
    capnp_set_u64(&call.params, 0, 1000000);
    hp_call_submit(p, &call);
    hp_enter(0, 0);
    hp_end(p, -3);
    host_time(10000000);
    assert_non_null(strstr(host.log, "exit pid="));
    assert_non_null(strstr(host.log, " code=-3 why=exited "));
    assert_non_null(
        strstr(host.log, "process_spawner:ProcessSpawner:21")); /* the pipe's reads count for it */
}

/* Directory.open gives a capability we may copy and move. */
static uint32_t file_open(const char *name)
{
    hp_call_begin(&call, hp_id(p, "directory"), CAPOS_M_DIRECTORY_OPEN, 1, 1);
    capnp_set_u32(&call.params, 0, CAPOS_OPEN_CREATE);
    capnp_set_text(&call.params, 0, name, strlen(name));
    struct capos_cqe e = hp_call_run(p, &call);
    assert_true(e.result > 0);
    assert_int_equal(e.cap_count, 1);
    assert_true(call.caps[0].interface_id == CAPOS_IFACE_FILE && call.caps[0].zero == 0);
    return call.caps[0].cap_id;
}

static uint64_t params_offset; /* where with_descriptor puts the params, behind HP_DATA */

static int32_t with_descriptor(uint32_t target, uint16_t method, struct capos_xfer d, unsigned count)
{
    uint64_t at = HP_DATA + params_offset;
    hp_call_begin(&call, target, method, 0, 0);
    int64_t n = capnp_build_finish(&call.builder);
    call.sqe.len = (uint32_t)n;
    call.sqe.addr = at;
    call.sqe.xfer_cap_count = (uint16_t)count;
    assert_int_equal(user_write(p, at, call.message, (size_t)n), 0);
    assert_int_equal(user_write(p, at + (uint64_t)n, &d, sizeof(d)), 0);
    struct capos_cqe e = hp_one(p, &call.sqe);
    hp_call_read(p, &call, &e);
    return e.result;
}

static void transfers(void **state)
{
    (void)state;
    struct cap_object *ext = cap_ext_new();
    uint32_t ext_id, file = file_open("a"), null = hp_id(p, "null");
    assert_int_equal(captable_insert(p, ext, "null", &ext_id), 0);
    cap_unref(ext);
    struct capos_xfer copy = {file, CAPOS_XFER_COPY, 0}, bad = copy;
    assert_int_equal(with_descriptor(null, 0, copy, 1), CAPOS_ERR_TRANSFER_NOT_SUPPORTED);
    bad.cap_id = hp_id(p, "console");
    assert_int_equal(with_descriptor(ext_id, 0, bad, 1), CAPOS_ERR_TRANSFER_NOT_SUPPORTED);
    bad = copy;
    bad.mode = 3;
    assert_int_equal(with_descriptor(ext_id, 0, bad, 1), CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR);
    bad.mode = 0;
    assert_int_equal(with_descriptor(ext_id, 0, bad, 1), CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR);
    bad = copy;
    bad.zero = 1;
    assert_int_equal(with_descriptor(ext_id, 0, bad, 1), CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR);
    bad = copy;
    bad.cap_id += 1u << 24;
    assert_int_equal(with_descriptor(ext_id, 0, bad, 1), CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR);
    assert_int_equal(with_descriptor(ext_id, 0, copy, 17), CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR);
    assert_true(with_descriptor(ext_id, 0, copy, 1) > 0);
    uint32_t view = call.caps[0].cap_id;
    assert_true(call.caps[0].interface_id == CAPOS_IFACE_FILE);
    assert_ptr_not_equal(captable_lookup(p, file, NULL), captable_lookup(p, view, NULL));
    assert_non_null(captable_lookup(p, file, NULL)); /* a copy leaves the original */
    params_offset = 4;                               /* descriptors are aligned to four bytes, as published */
    assert_true(with_descriptor(ext_id, 0, copy, 1) > 0);
    params_offset = 2;
    assert_int_equal(with_descriptor(ext_id, 0, copy, 1), CAPOS_ERR_INVALID_TRANSFER_DESCRIPTOR);
    params_offset = 0;
}

static void params_are_copied_once(void **state)
{
    (void)state;
    hp_call_begin(&call, hp_id(p, "console"), CAPOS_M_CONSOLE_WRITE, 0, 1);
    capnp_set_data(&call.params, 0, "hello", 5);
    call.sqe.result_addr = call.sqe.addr; /* results over params: no one notices */
    assert_int_equal(hp_call_run(p, &call).result, 0);
    assert_memory_equal(host.console[1], "hello", 5);
}

static void memory_runs_out(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 12; n++) { /* every allocation of an open fails once */
        frame_fail_after = n;
        hp_call_begin(&call, hp_id(p, "directory"), CAPOS_M_DIRECTORY_OPEN, 1, 1);
        capnp_set_u32(&call.params, 0, CAPOS_OPEN_CREATE);
        capnp_set_text(&call.params, 0, "x", 1);
        struct capos_cqe e = hp_call_run(p, &call);
        frame_fail_after = 0;
        if (e.result > 0) {
            struct capos_sqe s = sqe(CAPOS_OP_RELEASE);
            s.cap_id = call.caps[0].cap_id;
            assert_int_equal(hp_one(p, &s).result, 0);
        } else {
            assert_true(e.result == CAPOS_ERR_EXCEPTION || e.result == CAPOS_ERR_INVOKE_FAILED);
        }
    }
}

/* Each piece of scratch of a call fails once: an exception that says so, before anything was done. */
static void scratch_runs_out(void **state)
{
    static const char *const want[] = {"no memory: scratch for results", "no memory: scratch for parameters"};
    uint32_t id = hp_id(p, "directory");
    unsigned type = 0;
    (void)state;
    hp_call_begin(&call, id, CAPOS_M_DIRECTORY_LIST, 0, 0); /* the process's call object is there now */
    assert_true(hp_call_run(p, &call).result > 0);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t calls = p->calls;
        hp_call_begin(&call, id, CAPOS_M_DIRECTORY_CREATE, 0, 1);
        capnp_set_text(&call.params, 0, "made", 4);
        frame_fail_after = i + 1;
        assert_int_equal(hp_call_run(p, &call).result, CAPOS_ERR_EXCEPTION);
        assert_true(frame_fail_after == 0);
        assert_string_equal(hp_exception(&call, &type), want[i]);
        assert_int_equal(type, CAPOS_EXC_OVERLOADED);
        assert_string_equal(frame_failed, "scratch");
        assert_int_equal(p->calls, calls);
        assert_int_equal(scratch_used(), 0);
    }
    hp_call_begin(&call, id, CAPOS_M_DIRECTORY_CREATE, 0, 1);
    capnp_set_text(&call.params, 0, "made", 4); /* not there yet */
    assert_int_equal(hp_call_run(p, &call).result, 0);
    assert_null(scratch_messages(true));
    assert_null(scratch_take(SIZE_MAX));
    assert_null(scratch_take(SCRATCH_OWN + 1));
    assert_non_null(scratch_take(SCRATCH_OWN - 1));
    assert_null(scratch_take(1));
    scratch_release();
    assert_int_equal(scratch_used(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(header_is_as_published, setup, teardown),
        cmocka_unit_test_setup_teardown(simple_operations, setup, teardown),
        cmocka_unit_test_setup_teardown(unused_fields_must_be_zero, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_and_ids, setup, teardown),
        cmocka_unit_test_setup_teardown(buffers, setup, teardown),
        cmocka_unit_test_setup_teardown(completion_queue_full, setup, teardown),
        cmocka_unit_test_setup_teardown(corrupted_indices, setup, teardown),
        cmocka_unit_test_setup_teardown(thread_owned, setup, teardown),
        cmocka_unit_test_setup_teardown(waiting, setup, teardown),
        cmocka_unit_test_setup_teardown(outstanding_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(dies_with_calls_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(transfers, setup, teardown),
        cmocka_unit_test_setup_teardown(params_are_copied_once, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_runs_out, setup, teardown),
        cmocka_unit_test_setup_teardown(scratch_runs_out, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
