/* SPDX-License-Identifier: MIT */
/*
 * Anonymous memory: what pages.c hands out is zero, apart from everything else handed out, and costs few
 * capability calls. Invariant: a shadow list of ranges with a pattern each is checked at every step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_caps.h"
#include "posix/linux.h"
#include "posix/pages.h"

struct posix_caps posix_caps = {.have_vm = true};

#define RW (LX_PROT_READ | LX_PROT_WRITE)

static struct range {
    uint8_t *at;
    size_t n;
    uint8_t fill;
} ranges[200];
static uint32_t seed = 12345;

static uint32_t rnd(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static bool all(const uint8_t *p, size_t n, uint8_t v)
{
    for (size_t i = 0; i < n; i += 256)
        if (p[i] != v)
            return false;
    return n == 0 || p[n - 1] == v;
}

static void paint(struct range *r, uint8_t *at, size_t n)
{
    r->at = at;
    r->n = n;
    r->fill = (uint8_t)(rnd() | 1);
    memset(at, r->fill, n);
}

static void random_use(void **state)
{
    (void)state;
    unsigned before = fake_vm_calls(), small = 0;
    for (int step = 0; step < 30000; step++) {
        struct range *r = &ranges[rnd() % 200];
        size_t n = (rnd() % (step % 50 == 0 ? 400 : 24) + 1) * PAGES_SIZE;
        if (!r->at) {
            int64_t at = pages_map(n, RW);
            assert_true(at > 0);
            assert_true(all((uint8_t *)at, n, 0));
            paint(r, (uint8_t *)at, n);
            small += n < PAGES_DIRECT;
            continue;
        }
        assert_true(all(r->at, r->n, r->fill));
        switch (rnd() % 4) {
        case 0: { /* grow or shrink */
            size_t keep = r->n < n ? r->n : n;
            int64_t at = pages_remap((uint64_t)(uintptr_t)r->at, r->n, n, true);
            assert_true(at > 0);
            assert_true(all((uint8_t *)at, keep, r->fill));
            assert_true(all((uint8_t *)at + keep, n - keep, 0));
            paint(r, (uint8_t *)at, n);
            break;
        }
        case 1: /* give the upper half back */
            if (r->n >= 2 * PAGES_SIZE) {
                size_t half = r->n / 2 / PAGES_SIZE * PAGES_SIZE;
                assert_int_equal(pages_unmap((uint64_t)(uintptr_t)r->at + half, r->n - half), 0);
                r->n = half;
            }
            break;
        case 2:
            assert_int_equal(pages_zero((uint64_t)(uintptr_t)r->at, r->n), 0);
            assert_true(all(r->at, r->n, 0));
            memset(r->at, r->fill, r->n);
            break;
        default:
            assert_int_equal(pages_unmap((uint64_t)(uintptr_t)r->at, r->n), 0);
            r->at = NULL;
        }
    }
    size_t held = 0;
    for (size_t i = 0; i < 200; i++)
        held += ranges[i].at ? ranges[i].n : 0;
    assert_int_equal(pages_bytes(), held);
    assert_true(small > 5000);
    print_message("# %u small mappings, %u capability calls\n", small, fake_vm_calls() - before);
    assert_true(fake_vm_calls() - before < small); /* and most of those are for the large ones */
    for (size_t i = 0; i < 200; i++)
        if (ranges[i].at)
            pages_unmap((uint64_t)(uintptr_t)ranges[i].at, ranges[i].n);
    assert_int_equal(pages_bytes(), 0);
}

static void chatter_is_free(void **state)
{
    (void)state;
    unsigned before = fake_vm_calls();
    for (int i = 0; i < 10000; i++) {
        int64_t at = pages_map(16 * PAGES_SIZE, RW);
        assert_true(all((uint8_t *)at, 16 * PAGES_SIZE, 0));
        memset((void *)at, 0xee, 16 * PAGES_SIZE);
        assert_int_equal(pages_unmap((uint64_t)at, 16 * PAGES_SIZE), 0);
    }
    assert_true(fake_vm_calls() - before < 10);
}

static void protections(void **state)
{
    (void)state;
    assert_int_equal(pages_map(PAGES_SIZE, LX_PROT_WRITE | LX_PROT_EXEC), -EACCES);
    assert_int_equal(pages_map(0, RW), -EINVAL);
    assert_int_equal(pages_map(UINT64_MAX - 100, RW), -ENOMEM);
    int64_t at = pages_map(8 * PAGES_SIZE, LX_PROT_NONE);
    assert_true(at > 0);
    assert_int_equal(pages_protect((uint64_t)at + PAGES_SIZE, PAGES_SIZE, RW), 0);
    ((uint8_t *)at)[PAGES_SIZE] = 1;
    assert_int_equal(pages_unmap((uint64_t)at, 8 * PAGES_SIZE), 0);
    at = pages_map(PAGES_SIZE, RW);
    assert_int_equal(pages_protect((uint64_t)at, PAGES_SIZE, LX_PROT_READ), 0);
    assert_int_equal(pages_protect((uint64_t)at, PAGES_SIZE, LX_PROT_WRITE | LX_PROT_EXEC), -EACCES);
    assert_int_equal(pages_unmap((uint64_t)at, PAGES_SIZE), 0);
    int64_t again = pages_map(PAGES_SIZE, RW); /* the page comes back writable */
    ((uint8_t *)again)[0] = 1;
    pages_unmap((uint64_t)again, PAGES_SIZE);
    assert_int_equal(pages_protect(0x1000, PAGES_SIZE, RW), -ENOMEM);
    assert_int_equal(pages_unmap(0x1234, PAGES_SIZE), -EINVAL);
    assert_int_equal(pages_unmap((uint64_t)at, 0), -EINVAL);
    assert_int_equal(pages_remap(0x1000, PAGES_SIZE, 2 * PAGES_SIZE, true), -EFAULT);
}

static void shortage(void **state)
{
    (void)state;
    int64_t keep = pages_map(PAGES_SIZE, RW);
    ((uint8_t *)keep)[0] = 9;
    fake_vm_fail(1); /* the large mapping works at the second try, after free pages have been given back */
    int64_t at = pages_map(4 * PAGES_DIRECT, RW);
    assert_true(at > 0);
    assert_int_equal(((uint8_t *)keep)[0], 9);
    int64_t small = pages_map(64 * PAGES_SIZE, RW);
    assert_true(all((uint8_t *)small, 64 * PAGES_SIZE, 0));
    fake_vm_fail(100);
    assert_int_equal(pages_map(4 * PAGES_DIRECT, RW), -ENOMEM);
    fake_vm_fail(0);
    pages_unmap((uint64_t)at, 4 * PAGES_DIRECT);
    pages_unmap((uint64_t)small, 64 * PAGES_SIZE);
    pages_unmap((uint64_t)keep, PAGES_SIZE);
    posix_caps.have_vm = false;
    assert_int_equal(pages_map(PAGES_SIZE, RW), -ENOMEM);
    posix_caps.have_vm = true;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_use),
        cmocka_unit_test(chatter_is_free),
        cmocka_unit_test(protections),
        cmocka_unit_test(shortage),
    };
    return cmocka_run_group_tests_name("posix pages", tests, NULL, NULL);
}
