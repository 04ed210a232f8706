/* SPDX-License-Identifier: MIT */
/*
 * The ABI headers: SQE rules per opcode and field, capability ids, ring distances, names and numbers.
 * Invariant: what each opcode may use is written here a second time, as a table, and must agree with
 * abi/sqe_rules.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "abi/capid.h"
#include "abi/capset.h"
#include "abi/fields.h"
#include "abi/interfaces.h"
#include "abi/layout.h"
#include "abi/sqe_rules.h"
#include "abi/syscall.h"

/* Every field but opcode and user_data, with its place in the entry. */
enum field { METHOD, CAP, ADDR, LEN, RLEN, RADDR, DEP, PFIELD, XFER, CALLID, FIELDS };

static const struct {
    size_t at, size;
} places[FIELDS] = {{2, 2}, {4, 4}, {16, 8}, {24, 4}, {28, 4}, {32, 8}, {40, 8}, {48, 2}, {50, 2}, {52, 4}};

#define B(f) (1u << (f))

/* free: may be anything · need: must not be zero · flags: bits allowed · disclose: disclosure bits allowed */
static const struct rule {
    uint8_t op;
    unsigned free, need;
    uint8_t flags;
    uint64_t disclose;
} rules[] = {
    {CAPOS_OP_CALL, B(METHOD) | B(CAP) | B(ADDR) | B(LEN) | B(RLEN) | B(RADDR) | B(XFER), 0, 0, 7},
    {CAPOS_OP_RETURN, B(CAP) | B(ADDR) | B(LEN) | B(XFER) | B(CALLID), 0, 0, 0},
    {CAPOS_OP_RECV, B(CAP) | B(RLEN) | B(RADDR), 0, 0, 0},
    {CAPOS_OP_RELEASE, B(CAP), 0, 0, 0},
    {CAPOS_OP_NOP, 0, 0, 0, 0},
    {CAPOS_OP_CANCEL, B(CAP) | B(DEP), B(DEP), 0, 0},
    {CAPOS_OP_PARK, B(CAP) | B(ADDR) | B(LEN) | B(DEP) | B(CALLID), B(CALLID), CAPOS_SQE_THREAD_OWNED, 0},
    {CAPOS_OP_UNPARK, B(CAP) | B(ADDR) | B(LEN), 0, 0, 0},
};

static void field_set(struct capos_sqe *s, unsigned f, uint64_t v)
{
    memcpy((char *)s + places[f].at, &v, places[f].size);
}

static struct capos_sqe rule_entry(const struct rule *r)
{
    struct capos_sqe s;
    memset(&s, 0, sizeof s);
    s.opcode = r->op;
    s.user_data = UINT64_C(0x1122334455667788);
    s.flags = r->flags;
    for (unsigned f = 0; f < FIELDS; f++)
        if (r->need & B(f))
            field_set(&s, f, 7);
    return s;
}

static void sqe_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct capos_sqe base = rule_entry(&rules[i]);
        assert_int_equal(capos_sqe_check(&base), 0);
        for (unsigned f = 0; f < FIELDS; f++) {
            for (unsigned bit = 0; bit < places[f].size * 8; bit++) {
                struct capos_sqe s = base;
                field_set(&s, f, UINT64_C(1) << bit);
                assert_int_equal(capos_sqe_check(&s), rules[i].free & B(f) ? 0 : CAPOS_ERR_INVALID_REQUEST);
            }
            struct capos_sqe s = base;
            field_set(&s, f, 0);
            assert_int_equal(capos_sqe_check(&s), rules[i].need & B(f) ? CAPOS_ERR_INVALID_REQUEST : 0);
        }
        for (unsigned bit = 0; bit < 64; bit++) {
            struct capos_sqe s = base;
            s.session_disclosure = UINT64_C(1) << bit;
            assert_int_equal(capos_sqe_check(&s),
                             rules[i].disclose >> bit & 1 ? 0 : CAPOS_ERR_INVALID_REQUEST);
        }
    }
}

static void sqe_flags(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        for (unsigned flags = 0; flags < 256; flags++) {
            struct capos_sqe s = rule_entry(&rules[i]);
            s.flags = (uint8_t)flags;
            bool ok = flags == rules[i].flags;
            if (rules[i].op == CAPOS_OP_RETURN)
                ok = flags == 0 || flags == CAPOS_SQE_RETURN_EXCEPTION;
            assert_int_equal(capos_sqe_check(&s), ok ? 0 : CAPOS_ERR_INVALID_REQUEST);
        }
}

static void sqe_thread_owned(void **state)
{
    (void)state;
    struct capos_sqe s = {.opcode = CAPOS_OP_CALL, .flags = CAPOS_SQE_THREAD_OWNED};
    assert_int_equal(capos_sqe_check(&s), CAPOS_ERR_INVALID_REQUEST);
    s.call_id = 3;
    assert_int_equal(capos_sqe_check(&s), 0);
    s.flags = 0;
    assert_int_equal(capos_sqe_check(&s), CAPOS_ERR_INVALID_REQUEST);
    struct capos_sqe r = {
        .opcode = CAPOS_OP_RETURN, .flags = CAPOS_SQE_RETURN_EXCEPTION, .xfer_cap_count = 1};
    assert_int_equal(capos_sqe_check(&r), CAPOS_ERR_INVALID_REQUEST);
    r.flags = 0;
    assert_int_equal(capos_sqe_check(&r), 0);
}

static void sqe_opcodes(void **state)
{
    (void)state;
    for (unsigned op = 0; op < 256; op++) {
        struct capos_sqe s = {.opcode = (uint8_t)op, .addr = 0x1000};
        if (op == CAPOS_OP_FINISH)
            assert_int_equal(capos_sqe_check(&s), CAPOS_ERR_UNSUPPORTED_OPCODE);
        else if (op == CAPOS_OP_PARK_BENCH || op > CAPOS_OP_UNPARK)
            assert_int_equal(capos_sqe_check(&s), CAPOS_ERR_INVALID_REQUEST);
    }
    struct capos_sqe bench = {.opcode = CAPOS_OP_PARK_BENCH, .addr = 0x1000, .len = 9, .cap_id = 4};
    assert_true(capos_sqe_valid_park_bench(&bench));
    bench.method_id = 2;
    assert_false(capos_sqe_valid_park_bench(&bench));
    bench.method_id = 1;
    bench.addr = 0;
    assert_false(capos_sqe_valid_park_bench(&bench));
}

static void transfer_descriptors(void **state)
{
    (void)state;
    for (unsigned mode = 0; mode < 65536; mode++) {
        struct capos_xfer x = {.cap_id = 9, .mode = (uint16_t)mode};
        assert_int_equal(capos_xfer_valid(&x), mode == CAPOS_XFER_COPY || mode == CAPOS_XFER_MOVE);
        x.zero = 1;
        assert_false(capos_xfer_valid(&x));
    }
    uint64_t start, end;
    assert_true(capos_xfer_region(0x1000, 24, 2, &start, &end));
    assert_true(start == 0x1018 && end == 0x1028);
    assert_false(capos_xfer_region(0x1000, 2, 1, &start, &end));
    assert_false(capos_xfer_region(UINT64_MAX - 7, 8, 1, &start, &end));
    assert_false(capos_xfer_region(UINT64_MAX - 7, 4, 1, &start, &end));
}

static void ring_distance(void **state)
{
    (void)state;
    uint32_t n = 99;
    assert_true(capos_ring_pending(5, 5, CAPOS_SQ_ENTRIES, &n) && n == 0);
    assert_true(capos_ring_pending(UINT32_MAX - 3, 12, CAPOS_SQ_ENTRIES, &n) && n == 16);
    assert_false(capos_ring_pending(0, 17, CAPOS_SQ_ENTRIES, &n));
    assert_int_equal(n, 0);
    assert_false(capos_ring_pending(5, 4, CAPOS_SQ_ENTRIES, &n));
    assert_true(capos_ring_pending(0, 32, CAPOS_CQ_ENTRIES, &n) && n == 32);
}

static void cap_ids(void **state)
{
    (void)state;
    assert_true(capos_capid_pack(5, 2) == 0x02000005);
    assert_true(capos_capid_slot(0xff012345) == 0x012345 && capos_capid_generation(0xff012345) == 255);
    for (uint32_t slot = 0; slot < CAPOS_MAX_CAP_SLOTS; slot++) {
        uint32_t id = capos_capid_pack(slot, (uint8_t)(slot * 7));
        assert_true(capos_capid_slot(id) == slot && capos_capid_generation(id) == (uint8_t)(slot * 7));
    }
}

static void page_constants(void **state)
{
    (void)state;
    uint64_t magic = CAPOS_CAPSET_MAGIC;
    assert_memory_equal(&magic, "capsetv1", 8);
    assert_true(CAPOS_STACK_TOP == 0x1010000);
    assert_true(CAPOS_ENTER_HEAD_OWNED == UINT64_C(0xfffffffffffffffd) &&
                CAPOS_ENTER_CONSUMER_BUSY == UINT64_C(0xfffffffffffffffc));
}

static void source_names(void **state)
{
    (void)state;
    size_t n;
    const struct capos_source_info *t = capos_source_table(&n);
    assert_int_equal(n, 50);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(t[i].value, i);
        assert_ptr_equal(capos_source_by_name(t[i].name, strlen(t[i].name)), &t[i]);
        assert_ptr_equal(capos_source_by_value((uint32_t)i), &t[i]);
        assert_non_null(capos_interface_name(t[i].interface_id));
    }
    assert_null(capos_source_by_name("consol", 6));
    assert_null(capos_source_by_name("console2", 8));
    assert_null(capos_source_by_name("", 0));
    assert_null(capos_source_by_value(50));
    const struct capos_source_info *root = capos_source_by_name("writable_fs_root", 16);
    assert_true(root != NULL && root->interface_id == CAPOS_IFACE_DIRECTORY && root->value == 43);
}

static void method_names(void **state)
{
    (void)state;
    assert_string_equal(capos_interface_name(UINT64_C(0x913ae02202463262)), "Console");
    assert_string_equal(capos_interface_name(CAPOS_IFACE_STDIO), "StdIO");
    assert_null(capos_interface_name(1));
    assert_string_equal(capos_method_name(CAPOS_IFACE_CONSOLE, CAPOS_M_CONSOLE_WRITE_LINE), "writeLine");
    assert_string_equal(capos_method_name(CAPOS_IFACE_VIRTUAL_MEMORY, 5), "decommit");
    assert_null(capos_method_name(CAPOS_IFACE_VIRTUAL_MEMORY, 6));
    assert_null(capos_method_name(CAPOS_IFACE_NULL_CAP, 0));
    assert_int_equal(CAPOS_M_DIRECTORY_RENAME, 6);
    assert_int_equal(CAPOS_P_MEMORY_OBJECT_MAP_PROT, 24);
}

/* No two interfaces share an id, and the methods of each are numbered without gaps. */
static void numbers_distinct(void **state)
{
    (void)state;
    static const uint64_t ids[] = {
#define CAPOS_X(iface, name) CAPOS_IFACE_##iface,
        CAPOS_INTERFACES(CAPOS_X)
#undef CAPOS_X
    };
    static const struct {
        uint64_t id;
        unsigned ordinal;
    } methods[] = {
#define CAPOS_X(iface, method, name, ordinal) {CAPOS_IFACE_##iface, ordinal},
        CAPOS_METHODS(CAPOS_X)
#undef CAPOS_X
    };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        for (size_t j = i + 1; j < sizeof ids / sizeof ids[0]; j++)
            assert_true(ids[i] != ids[j]);
    unsigned next = 0;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (i == 0 || methods[i].id != methods[i - 1].id)
            next = 0;
        assert_int_equal(methods[i].ordinal, next++);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqe_fields),       cmocka_unit_test(sqe_flags),
        cmocka_unit_test(sqe_opcodes),      cmocka_unit_test(sqe_thread_owned),
        cmocka_unit_test(ring_distance),    cmocka_unit_test(transfer_descriptors),
        cmocka_unit_test(cap_ids),          cmocka_unit_test(page_constants),
        cmocka_unit_test(source_names),     cmocka_unit_test(method_names),
        cmocka_unit_test(numbers_distinct),
    };
    return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
