/* SPDX-License-Identifier: MIT */
/* The kernel's frame allocator and heap over ordinary memory. Invariant: every test gives back what it took.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/frame.h"

#define BASE_PA 0x100000ul
#define FRAMES  512u
#define SECOND  64u /* frames of a second range, after a hole */
#define HOLE    16u

char *test_memory; /* FRAME_DIRECT_BASE: where physical address 0 would be */
static uint8_t *arena;

void panic(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    mock_assert(0, "panic", __FILE__, __LINE__);
    abort();
}

static int set_up(void **state)
{
    static struct frame_meta first[FRAMES], second[SECOND];
    const size_t bytes = (FRAMES + HOLE + SECOND) * (size_t)PAGE_SIZE;

    (void)state;
    arena = aligned_alloc(PAGE_SIZE, bytes);
    assert_non_null(arena);
    memset(arena, 0xa5, bytes);
    memset(first, 0xff, sizeof(first)); /* entries need not be cleared */
    memset(second, 0xff, sizeof(second));
    test_memory = (char *)arena - BASE_PA;
    frame_add_range(BASE_PA, BASE_PA + FRAMES * PAGE_SIZE, first);
    frame_add_range(BASE_PA + (FRAMES + HOLE) * PAGE_SIZE, BASE_PA + (FRAMES + HOLE + SECOND) * PAGE_SIZE,
                    second);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(arena);
    return 0;
}

static bool zeroed(paddr_t pa)
{
    const uint8_t *p = frame_ptr(pa);

    for (unsigned i = 0; i < PAGE_SIZE; i++)
        if (p[i])
            return false;
    return true;
}

static void all_frames_once(void **state)
{
    static paddr_t got[FRAMES + SECOND];

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        assert_int_equal(frame_free_count(), FRAMES + SECOND);
        for (unsigned i = 0; i < FRAMES + SECOND; i++) {
            got[i] = frame_alloc();
            assert_true(got[i] && zeroed(got[i]));
            memset(frame_ptr(got[i]), (int)i | 1, PAGE_SIZE);
        }
        assert_int_equal(frame_alloc(), 0);
        assert_int_equal(frame_alloc_contiguous(2), 0);
        assert_int_equal(frame_free_count(), 0);
        for (unsigned i = 0; i < FRAMES + SECOND; i++) {
            assert_int_equal(*(uint8_t *)frame_ptr(got[i]), (uint8_t)(i | 1)); /* nobody else had it */
            frame_unref(got[i]);
        }
    }
    assert_int_equal(frame_free_count(), frame_total_count());
}

static void references(void **state)
{
    paddr_t pa = frame_alloc();

    (void)state;
    frame_ref(pa);
    frame_unref(pa);
    assert_int_equal(frame_free_count(), FRAMES + SECOND - 1);
    frame_unref(pa);
    assert_int_equal(frame_free_count(), FRAMES + SECOND);
    expect_assert_failure(frame_unref(pa));
    expect_assert_failure(frame_ref(pa));
}

static void foreign_frames(void **state)
{
    const uint64_t before = frame_free_count();

    (void)state;
    frame_ref(BASE_PA + FRAMES * PAGE_SIZE); /* in the hole: the boot image, say */
    frame_unref(BASE_PA + FRAMES * PAGE_SIZE);
    frame_unref(PAGE_SIZE);
    assert_int_equal(frame_free_count(), before);
}

static int address_compare(const void *a, const void *b)
{
    const paddr_t x = *(const paddr_t *)a, y = *(const paddr_t *)b;

    return x < y ? -1 : x > y;
}

static void contiguous_from_the_middle(void **state)
{
    static paddr_t got[FRAMES + SECOND];
    paddr_t run;

    (void)state;
    for (unsigned i = 0; i < FRAMES + SECOND; i++)
        got[i] = frame_alloc();
    qsort(got, FRAMES + SECOND, sizeof(got[0]), address_compare);
    for (unsigned i = 100; i < 108; i++) /* eight in a row, given back out of order */
        frame_unref(got[100 + (i * 3) % 8]);
    frame_unref(got[300]);
    assert_int_equal(frame_alloc_contiguous(9), 0);
    run = frame_alloc_contiguous(8);
    assert_int_equal(run, got[100]);
    for (unsigned i = 0; i < 8; i++)
        assert_true(zeroed(run + i * PAGE_SIZE));
    assert_int_equal(frame_alloc(), got[300]);
    for (unsigned i = 0; i < FRAMES + SECOND; i++)
        frame_unref(got[i]);
}

static void failure_hook(void **state)
{
    paddr_t a, b;

    (void)state;
    frame_fail_after = 2;
    a = frame_alloc();
    assert_true(a != 0);
    assert_int_equal(frame_alloc(), 0);
    b = frame_alloc();
    assert_true(b != 0);
    frame_unref(a);
    frame_unref(b);
}

/* Random blocks: each zeroed, none overlapping another, and every frame comes back. */
static void heap_blocks(void **state)
{
    enum { N = 400 };
    static struct {
        uint8_t *p;
        size_t n;
    } b[N];
    uint32_t seed = 12345;

    (void)state;
    for (unsigned step = 0; step < 40000; step++) {
        unsigned i;
        seed = seed * 1664525 + 1013904223;
        i = (seed >> 8) % N;
        if (b[i].p) {
            for (size_t k = 0; k < b[i].n; k++)
                assert_int_equal(b[i].p[k], (uint8_t)(i + 1));
            heap_free(b[i].p);
            b[i].p = NULL;
            continue;
        }
        b[i].n = (seed >> 20) % 16 == 0 ? (seed >> 4) % 20000 : (seed >> 4) % 700;
        b[i].p = heap_alloc(b[i].n);
        if (!b[i].p)
            continue;
        assert_int_equal((uintptr_t)b[i].p % 16, 0);
        for (size_t k = 0; k < b[i].n; k++)
            assert_int_equal(b[i].p[k], 0);
        memset(b[i].p, (int)i + 1, b[i].n);
    }
    for (unsigned i = 0; i < N; i++)
        heap_free(b[i].p);
    heap_free(NULL);
    assert_int_equal(frame_free_count(), FRAMES + SECOND);
}

/* Empty pages kept by the heap are given back when frames run out. */
static void heap_reclaims(void **state)
{
    static paddr_t got[FRAMES + SECOND + 1];
    unsigned n = 0;

    (void)state;
    heap_free(heap_alloc(20));
    heap_free(heap_alloc(200));
    assert_true(frame_cached > 0);
    while ((got[n] = frame_alloc()) != 0)
        n++;
    assert_int_equal(n, FRAMES + SECOND);
    assert_int_equal(frame_cached, 0);
    assert_null(heap_alloc(20));
    assert_null(heap_alloc(9000));
    assert_null(heap_alloc(SIZE_MAX));
    while (n)
        frame_unref(got[--n]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_frames_once), cmocka_unit_test(references),
        cmocka_unit_test(foreign_frames),  cmocka_unit_test(contiguous_from_the_middle),
        cmocka_unit_test(failure_hook),    cmocka_unit_test(heap_blocks),
        cmocka_unit_test(heap_reclaims),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
