/* SPDX-License-Identifier: MIT */
/*
 * Write logs from outside: what is parsed lies inside the log and the device, and any cut of it can be
 * applied. Invariant: blklog.h's.
 */
#include <string.h>

#include "blkcut.h"
#include "blklog.h"
#include "fuzz.h"

enum { DEVICE = 16384, SEED_SECTORS = 7 };

static void put(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static uint8_t log[SEED_SECTORS * BLKLOG_SECTOR];
    static const struct fuzz_seed seed = {log, sizeof log};

    put(log, UINT64_C(0x6a736677736872));
    put(log + 8, 1);
    put(log + 16, 3);
    put(log + 24, BLKLOG_SECTOR);
    put(log + 512, 3); /* a write of two sectors, a flush, a write of one */
    put(log + 520, 2);
    put(log + 2048 + 16, 1);
    put(log + 2560, 31);
    put(log + 2568, 1);
    *seeds = &seed;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t image[DEVICE];
    struct blklog log;
    const char *why = NULL;

    if (blklog_parse(&log, data, len, DEVICE, &why) < 0) {
        fuzz_check(why != NULL && log.entries == NULL);
        return 0;
    }
    for (size_t i = 0; i < log.n; i++) {
        const struct blklog_entry *e = &log.entries[i];

        fuzz_check((e->data == NULL) == (e->len == 0) && e->len % BLKLOG_SECTOR == 0);
        fuzz_check(e->data == NULL || (e->data >= data && e->len <= (uint64_t)(data + len - e->data)));
        fuzz_check(e->offset <= DEVICE && e->len <= DEVICE - e->offset);
    }
    for (uint64_t n = 0; n < 6; n++) {
        struct blkcut c = blkcut_case(&log, len, n), again;
        char id[BLKCUT_TEXT];

        blkcut_print(&c, id);
        fuzz_check(blkcut_parse(id, &log, &again) && again.kind == c.kind && again.at == c.at &&
                   again.detail == c.detail);
        memset(image, 0, sizeof image);
        blkcut_apply(&log, &c, image);
    }
    blklog_free(&log);
    return 0;
}
