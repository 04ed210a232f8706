/* SPDX-License-Identifier: MIT */
/*
 * A histogram of durations: 16 linear steps in every power of two, so that a quantile is exact to about 6 %.
 * Invariant: adding one allocates nothing.
 */
#ifndef STORAGE_LATENCY_H
#define STORAGE_LATENCY_H

#include <stdint.h>

enum { LATENCY_BUCKETS = 64 * 16 };

struct latency {
    uint64_t bucket[LATENCY_BUCKETS], count, sum, least, most; /* ns */
};

/* Now on the monotonic clock, in ns. */
uint64_t latency_now(void);
void latency_add(struct latency *l, uint64_t ns);
/* Upper edge in ns of the bucket below which `permille` of the durations lie; 0 without any. */
uint64_t latency_quantile(const struct latency *l, unsigned permille);
/*
 * On stdout: a line for people (what, how many, mean, p50, p95, p99, most; p95 needs 20 samples and p99 100,
 * else
 * "-"), and when there are any durations the lines that the engine reads (dashboard/engine/latency.h).
 */
void latency_print(const struct latency *l, const char *what);

#endif
