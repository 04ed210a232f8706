/* SPDX-License-Identifier: MIT */
/*
 * Any lines as what a program states about its latencies, and any text as a STAT frame.
 * Invariant: what is kept is bounded, and of distributions that the check lets pass the figures are in order.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "json.h"
#include "latency.h"
#include "resources.h"

static const char seed_stated[] = "latency ns 5 10 300 mix A read\nlatency + 16:2 320:3\nlatency ns 1 7 7 x\n"
                                  "latency + 8:1\nprogram=x max_rss_kib=120 user_us=3 system_us=4\n";

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static const struct fuzz_seed all[] = {{seed_stated, sizeof seed_stated - 1}};

    *seeds = all;
    return 1;
}

static void figures_check(const cJSON *list)
{
    const cJSON *e;

    cJSON_ArrayForEach(e, list)
    {
        double low = json_number(e, "min", -1), mid = json_number(e, "median", -1),
               p90 = json_number(e, "p90", mid), p99 = json_number(e, "p99", p90),
               high = json_number(e, "max", -1);

        fuzz_check(low >= 0 && low <= mid && mid <= p90 && p90 <= p99 && p99 <= high);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct latency l = {0};
    struct resources r = {0};
    const char *p = (const char *)data, *end = p + len;
    cJSON *marks = cJSON_CreateObject(), *mark = cJSON_CreateObject(), *built, *used;
    const cJSON *two[] = {marks, marks};
    char why[200];

    while (p < end) {
        const char *feed = memchr(p, '\n', (size_t)(end - p)), *stop = feed ? feed : end;

        latency_line(&l, p, (size_t)(stop - p));
        resources_stat(&r, p, (size_t)(stop - p));
        p = stop + 1;
    }
    fuzz_check(l.n <= LATENCY_DISTS_MAX && r.n <= RESOURCES_MAX);
    for (size_t i = 0; i < l.n; i++)
        fuzz_check(l.dist[i].nbins <= LATENCY_BINS_MAX &&
                   memchr(l.dist[i].name, '\0', sizeof l.dist[i].name));
    json_add_text(marks, "latency", "stated");
    json_add_u64(mark, "iteration", 0);
    cJSON_AddItemToObject(mark, "latency", latency_json(&l));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(marks, "marks"), mark);
    built = latency_build(two, 2);
    if (latency_check(marks, why, sizeof why) == 0) {
        fuzz_check(cJSON_GetArraySize(built) > 0);
        figures_check(built);
    }
    used = resources_build(NULL, &r);
    cJSON_Delete(used);
    cJSON_Delete(built);
    cJSON_Delete(marks);
    latency_free(&l);
    resources_free(&r);
    return 0;
}
