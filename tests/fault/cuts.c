/* SPDX-License-Identifier: MIT */
/*
 * Traces and cases of cuts.h. The promise tested: after any cut the store mounts; its state is one that lay
 * between the last acknowledged sync and the cut, exactly; the check finds nothing; it can be written to.
 * Invariant: the disk is back at its base after each case.
 */
#include "cuts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 224, SMALL_BLOCKS = 136, LONG_TRACE = 100, LOG_BLOCKS = 8 };

static const struct store_options options = {false, 16};

static void *must(void *p)
{
    if (p == NULL)
        exit(2);
    return p;
}

static void must_be_zero(int err, const char *what)
{
    if (err != 0) {
        fprintf(stderr, "%s: %d\n", what, err);
        exit(1);
    }
}

void trace_open(struct trace *t, uint64_t seed, unsigned steps)
{
    struct store_format_options format = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1, LOG_BLOCKS};
    struct store_device dev;
    struct store_env env;
    struct store *s = NULL;
    struct model m;

    memset(t, 0, sizeof *t);
    t->seed = seed;
    t->nsteps = steps + 1;
    t->steps = must(calloc(t->nsteps, sizeof *t->steps));
    emudisk_open(&t->disk, steps > LONG_TRACE ? SMALL_BLOCKS : BLOCKS); /* a long trace fills it */
    dev = emudisk_device(&t->disk);
    env = emumem_env(&t->mem);
    must_be_zero(store_format(&dev, &env, &format), "format");
    must_be_zero(store_mount(&s, &dev, &env, &options), "mount");
    emudisk_settle(&t->disk);
    t->disk.recording = true;
    model_open(&m, seed);
    t->steps[0] = (struct trace_step){0, model_digest(&m), true};
    t->disk.fail_every = seed % 2 == 1 ? 12 : 0;
    for (unsigned i = 1; i < t->nsteps; i++) {
        bool acked = model_step(&m, s, seed % 2 == 1);

        t->steps[i] = (struct trace_step){t->disk.nevents, model_digest(&m), acked};
    }
    t->faults = t->disk.failed;
    t->full = m.enospc;
    t->disk.fail_every = 0;
    model_close(&m);
    store_abandon(s);
    t->disk.recording = false;
    t->events = t->disk.events;
    t->nevents = t->disk.nevents;
    t->disk.events = NULL;
    t->disk.nevents = t->disk.room = 0;
    emudisk_restore(&t->disk);
}

void trace_close(struct trace *t)
{
    for (size_t i = 0; i < t->nevents; i++)
        free(t->events[i].data);
    free(t->events);
    free(t->steps);
    emudisk_close(&t->disk);
}

size_t trace_epoch(const struct trace *t, size_t event)
{
    while (event > 0 && t->events[event - 1].data != NULL)
        event--;
    return event;
}

/* Makes the base the disk as of the flush before `event`. */
static void base_move(struct trace *t, size_t event)
{
    size_t epoch = trace_epoch(t, event);

    if (epoch < t->base_events) {
        fprintf(stderr, "cases out of order\n");
        exit(2);
    }
    for (; t->base_events < epoch; t->base_events++)
        emudisk_apply(&t->disk, &t->events[t->base_events], 0xff);
    emudisk_settle(&t->disk);
}

static uint64_t next_random(uint64_t *rng)
{
    uint64_t z = *rng += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Any subset, in any order, now and then torn. */
static void reorder_apply(struct trace *t, size_t from, size_t to, uint64_t seed)
{
    size_t n = to - from, *order = must(calloc(n + 1, sizeof *order));
    uint64_t rng = seed;
    unsigned keep = 1 + (unsigned)(next_random(&rng) % 15); /* of 16 */

    for (size_t i = 0; i < n; i++)
        order[i] = from + i;
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)(next_random(&rng) % i), v = order[i - 1];

        order[i - 1] = order[k];
        order[k] = v;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t r = next_random(&rng);

        if (r % 16 < keep)
            emudisk_apply(&t->disk, &t->events[order[i]], r >> 8 & 7 ? 0xffu : (unsigned)(r >> 16 & 0xff));
    }
    free(order);
}

static void case_apply(struct trace *t, const struct cut_case *c)
{
    size_t from = t->base_events;

    if (c->kind == CUT_REORDER) {
        reorder_apply(t, from, c->event, c->detail);
        return;
    }
    for (size_t i = from; i < c->event; i++)
        if (c->kind != CUT_SUBSET || (c->detail >> (i - from) & 1) != 0)
            emudisk_apply(&t->disk, &t->events[i], 0xff);
    if (c->kind == CUT_TORN && c->event < t->nevents)
        emudisk_apply(&t->disk, &t->events[c->event], (unsigned)c->detail);
}

void cut_print(const struct cut_case *c)
{
    static const char *const kinds[] = {"prefix", "torn", "reorder", "subset"};

    printf("%" PRIu64 ":%u:%s:%zu:%" PRIx64, c->seed, c->steps, kinds[c->kind], c->event, c->detail);
    if (c->twice)
        printf(":%zu:%x", c->second, c->second_mask);
}

bool cut_parse(const char *text, struct cut_case *c)
{
    char kind[16] = "";
    int n = 0;

    memset(c, 0, sizeof *c);
    n = sscanf(text, "%" SCNu64 ":%u:%15[a-z]:%zu:%" SCNx64 ":%zu:%x", &c->seed, &c->steps, kind, &c->event,
               &c->detail, &c->second, &c->second_mask);
    c->twice = n == 7;
    c->kind = strcmp(kind, "prefix") == 0    ? CUT_PREFIX
              : strcmp(kind, "torn") == 0    ? CUT_TORN
              : strcmp(kind, "reorder") == 0 ? CUT_REORDER
                                             : CUT_SUBSET;
    return (n == 5 || n == 7) && (c->kind != CUT_SUBSET || strcmp(kind, "subset") == 0) && c->steps > 0;
}

/* One line, whoever else prints. */
static bool wrong(const struct cut_case *c, const char *what, int number)
{
    flockfile(stdout);
    printf("# case ");
    cut_print(c);
    printf(": %s (%d); repeat with store_cuts --replay ", what, number);
    cut_print(c);
    printf("\n");
    fflush(stdout);
    funlockfile(stdout);
    return false;
}

/* The states a cut at this event may leave: from the last acknowledged step to the one under way. */
static bool state_allowed(const struct trace *t, size_t event, uint64_t digest)
{
    unsigned first = 0, last = 0;

    for (unsigned i = 0; i < t->nsteps && t->steps[i].end <= event; i++) {
        last = i;
        if (t->steps[i].acked)
            first = i;
    }
    if (last + 1 < t->nsteps)
        last++;
    for (unsigned i = first; i <= last; i++)
        if (t->steps[i].digest == digest)
            return true;
    return false;
}

static void report(void *ctx, const char *line)
{
    (void)ctx;
    printf("# %s\n", line);
}

/* The store as a mount leaves it: one of the allowed states, and sound. */
static bool recovered(struct trace *t, const struct cut_case *c, uint64_t *digest)
{
    struct store_device dev = emudisk_device(&t->disk);
    struct store_env env = emumem_env(&t->mem);
    struct store *s = NULL;
    int err = store_mount(&s, &dev, &env, &options);

    if (err < 0)
        return wrong(c, "the store does not mount", err);
    err = model_store_digest(s, digest);
    store_abandon(s);
    if (err < 0)
        return wrong(c, "reading it fails", err);
    if (!state_allowed(t, c->event, *digest))
        return wrong(c, "a state that never was, or a loss", 0);
    err = store_check(&dev, &env, report, NULL);
    if (err != 0)
        return wrong(c, "the check finds problems", err);
    return t->mem.live == 0 || wrong(c, "memory was not given back", (int)t->mem.live);
}

/* Takes away everything but names of directories: a full store must let that be done. */
static int all_remove(struct store *s, struct store_node *dir)
{
    struct store_entry e = {0};
    uint8_t hash[STORE_HASH_SIZE];
    uint64_t size = 0;
    int err = 0;

    while (err == 0 && store_next(dir, e.name, e.len, &e) > 0) {
        struct store_node *sub = NULL;

        if (e.info.kind != STORE_DIR) {
            err = store_remove(dir, e.name, e.len);
            continue;
        }
        err = store_lookup(dir, e.name, e.len, &sub);
        if (err == 0) {
            err = all_remove(s, sub);
            store_node_put(sub);
        }
    }
    while (err == 0 && store_blob_next(s, NULL, hash, &size) > 0)
        err = store_blob_delete(s, hash);
    return err;
}

static int alive_write(struct store *s, struct store_node *root)
{
    struct store_node *n = NULL;
    int64_t r = store_create(root, "after", 5, STORE_FILE, &n);

    if (r < 0)
        return (int)r;
    r = store_write(n, 0, "alive", 5);
    store_node_put(n);
    return r < 0 ? (int)r : store_sync(s);
}

/* It can still be written to, once there is room, and keeps that. */
static bool usable(struct trace *t, const struct cut_case *c, uint64_t digest)
{
    struct store_device dev = emudisk_device(&t->disk);
    struct store_env env = emumem_env(&t->mem);
    struct store_node *root = NULL, *n = NULL;
    struct store *s = NULL;
    char back[5] = "";
    uint64_t now = digest;
    int err = store_mount(&s, &dev, &env, &options);

    if (err < 0)
        return wrong(c, "the second mount fails", err);
    root = store_root(s);
    err = alive_write(s, root);
    if (err == -ENOSPC) {
        err = all_remove(s, root);
        if (err == 0)
            err = model_store_digest(s, &digest);
        if (err == 0)
            err = alive_write(s, root);
    }
    store_node_put(root);
    store_abandon(s);
    if (err < 0)
        return wrong(c, "it cannot be written to", err);
    err = store_mount(&s, &dev, &env, &options);
    if (err < 0)
        return wrong(c, "the third mount fails", err);
    root = store_root(s);
    err = store_lookup(root, "after", 5, &n);
    if (err == 0) {
        if (store_read(n, 0, back, 5) != 5 || memcmp(back, "alive", 5) != 0)
            err = -1;
        store_node_put(n);
    }
    if (err == 0)
        err = store_remove(root, "after", 5);
    if (err == 0)
        err = model_store_digest(s, &now);
    store_node_put(root);
    store_abandon(s);
    if (err == 0 && now != digest)
        return wrong(c, "what was there before is not there after more was written", 0);
    return err == 0 || wrong(c, "what was written afterwards is not there", err);
}

/* The recovery of the first cut, recorded; then the disk as a cut within it leaves it. */
static bool second_cut(struct trace *t, const struct cut_case *c, size_t *events_out)
{
    struct store_device dev = emudisk_device(&t->disk);
    struct store_env env = emumem_env(&t->mem);
    struct store *s = NULL;
    int err = 0;

    t->disk.recording = true;
    err = store_mount(&s, &dev, &env, &options);
    t->disk.recording = false;
    if (err < 0)
        return wrong(c, "the store does not mount", err);
    store_abandon(s);
    if (events_out != NULL)
        *events_out = t->disk.nevents;
    emudisk_restore(&t->disk);
    case_apply(t, c);
    for (size_t i = 0; i < c->second && i < t->disk.nevents; i++)
        emudisk_apply(&t->disk, &t->disk.events[i], 0xff);
    if (c->second < t->disk.nevents)
        emudisk_apply(&t->disk, &t->disk.events[c->second], c->second_mask);
    emudisk_forget(&t->disk);
    return true;
}

bool cut_run(struct trace *t, const struct cut_case *c, size_t *events_out)
{
    uint64_t first = 0, again = 0;
    bool good = true;

    base_move(t, c->event);
    case_apply(t, c);
    if (c->twice)
        good = second_cut(t, c, events_out);
    good = good && recovered(t, c, &first) && recovered(t, c, &again);
    if (good && first != again)
        good = wrong(c, "two mounts find different states", 0);
    if (good && (c->event + c->detail) % 8 == 0)
        good = usable(t, c, first);
    emudisk_restore(&t->disk);
    return good;
}
