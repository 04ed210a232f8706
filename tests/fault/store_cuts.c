/* SPDX-License-Identifier: MIT */
/*
 * Power cuts of the store, as TAP.
 *   store_cuts                 about CUTS_CASES (30,000) cuts, seed CUTS_SEED (1); small cases exhaustively
 * to depth two store_cuts --control       the same against a store whose sync does not flush: that must be
 * caught within 1,000 cuts store_cuts --replay ID     one case again, as printed by a failure Invariant:
 * every case that fails is printed with its id.
 */
#include "cuts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    STEPS = 60,
    LONG_STEPS = 300,
    SMALL_STEPS = 14,
    SMALL_SEEDS = 8,
    SUBSET_WRITES = 7,
    CONTROL_CUTS = 1000
};

struct tally {
    uint64_t prefix, torn, reorder, subset, twice, failed, faults, full;
};

static uint64_t total(const struct tally *n)
{
    return n->prefix + n->torn + n->reorder + n->subset + n->twice;
}

static uint64_t env_number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

/* At most every ten seconds, for whoever waits. */
static void progress(const struct tally *n, uint64_t cases)
{
    static time_t last;
    time_t now = time(NULL);

    if (last != 0 && now - last < 10)
        return;
    last = now;
    printf("# progress %" PRIu64 " of %" PRIu64 " cuts, %" PRIu64 " broken\n", total(n), cases, n->failed);
    fflush(stdout);
}

static void run(struct trace *t, struct tally *n, struct cut_case c, size_t *events)
{
    uint64_t *counter = c.twice                 ? &n->twice
                        : c.kind == CUT_PREFIX  ? &n->prefix
                        : c.kind == CUT_TORN    ? &n->torn
                        : c.kind == CUT_REORDER ? &n->reorder
                                                : &n->subset;

    ++*counter;
    if (!cut_run(t, &c, events))
        n->failed++;
}

static uint64_t scramble(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t z = a * UINT64_C(0x9e3779b97f4a7c15) + b * UINT64_C(0xc2b2ae3d27d4eb4f) + c;

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 27);
}

/* Every event of a trace: whole, torn, reordered three times, and once cut again in its recovery. */
static void trace_sample(uint64_t seed, struct tally *n, uint64_t limit)
{
    unsigned steps = seed % 16 == 6 ? LONG_STEPS : STEPS; /* long enough to fill the device */
    struct trace t;

    trace_open(&t, seed, steps);
    n->faults += t.faults;
    n->full += t.full;
    for (size_t k = 0; k <= t.nevents && total(n) < limit && n->failed < 20; k++) {
        struct cut_case c = {seed, steps, CUT_PREFIX, k, 0, false, 0, 0};
        uint64_t r = scramble(seed, k, 0);
        size_t events = 0;

        run(&t, n, c, NULL);
        c.kind = CUT_TORN;
        c.detail = r & 0xff;
        if (k < t.nevents && t.events[k].data != NULL)
            run(&t, n, c, NULL);
        c.kind = CUT_REORDER;
        for (unsigned i = 1; i <= 3; i++) {
            c.detail = scramble(seed, k, i);
            run(&t, n, c, NULL);
        }
        c.twice = true;
        c.second = (size_t)(r >> 16 & 7);
        c.second_mask = (unsigned)(r >> 8 & 0xff);
        run(&t, n, c, &events);
    }
    trace_close(&t);
}

/* Every cut of a short trace with every tear into two parts, every set of unflushed writes, and every cut of
 * every recovery. */
static void trace_exhaust(uint64_t seed, struct tally *n)
{
    static const unsigned tears[] = {0x00, 0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xfe, 0xf0};
    struct trace t;

    trace_open(&t, seed, SMALL_STEPS);
    for (size_t k = 0; k <= t.nevents && n->failed < 20; k++) {
        size_t epoch = trace_epoch(&t, k), events = 1;

        for (unsigned i = 0; i < sizeof tears / sizeof tears[0]; i++) {
            struct cut_case c = {seed, SMALL_STEPS, CUT_TORN, k, tears[i], true, 0, 0};

            for (c.second = 0; c.second <= events; c.second++) {
                c.second_mask = c.second % 2 == 0 ? 0 : 0x0f;
                run(&t, n, c, &events);
            }
            c.twice = false;
            run(&t, n, c, NULL);
        }
        for (uint64_t set = 0; k - epoch <= SUBSET_WRITES && set < UINT64_C(1) << (k - epoch); set++)
            run(&t, n, (struct cut_case){seed, SMALL_STEPS, CUT_SUBSET, k, set, false, 0, 0}, NULL);
    }
    trace_close(&t);
}

static int replay(const char *text)
{
    struct cut_case c;
    struct trace t;
    bool good = false;

    if (!cut_parse(text, &c)) {
        fprintf(stderr, "not a case id: %s\n", text);
        return 2;
    }
    trace_open(&t, c.seed, c.steps);
    good = cut_run(&t, &c, NULL);
    trace_close(&t);
    printf("%s\n", good ? "holds" : "fails");
    return good ? 0 : 1;
}

static int control(void)
{
    struct tally n = {0};
    uint64_t seed = env_number("CUTS_SEED", 1);

    printf("1..1\n");
    while (n.failed == 0 && total(&n) < CONTROL_CUTS)
        trace_sample(seed++, &n, CONTROL_CUTS);
    printf("%s 1 - a sync that does not flush is caught (%" PRIu64 " broken promises in %" PRIu64 " cuts)\n",
           n.failed > 0 ? "ok" : "not ok", n.failed, total(&n));
    return n.failed > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    uint64_t seed = env_number("CUTS_SEED", 1), cases = env_number("CUTS_CASES", 30000);
    struct tally small = {0}, n = {0};

    if (argc == 3 && strcmp(argv[1], "--replay") == 0)
        return replay(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--control") == 0)
        return control();
    if (argc != 1) {
        fprintf(stderr, "usage: store_cuts [--control | --replay ID]\n");
        return 2;
    }
    printf("1..2\n");
    for (uint64_t i = 0; i < SMALL_SEEDS; i++)
        trace_exhaust(seed + i, &small);
    printf("%s 1 - small cases, exhaustively to depth two (%" PRIu64 " torn, %" PRIu64 " subsets, %" PRIu64
           " cut again in recovery, %" PRIu64 " broken)\n",
           small.failed == 0 ? "ok" : "not ok", small.torn, small.subset, small.twice, small.failed);
    fflush(stdout);
    for (uint64_t i = 0; total(&n) < cases && n.failed < 20; i++) {
        trace_sample(seed + i, &n, cases);
        progress(&n, cases);
    }
    printf("%s 2 - %" PRIu64 " cuts (%" PRIu64 " prefix, %" PRIu64 " torn, %" PRIu64 " reordered, %" PRIu64
           " cut again in recovery, %" PRIu64 " broken), %" PRIu64 " requests failed and %" PRIu64
           " changes found no space on the way, seed %" PRIu64 "\n",
           n.failed == 0 ? "ok" : "not ok", total(&n), n.prefix, n.torn, n.reorder, n.twice, n.failed,
           n.faults, n.full, seed);
    printf("# fault-count cuts=%" PRIu64 " injected=%" PRIu64 " losses=%" PRIu64 "\n",
           total(&small) + total(&n), n.faults, small.failed + n.failed);
    return small.failed + n.failed > 0;
}
