/* SPDX-License-Identifier: MIT */
/*
 * Capability ids: generation in the top byte, slot index in the low 24 bits.
 * Invariant: an id whose generation differs from its slot's is stale and never names anything. A slot whose
 * generation would wrap past CAPOS_CAPID_LAST_GENERATION is retired, not reused. Source: the published
 * capability table.
 */
#ifndef ABI_CAPID_H
#define ABI_CAPID_H

#include <stdint.h>

#define CAPOS_CAPID_GEN_SHIFT       24
#define CAPOS_CAPID_SLOT_MASK       UINT32_C(0x00ffffff)
#define CAPOS_CAPID_LAST_GENERATION 255u

/* capos_capid_pack: the id of `slot` (low 24 bits used) in its `generation`. */
static inline uint32_t capos_capid_pack(uint32_t slot, uint8_t generation)
{
    return ((uint32_t)generation << CAPOS_CAPID_GEN_SHIFT) | (slot & CAPOS_CAPID_SLOT_MASK);
}

/* capos_capid_slot: the slot index inside an id; may lie outside the table. */
static inline uint32_t capos_capid_slot(uint32_t id)
{
    return id & CAPOS_CAPID_SLOT_MASK;
}

/* capos_capid_generation: the generation inside an id. */
static inline uint8_t capos_capid_generation(uint32_t id)
{
    return (uint8_t)(id >> CAPOS_CAPID_GEN_SHIFT);
}

#endif
