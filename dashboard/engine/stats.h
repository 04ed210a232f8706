/* SPDX-License-Identifier: MIT */
/*
 * Statistics of samples and of boot pairs.
 * Invariant: no sample is dropped; a figure that the sample count does not support is NaN, never a guess.
 */
#ifndef ENGINE_STATS_H
#define ENGINE_STATS_H

#include <stddef.h>
#include <stdint.h>

#define STATS_RESAMPLES   10000u
#define STATS_P95_SAMPLES 20u
#define STATS_P99_SAMPLES 100u

struct stats_summary {
    size_t n;
    double median, min, max;
    double stddev; /* of the sample (n - 1); NaN with fewer than 2 samples */
    double p95;    /* nearest rank; NaN with fewer than STATS_P95_SAMPLES */
    double p99;    /* nearest rank; NaN with fewer than STATS_P99_SAMPLES */
};

struct stats_ratio {
    size_t pairs;
    double ratio;     /* exp of the median of the pairs' log-ratios */
    double low, high; /* percentile bootstrap 95 % interval over pairs; NaN with fewer than 2 pairs */
};

/* Median of n > 0 values (the mean of the middle two when n is even); does not change x. */
double stats_median(const double *x, size_t n);
/* Summary of n > 0 samples; 0, or -EINVAL when n is 0 or a sample is not finite. */
int stats_summarise(const double *x, size_t n, struct stats_summary *out);
/*
 * Ratio a/b over n boot pairs with an interval from STATS_RESAMPLES seeded resamples of pairs. 0, or -EINVAL
 * when n is 0 or a value is not finite and above 0.
 */
int stats_pair_ratio(const double *a, const double *b, size_t n, uint64_t seed, struct stats_ratio *out);

#endif
