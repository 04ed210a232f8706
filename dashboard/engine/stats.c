/* SPDX-License-Identifier: MIT */
/*
 * Statistics; see stats.h.
 * Invariant: results depend on the values, their order and the seed only.
 */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "prng.h"

static int stats_compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double *stats_sorted(const double *x, size_t n)
{
    double *s = mem_zalloc(n * sizeof *s);

    memcpy(s, x, n * sizeof *s);
    qsort(s, n, sizeof *s, stats_compare);
    return s;
}

static double stats_middle(const double *sorted, size_t n)
{
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double stats_median(const double *x, size_t n)
{
    double *s = stats_sorted(x, n), m = stats_middle(s, n);

    free(s);
    return m;
}

/* Nearest rank: the smallest value that at least `percent` of the samples do not exceed. */
static double stats_rank(const double *sorted, size_t n, unsigned percent)
{
    size_t rank = (n * percent + 99) / 100;

    return sorted[rank ? rank - 1 : 0];
}

int stats_summarise(const double *x, size_t n, struct stats_summary *out)
{
    double mean = 0, square = 0, *s;

    if (n == 0)
        return -EINVAL;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return -EINVAL;
    s = stats_sorted(x, n);
    for (size_t i = 0; i < n; i++)
        mean += s[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (s[i] - mean) * (s[i] - mean);
    out->n = n;
    out->median = stats_middle(s, n);
    out->min = s[0];
    out->max = s[n - 1];
    out->stddev = n >= 2 ? sqrt(square / (double)(n - 1)) : NAN;
    out->p95 = n >= STATS_P95_SAMPLES ? stats_rank(s, n, 95) : NAN;
    out->p99 = n >= STATS_P99_SAMPLES ? stats_rank(s, n, 99) : NAN;
    free(s);
    return 0;
}

int stats_pair_ratio(const double *a, const double *b, size_t n, uint64_t seed, struct stats_ratio *out)
{
    double *logs, *again, *medians;
    struct prng r;

    if (n == 0)
        return -EINVAL;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(a[i]) || !isfinite(b[i]) || a[i] <= 0 || b[i] <= 0)
            return -EINVAL;
    logs = mem_zalloc(n * sizeof *logs);
    for (size_t i = 0; i < n; i++)
        logs[i] = log(a[i]) - log(b[i]);
    out->pairs = n;
    out->ratio = exp(stats_median(logs, n));
    out->low = out->high = NAN;
    if (n >= 2) {
        again = mem_zalloc(n * sizeof *again);
        medians = mem_zalloc(STATS_RESAMPLES * sizeof *medians);
        prng_seed(&r, seed);
        for (size_t k = 0; k < STATS_RESAMPLES; k++) {
            for (size_t i = 0; i < n; i++)
                again[i] = logs[prng_below(&r, n)];
            qsort(again, n, sizeof *again, stats_compare);
            medians[k] = stats_middle(again, n);
        }
        qsort(medians, STATS_RESAMPLES, sizeof *medians, stats_compare);
        out->low = exp(medians[STATS_RESAMPLES / 40]);
        out->high = exp(medians[STATS_RESAMPLES - 1 - STATS_RESAMPLES / 40]);
        free(again);
        free(medians);
    }
    free(logs);
    return 0;
}
