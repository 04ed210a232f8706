/* SPDX-License-Identifier: MIT */
/*
 * The store's only way to its callbacks. Invariant: no request leaves the device's range, whatever the
 * metadata says; every request is counted; allocated memory is zero.
 */
#include "store/core.h"

static int result_of(int r)
{
    return r > 0 ? -EIO : r;
}

static bool inside(const struct store *s, uint32_t block, uint32_t count)
{
    return block < s->blocks && count <= s->blocks - block;
}

int store_device_read(struct store *s, uint32_t block, uint32_t count, void *const *pages)
{
    if (!inside(s, block, count))
        return -EIO;
    s->stats.reads++;
    s->stats.read_blocks += count;
    return result_of(s->dev.read(s->dev.ctx, block, count, pages));
}

int store_device_write(struct store *s, uint32_t block, uint32_t count, const void *const *pages)
{
    if (!inside(s, block, count))
        return -EIO;
    s->stats.writes++;
    s->stats.written_blocks += count;
    return result_of(s->dev.write(s->dev.ctx, block, count, pages));
}

int store_device_flush(struct store *s)
{
    s->stats.flushes++;
    return result_of(s->dev.flush(s->dev.ctx));
}

void *store_alloc(struct store *s, size_t size)
{
    void *p = s->env.alloc(s->env.ctx, size);

    if (p != NULL)
        memset(p, 0, size);
    return p;
}

void store_free(struct store *s, void *p, size_t size)
{
    if (p != NULL)
        s->env.free(s->env.ctx, p, size);
}

uint64_t store_now(struct store *s)
{
    return s->env.now == NULL ? 0 : s->env.now(s->env.ctx);
}
