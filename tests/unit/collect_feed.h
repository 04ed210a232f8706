/* SPDX-License-Identifier: MIT */
/* Frames of a boot for tests that feed a struct collect. Invariant: each is what an agent sends. */
#ifndef UNIT_COLLECT_FEED_H
#define UNIT_COLLECT_FEED_H

#include <string.h>

#include "abi/bench.h"
#include "collect.h"

#define MS UINT64_C(1000000)

/* Iteration 0 is the warm-up. */
static inline void mark(struct collect *c, unsigned type, uint32_t iteration, uint32_t region, uint64_t guest,
                        uint64_t host)
{
    struct bench_mark m = {.iteration = iteration, .region = region, .warmup = iteration < 1};

    collect_frame(c, type, guest, host, &m, sizeof m);
}

static inline void program_exit(struct collect *c, uint32_t iteration, uint32_t region, uint32_t kind,
                                int64_t code)
{
    struct bench_exit e = {.iteration = iteration, .region = region, .kind = kind, .code = code};

    collect_frame(c, BENCH_EXIT, 0, 0, &e, sizeof e);
}

static inline void output(struct collect *c, uint32_t stream, const char *text)
{
    unsigned char frame[400];
    struct bench_output o = {.stream = stream};
    size_t n = strlen(text);

    assert_true(n < sizeof frame - sizeof o);
    memcpy(frame, &o, sizeof o);
    memcpy(frame + sizeof o, text, n);
    collect_frame(c, BENCH_OUTPUT, 0, 0, frame, sizeof o + n);
}

#endif
