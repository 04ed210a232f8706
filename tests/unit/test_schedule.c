/* SPDX-License-Identifier: MIT */
/*
 * The order of boots.
 * Invariant: the schedule is checked for every number of pairs up to 12 and many seeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schedule.h"

static void blocks_mirror(void **state)
{
    bool s[12];

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++)
        for (size_t n = 1; n <= 12; n++) {
            schedule_abba(seed, 0, s, n);
            for (size_t i = 1; i < n; i += 2)
                assert_true(s[i] != s[i - 1]);
        }
}

static void seed_decides(void **state)
{
    bool a[12], b[12];
    unsigned swapped = 0, streams = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        schedule_abba(seed, 3, a, 12);
        schedule_abba(seed, 3, b, 12);
        assert_memory_equal(a, b, sizeof a);
        swapped += a[0];
        schedule_abba(seed, 4, b, 12);
        streams += memcmp(a, b, sizeof a) != 0;
    }
    assert_in_range(swapped, 60, 140);
    assert_in_range(streams, 150, 200);
}

static void a_prefix_stays(void **state)
{
    bool a[12], b[12];

    (void)state;
    schedule_abba(9, 1, a, 12);
    schedule_abba(9, 1, b, 5);
    assert_memory_equal(a, b, 5 * sizeof a[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_mirror),
        cmocka_unit_test(seed_decides),
        cmocka_unit_test(a_prefix_stays),
    };

    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
