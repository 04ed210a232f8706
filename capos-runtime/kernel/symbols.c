/* SPDX-License-Identifier: MIT */
/* See symbols.h. The tables come from symbols.sh; they are empty in the first link. */
#include "kernel/symbols.h"
#include <stddef.h>

extern const uint32_t symbols_count;
extern const uint32_t symbols_table[][2]; /* offset from kernel_text_start, offset into the names */
extern const char symbols_names[];
extern const char kernel_text_start[], kernel_text_end[];

const char *symbols_find(uint64_t va, uint64_t *offset)
{
    uint32_t lo = 0, hi, off;

    if (va < (uint64_t)kernel_text_start || va >= (uint64_t)kernel_text_end || !symbols_count)
        return NULL;
    off = (uint32_t)(va - (uint64_t)kernel_text_start);
    hi = symbols_count;
    if (off < symbols_table[0][0])
        return NULL;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (symbols_table[mid][0] <= off)
            lo = mid;
        else
            hi = mid;
    }
    *offset = off - symbols_table[lo][0];
    return symbols_names + symbols_table[lo][1];
}
