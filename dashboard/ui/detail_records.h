/* SPDX-License-Identifier: MIT */
/*
 * Parts of screen 3 that a boot's end brings ready made: latency distributions, memory, attempts on
 * authority. Invariant: nothing is drawn for a workload without them, and a figure that is not known shows as
 * "-".
 */
#ifndef UI_DETAIL_RECORDS_H
#define UI_DETAIL_RECORDS_H

#include "page.h"
#include "model.h"

/* Each operation's distribution on each guest, of its newest boot that has one. */
void detail_latency(struct page *p, const struct model_work *w);
/* Each program's peak memory, both guests side by side, and what the number is. */
void detail_resources(struct page *p, const struct model_work *w);
/* Of a boot's authority object: whether the bundle is as declared, how many attempts were made and refused;
 * or why neither applies. */
void detail_authority(struct page *p, const cJSON *authority);

#endif
