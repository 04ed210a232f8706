/* SPDX-License-Identifier: MIT */
/*
 * See blkcut.h. Invariant: every choice comes from `detail`, and writes are applied where the log says.
 */
#include "blkcut.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {
    [BLKCUT_PREFIX] = "prefix", [BLKCUT_TORN] = "torn", [BLKCUT_REORDER] = "reorder"};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static uint64_t next_random(uint64_t *rng)
{
    uint64_t z = *rng += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

size_t blkcut_epoch(const struct blklog *log, size_t at)
{
    while (at > 0 && log->entries[at - 1].data != NULL)
        at--;
    return at;
}

static void whole_apply(const struct blklog_entry *e, uint8_t *image)
{
    if (e->data != NULL)
        memcpy(image + e->offset, e->data, e->len);
}

/* The first sectors, the last ones, or any of them. */
static void torn_apply(const struct blklog_entry *e, uint8_t *image, uint64_t *rng)
{
    uint64_t sectors = e->len / BLKLOG_SECTOR, how = next_random(rng) % 3, at = 0;

    if (e->data == NULL)
        return;
    at = next_random(rng) % (sectors + 1);
    for (uint64_t i = 0; i < sectors; i++) {
        bool kept = how == 0 ? i < at : how == 1 ? i >= at : next_random(rng) % 2 == 0;

        if (kept)
            memcpy(image + e->offset + i * BLKLOG_SECTOR, e->data + i * BLKLOG_SECTOR, BLKLOG_SECTOR);
    }
}

/* Any of the entries in any order, now and then torn. */
static void reorder_apply(const struct blklog_entry *entries, size_t n, uint8_t *image, uint64_t rng)
{
    size_t *order = calloc(n + 1, sizeof *order);
    uint64_t keep = 1 + next_random(&rng) % 15; /* of 16 */

    if (order == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)(next_random(&rng) % i), v = order[i - 1];

        order[i - 1] = order[k];
        order[k] = v;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t r = next_random(&rng);

        if (r % 16 >= keep)
            continue;
        if ((r >> 8) % 8 == 0)
            torn_apply(&entries[order[i]], image, &rng);
        else
            whole_apply(&entries[order[i]], image);
    }
    free(order);
}

void blkcut_apply(const struct blklog *log, const struct blkcut *cut, uint8_t *image)
{
    size_t kept = cut->kind == BLKCUT_REORDER ? blkcut_epoch(log, cut->at) : cut->at;
    uint64_t rng = cut->detail;

    for (size_t i = 0; i < kept; i++)
        whole_apply(&log->entries[i], image);
    if (cut->kind == BLKCUT_REORDER)
        reorder_apply(log->entries + kept, cut->at - kept, image, cut->detail);
    else if (cut->kind == BLKCUT_TORN && cut->at < log->n)
        torn_apply(&log->entries[cut->at], image, &rng);
}

struct blkcut blkcut_case(const struct blklog *log, uint64_t seed, uint64_t n)
{
    uint64_t rng = seed * UINT64_C(0xc2b2ae3d27d4eb4f) + n;
    struct blkcut c = {(enum blkcut_kind)(n % KINDS), 0, 0};

    c.at = (size_t)(next_random(&rng) % (log->n + 1));
    if (c.kind != BLKCUT_PREFIX)
        c.detail = next_random(&rng);
    if (c.kind == BLKCUT_TORN) /* the next write, should a flush stand there */
        while (c.at < log->n && log->entries[c.at].data == NULL)
            c.at++;
    return c;
}

void blkcut_print(const struct blkcut *cut, char text[BLKCUT_TEXT])
{
    snprintf(text, BLKCUT_TEXT, "%s:%zu:%" PRIx64, kinds[cut->kind], cut->at, cut->detail);
}

bool blkcut_parse(const char *text, const struct blklog *log, struct blkcut *cut)
{
    char kind[16] = "";
    int end = 0;

    *cut = (struct blkcut){0};
    if (sscanf(text, "%15[a-z]:%zu:%" SCNx64 "%n", kind, &cut->at, &cut->detail, &end) != 3 ||
        text[end] != '\0')
        return false;
    for (size_t i = 0; i < KINDS; i++) {
        cut->kind = (enum blkcut_kind)i;
        if (strcmp(kind, kinds[i]) == 0)
            return cut->at <= log->n;
    }
    return false;
}
