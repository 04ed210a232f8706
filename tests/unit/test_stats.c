/* SPDX-License-Identifier: MIT */
/*
 * Statistics against values worked out by hand.
 * Invariant: no expectation comes from the code under test, but for the bootstrap's repeatability.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "prng.h"
#include "stats.h"

static void near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-9 * fmax(1, fabs(b))))
        print_error("%.17g is not %.17g\n", a, b);
    assert_true(fabs(a - b) <= 1e-9 * fmax(1, fabs(b)));
}

static void summary(void **state)
{
    const double odd[] = {5, 1, 3}, even[] = {2, 4, 4, 4, 5, 5, 7, 9};
    struct stats_summary s;

    (void)state;
    assert_int_equal(stats_summarise(odd, 3, &s), 0);
    near(s.median, 3);
    near(s.min, 1);
    near(s.max, 5);
    near(s.stddev, 2);
    assert_true(isnan(s.p95));
    assert_int_equal(stats_summarise(even, 8, &s), 0);
    near(s.median, 4.5);
    near(s.stddev, sqrt(32.0 / 7));
    assert_int_equal(stats_summarise(odd, 1, &s), 0);
    near(s.median, 5);
    assert_true(isnan(s.stddev));
}

static void percentiles_need_samples(void **state)
{
    double x[100];
    struct stats_summary s;

    (void)state;
    for (int i = 0; i < 100; i++)
        x[i] = 100 - i;
    assert_int_equal(stats_summarise(x, 19, &s), 0);
    assert_true(isnan(s.p95));
    assert_int_equal(stats_summarise(x, 20, &s), 0);
    near(s.p95, 99); /* 81..100: the 19th of 20 */
    assert_true(isnan(s.p99));
    assert_int_equal(stats_summarise(x, 99, &s), 0);
    assert_true(isnan(s.p99));
    assert_int_equal(stats_summarise(x, 100, &s), 0);
    near(s.p95, 95);
    near(s.p99, 99);
}

static void refuses_nonsense(void **state)
{
    double x[] = {1, NAN}, y[] = {1, 1}, z[] = {1, 0}, m[] = {1, -2};
    struct stats_summary s;
    struct stats_ratio r;

    (void)state;
    assert_int_equal(stats_summarise(x, 0, &s), -EINVAL);
    assert_int_equal(stats_summarise(x, 2, &s), -EINVAL);
    assert_int_equal(stats_pair_ratio(y, y, 0, 1, &r), -EINVAL);
    assert_int_equal(stats_pair_ratio(y, z, 2, 1, &r), -EINVAL);
    assert_int_equal(stats_pair_ratio(m, y, 2, 1, &r), -EINVAL);
    assert_int_equal(stats_pair_ratio(y, x, 2, 1, &r), -EINVAL);
}

static void ratio_is_the_median_of_log_ratios(void **state)
{
    const double a[] = {1, 2, 8}, b[] = {2, 2, 2};
    struct stats_ratio r;

    (void)state;
    assert_int_equal(stats_pair_ratio(a, b, 3, 1, &r), 0);
    near(r.ratio, 1);
    assert_true(r.low <= r.ratio && r.ratio <= r.high);
    assert_true(r.low >= 0.5 - 1e-12 && r.high <= 4 + 1e-12);
    assert_int_equal(stats_pair_ratio(a, b, 2, 1, &r), 0);
    near(r.ratio, sqrt(0.5)); /* between 1/2 and 1, in logarithms */
    assert_int_equal(stats_pair_ratio(a, b, 1, 1, &r), 0);
    near(r.ratio, 0.5);
    assert_true(isnan(r.low) && isnan(r.high));
}

static void bootstrap_repeats(void **state)
{
    const double a[] = {1, 1.1, 0.9, 1.3, 1.05, 0.97, 1.2}, b[] = {1, 1, 1, 1, 1, 1, 1};
    struct stats_ratio r, again, other;

    (void)state;
    assert_int_equal(stats_pair_ratio(a, b, 7, 42, &r), 0);
    assert_int_equal(stats_pair_ratio(a, b, 7, 42, &again), 0);
    assert_true(r.low == again.low && r.high == again.high);
    assert_int_equal(stats_pair_ratio(a, b, 7, 43, &other), 0);
    assert_true(other.ratio == r.ratio);
    near(r.ratio, 1.05);
    assert_true(r.low < 1.05 && r.high > 1.05);
    /* the extreme samples bound every resample's median */
    assert_true(r.low >= 0.9 && r.high <= 1.3);
}

static void equal_guests_include_one(void **state)
{
    double a[9], b[9];
    struct stats_ratio r;
    struct prng p;

    (void)state;
    prng_seed(&p, 7);
    for (int i = 0; i < 9; i++) {
        a[i] = 100 + (double)prng_below(&p, 10);
        b[i] = 100 + (double)prng_below(&p, 10);
    }
    assert_int_equal(stats_pair_ratio(a, b, 9, 7, &r), 0);
    assert_true(r.low <= 1 && r.high >= 1);
    for (int i = 0; i < 9; i++)
        a[i] *= 1.5;
    assert_int_equal(stats_pair_ratio(a, b, 9, 7, &r), 0);
    assert_true(r.low > 1.2);
}

static void generator_is_fixed(void **state)
{
    struct prng r;
    unsigned seen = 0;

    (void)state;
    prng_seed(&r, 0);
    /* splitmix64 of 0, as published */
    assert_true(r.s[0] == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(r.s[1] == UINT64_C(0x6e789e6aa1b965f4));
    for (int i = 0; i < 1000; i++)
        seen |= 1u << prng_below(&r, 5);
    assert_int_equal(seen, 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary),
        cmocka_unit_test(percentiles_need_samples),
        cmocka_unit_test(refuses_nonsense),
        cmocka_unit_test(ratio_is_the_median_of_log_ratios),
        cmocka_unit_test(bootstrap_repeats),
        cmocka_unit_test(equal_guests_include_one),
        cmocka_unit_test(generator_is_fixed),
    };

    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
