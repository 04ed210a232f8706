/* SPDX-License-Identifier: MIT */
/* See cost.h. Invariant: exit code 1 when an operation it times fails. */
#include "cost.h"
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static bool broken;

uint64_t cost_now(void)
{
    struct timespec t;

    broken |= clock_gettime(CLOCK_MONOTONIC, &t) != 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void cost_print(const char *what, uint64_t ns10)
{
    char number[32];

    cost_number(number, ns10);
    printf("cost %s %s\n", what, number);
    fflush(stdout);
}

static void do_getppid(uint64_t n)
{
    while (n--)
        broken |= syscall(SYS_getppid) < 0;
}

static void do_clock(uint64_t n)
{
    while (n--)
        cost_now();
}

static void memory_map(void)
{
    void *p = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    broken |= p == MAP_FAILED;
    cost_memory = p;
}

static void memory_unmap(void)
{
    broken |= munmap(cost_memory, PAGES * PAGE_BYTES) != 0;
}

static void do_map_unmap(uint64_t n)
{
    while (n--) {
        void *p = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        broken |= p == MAP_FAILED || munmap(p, PAGE_BYTES) != 0;
    }
}

int main(void)
{
    cost_print("getppid", cost_of(do_getppid, CALLS, NULL, NULL));
    cost_print("clock_gettime", cost_of(do_clock, CALLS, NULL, NULL));
    cost_print("demand-zero-page", cost_of(cost_touch, PAGES, memory_map, memory_unmap));
    cost_print("map-unmap", cost_of(do_map_unmap, CALLS / 4, NULL, NULL));
    return broken;
}
