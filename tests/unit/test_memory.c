/* SPDX-License-Identifier: MIT */
/* FrameAllocator and MemoryObject: what reaches vm.c (recorded here), what is refused, what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cap_harness.h"

static struct {
    unsigned maps, unmaps, protects;
    uint64_t addr, size;
    const paddr_t *frames;
    uint32_t n;
    unsigned prot;
    struct cap_object *owner;
    int answer;
} vm;

int vm_map_frames(struct process *p, uint64_t hint, const paddr_t *frames, uint32_t n, unsigned prot,
                  struct cap_object *owner, uint64_t *addr)
{
    assert_ptr_equal(p, &harness_process);
    vm.maps++;
    vm.frames = frames;
    vm.n = n;
    vm.prot = prot;
    vm.owner = owner;
    *addr = hint != 0 ? hint : 0x20000000;
    return vm.answer;
}

int vm_unmap_frames(struct process *p, uint64_t addr, uint64_t size, struct cap_object *owner)
{
    assert_ptr_equal(p, &harness_process);
    vm.unmaps++;
    vm.addr = addr;
    vm.size = size;
    vm.owner = owner;
    return vm.answer;
}

int vm_protect_frames(struct process *p, uint64_t addr, uint64_t size, unsigned prot,
                      struct cap_object *owner)
{
    assert_ptr_equal(p, &harness_process);
    vm.protects++;
    vm.addr = addr;
    vm.size = size;
    vm.prot = prot;
    vm.owner = owner;
    return vm.answer;
}

static struct cap_object *allocator;

static int begin(void **state)
{
    (void)state;
    harness_begin();
    memset(&vm, 0, sizeof vm);
    allocator = cap_frame_allocator_new(&harness_process);
    return allocator == NULL;
}

static void finish(void)
{
    cap_unref(allocator);
    assert_int_equal(harness_process.frame_grants, 0);
    assert_int_equal(harness_process.refs, 0);
    harness_end();
}

static struct hcall *contiguous_call(uint32_t count)
{
    struct hcall *h = h_new(allocator, CAPOS_M_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS,
                            CAPOS_P_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_WORDS, 0);

    capnp_set_u32(&h->params, CAPOS_P_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_COUNT, count);
    return h;
}

static struct cap_object *get(struct hcall *h)
{
    struct cap_object *o = NULL;

    h_ok(h_run(h));
    assert_int_equal(capnp_get_u16(&h->results, CAPOS_R_FRAME_ALLOCATOR_ALLOC_FRAME_HANDLE_INDEX), 0);
    o = h_take(h, 0);
    h_free(h);
    return o;
}

static void expect_info(struct cap_object *m, uint32_t pages)
{
    struct hcall *h = h_run(h_new(m, CAPOS_M_MEMORY_OBJECT_INFO, 0, 0));

    h_ok(h);
    assert_int_equal(capnp_get_u32(&h->results, CAPOS_R_MEMORY_OBJECT_INFO_PAGE_COUNT), pages);
    assert_int_equal(capnp_get_u64(&h->results, CAPOS_R_MEMORY_OBJECT_INFO_SIZE_BYTES),
                     (uint64_t)pages * 4096);
    h_free(h);
}

static struct hcall *map_call(struct cap_object *m, uint64_t hint, uint64_t offset, uint64_t size,
                              uint32_t prot)
{
    struct hcall *h = h_new(m, CAPOS_M_MEMORY_OBJECT_MAP, CAPOS_P_MEMORY_OBJECT_MAP_WORDS, 0);

    capnp_set_u64(&h->params, CAPOS_P_MEMORY_OBJECT_MAP_HINT, hint);
    capnp_set_u64(&h->params, CAPOS_P_MEMORY_OBJECT_MAP_OFFSET, offset);
    capnp_set_u64(&h->params, CAPOS_P_MEMORY_OBJECT_MAP_SIZE, size);
    capnp_set_u32(&h->params, CAPOS_P_MEMORY_OBJECT_MAP_PROT, prot);
    return h;
}

/* unmap and protect: addr, size and prot lie at the same places. */
static struct hcall *range_call(struct cap_object *m, uint16_t method, uint64_t addr, uint64_t size,
                                uint32_t prot)
{
    struct hcall *h = h_new(m, method, CAPOS_P_MEMORY_OBJECT_PROTECT_WORDS, 0);

    capnp_set_u64(&h->params, CAPOS_P_MEMORY_OBJECT_PROTECT_ADDR, addr);
    capnp_set_u64(&h->params, CAPOS_P_MEMORY_OBJECT_PROTECT_SIZE, size);
    capnp_set_u32(&h->params, CAPOS_P_MEMORY_OBJECT_PROTECT_PROT, prot);
    return h;
}

static void test_alloc(void **state)
{
    struct cap_object *one = get(h_new(allocator, CAPOS_M_FRAME_ALLOCATOR_ALLOC_FRAME, 0, 0));
    struct cap_object *ten = get(contiguous_call(10));

    (void)state;
    assert_false(allocator->cls->transferable);
    assert_true(one->cls->transferable);
    expect_info(one, 1);
    expect_info(ten, 10);
    assert_int_equal(harness_process.frame_grants, 11);
    assert_int_equal(harness_process.refs, 2);
    cap_unref(ten);
    assert_int_equal(harness_process.frame_grants, 1);
    cap_unref(one);
    finish();
}

static void test_limits(void **state)
{
    struct cap_object *half = NULL, *rest = NULL;

    (void)state;
    h_raised_free(contiguous_call(0), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(contiguous_call(CAPOS_MAX_FRAME_PAGES + 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(contiguous_call(UINT32_MAX), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    half = get(contiguous_call(CAPOS_MAX_FRAME_PAGES / 2));
    rest = get(contiguous_call(CAPOS_MAX_FRAME_PAGES / 2));
    h_raised_free(contiguous_call(1), CAPOS_EXC_OVERLOADED, "no memory");
    cap_unref(half);
    cap_unref(get(contiguous_call(1)));
    cap_unref(rest);
    harness_free_slots = 0;
    h_raised_free(contiguous_call(1), CAPOS_EXC_OVERLOADED, "errno 24");
    harness_free_slots = 1;
    frame_fail_after = 1;
    h_raised_free(contiguous_call(3), CAPOS_EXC_OVERLOADED, "errno 12");
    harness_heap_fail_after = 1;
    h_raised_free(contiguous_call(3), CAPOS_EXC_OVERLOADED, "errno 12");
    finish();
}

static void test_map(void **state)
{
    struct cap_object *m = get(contiguous_call(4));
    struct hcall *h = h_run(map_call(m, 0, 4096, 8192, CAPOS_PROT_READ | CAPOS_PROT_WRITE));

    (void)state;
    h_ok(h);
    assert_int_equal(capnp_get_u64(&h->results, CAPOS_R_MEMORY_OBJECT_MAP_ADDR), 0x20000000);
    h_free(h);
    assert_int_equal(vm.n, 2);
    assert_ptr_equal(vm.owner, m);
    assert_int_equal(vm.prot, PROT_R | PROT_W);
    assert_int_equal(vm.frames[1] - vm.frames[0], 4096);
    assert_int_equal(vm.frames[0] - vm.frames[-1], 4096); /* from page 1 on */
    h_ok_free(map_call(m, 0x30000000, 0, 16384, CAPOS_PROT_READ | CAPOS_PROT_EXEC));
    assert_int_equal(vm.maps, 2);
    h_raised_free(map_call(m, 0, 0, 0, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(map_call(m, 0, 0, 4097, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(map_call(m, 0, 1, 4096, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(map_call(m, 0, 12288, 8192, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(map_call(m, 0, UINT64_MAX - 4095, 4096, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(map_call(m, 0, 0, UINT64_MAX - 4095, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(map_call(m, 0x30000001, 0, 4096, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(map_call(m, 0, 0, 4096, 6), CAPOS_EXC_INVALID_ARGUMENT, "errno 22"); /* write and exec */
    h_raised_free(map_call(m, 0, 0, 4096, 8), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    assert_int_equal(vm.maps, 2); /* refused before anything was done */
    vm.answer = -ENOMEM;
    h_raised_free(map_call(m, 0, 0, 4096, 1), CAPOS_EXC_OVERLOADED, "errno 12");
    cap_unref(m);
    finish();
}

static void test_unmap_and_protect(void **state)
{
    struct cap_object *m = get(contiguous_call(2));

    (void)state;
    h_ok_free(range_call(m, CAPOS_M_MEMORY_OBJECT_UNMAP, 0x20000000, 8192, 0));
    assert_int_equal(vm.unmaps, 1);
    assert_int_equal(vm.addr, 0x20000000);
    assert_int_equal(vm.size, 8192);
    assert_ptr_equal(vm.owner, m);
    h_ok_free(range_call(m, CAPOS_M_MEMORY_OBJECT_PROTECT, 0x20001000, 4096, CAPOS_PROT_READ));
    assert_int_equal(vm.protects, 1);
    assert_int_equal(vm.addr, 0x20001000);
    assert_int_equal(vm.prot, PROT_R);
    for (uint16_t method = CAPOS_M_MEMORY_OBJECT_UNMAP; method <= CAPOS_M_MEMORY_OBJECT_PROTECT; method++) {
        h_raised_free(range_call(m, method, 0x20000001, 4096, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
        h_raised_free(range_call(m, method, 0x20000000, 100, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
        h_raised_free(range_call(m, method, 0x20000000, 0, 1), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
        h_raised_free(range_call(m, method, UINT64_MAX - 4095, 8192, 1), CAPOS_EXC_INVALID_ARGUMENT,
                      "errno 22");
    }
    h_raised_free(range_call(m, CAPOS_M_MEMORY_OBJECT_PROTECT, 0x20000000, 4096, 6),
                  CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    assert_int_equal(vm.unmaps + vm.protects, 2);
    vm.answer = -EINVAL; /* not a mapping of this object */
    h_raised_free(range_call(m, CAPOS_M_MEMORY_OBJECT_UNMAP, 0x20000000, 4096, 0), CAPOS_EXC_INVALID_ARGUMENT,
                  "errno 22");
    cap_unref(m);
    finish();
}

static void test_unaccounted(void **state)
{
    struct cap_object *m = cap_memory_object_new(NULL, 3);

    (void)state;
    expect_info(m, 3);
    assert_int_equal(harness_process.frame_grants, 0);
    cap_unref(m);
    frame_fail_after = 2;
    assert_null(cap_memory_object_new(NULL, 3));
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_alloc, begin),
        cmocka_unit_test_setup(test_limits, begin),
        cmocka_unit_test_setup(test_map, begin),
        cmocka_unit_test_setup(test_unmap_and_protect, begin),
        cmocka_unit_test_setup(test_unaccounted, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
