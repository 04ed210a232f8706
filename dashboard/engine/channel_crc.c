/* SPDX-License-Identifier: MIT */
/*
 * CRC-32 as the bench channel uses it, four bytes a step.
 * Invariant: table k holds the checksum's state after byte b and k zero bytes, so that one step over a word
 * is four look-ups; the tables are made once, before the first use.
 */
#include "channel.h"

#define CRC_POLY UINT32_C(0xedb88320)

static uint32_t table[4][256];

static void table_make(void)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t v = b;
        for (int bit = 0; bit < 8; bit++)
            v = (v >> 1) ^ (v & 1 ? CRC_POLY : 0);
        table[0][b] = v;
    }
    for (int k = 1; k < 4; k++) {
        for (uint32_t b = 0; b < 256; b++)
            table[k][b] = (table[k - 1][b] >> 8) ^ table[0][table[k - 1][b] & 0xff];
    }
}

uint32_t channel_crc32(uint32_t crc, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    if (!table[0][1])
        table_make();
    crc = ~crc;
    for (; n >= 4; n -= 4, p += 4) {
        crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        crc = table[3][crc & 0xff] ^ table[2][crc >> 8 & 0xff] ^ table[1][crc >> 16 & 0xff] ^
              table[0][crc >> 24];
    }
    for (; n; n--, p++)
        crc = (crc >> 8) ^ table[0][(crc ^ *p) & 0xff];
    return ~crc;
}
