/* SPDX-License-Identifier: MIT */
/* The disk and the memory of emudisk.h. Invariant: a request that fails changes nothing, except where
 * fail_every says so. */
#include "emudisk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
    if (p == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(2);
    }
    return p;
}

void emudisk_open(struct emudisk *d, uint64_t blocks)
{
    memset(d, 0, sizeof *d);
    d->blocks = blocks;
    d->image = must(calloc(blocks, STORE_BLOCK_SIZE));
    d->base = must(calloc(blocks, STORE_BLOCK_SIZE));
    d->touched = must(calloc(blocks, sizeof *d->touched));
    d->is_touched = must(calloc(blocks, sizeof *d->is_touched));
    d->error = -EIO;
}

void emudisk_close(struct emudisk *d)
{
    emudisk_forget(d);
    free(d->events);
    free(d->image);
    free(d->base);
    free(d->touched);
    free(d->is_touched);
}

void emudisk_forget(struct emudisk *d)
{
    for (size_t i = 0; i < d->nevents; i++)
        free(d->events[i].data);
    d->nevents = 0;
}

static void touch(struct emudisk *d, uint64_t block)
{
    if (d->is_touched[block])
        return;
    d->is_touched[block] = true;
    d->touched[d->ntouched++] = block;
}

static void settle(struct emudisk *d, uint8_t *to, const uint8_t *from)
{
    for (size_t i = 0; i < d->ntouched; i++) {
        size_t at = d->touched[i] * STORE_BLOCK_SIZE;

        memcpy(to + at, from + at, STORE_BLOCK_SIZE);
        d->is_touched[d->touched[i]] = false;
    }
    d->ntouched = 0;
}

void emudisk_settle(struct emudisk *d)
{
    settle(d, d->base, d->image);
}

void emudisk_restore(struct emudisk *d)
{
    settle(d, d->image, d->base);
}

static void record(struct emudisk *d, uint64_t block, const void *data)
{
    struct emudisk_event *e = NULL;

    if (!d->recording)
        return;
    if (d->nevents == d->room) {
        d->room = d->room == 0 ? 256 : 2 * d->room;
        d->events = must(realloc(d->events, d->room * sizeof *d->events));
    }
    e = &d->events[d->nevents++];
    e->block = block;
    e->data = NULL;
    if (data != NULL) {
        e->data = must(malloc(STORE_BLOCK_SIZE));
        memcpy(e->data, data, STORE_BLOCK_SIZE);
    }
}

void emudisk_fail(struct emudisk *d, enum emudisk_request kind, uint64_t n, bool sticky)
{
    d->fail_at[kind] = n == 0 ? 0 : d->count[kind] + n;
    d->sticky = sticky;
}

static int fault(struct emudisk *d, enum emudisk_request kind)
{
    uint64_t n = ++d->count[kind], at = d->fail_at[kind];

    if (at == 0 || (d->sticky ? n < at : n != at))
        return 0;
    d->failed++;
    return d->error;
}

/* Writes and flushes together, at intervals that do not keep step with anything. */
static bool now_and_then(struct emudisk *d)
{
    uint64_t n = d->count[EMU_WRITE] + d->count[EMU_FLUSH];

    if (d->fail_every == 0 || n * UINT64_C(0x9e3779b97f4a7c15) >> 40 > (UINT64_C(1) << 24) / d->fail_every)
        return false;
    d->failed++;
    return true;
}

static int disk_read(void *ctx, uint64_t block, uint32_t count, void *const *pages)
{
    struct emudisk *d = ctx;
    int err = fault(d, EMU_READ);

    for (uint32_t i = 0; err == 0 && i < count; i++)
        memcpy(pages[i], d->image + (block + i) * STORE_BLOCK_SIZE, STORE_BLOCK_SIZE);
    return err;
}

static int disk_write(void *ctx, uint64_t block, uint32_t count, const void *const *pages)
{
    struct emudisk *d = ctx;
    int err = fault(d, EMU_WRITE);

    if (err == 0 && now_and_then(d)) {
        err = d->error;
        count /= 2;
    } else if (err < 0) {
        count = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        touch(d, block + i);
        memcpy(d->image + (block + i) * STORE_BLOCK_SIZE, pages[i], STORE_BLOCK_SIZE);
        record(d, block + i, pages[i]);
    }
    return err;
}

static int disk_flush(void *ctx)
{
    struct emudisk *d = ctx;
    int err = fault(d, EMU_FLUSH);

    if (err == 0 && now_and_then(d))
        err = d->error;

    if (err == 0)
        record(d, 0, NULL);
    return err;
}

static uint64_t disk_size(void *ctx)
{
    return ((struct emudisk *)ctx)->blocks;
}

struct store_device emudisk_device(struct emudisk *d)
{
    return (struct store_device){d, disk_read, disk_write, disk_flush, disk_size};
}

void emudisk_apply(struct emudisk *d, const struct emudisk_event *e, unsigned mask)
{
    if (e->data == NULL)
        return;
    touch(d, e->block);
    for (unsigned i = 0; i < 8; i++)
        if ((mask >> i & 1) != 0)
            memcpy(d->image + e->block * STORE_BLOCK_SIZE + 512 * i, e->data + 512 * i, 512);
}

static void *mem_alloc(void *ctx, size_t size)
{
    struct emumem *m = ctx;

    if (++m->count == m->fail_at) {
        m->failed++;
        return NULL;
    }
    m->live++;
    return malloc(size);
}

static void mem_free(void *ctx, void *p, size_t size)
{
    struct emumem *m = ctx;

    (void)size;
    m->live--;
    free(p);
}

static uint64_t mem_now(void *ctx)
{
    return ++((struct emumem *)ctx)->clock;
}

struct store_env emumem_env(struct emumem *m)
{
    return (struct store_env){m, mem_alloc, mem_free, mem_now};
}
