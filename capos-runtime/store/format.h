/* SPDX-License-Identifier: MIT */
/*
 * The bytes on the device (SPEC.md says what they mean). Everything is little-endian and read through the
 * functions here. Invariant: no struct is laid over a block.
 */
#ifndef STORE_FORMAT_H
#define STORE_FORMAT_H

#include <stdint.h>

#include "store/port.h"
#include "store/store.h"

#define STORE_VERSION 1u

/* Superblock, in the first sector of blocks 0 and 1. */
#define SB_MAGIC      UINT64_C(0x3165726f74536243) /* "CbStore1" */
#define SB_VERSION    8u
#define SB_BLOCK_SIZE 12u
#define SB_ID         16u
#define SB_GENERATION 24u
#define SB_BLOCKS     32u
#define SB_LOG_START  40u
#define SB_LOG_BLOCKS 44u
#define SB_ROOT       48u
#define SB_ROOT_SUM   52u
#define SB_ROOT_LEVEL 56u
#define SB_NEXT_INO   64u
#define SB_SUM        504u
#define SB_BYTES      512u

/* Tree node, one block. */
#define TN_MAGIC     0x4e546243u /* "CbTN" */
#define TN_LEVEL     4u
#define TN_COUNT     6u
#define TN_TOP       8u
#define TN_DEAD      10u
#define TN_ID        16u
#define TN_HEADER    32u
#define TN_LEVEL_MAX 11u
#define TN_KEY_MAX   264u
#define TN_VALUE_MAX 512u

/* Keys: a letter and what follows, compared as bytes. Numbers in keys are big-endian. */
#define KEY_INODE   'I' /* ino -> INODE_BYTES */
#define KEY_ENTRY   'D' /* ino of the directory, name -> ino, kind */
#define KEY_MAP     'M' /* ino, group -> MAP_GROUP x (block, sum) */
#define KEY_RECLAIM 'R' /* ino -> first page to free, whole */
#define KEY_BLOB    'B' /* hash -> ino */
#define KEY_NAME    'N' /* name -> hash */

#define INODE_KIND     0u
#define INODE_SIZE     8u
#define INODE_CREATED  16u
#define INODE_MODIFIED 24u
#define INODE_BYTES    32u
#define ENTRY_BYTES    9u
#define RECLAIM_BYTES  8u
#define MAP_GROUP      64u
#define MAP_BYTES      (MAP_GROUP * 8u)
#define ROOT_INO       1u

/* Transaction in the log: header, then records, whole blocks. */
#define TX_MAGIC  0x58546243u /* "CbTX" */
#define TX_LENGTH 4u          /* bytes with the header */
#define TX_ID     8u
#define TX_GEN    16u
#define TX_SEQ    24u
#define TX_SUM    32u
#define TX_HEADER 40u

enum store_record { REC_PUT = 1, REC_DEL = 2, REC_MAP = 3, REC_TRIM = 4 };
#define REC_PUT_BYTES  6u
#define REC_DEL_BYTES  4u
#define REC_MAP_BYTES  14u
#define REC_TRIM_BYTES 18u

static inline uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t get64(const uint8_t *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static inline void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void put32(uint8_t *p, uint32_t v)
{
    put16(p, v);
    put16(p + 2, v >> 16);
}

static inline void put64(uint8_t *p, uint64_t v)
{
    put32(p, (uint32_t)v);
    put32(p + 4, (uint32_t)(v >> 32));
}

#endif
