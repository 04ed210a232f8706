/* SPDX-License-Identifier: MIT */
/*
 * What basic operations take, the same loops on both guests. Invariant: each figure is the least of REPEATS
 * rounds (the least disturbed one), after a round that warms up; time comes from the guest's own monotonic
 * clock.
 */
#ifndef TESTS_GUEST_COST_H
#define TESTS_GUEST_COST_H

#include <stddef.h>
#include <stdint.h>

#define REPEATS    7u
#define CALLS      20000u
#define PAGES      4096u
#define PAGE_BYTES 4096u

uint64_t cost_now(void);                          /* ns */
void cost_print(const char *what, uint64_t ns10); /* tenths of a nanosecond for one operation */

/* The least time of f(arg, n) over the rounds, in tenths of ns for each of n. prepare and finish are not
 * timed; may be NULL. */
static inline uint64_t cost_of(void (*f)(uint64_t n), uint64_t n, void (*prepare)(void), void (*finish)(void))
{
    uint64_t best = UINT64_MAX;

    for (unsigned i = 0; i < REPEATS + 1; i++) {
        uint64_t t;
        if (prepare)
            prepare();
        t = cost_now();
        f(n);
        t = cost_now() - t;
        if (finish)
            finish();
        if (i && t < best)
            best = t;
    }
    return best * 10 / n;
}

static uint8_t *cost_memory;

/* One write to each page, in order. */
static inline void cost_touch(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        *(volatile uint8_t *)(cost_memory + i * PAGE_BYTES) = 1;
}

static inline void cost_number(char *out, uint64_t v)
{
    char digits[24];
    unsigned n = 0, at = 0;

    do
        digits[n++] = (char)('0' + v % 10);
    while ((v /= 10) != 0 || n < 2);
    while (n) {
        if (n == 1)
            out[at++] = '.';
        out[at++] = digits[--n];
    }
    out[at] = 0;
}

#endif
