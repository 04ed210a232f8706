/* SPDX-License-Identifier: MIT */
/*
 * Power cuts of the store, as TAP.
 *   store_cuts              CUTS_CASES (30,000) cuts, seed CUTS_SEED (1); small cases exhaustively to depth 2
 *   store_cuts --control    the same against a store whose sync does not flush: caught within 1,000 cuts
 *   store_cuts --replay ID  one case again, as printed by a failure
 * FAULT_JOBS (one a processor) traces at a time. Invariant: every case that fails is printed with its id;
 * which cases there are, and their ids, does not depend on how many run at a time.
 */
#include "cuts.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    STEPS = 60,
    LONG_STEPS = 300,
    SMALL_STEPS = 14,
    SMALL_SEEDS = 8,
    SUBSET_WRITES = 7,
    CONTROL_CUTS = 1000,
    FAILED_MOST = 20, /* of a trace, and of a run before no new trace is begun */
    JOBS_MOST = 256
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

/* How many cases trace_sample has for a trace: six an event, but a flush is not torn. */
static uint64_t sample_size(const struct trace *t)
{
    uint64_t n = 6 * ((uint64_t)t->nevents + 1) - 1;

    for (size_t k = 0; k < t->nevents; k++)
        n -= t->events[k].data == NULL;
    return n;
}

/* Every event of a trace: whole, torn, reordered three times, and once cut again in its recovery; the first
 * `most` of these. */
static void trace_sample(struct trace *t, struct tally *n, uint64_t most)
{
    for (size_t k = 0; k <= t->nevents && n->failed < FAILED_MOST; k++) {
        struct cut_case c = {t->seed, t->nsteps - 1, CUT_PREFIX, k, 0, false, 0, 0};
        uint64_t r = scramble(t->seed, k, 0);
        size_t events = 0;

        for (unsigned i = 0; i < 6 && total(n) < most; i++) {
            c.kind = i == 0 ? CUT_PREFIX : i == 1 ? CUT_TORN : CUT_REORDER;
            c.detail = i == 0 ? 0 : i == 1 ? r & 0xff : scramble(t->seed, k, i < 5 ? i - 1 : 3);
            c.twice = i == 5;
            c.second = c.twice ? (size_t)(r >> 16 & 7) : 0;
            c.second_mask = c.twice ? (unsigned)(r >> 8 & 0xff) : 0;
            if (c.kind != CUT_TORN || (k < t->nevents && t->events[k].data != NULL))
                run(t, n, c, &events);
        }
    }
}

/* Every cut of a short trace with every tear into two parts, every set of unflushed writes, and every cut of
 * every recovery. */
static void trace_exhaust(struct trace *t, struct tally *n)
{
    static const unsigned tears[] = {0x00, 0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xfe, 0xf0};

    for (size_t k = 0; k <= t->nevents && n->failed < FAILED_MOST; k++) {
        size_t epoch = trace_epoch(t, k), events = 1;

        for (unsigned i = 0; i < sizeof tears / sizeof tears[0]; i++) {
            struct cut_case c = {t->seed, SMALL_STEPS, CUT_TORN, k, tears[i], true, 0, 0};

            for (c.second = 0; c.second <= events; c.second++) {
                c.second_mask = c.second % 2 == 0 ? 0 : 0x0f;
                run(t, n, c, &events);
            }
            c.twice = false;
            run(t, n, c, NULL);
        }
        for (uint64_t set = 0; k - epoch <= SUBSET_WRITES && set < UINT64_C(1) << (k - epoch); set++)
            run(t, n, (struct cut_case){t->seed, SMALL_STEPS, CUT_SUBSET, k, set, false, 0, 0}, NULL);
    }
}

/* What the jobs share: traces are begun in the order of their seeds, each knowing how many cases those before
 * it have. */
struct sweep {
    pthread_mutex_t lock;
    uint64_t seed;  /* of the next trace */
    uint64_t seeds; /* exhaustive: so many are left */
    uint64_t begun; /* cases of the traces begun */
    uint64_t cases; /* wanted */
    bool exhaustive;
    time_t said;
    struct tally done;
};

static void tally_add(struct tally *sum, const struct tally *n)
{
    sum->prefix += n->prefix;
    sum->torn += n->torn;
    sum->reorder += n->reorder;
    sum->subset += n->subset;
    sum->twice += n->twice;
    sum->failed += n->failed;
    sum->faults += n->faults;
    sum->full += n->full;
}

/* Opens the next trace; how many of its cases to run, 0: there is no more to do, and none is open. */
static uint64_t trace_next(struct sweep *w, struct trace *t, struct tally *n)
{
    uint64_t most = 0;

    if (w->done.failed >= FAILED_MOST || (w->exhaustive ? w->seeds == 0 : w->begun >= w->cases))
        return 0;
    /* every sixteenth long enough to fill the device */
    trace_open(t, w->seed, w->exhaustive ? SMALL_STEPS : w->seed % 16 == 6 ? LONG_STEPS : STEPS);
    most = w->exhaustive ? UINT64_MAX : w->cases - w->begun;
    w->seed++;
    w->seeds -= w->exhaustive;
    w->begun += w->exhaustive ? 0 : sample_size(t);
    *n = (struct tally){.faults = t->faults, .full = t->full};
    return most;
}

/* Adds what a trace gave, and says at most every ten seconds how far it is. */
static void trace_done(struct sweep *w, const struct tally *n)
{
    time_t now = time(NULL);

    tally_add(&w->done, n);
    if (w->exhaustive || now - w->said < 10)
        return;
    w->said = now;
    printf("# progress %" PRIu64 " of %" PRIu64 " cuts, %" PRIu64 " broken\n", total(&w->done), w->cases,
           w->done.failed);
    fflush(stdout);
}

static void *job(void *arg)
{
    struct sweep *w = arg;
    struct trace t;
    struct tally n;
    uint64_t most = 0;

    pthread_mutex_lock(&w->lock);
    while ((most = trace_next(w, &t, &n)) > 0) {
        pthread_mutex_unlock(&w->lock);
        if (w->exhaustive)
            trace_exhaust(&t, &n);
        else
            trace_sample(&t, &n, most);
        trace_close(&t);
        pthread_mutex_lock(&w->lock);
        trace_done(w, &n);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* All of it, `jobs` traces at a time. */
static void sweep_run(struct sweep *w, uint64_t jobs)
{
    pthread_t threads[JOBS_MOST];
    uint64_t begun = 0;

    pthread_mutex_init(&w->lock, NULL);
    w->said = time(NULL);
    while (begun + 1 < jobs && pthread_create(&threads[begun], NULL, job, w) == 0)
        begun++;
    job(w); /* this one, too: there is always one */
    for (uint64_t i = 0; i < begun; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&w->lock);
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
    struct sweep w = {.seed = env_number("CUTS_SEED", 1), .cases = CONTROL_CUTS};

    printf("1..1\n");
    sweep_run(&w, 1);
    printf("%s 1 - a sync that does not flush is caught (%" PRIu64 " broken promises in %" PRIu64 " cuts)\n",
           w.done.failed > 0 ? "ok" : "not ok", w.done.failed, total(&w.done));
    return w.done.failed > 0 ? 0 : 1;
}

static uint64_t jobs_wanted(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t n = env_number("FAULT_JOBS", processors > 0 ? (uint64_t)processors : 1);

    return n < 1 ? 1 : n > JOBS_MOST ? JOBS_MOST : n;
}

int main(int argc, char **argv)
{
    uint64_t seed = env_number("CUTS_SEED", 1), jobs = jobs_wanted();
    struct sweep small = {.seed = seed, .seeds = SMALL_SEEDS, .exhaustive = true};
    struct sweep w = {.seed = seed, .cases = env_number("CUTS_CASES", 30000)};
    struct tally *n = &w.done;

    if (argc == 3 && strcmp(argv[1], "--replay") == 0)
        return replay(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--control") == 0)
        return control();
    if (argc != 1) {
        fprintf(stderr, "usage: store_cuts [--control | --replay ID]\n");
        return 2;
    }
    printf("1..2\n");
    sweep_run(&small, jobs);
    printf("%s 1 - small cases, exhaustively to depth two (%" PRIu64 " torn, %" PRIu64 " subsets, %" PRIu64
           " cut again in recovery, %" PRIu64 " broken)\n",
           small.done.failed == 0 ? "ok" : "not ok", small.done.torn, small.done.subset, small.done.twice,
           small.done.failed);
    fflush(stdout);
    sweep_run(&w, jobs);
    printf("%s 2 - %" PRIu64 " cuts (%" PRIu64 " prefix, %" PRIu64 " torn, %" PRIu64 " reordered, %" PRIu64
           " cut again in recovery, %" PRIu64 " broken), %" PRIu64 " requests failed and %" PRIu64
           " changes found no space on the way, seed %" PRIu64 "\n",
           n->failed == 0 ? "ok" : "not ok", total(n), n->prefix, n->torn, n->reorder, n->twice, n->failed,
           n->faults, n->full, seed);
    printf("# fault-count cuts=%" PRIu64 " injected=%" PRIu64 " losses=%" PRIu64 "\n",
           total(&small.done) + total(n), n->faults, small.done.failed + n->failed);
    return small.done.failed + n->failed > 0;
}
