/* SPDX-License-Identifier: MIT */
/*
 * See blklog.h. The first sector of the log is its superblock (magic, version, number of entries, sector
 * size, all little-endian); an entry is one sector (place and length in sectors, flags, length of a mark) and
 * then its data.
 */
#include "blklog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC   UINT64_C(0x6a736677736872)
#define VERSION 1u

enum { FLAG_FLUSH = 1 };

static uint64_t number(const uint8_t *p, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = bytes; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

static int refuse(const char **why, const char *what, int err)
{
    *why = what;
    return err;
}

/* The entry at the start of the `left` bytes; *used: how many it takes. */
static int entry_parse(struct blklog_entry *e, const uint8_t *p, size_t left, uint64_t size, size_t *used,
                       const char **why)
{
    uint64_t place, sectors, flags;

    if (left < BLKLOG_SECTOR)
        return refuse(why, "the log ends before its last entry", -EINVAL);
    place = number(p, 8);
    sectors = number(p + 8, 8);
    flags = number(p + 16, 8);
    if ((flags & ~(uint64_t)FLAG_FLUSH) != 0)
        return refuse(why, "a discard, a forced write or a mark", -ENOTSUP);
    if ((flags == FLAG_FLUSH) != (sectors == 0))
        return refuse(why, "a flush with data, or a write without", -EINVAL);
    if (sectors > (left - BLKLOG_SECTOR) / BLKLOG_SECTOR)
        return refuse(why, "an entry's data reach beyond the log", -EINVAL);
    if (place > size / BLKLOG_SECTOR || sectors > size / BLKLOG_SECTOR - place)
        return refuse(why, "a write beyond the device", -EINVAL);
    e->offset = place * BLKLOG_SECTOR;
    e->len = sectors * BLKLOG_SECTOR;
    e->data = sectors > 0 ? p + BLKLOG_SECTOR : NULL;
    *used = (size_t)(1 + sectors) * BLKLOG_SECTOR;
    return 0;
}

int blklog_parse(struct blklog *log, const void *bytes, size_t len, uint64_t size, const char **why)
{
    const uint8_t *p = bytes;
    uint64_t n;
    size_t at = BLKLOG_SECTOR;

    *log = (struct blklog){0};
    if (len < BLKLOG_SECTOR || number(p, 8) != MAGIC || number(p + 8, 8) != VERSION)
        return refuse(why, "not a write log of version 1", -EINVAL);
    if (number(p + 24, 4) != BLKLOG_SECTOR)
        return refuse(why, "its sectors are not 512 bytes", -EINVAL);
    n = number(p + 16, 8);
    if (n > (len - BLKLOG_SECTOR) / BLKLOG_SECTOR)
        return refuse(why, "the log ends before its last entry", -EINVAL);
    log->entries = calloc((size_t)n + 1, sizeof *log->entries);
    if (log->entries == NULL)
        return refuse(why, "no memory", -ENOMEM);
    while (log->n < n) {
        size_t used = 0;
        int err = entry_parse(&log->entries[log->n], p + at, len - at, size, &used, why);

        if (err < 0) {
            blklog_free(log);
            return err;
        }
        at += used;
        log->n++;
    }
    return 0;
}

void blklog_free(struct blklog *log)
{
    free(log->entries);
    *log = (struct blklog){0};
}
