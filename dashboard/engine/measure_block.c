/* SPDX-License-Identifier: MIT */
/*
 * What the disk did, from marks; see measure.h.
 * Invariant: a boot is either whole (counters at every mark) or without a disk.
 */
#include "measure.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"
#include "stats.h"

enum { COUNTERS = 5, WRITE_OPS = 2, WRITE_BYTES = 3, FLUSH_OPS = 4 };

static const char *const names[COUNTERS] = {"readOps", "readBytes", "writeOps", "writeBytes", "flushOps"};

static const cJSON *member(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

/* One iteration: its regions' counters added up. */
struct iteration {
    uint64_t number, count[COUNTERS], wrote;
    bool wrote_known, warmup;
};

static int mark_add(struct iteration *it, const cJSON *m)
{
    const cJSON *block = member(m, "block");
    uint64_t v;

    for (int i = 0; i < COUNTERS; i++) {
        if (json_u64(block, names[i], &v) < 0)
            return -EINVAL;
        it->count[i] += v;
    }
    if (json_u64(m, "wroteBytes", &v) < 0)
        it->wrote_known = false;
    else
        it->wrote += v;
    return 0;
}

/* The iterations of a boot, malloc'd in *out. How many, or -EINVAL when a counter is missing. */
static int iterations_read(const cJSON *marks, struct iteration **out)
{
    uint64_t number;
    const cJSON *m;
    int n = 0;

    *out = NULL;
    cJSON_ArrayForEach(m, member(marks, "marks"))
    {
        if (json_u64(m, "iteration", &number) < 0)
            return -EINVAL;
        if (n == 0 || (*out)[n - 1].number != number) {
            *out = mem_grow(*out, (size_t)n + 1, sizeof **out);
            (*out)[n++] = (struct iteration){
                .number = number, .wrote_known = true, .warmup = cJSON_IsTrue(member(m, "warmup"))};
        }
        if (mark_add(&(*out)[n - 1], m) < 0)
            return -EINVAL;
    }
    return n;
}

static int label_check(const struct iteration *it, bool store, char *why, size_t n)
{
    unsigned long long at = it->number, ops = it->count[WRITE_OPS], bytes = it->count[WRITE_BYTES];

    if (!store && (ops || bytes)) {
        snprintf(why, n, "labelled ram but the disk was written to: iteration %llu, %llu writes, %llu bytes",
                 at, ops, bytes);
        return -EPERM;
    }
    if (store && (!ops || !bytes)) {
        snprintf(why, n, "labelled store but nothing was written to the disk: iteration %llu", at);
        return -EPERM;
    }
    if (store && !it->count[FLUSH_OPS]) {
        snprintf(why, n, "labelled store but nothing was flushed to the disk: iteration %llu", at);
        return -EPERM;
    }
    return 0;
}

int measure_label(const cJSON *marks, char *why, size_t n)
{
    const char *disk = json_text(marks, "disk");
    struct iteration *it;
    int rc = 0, count;

    if (!disk)
        return 0;
    count = iterations_read(marks, &it);
    if (count < 0) {
        snprintf(why, n, "the disk's counters are not known for every timed region");
        rc = -EINVAL;
    }
    for (int i = 0; i < count && rc == 0; i++)
        rc = label_check(&it[i], strcmp(disk, "store") == 0, why, n);
    free(it);
    return rc;
}

static void add_counter(cJSON *o, const struct iteration *it, size_t n, int k)
{
    cJSON *each = cJSON_AddObjectToObject(o, names[k]);
    double *x = mem_zalloc(n * sizeof *x);

    for (size_t i = 0; i < n; i++)
        x[i] = (double)it[i].count[k];
    cJSON_AddNumberToObject(each, "median", stats_median(x, n));
    cJSON_AddItemToObject(each, "samples", cJSON_CreateDoubleArray(x, (int)n));
    free(x);
}

/* Bytes on the device for each byte that the program wrote, over all samples. */
static void add_amplification(cJSON *o, const struct iteration *it, size_t n)
{
    double *x = mem_zalloc(n * sizeof *x), wrote = 0, device = 0;
    bool known = true;

    for (size_t i = 0; i < n; i++) {
        known &= it[i].wrote_known;
        x[i] = (double)it[i].wrote;
        wrote += x[i];
        device += (double)it[i].count[WRITE_BYTES];
    }
    if (known && wrote > 0) {
        cJSON_AddNumberToObject(o, "programBytes", stats_median(x, n));
        cJSON_AddNumberToObject(o, "writeAmplification", device / wrote);
    } else {
        cJSON_AddNullToObject(o, "programBytes");
        cJSON_AddNullToObject(o, "writeAmplification");
    }
    free(x);
}

cJSON *measure_block(const cJSON *const *marks, size_t n)
{
    struct iteration *all = NULL;
    size_t count = 0;
    cJSON *o = NULL;

    for (size_t b = 0; b < n; b++) {
        struct iteration *it = NULL;
        int got = json_text(marks[b], "disk") ? iterations_read(marks[b], &it) : 0;

        for (int i = 0; i < got; i++) {
            if (it[i].warmup)
                continue;
            all = mem_grow(all, count + 1, sizeof *all);
            all[count++] = it[i];
        }
        free(it);
    }
    if (count) {
        o = cJSON_CreateObject();
        for (int k = 0; k < COUNTERS; k++)
            add_counter(o, all, count, k);
        add_amplification(o, all, count);
    }
    free(all);
    return o;
}
