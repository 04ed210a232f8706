/* SPDX-License-Identifier: MIT */
/*
 * The flush of the positive control's store: it says yes and does nothing. Invariant: linked only into
 * store_forgetful, where commit.c calls it instead of store_device_flush.
 */
#include "store/core.h"

int store_device_flush_forgotten(struct store *s);

int store_device_flush_forgotten(struct store *s)
{
    s->stats.flushes++;
    return 0;
}
