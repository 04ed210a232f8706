/* SPDX-License-Identifier: MIT */
/* A histogram of durations; see latency.h. */
#include "latency.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { LINE_ROOM = 160 }; /* bytes of a line of bins, roughly */

uint64_t latency_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

void latency_add(struct latency *l, uint64_t ns)
{
    unsigned power = 0;

    while (ns >> power >= 32)
        power++;
    l->bucket[power * 16 + (ns >> power)]++;
    l->least = l->count == 0 || ns < l->least ? ns : l->least;
    l->count++;
    l->sum += ns;
    l->most = ns > l->most ? ns : l->most;
}

/* The upper edge of a bucket, in ns. */
static uint64_t bucket_edge(unsigned i)
{
    unsigned power = i < 32 ? 0 : i / 16 - 1;

    return ((uint64_t)(i - power * 16) + 1) << power;
}

uint64_t latency_quantile(const struct latency *l, unsigned permille)
{
    uint64_t want = (l->count * permille + 999) / 1000, seen = 0;

    for (unsigned i = 0; i < LATENCY_BUCKETS && l->count; i++) {
        seen += l->bucket[i];
        if (seen >= want)
            return bucket_edge(i);
    }
    return l->most;
}

static void quantile_print(const struct latency *l, unsigned permille, uint64_t least)
{
    if (l->count < least)
        printf(" -");
    else
        printf(" %" PRIu64, latency_quantile(l, permille));
}

/* All buckets that hold something, some to a line. */
static void bins_print(const struct latency *l, const char *what)
{
    int room = 0;

    printf("latency ns %" PRIu64 " %" PRIu64 " %" PRIu64 " %s", l->count, l->least, l->most, what);
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
        if (l->bucket[i] == 0)
            continue;
        if (room <= 0)
            room = LINE_ROOM - printf("\nlatency +");
        room -= printf(" %" PRIu64 ":%" PRIu64, bucket_edge(i), l->bucket[i]);
    }
    printf("\n");
}

void latency_print(const struct latency *l, const char *what)
{
    printf("%s count %" PRIu64 " mean_ns %" PRIu64 " p50_ns", what, l->count,
           l->count ? l->sum / l->count : 0);
    quantile_print(l, 500, 1);
    printf(" p95_ns");
    quantile_print(l, 950, 20);
    printf(" p99_ns");
    quantile_print(l, 990, 100);
    printf(" max_ns %" PRIu64 "\n", l->most);
    if (l->count)
        bins_print(l, what);
}
