/* SPDX-License-Identifier: MIT */
/*
 * The capability table: ids, generations, retirement, locks, counting by granted name.
 * Invariant: no id is ever valid twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "abi/capid.h"
#include "abi/errno.h"
#include "host_machine.h"
#include "kernel/process.h"

struct thing {
    struct cap_object object;
};

static unsigned destroyed, closed;

static void thing_destroy(struct cap_object *o)
{
    destroyed++;
    heap_free(o);
}

static void thing_closed(struct cap_object *o, void *slot_tag)
{
    (void)o;
    assert_null(slot_tag);
    closed++;
}

static const struct cap_class thing_class = {
    .name = "Thing", .interface_id = 99, .destroy = thing_destroy, .closed = thing_closed};

static struct process proc;

static struct cap_object *thing_new(void)
{
    struct thing *t = heap_alloc(sizeof(*t));
    assert_non_null(t);
    cap_object_init(&t->object, &thing_class);
    return &t->object;
}

static uint32_t insert(struct cap_object *o, const char *name)
{
    uint32_t id;
    assert_int_equal(captable_insert(&proc, o, name, &id), 0);
    return id;
}

static int setup(void **state)
{
    (void)state;
    host_reset();
    memset(&proc, 0, sizeof(proc));
    destroyed = closed = 0;
    return captable_create(&proc, CAPOS_CAPSET_MAX_ENTRIES);
}

static int teardown(void **state)
{
    (void)state;
    captable_destroy(&proc);
    return 0;
}

static void first_ids_count_up(void **state)
{
    (void)state;
    struct cap_object *o = thing_new();
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(insert(o, "x"), i);
    assert_int_equal(o->refs, 6);
    cap_unref(o);
    captable_destroy(&proc);
    assert_int_equal(destroyed, 1);
    assert_int_equal(closed, 5);
}

static void removed_ids_are_stale(void **state)
{
    (void)state;
    struct cap_object *o = thing_new(), *out;
    uint32_t a = insert(o, "x"), b = insert(o, "x");
    assert_int_equal(captable_remove(&proc, a, NULL), 0);
    assert_null(captable_lookup(&proc, a, NULL));
    assert_int_equal(captable_remove(&proc, a, NULL), -ENOENT);
    assert_ptr_equal(captable_lookup(&proc, b, NULL), o);
    uint32_t c = insert(o, "x");
    assert_int_equal(capos_capid_slot(c), capos_capid_slot(a)); /* last freed, first used */
    assert_int_equal(capos_capid_generation(c), 1);
    assert_null(captable_lookup(&proc, a, NULL));
    assert_null(captable_lookup(&proc, capos_capid_pack(capos_capid_slot(b), 1), NULL));
    assert_null(captable_lookup(&proc, 0x00ffffff, NULL));
    assert_int_equal(captable_remove(&proc, c, &out), 0); /* moved on: nobody is told that it closed */
    assert_ptr_equal(out, o);
    assert_int_equal(closed, 1);
    cap_unref(out);
    cap_unref(o);
}

static void slot_retires_after_256_lives(void **state)
{
    (void)state;
    struct cap_object *o = thing_new();
    uint32_t id = 0;
    for (unsigned i = 0; i < 256; i++) {
        id = insert(o, "x");
        assert_int_equal(id, capos_capid_pack(0, (uint8_t)i));
        assert_int_equal(captable_remove(&proc, id, NULL), 0);
    }
    assert_null(captable_lookup(&proc, id, NULL));
    assert_int_equal(insert(o, "x"), capos_capid_pack(1, 0));
    assert_int_equal(captable_free_slots(&proc), 254);
    assert_int_equal(captable_held_slots(&proc), 1);
    cap_unref(o);
}

static void all_lives_can_be_used_up(void **state)
{
    (void)state;
    struct cap_object *o = thing_new();
    uint32_t id, n = 0;
    while (captable_insert(&proc, o, "x", &id) == 0) {
        n++;
        assert_int_equal(captable_remove(&proc, id, NULL), 0);
    }
    assert_int_equal(n, 65536);
    assert_int_equal(captable_held_slots(&proc), 0);
    assert_int_equal(captable_free_slots(&proc), 0);
    cap_unref(o);
}

static void table_gets_full(void **state)
{
    (void)state;
    struct cap_object *o = thing_new();
    uint32_t id;
    for (unsigned i = 0; i < 256; i++)
        insert(o, "x");
    assert_int_equal(captable_insert(&proc, o, "x", &id), -EMFILE);
    assert_int_equal(captable_free_slots(&proc), 0);
    assert_int_equal(o->refs, 257);
    assert_int_equal(captable_remove(&proc, 17, NULL), 0);
    assert_int_equal(insert(o, "x"), capos_capid_pack(17, 1));
    cap_unref(o);
}

static void locked_slots_are_not_found(void **state)
{
    (void)state;
    struct cap_object *o = thing_new();
    uint32_t id = insert(o, "x");
    assert_int_equal(captable_lock(&proc, id), 0);
    assert_int_equal(captable_lock(&proc, id), -ENOENT);
    assert_null(captable_lookup(&proc, id, NULL));
    captable_unlock(&proc, id);
    assert_ptr_equal(captable_lookup(&proc, id, NULL), o);
    assert_int_equal(captable_lock(&proc, id + 1), -ENOENT);
    cap_unref(o);
}

static void calls_count_by_granted_name(void **state)
{
    (void)state;
    struct cap_object *o = thing_new();
    const char *name;
    uint32_t a = insert(o, "first"), b = insert(o, "second");
    assert_ptr_equal(captable_lookup(&proc, a, &name), o);
    captable_count_call(&proc, name);
    uint32_t c = insert(o, name); /* obtained from the first: counts for it */
    assert_ptr_equal(captable_lookup(&proc, c, &name), o);
    captable_count_call(&proc, name);
    assert_ptr_equal(captable_lookup(&proc, b, &name), o);
    assert_string_equal(name, "second");
    captable_count_call(&proc, name);
    char many[8];
    for (unsigned i = 2; i < CAPOS_CAPSET_MAX_ENTRIES + 5;
         i++) { /* more names than a CapSet can hold: the rest has no name */
        snprintf(many, sizeof(many), "n%u", i);
        uint32_t id = insert(o, many);
        assert_ptr_equal(captable_lookup(&proc, id, &name), o);
        captable_count_call(&proc, name);
        assert_string_equal(name, i < CAPOS_CAPSET_MAX_ENTRIES ? many : "");
    }
    uint32_t n;
    const struct captable_grant *g = captable_grants(&proc, &n);
    assert_int_equal(n, CAPOS_CAPSET_MAX_ENTRIES);
    assert_string_equal(g[0].name, "first");
    assert_string_equal(g[0].cls, "Thing");
    assert_int_equal(g[0].calls, 2);
    assert_string_equal(g[1].name, "second");
    assert_int_equal(g[1].calls, 1);
    assert_string_equal(g[2].name, "n2");
    assert_int_equal(g[2].calls, 1);
    cap_unref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_ids_count_up, setup, teardown),
        cmocka_unit_test_setup_teardown(removed_ids_are_stale, setup, teardown),
        cmocka_unit_test_setup_teardown(slot_retires_after_256_lives, setup, teardown),
        cmocka_unit_test_setup_teardown(all_lives_can_be_used_up, setup, teardown),
        cmocka_unit_test_setup_teardown(table_gets_full, setup, teardown),
        cmocka_unit_test_setup_teardown(locked_slots_are_not_found, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_count_by_granted_name, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
