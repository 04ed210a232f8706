/* SPDX-License-Identifier: MIT */
/*
 * A test as the program of a process: see host_process.h.
 * Invariant: what a helper cannot do is a failed assertion of the helper, never a wrong answer to the test.
 */
#include <assert.h>
#include <string.h>
#include "abi/fields.h"
#include "abi/syscall.h"
#include "host_process.h"

static void put16(uint8_t *p, uint16_t v)
{
    memcpy(p, &v, sizeof(v));
}

static void put32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, sizeof(v));
}

static void put64(uint8_t *p, uint64_t v)
{
    memcpy(p, &v, sizeof(v));
}

static void put_segment(uint8_t *ph, uint32_t flags, uint64_t offset, uint64_t vaddr, uint64_t filesz,
                        uint64_t memsz)
{
    put32(ph, 1);
    put32(ph + 4, flags);
    put64(ph + 8, offset);
    put64(ph + 16, vaddr);
    put64(ph + 32, filesz);
    put64(ph + 40, memsz);
    put64(ph + 48, 4096);
}

uint8_t *hp_elf(size_t *len)
{
    static uint8_t image[0x2000];
    memset(image, 0, sizeof(image));
    memcpy(image, "\177ELF\2\1\1", 7);
    put16(image + 16, 2);
    put16(image + 18, 0x3e);
    put32(image + 20, 1);
    put64(image + 24, 0x200100);
    put64(image + 32, 64);
    put16(image + 54, 56);
    put16(image + 56, 2);
    put_segment(image + 64, 5, 0, 0x200000, 0x1000, 0x1000);
    put_segment(image + 120, 6, 0x1000, HP_DATA, 16, HP_PAGES * 4096);
    memcpy(image + 0x1000, "initialised data", 16);
    *len = sizeof(image);
    return image;
}

struct process *hp_start(const unsigned *sources, size_t n)
{
    struct process_grant grants[64];
    struct process *p;
    const char *why;
    size_t count;
    const struct capos_source_info *info = capos_source_table(&count);
    assert(n <= 64);
    int ready = call_init();
    assert(ready == 0);
    for (size_t i = 0; i < n; i++) {
        grants[i] = (struct process_grant){"?", NULL, sources[i]};
        for (size_t j = 0; j < count; j++)
            if (info[j].value == sources[i])
                grants[i].name = info[j].name;
    }
    struct process_spec spec = {.name = "test", .grants = grants, .ngrants = n};
    spec.elf = hp_elf(&spec.elf_len);
    int r = process_create(&spec, &p, &why);
    assert(r == 0);
    process_start(p);
    host.current = p->threads;
    return p;
}

uint32_t hp_id(struct process *p, const char *name)
{
    struct capos_capset_header h;
    struct capos_capset_entry e;
    assert(user_read(p, &h, CAPOS_CAPSET_VADDR, sizeof(h)) == 0 && h.magic == CAPOS_CAPSET_MAGIC);
    for (uint32_t i = 0; i < h.count; i++) {
        assert(user_read(p, &e, CAPOS_CAPSET_VADDR + sizeof(h) + i * sizeof(e), sizeof(e)) == 0);
        if (e.name_len == strlen(name) && memcmp(e.name, name, e.name_len) == 0)
            return e.cap_id;
    }
    return UINT32_MAX;
}

void hp_end(struct process *p, int64_t code)
{
    host.current = p->threads;
    HOST_RUN(syscall_dispatch(CAPOS_SYS_EXIT, (uint64_t)code, 0));
}

void hp_push(struct process *p, const struct capos_sqe *s)
{
    volatile struct capos_ring_header *h = (volatile void *)p->ring;
    uint32_t tail = h->sq_tail;
    memcpy(p->ring + CAPOS_SQE_OFFSET + (tail % CAPOS_SQ_ENTRIES) * sizeof(*s), s, sizeof(*s));
    h->sq_tail = tail + 1;
}

uint64_t hp_enter(uint32_t min_complete, uint64_t timeout_ns)
{
    return syscall_dispatch(CAPOS_SYS_CAP_ENTER, min_complete, timeout_ns);
}

bool hp_take(struct process *p, struct capos_cqe *out)
{
    volatile struct capos_ring_header *h = (volatile void *)p->ring;
    uint32_t head = h->cq_head;
    if (head == h->cq_tail)
        return false;
    memcpy(out, p->ring + CAPOS_CQE_OFFSET + (head % CAPOS_CQ_ENTRIES) * sizeof(*out), sizeof(*out));
    h->cq_head = head + 1;
    return true;
}

struct capos_cqe hp_one(struct process *p, const struct capos_sqe *s)
{
    struct capos_cqe e;
    hp_push(p, s);
    uint64_t n = hp_enter(1, 0);
    assert(n == 1);
    bool taken = hp_take(p, &e);
    assert(taken && e.user_data == s->user_data && e.zero == 0 && e.badge == 0);
    return e;
}

void hp_call_begin(struct hp_call *c, uint32_t cap_id, uint16_t method, uint16_t dwords, uint16_t nptrs)
{
    memset(&c->sqe, 0, sizeof(c->sqe));
    c->sqe.opcode = CAPOS_OP_CALL;
    c->sqe.cap_id = cap_id;
    c->sqe.method_id = method;
    c->sqe.user_data = 0x1234567800000000u + cap_id * 64u + method;
    c->sqe.addr = HP_DATA;
    c->sqe.result_addr = HP_RESULT;
    c->sqe.result_len = sizeof(c->result);
    capnp_build_init(&c->builder, c->message, sizeof(c->message));
    capnp_build_root(&c->builder, dwords, nptrs, &c->params);
}

void hp_call_submit(struct process *p, struct hp_call *c)
{
    int64_t n = capnp_build_finish(&c->builder);
    assert(n > 0);
    c->sqe.len = (uint32_t)n;
    int r = user_write(p, c->sqe.addr, c->message, (size_t)n);
    assert(r == 0);
    hp_push(p, &c->sqe);
}

void hp_call_read(struct process *p, struct hp_call *c, const struct capos_cqe *e)
{
    memset(&c->root, 0, sizeof(c->root));
    int r = user_read(p, c->result, c->sqe.result_addr, c->sqe.result_len);
    assert(r == 0);
    if (e->result > 0 || e->result == CAPOS_ERR_EXCEPTION) {
        size_t used;
        r = capnp_msg_open_prefix(&c->result_msg, c->result, c->sqe.result_len, &used);
        assert(r == 0 && (e->result < 0 || used == (size_t)e->result));
        r = capnp_root(&c->result_msg, &c->root);
        assert(r == 0);
    }
    if (e->flags & CAPOS_CQE_RESULT_CAPS)
        memcpy(c->caps, c->result + e->result, e->cap_count * sizeof(c->caps[0]));
}

struct capos_cqe hp_call_run(struct process *p, struct hp_call *c)
{
    struct capos_cqe e;
    hp_call_submit(p, c);
    uint64_t n = hp_enter(1, 0);
    assert(n == 1);
    bool taken = hp_take(p, &e);
    assert(taken && e.user_data == c->sqe.user_data);
    hp_call_read(p, c, &e);
    return e;
}

const char *hp_exception(struct hp_call *c, unsigned *type)
{
    const char *text;
    uint32_t len;
    int r = capnp_get_text(&c->root, CAPOS_S_CAP_EXCEPTION_MESSAGE_PTR, &text, &len);
    assert(r == 0);
    if (type != NULL)
        *type = capnp_get_u16(&c->root, CAPOS_S_CAP_EXCEPTION_TYPE);
    return text;
}
