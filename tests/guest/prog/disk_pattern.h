/* SPDX-License-Identifier: MIT */
/* What the disk tests write, on both guests. Invariant: every block of every round differs from every other.
 */
#ifndef PROG_DISK_PATTERN_H
#define PROG_DISK_PATTERN_H

#include <stddef.h>
#include <stdint.h>

static inline void pattern_fill(uint8_t *p, size_t bytes, uint64_t lba, unsigned round)
{
    uint32_t x = (uint32_t)lba * 2654435761u + round * 40503u + 1;
    for (size_t i = 0; i < bytes; i++) {
        if (i % 512 == 0)
            x = (uint32_t)(lba + i / 512) * 2654435761u + round * 40503u + 1;
        x = x * 1664525u + 1013904223u;
        p[i] = (uint8_t)(x >> 24);
    }
}

static inline int pattern_holds(const uint8_t *p, size_t bytes, uint64_t lba, unsigned round)
{
    uint8_t want[512];
    for (size_t at = 0; at < bytes; at += 512) {
        pattern_fill(want, 512, lba + at / 512, round);
        for (size_t i = 0; i < 512; i++)
            if (p[at + i] != want[i])
                return 0;
    }
    return 1;
}

#endif
