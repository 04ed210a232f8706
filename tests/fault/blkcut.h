/* SPDX-License-Identifier: MIT */
/*
 * What a power cut may leave of a disk, from the log of everything it was told.
 *
 * The rule. A disk with a write-back cache keeps what was complete when a flush began, once that flush is
 * complete. The guests' stores wait for their writes before they flush, so in the log (entries stand in the
 * order of completion) everything before a flush is kept. Of the writes behind the last flush before the cut
 * any may have arrived, in any order, each of them whole or with any of its 512-byte sectors. Invariant: the
 * same log and the same cut give the same image.
 */
#ifndef FAULT_BLKCUT_H
#define FAULT_BLKCUT_H

#include <stdbool.h>

#include "blklog.h"

enum blkcut_kind {
    BLKCUT_PREFIX,  /* every write before the cut, none after */
    BLKCUT_TORN,    /* and the sectors that `detail` picks of the write behind the cut */
    BLKCUT_REORDER, /* of the writes since the last flush those that `detail` picks, in any order, some torn
                     */
};

struct blkcut {
    enum blkcut_kind kind;
    size_t at; /* entries before the cut */
    uint64_t detail;
};

/* The first entry of the flush epoch that a cut at `at` lies in: everything before it is kept. */
size_t blkcut_epoch(const struct blklog *log, size_t at);
/* Makes the image as the cut leaves it out of the image as it was when the log began. */
void blkcut_apply(const struct blklog *log, const struct blkcut *cut, uint8_t *image);
/* The n-th case of a seed: cuts all over the log, each kind in its turn. The log has at least one entry. */
struct blkcut blkcut_case(const struct blklog *log, uint64_t seed, uint64_t n);

#define BLKCUT_TEXT 64u
/* "KIND:AT:DETAIL". */
void blkcut_print(const struct blkcut *cut, char text[BLKCUT_TEXT]);
/* false: not one, or none of this log's. */
bool blkcut_parse(const char *text, const struct blklog *log, struct blkcut *cut);

#endif
