/* SPDX-License-Identifier: MIT */
/*
 * The set of address ranges: see region.h.
 * Invariant: a node's priority is not below its children's; starts are ordered left to right.
 */
#include "kernel/region.h"

static uint32_t next_priority(struct region_set *s)
{
    uint32_t x = s->seed != 0 ? s->seed : 0x9e3779b9u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    s->seed = x;
    return x;
}

struct region *region_at(const struct region_set *s, uint64_t va)
{
    struct region *best = NULL;
    for (struct region *n = s->root; n != NULL;) {
        if (n->end > va) {
            best = n;
            n = n->left;
        } else {
            n = n->right;
        }
    }
    return best;
}

static struct region *region_before(const struct region_set *s, uint64_t start)
{
    struct region *best = NULL;
    for (struct region *n = s->root; n != NULL;) {
        if (n->start < start) {
            best = n;
            n = n->right;
        } else {
            n = n->left;
        }
    }
    return best;
}

void region_insert(struct region_set *s, struct region *r)
{
    r->prev = region_before(s, r->start);
    r->next = r->prev != NULL ? r->prev->next : s->first;
    if (r->prev != NULL)
        r->prev->next = r;
    else
        s->first = r;
    if (r->next != NULL)
        r->next->prev = r;

    r->priority = next_priority(s);
    struct region **at = &s->root;
    while (*at != NULL && (*at)->priority >= r->priority)
        at = r->start < (*at)->start ? &(*at)->left : &(*at)->right;
    struct region *n = *at, **below = &r->left, **above = &r->right;
    *at = r;
    while (n != NULL) { /* split what hung there around the new start */
        if (n->start < r->start) {
            *below = n;
            below = &n->right;
            n = n->right;
        } else {
            *above = n;
            above = &n->left;
            n = n->left;
        }
    }
    *below = NULL;
    *above = NULL;
}

void region_remove(struct region_set *s, struct region *r)
{
    if (r->prev != NULL)
        r->prev->next = r->next;
    else
        s->first = r->next;
    if (r->next != NULL)
        r->next->prev = r->prev;

    struct region **at = &s->root;
    while (*at != r)
        at = r->start < (*at)->start ? &(*at)->left : &(*at)->right;
    struct region *a = r->left, *b = r->right;
    while (a != NULL && b != NULL) { /* join the two subtrees */
        if (a->priority > b->priority) {
            *at = a;
            at = &a->right;
            a = a->right;
        } else {
            *at = b;
            at = &b->left;
            b = b->left;
        }
    }
    *at = a != NULL ? a : b;
}
