/* SPDX-License-Identifier: MIT */
/*
 * A disk in memory for tests of the store: records every block written and every flush, so that what a power
 * cut may leave can be built from the record, and fails requests on demand. Invariant: without a fault armed
 * it is a perfect disk; blocks touched since the last emudisk_settle are known.
 */
#ifndef FAULT_EMUDISK_H
#define FAULT_EMUDISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum emudisk_request { EMU_READ, EMU_WRITE, EMU_FLUSH, EMU_REQUESTS };

/* One block written, or a flush (data NULL). */
struct emudisk_event {
    uint64_t block;
    uint8_t *data;
};

struct emudisk {
    uint8_t *image, *base; /* now, and as of emudisk_settle */
    uint64_t blocks;
    bool recording;
    struct emudisk_event *events;
    size_t nevents, room;
    uint64_t *touched;
    bool *is_touched;
    size_t ntouched;
    uint64_t count[EMU_REQUESTS];   /* requests so far */
    uint64_t fail_at[EMU_REQUESTS]; /* the n-th from now on fails (1: the next); 0: none */
    bool sticky;                    /* and all after it */
    uint64_t
        fail_every;  /* besides: about one write or flush in so many; a write does a part first; 0: none */
    int error;       /* with this; default -EIO */
    uint64_t failed; /* requests that did */
};

/* All zero. Ends the program when there is no memory. */
void emudisk_open(struct emudisk *d, uint64_t blocks);
void emudisk_close(struct emudisk *d);
struct store_device emudisk_device(struct emudisk *d);
/* The n-th request of that kind from now on fails. n 0: no fault of that kind. */
void emudisk_fail(struct emudisk *d, enum emudisk_request kind, uint64_t n, bool sticky);
void emudisk_forget(struct emudisk *d);  /* the record */
void emudisk_settle(struct emudisk *d);  /* image becomes base */
void emudisk_restore(struct emudisk *d); /* base becomes image */
/* Writes the sectors of mask (bit i: bytes 512 i ...) of an event into the image. */
void emudisk_apply(struct emudisk *d, const struct emudisk_event *e, unsigned mask);

/* Memory for the store that counts, and fails the n-th allocation from now on (0: none). */
struct emumem {
    uint64_t live, count, fail_at, failed;
    uint64_t clock; /* what now() gives; moves by one each time */
};
struct store_env emumem_env(struct emumem *m);

#endif
