/* SPDX-License-Identifier: MIT */
/*
 * From the marks of boots to figures. `capbench run` and `capbench verify` both use exactly this, so that a
 * stored figure can be recomputed. Invariant: a function of the marks objects (raw/<boot>/marks.json) alone.
 *
 * A marks object:
 * {"schema","unit","lowerIsBetter","clock":"host"|"guest","regions":[ids],"warmups","iterations",
 * "marks":[{"iteration","region","warmup","beginGuestNs","endGuestNs","beginHostNs","endHostNs","exitKind","exitCode"}]}
 * With a disk: "disk":"ram"|"store" (the backing's label), and in each mark "block":{"readOps","readBytes",
 * "writeOps","writeBytes","flushOps"} and, where the program says it, "wroteBytes".
 * Host times count from QEMU's start (CLOCK_MONOTONIC_RAW), guest times from the guest's own start, all in
 * ns.
 */
#ifndef ENGINE_MEASURE_H
#define ENGINE_MEASURE_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

/* The larger of 1 % and this many ns is how far guest and host may differ over one timed region. */
#define MEASURE_CLOCK_SLACK_NS 5000000.0

/*
 * Are the marks whole: each region of each iteration once, in order, ended, warm-ups first? And, where the
 * host's clock is the measure, do both clocks agree? 0, or -EINVAL / -ERANGE (clocks) with one line in `why`
 * (n bytes).
 */
int measure_check(const cJSON *marks, char *why, size_t n);
/*
 * Does the disk bear the label out? RAM-backed: no write in any timed region. Store-backed: writes and
 * flushes in each iteration. Marks without a disk have no label. 0; -EPERM with the reason in `why`; -EINVAL
 * when counters are missing.
 */
int measure_label(const cJSON *marks, char *why, size_t n);
/*
 * What the disk did in an iteration (warm-ups left out): for each counter its samples (per iteration the sum
 * of its regions) and their median; programBytes and writeAmplification, null where the program does not say
 * what it wrote. NULL for boots without a disk or without a sample.
 */
cJSON *measure_block(const cJSON *const *marks, size_t n);
/*
 * Samples of one boot in ms, warm-ups left out (or only those, with `warmups`): per iteration the sum of its
 * regions. *out is malloc'd (caller frees). Returns how many, or a negative errno when the marks are not
 * whole. `region` >= 0 gives that region alone.
 */
int measure_samples(const cJSON *marks, int region, int warmups, double **out);
/*
 * The measurement of one record from the marks of its boots (in boot order): unit, lowerIsBetter, clock,
 * median, min, max, stddev, p95, p99, samples, sampleCount, smoke, regions[], warmupSamples. NULL when there
 * is no sample.
 */
cJSON *measure_build(const cJSON *const *marks, size_t n);
/*
 * Ratio a/b of paired boots (a[i] with b[i]): ratio, interval, pairs, pairRatios, bootstrap, regions[]. NULL
 * when n is 0 or a boot has no sample. `seed` feeds the bootstrap.
 */
cJSON *measure_ratio(const cJSON *const *a, const cJSON *const *b, size_t n, uint64_t seed);

#endif
