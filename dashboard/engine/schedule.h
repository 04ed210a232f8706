/* SPDX-License-Identifier: MIT */
/*
 * The order of boots within the pairs of one workload.
 * Invariant: pairs come in blocks of two that mirror each other (AB BA or BA AB); which of the two a block is
 * comes from the seed, so that slow drift of the host falls on both guests alike.
 */
#ifndef ENGINE_SCHEDULE_H
#define ENGINE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fills swapped[0..pairs-1]: false = first guest first, true = second guest first. `stream` tells workloads
 * apart. */
void schedule_abba(uint64_t seed, uint64_t stream, bool *swapped, size_t pairs);

#endif
