/* SPDX-License-Identifier: MIT */
/*
 * Pages of files in memory. Clean ones go when room is needed, longest unused first; dirty ones stay until a
 * commit has made them durable, in the order they became dirty. Invariant: a page here is mapped in the tree,
 * or is pinned and being filled; dirty means its block was taken since the last commit.
 */
#include "store/core.h"

static struct store_page **bucket_of(struct store *s, uint64_t ino, uint32_t index)
{
    uint64_t h = (ino * UINT64_C(0x9e3779b97f4a7c15) + index) * UINT64_C(0xd6e8feb86659fd93);

    return &s->cache.buckets[(h >> 32) & (s->cache.nbuckets - 1)];
}

static void list_init(struct store_page *head)
{
    head->next = head->prev = head;
}

static void list_add(struct store_page *head, struct store_page *p)
{
    p->prev = head->prev;
    p->next = head;
    head->prev->next = p;
    head->prev = p;
}

static void list_del(struct store_page *p)
{
    p->prev->next = p->next;
    p->next->prev = p->prev;
}

int store_cache_open(struct store *s, uint32_t limit)
{
    struct store_cache *c = &s->cache;

    c->limit = limit;
    c->nbuckets = 16;
    while (c->nbuckets < limit && c->nbuckets < 65536)
        c->nbuckets *= 2;
    list_init(&c->clean);
    list_init(&c->dirty);
    c->buckets = store_alloc(s, c->nbuckets * sizeof(struct store_page *));
    return c->buckets == NULL ? -ENOMEM : 0;
}

static void page_free(struct store *s, struct store_page *p)
{
    store_free(s, p->data, STORE_BLOCK_SIZE);
    store_free(s, p, sizeof *p);
}

void store_cache_close(struct store *s)
{
    struct store_cache *c = &s->cache;

    for (uint32_t i = 0; c->buckets != NULL && i < c->nbuckets; i++)
        while (c->buckets[i] != NULL) {
            struct store_page *p = c->buckets[i];

            c->buckets[i] = p->hash_next;
            page_free(s, p);
        }
    store_free(s, c->buckets, c->nbuckets * sizeof(struct store_page *));
}

struct store_page *store_cache_find(struct store *s, uint64_t ino, uint32_t index)
{
    struct store_page *p = *bucket_of(s, ino, index);

    while (p != NULL && (p->ino != ino || p->index != index))
        p = p->hash_next;
    if (p != NULL && !p->dirty) {
        list_del(p);
        list_add(&s->cache.clean, p);
    }
    return p;
}

/* Takes p out of table and list; the memory stays. */
static void page_detach(struct store *s, struct store_page *p)
{
    struct store_page **b = bucket_of(s, p->ino, p->index);

    while (*b != p)
        b = &(*b)->hash_next;
    *b = p->hash_next;
    list_del(p);
    s->cache.npages--;
    if (p->dirty)
        s->cache.ndirty--;
}

static struct store_page *page_victim(struct store *s)
{
    struct store_page *p = s->cache.clean.next;

    while (p != &s->cache.clean && p->pinned)
        p = p->next;
    return p == &s->cache.clean ? NULL : p;
}

static struct store_page *page_new(struct store *s)
{
    struct store_page *p = NULL, *victim = page_victim(s);

    if (s->cache.npages < s->cache.limit || victim == NULL) {
        p = store_alloc(s, sizeof *p);
        if (p != NULL)
            p->data = s->env.alloc(s->env.ctx, STORE_BLOCK_SIZE);
        if (p != NULL && p->data != NULL)
            return p;
        store_free(s, p, sizeof *p);
    }
    if (victim == NULL)
        return NULL;
    page_detach(s, victim);
    return victim;
}

struct store_page *store_cache_add(struct store *s, uint64_t ino, uint32_t index)
{
    struct store_page *p = page_new(s), **b = bucket_of(s, ino, index);
    uint8_t *data = NULL;

    if (p == NULL)
        return NULL;
    data = p->data;
    memset(p, 0, sizeof *p);
    p->data = data;
    p->ino = ino;
    p->index = index;
    p->pinned = true;
    p->hash_next = *b;
    *b = p;
    list_add(&s->cache.clean, p);
    s->cache.npages++;
    return p;
}

void store_cache_drop(struct store *s, struct store_page *p)
{
    page_detach(s, p);
    page_free(s, p);
}

void store_cache_dirty(struct store *s, struct store_page *p)
{
    list_del(p);
    list_add(&s->cache.dirty, p);
    p->dirty = true;
    s->cache.ndirty++;
}

void store_cache_clean(struct store *s)
{
    struct store_cache *c = &s->cache;

    while (c->dirty.next != &c->dirty) {
        struct store_page *p = c->dirty.next;

        list_del(p);
        p->dirty = false;
        list_add(&c->clean, p);
    }
    c->ndirty = 0;
}

uint32_t store_page_sum(const struct store *s, const void *page)
{
    return (uint32_t)store_sum(page, STORE_BLOCK_SIZE, s->id);
}
