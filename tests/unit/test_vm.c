/* SPDX-License-Identifier: MIT */
/*
 * The memory map of a process: reservations, commits, protection, splitting and joining, against a plain
 * model of it. Invariant: after every random operation each page is what the model says, and no frame is
 * lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "abi/errno.h"
#include "host_machine.h"
#include "kernel/job.h"
#include "kernel/process.h"

#define PAGE UINT64_C(4096)
#define LOW  UINT64_C(0x10000000)

static struct process proc;
static struct job job;
static uint64_t frames_before;

static int setup(void **state)
{
    (void)state;
    host_reset();
    memset(&proc, 0, sizeof(proc));
    frames_before = frame_free_count();
    proc.frame_limit = 4000;
    job = (struct job){.refs = 1, .processes = 1, .frame_limit = 4000};
    proc.job = &job;
    proc.aspace = aspace_create();
    return proc.aspace == NULL ? -1 : vm_create(&proc);
}

static int teardown(void **state)
{
    (void)state;
    vm_destroy(&proc);
    aspace_destroy(proc.aspace);
    assert_int_equal(proc.frames, 0);
    assert_int_equal(job.frames, 0);
    assert_int_equal(frame_free_count(), frames_before);
    return 0;
}

static bool can_write(uint64_t va)
{
    uint8_t b = 1;
    return user_write(&proc, va, &b, 1) == 0;
}

static bool can_read(uint64_t va)
{
    uint8_t b;
    return user_read(&proc, &b, va, 1) == 0;
}

static void map_is_lazy_and_zeroed(void **state)
{
    (void)state;
    uint64_t a, b;
    uint32_t v = 1;
    assert_int_equal(vm_map(&proc, 0, 1000 * PAGE, PROT_R | PROT_W, &a), 0);
    assert_int_equal(a, LOW);
    assert_int_equal(proc.frames, 0);
    assert_int_equal(user_read(&proc, &v, a + 500 * PAGE - 2, 4), 0);
    assert_int_equal(v, 0);
    assert_int_equal(proc.frames, 2);
    assert_int_equal(vm_map(&proc, 0, 1, PROT_R, &b), 0); /* rounded up to a page */
    assert_int_equal(b, a + 1000 * PAGE);
    assert_true(can_read(b));
    assert_false(can_write(b));
    assert_false(can_read(b + PAGE));
    assert_int_equal(vm_unmap(&proc, a + 499 * PAGE, 2 * PAGE), 0);
    assert_int_equal(proc.frames, 1);
    assert_false(can_read(a + 499 * PAGE));
    assert_true(can_read(a + 498 * PAGE));
    assert_int_equal(vm_map(&proc, 0, 2 * PAGE, PROT_R, &a), 0);
    assert_int_equal(a, LOW + 499 * PAGE); /* the gap is found again */
}

static void arguments_are_checked(void **state)
{
    (void)state;
    uint64_t a, b;
    assert_int_equal(vm_map(&proc, 0, 0, PROT_R, &a), -EINVAL);
    assert_int_equal(vm_map(&proc, 0, PAGE, PROT_W | PROT_X, &a), -EINVAL);
    assert_int_equal(vm_map(&proc, 0, PAGE, 8, &a), -EINVAL);
    assert_int_equal(vm_map(&proc, LOW + 1, PAGE, PROT_R, &a), -EINVAL);
    assert_int_equal(vm_map(&proc, 0x1000, PAGE, PROT_R, &a), -EINVAL);
    assert_int_equal(vm_map(&proc, UINT64_C(0x7ffffffff000), PAGE, PROT_R, &a), -EINVAL);
    assert_int_equal(vm_map(&proc, UINT64_C(0xffff800000000000), PAGE, PROT_R, &a), -EINVAL);
    assert_int_equal(vm_map(&proc, 0, UINT64_MAX, PROT_R, &a), -EINVAL);
    assert_int_equal(vm_map(&proc, 0, (CAPOS_MAX_RESERVED_PAGES + 1) * PAGE, PROT_R, &a), -ENOMEM);
    assert_int_equal(vm_reserve(&proc, 0, CAPOS_MAX_RESERVED_PAGES * PAGE, &a), 0);
    assert_int_equal(vm_map(&proc, 0, PAGE, PROT_R, &b), -ENOMEM);
    assert_int_equal(vm_unmap(&proc, a + PAGE, PAGE), 0);
    assert_int_equal(vm_map(&proc, UINT64_C(0x700000000000), PAGE, PROT_R, &b), 0);
    assert_int_equal(b, UINT64_C(0x700000000000));
    assert_int_equal(vm_map(&proc, b, PAGE, PROT_R, &a), -ENOMEM);
    assert_int_equal(vm_unmap(&proc, LOW + PAGE, PAGE), -EINVAL); /* a hole */
    assert_int_equal(vm_unmap(&proc, LOW, 3 * PAGE), -EINVAL);
    assert_int_equal(vm_unmap(&proc, LOW, PAGE), 0);
    assert_int_equal(vm_map(&proc, b, PAGE, PROT_R, &a), -EEXIST);
    assert_int_equal(vm_unmap(&proc, b + 8, PAGE), -EINVAL);
    assert_int_equal(vm_unmap(&proc, b, 0), -EINVAL);
}

static void reserve_commit_decommit(void **state)
{
    (void)state;
    uint64_t a, b;
    assert_int_equal(vm_reserve(&proc, 0, 100 * PAGE, &a), 0);
    assert_false(can_read(a));
    assert_int_equal(vm_protect(&proc, a, PAGE, PROT_R), -EINVAL);
    assert_int_equal(vm_commit(&proc, a, PAGE, PROT_W | PROT_X), -EINVAL);
    assert_int_equal(vm_commit(&proc, a + 10 * PAGE, 10 * PAGE, PROT_R | PROT_W), 0);
    assert_true(can_write(a + 10 * PAGE));
    assert_true(can_write(a + 19 * PAGE));
    assert_false(can_write(a + 9 * PAGE));
    assert_false(can_write(a + 20 * PAGE));
    assert_int_equal(proc.frames, 2);
    assert_int_equal(vm_protect(&proc, a + 10 * PAGE, 10 * PAGE, PROT_R), 0);
    assert_false(can_write(a + 10 * PAGE));
    assert_true(can_read(a + 12 * PAGE));
    assert_int_equal(vm_protect(&proc, a + 10 * PAGE, 5 * PAGE, 0), 0);
    assert_false(can_read(a + 10 * PAGE));
    assert_int_equal(vm_commit(&proc, a + 5 * PAGE, 10 * PAGE, PROT_R | PROT_W), 0); /* over both kinds */
    assert_true(can_write(a + 10 * PAGE));
    assert_int_equal(vm_decommit(&proc, a, 100 * PAGE), 0);
    assert_int_equal(proc.frames, 0);
    assert_false(can_read(a + 10 * PAGE));
    assert_int_equal(vm_map(&proc, 0, PAGE, PROT_R | PROT_W, &b), 0);
    assert_int_equal(vm_decommit(&proc, b, PAGE), -EINVAL); /* a mapping has no reservation below it */
    assert_int_equal(vm_commit(&proc, b, PAGE, PROT_R), -EINVAL);
    assert_int_equal(vm_unmap(&proc, a, 100 * PAGE), 0);
}

static void fixed_ranges_stay(void **state)
{
    (void)state;
    uint64_t a;
    assert_int_equal(vm_fixed(&proc, 0x200000, 4 * PAGE, PROT_R | PROT_W), 0);
    assert_int_equal(vm_fixed(&proc, 0x203000, PAGE, PROT_R), -EEXIST);
    assert_true(can_write(0x203fff));
    assert_int_equal(vm_unmap(&proc, 0x200000, PAGE), -EINVAL);
    assert_int_equal(vm_protect(&proc, 0x200000, PAGE, PROT_R), -EINVAL);
    assert_int_equal(vm_decommit(&proc, 0x200000, PAGE), -EINVAL);
    assert_int_equal(vm_map(&proc, 0x200000, PAGE, PROT_R, &a), -EINVAL);
    assert_int_equal(vm_check(&proc, 0x200000, 4 * PAGE, PROT_W), 0);
    assert_int_equal(vm_check(&proc, 0x200001, 4 * PAGE, PROT_W), -EFAULT);
    assert_int_equal(vm_check(&proc, UINT64_MAX, 2, PROT_R), -EFAULT);
    assert_int_equal(user_read(&proc, &a, UINT64_MAX - 3, 8), -EFAULT);
}

static void frame_limit_holds(void **state)
{
    (void)state;
    uint64_t a;
    assert_int_equal(vm_map(&proc, 0, 5000 * PAGE, PROT_R | PROT_W, &a), 0);
    for (uint64_t i = 0; i < 4000; i++)
        assert_true(can_write(a + i * PAGE));
    assert_false(proc.out_of_frames);
    assert_false(can_write(a + 4000 * PAGE));
    assert_true(proc.out_of_frames);
    assert_int_equal(vm_unmap(&proc, a, PAGE), 0);
    assert_true(can_write(a + 4000 * PAGE));
    assert_int_equal(proc.peak_frames, 4000);
    assert_int_equal(vm_unmap(&proc, a + PAGE, 4999 * PAGE), 0);
    frame_fail_after = 1;
    assert_int_equal(vm_map(&proc, 0, PAGE, PROT_R, &a), -ENOMEM);
    assert_int_equal(vm_map(&proc, 0, 3 * PAGE, PROT_R, &a), 0);
    for (uint64_t n = 1; n <= 2;
         n++) { /* cutting out the middle wants two nodes: neither half of it is done */
        frame_fail_after = n;
        assert_int_equal(vm_protect(&proc, a + PAGE, PAGE, PROT_R | PROT_W), -ENOMEM);
        assert_int_equal(vm_check(&proc, a, 3 * PAGE, PROT_R), 0);
        assert_int_equal(vm_check(&proc, a + PAGE, PAGE, PROT_W), -EFAULT);
    }
    frame_fail_after = 1;
    assert_false(can_read(a));
    frame_fail_after = 2;
    assert_false(can_read(a));
    frame_fail_after = 0;
    assert_true(can_read(a));
}

/* ---- frames of another object ---- */

static unsigned owners_gone;

static void owner_destroy(struct cap_object *o)
{
    (void)o;
    owners_gone++;
}

static const struct cap_class owner_class = {.name = "MemoryObject", .destroy = owner_destroy};

static void frames_of_objects(void **state)
{
    (void)state;
    static struct cap_object one, two; /* still mapped when the process ends */
    uint64_t a, b;
    paddr_t frames[3] = {frame_alloc(), frame_alloc(), frame_alloc()};
    cap_object_init(&one, &owner_class);
    cap_object_init(&two, &owner_class);
    owners_gone = 0;
    assert_int_equal(vm_map_frames(&proc, 0, frames, 3, PROT_R | PROT_W, &one, &a), 0);
    assert_int_equal(vm_map_frames(&proc, 0, frames, 3, PROT_R, &two, &b), 0);
    assert_true(can_write(a + PAGE));
    assert_false(can_write(b + PAGE));
    assert_int_equal(*(uint8_t *)frame_ptr(frames[1]), 1);
    assert_int_equal(vm_unmap(&proc, a, 3 * PAGE), -EINVAL); /* not VirtualMemory's */
    assert_int_equal(vm_unmap_frames(&proc, a, PAGE, &two), -EINVAL);
    assert_int_equal(vm_protect_frames(&proc, a + PAGE, PAGE, PROT_R, &one), 0);
    assert_false(can_write(a + PAGE));
    assert_true(can_write(a + 2 * PAGE));
    assert_int_equal(vm_unmap_frames(&proc, a + PAGE, PAGE, &one), 0);
    cap_unref(&one);
    cap_unref(&two);
    assert_int_equal(owners_gone, 0); /* still mapped */
    assert_int_equal(vm_unmap_frames(&proc, a, PAGE, &one), 0);
    assert_int_equal(vm_unmap_frames(&proc, a + 2 * PAGE, PAGE, &one), 0);
    assert_int_equal(owners_gone, 1);
    frame_fail_after = 3; /* the node, the first mapping, then no more */
    assert_int_equal(vm_map_frames(&proc, 0, frames, 3, PROT_R, &two, &a), -ENOMEM);
    frame_fail_after = 0;
    for (unsigned i = 0; i < 3; i++)
        frame_unref(frames[i]);
    assert_int_equal(proc.frames, 0);
}

/* ---- random operations against a model ---- */

enum { PAGES = 64 };
enum what { FREE, MAPPED, RESERVED, COMMITTED };

struct page {
    enum what what;
    unsigned prot;
    bool touched;
    uint8_t value;
};

static uint32_t seed = 12345;

static uint32_t rnd(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(seed >> 8) * n >> 24);
}

static void model_forget(struct page *m)
{
    m->touched = false;
    m->value = 0;
}

static bool model_apply(struct page *m, unsigned from, unsigned n, unsigned op, unsigned prot)
{
    for (unsigned i = from; i < from + n; i++) {
        bool ok = op == 0 || op == 1 ? m[i].what == FREE
                  : op == 2          ? m[i].what != FREE
                  : op == 3          ? m[i].what == MAPPED || m[i].what == COMMITTED
                                     : m[i].what == RESERVED || m[i].what == COMMITTED;
        if (!ok)
            return false;
    }
    for (unsigned i = from; i < from + n; i++) {
        static const enum what next[] = {MAPPED, RESERVED, FREE, FREE, COMMITTED, RESERVED};
        if (op == 2 || op == 5)
            model_forget(&m[i]);
        if (op != 3)
            m[i].what = next[op];
        m[i].prot = op == 0 || op == 3 || op == 4 ? prot : 0;
    }
    return true;
}

static int real_apply(uint64_t addr, uint64_t size, unsigned op, unsigned prot)
{
    uint64_t got;
    int r;
    switch (op) {
    case 0:
        r = vm_map(&proc, addr, size, prot, &got);
        break;
    case 1:
        r = vm_reserve(&proc, addr, size, &got);
        break;
    case 2:
        return vm_unmap(&proc, addr, size);
    case 3:
        return vm_protect(&proc, addr, size, prot);
    case 4:
        return vm_commit(&proc, addr, size, prot);
    default:
        return vm_decommit(&proc, addr, size);
    }
    if (r == 0)
        assert_int_equal(got, addr);
    return r;
}

static void random_operations(void **state)
{
    (void)state;
    struct page model[PAGES];
    memset(model, 0, sizeof(model));
    static const unsigned prots[] = {0, PROT_R, PROT_R | PROT_W, PROT_R | PROT_X};
    for (unsigned turn = 0; turn < 20000; turn++) {
        unsigned from = rnd(PAGES), n = 1 + rnd(PAGES - from), op = rnd(6), prot = prots[rnd(4)];
        n = rnd(2) ? n : 1 + rnd(n < 4 ? n : 4);
        bool expected = model_apply(model, from, n, op, prot);
        assert_int_equal(real_apply(LOW + from * PAGE, n * PAGE, op, prot) == 0, expected);
        uint64_t touched = 0;
        for (unsigned i = 0; i < PAGES; i++) {
            struct page *m = &model[i];
            uint64_t va = LOW + i * PAGE;
            uint8_t v = (uint8_t)(turn + i);
            if (rnd(16) == 0) {
                bool w = m->what != FREE && m->what != RESERVED && (m->prot & PROT_W) != 0;
                assert_int_equal(user_write(&proc, va, &v, 1) == 0, w);
                if (w) {
                    m->touched = true;
                    m->value = v;
                }
                bool r = m->what != FREE && m->what != RESERVED && (m->prot & PROT_R) != 0;
                v = 0xee;
                assert_int_equal(user_read(&proc, &v, va, 1) == 0, r);
                if (r) {
                    m->touched = true;
                    assert_int_equal(v, m->value);
                }
            }
            touched += m->touched;
        }
        assert_int_equal(proc.frames, touched);
    }
    for (unsigned i = 0; i < PAGES; i++)
        if (model[i].what != FREE)
            assert_int_equal(vm_unmap(&proc, LOW + i * PAGE, PAGE), 0);
    uint64_t a; /* everything is one gap again, and the count of reserved pages is back at none */
    assert_int_equal(vm_reserve(&proc, 0, CAPOS_MAX_RESERVED_PAGES * PAGE, &a), 0);
    assert_int_equal(a, LOW);
}

static void many_ranges(void **state)
{
    (void)state;
    uint64_t a;
    assert_int_equal(vm_reserve(&proc, 0, 40000 * PAGE, &a), 0);
    for (uint64_t i = 0; i < 40000; i += 2)
        assert_int_equal(vm_commit(&proc, a + i * 7919 % 40000 / 2 * 2 * PAGE, PAGE, PROT_R | PROT_W), 0);
    for (uint64_t i = 0; i < 40000; i += 2)
        assert_int_equal(vm_decommit(&proc, a + i * PAGE, PAGE), 0);
    uint64_t b[512];
    for (unsigned i = 0; i < 512; i++) /* gaps of one page are passed over for two, found for one */
        assert_int_equal(vm_map(&proc, 0, PAGE, PROT_R + (i & 1) * PROT_W, &b[i]), 0);
    for (unsigned i = 0; i < 512; i += 2)
        assert_int_equal(vm_unmap(&proc, b[i], PAGE), 0);
    assert_int_equal(vm_map(&proc, 0, 2 * PAGE, PROT_R, &a), 0);
    assert_int_equal(a, b[511] + PAGE);
    for (unsigned i = 0; i < 512; i += 2) {
        assert_int_equal(vm_map(&proc, 0, PAGE, PROT_R, &a), 0);
        assert_int_equal(a, b[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(map_is_lazy_and_zeroed, setup, teardown),
        cmocka_unit_test_setup_teardown(arguments_are_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(reserve_commit_decommit, setup, teardown),
        cmocka_unit_test_setup_teardown(fixed_ranges_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(frame_limit_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(frames_of_objects, setup, teardown),
        cmocka_unit_test_setup_teardown(random_operations, setup, teardown),
        cmocka_unit_test_setup_teardown(many_ranges, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
