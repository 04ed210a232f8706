/* SPDX-License-Identifier: MIT */
/*
 * Latency distributions. A program states one on its standard output within a timed region
 * (workloads/storage/latency.c): `latency ns COUNT LEAST MOST NAME`, then lines `latency + EDGE:COUNT ...`,
 * bins by their upper edge in ascending order; or each timed region is an operation by itself. Invariant:
 * whatever a guest writes, what is kept is bounded, and a figure is a function of marks objects (measure.h)
 * alone.
 *
 * In a marks object: "latency":"stated"|"regions", and where stated in each mark
 * "latency":[{"name","n","min","max","bins":[[edge,count],...]}].
 */
#ifndef ENGINE_LATENCY_H
#define ENGINE_LATENCY_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#define LATENCY_NAME_MAX    64u
#define LATENCY_DISTS_MAX   64u   /* a region */
#define LATENCY_BINS_MAX    1024u /* a distribution */
#define LATENCY_P90_SAMPLES 10u
#define LATENCY_P99_SAMPLES 100u

struct latency_bin {
    uint64_t edge, count; /* none of `count` durations is longer than `edge` ns */
};

struct latency_dist {
    char name[LATENCY_NAME_MAX]; /* escaped */
    uint64_t n, least, most;     /* ns */
    struct latency_bin *bin;
    size_t nbins;
};

/* Zero-initialise, feed lines, free. */
struct latency {
    struct latency_dist *dist;
    size_t n;
};

/* Takes one line of a program's standard output; any other line is none of ours. */
void latency_line(struct latency *l, const char *line, size_t len);
void latency_free(struct latency *l);
/* What was stated, as a mark has it. Caller deletes. */
cJSON *latency_json(const struct latency *l);

/*
 * Are the distributions of a boot whole: where programs state them, at least one in each iteration, each with
 * ascending bins that hold all its durations? 0, or -EINVAL with one line in `why` (n bytes).
 */
int latency_check(const cJSON *marks, char *why, size_t n);
/*
 * The record's "latency" from the marks of its boots, warm-ups left out:
 * [{"name","unit":"ns","clock","n","min", "median","p90","p99","max"}], p90 null under LATENCY_P90_SAMPLES,
 * p99 under LATENCY_P99_SAMPLES. Stated ones of one name are merged; regions have an entry each, and where
 * there are several one more, "iteration", for their sum. NULL for a workload without. Caller deletes.
 */
cJSON *latency_build(const cJSON *const *marks, size_t n);

#endif
