/* SPDX-License-Identifier: MIT */
/*
 * The capability table of a process: 256 slots, each with 256 lifetimes.
 * Invariant: an id is (generation, slot); removing bumps the generation, and a slot whose generation would
 * wrap is never used again but still counts as taken. A locked slot (a move that is not decided yet) is not
 * found by lookups. Every slot names the grant it came from, so that calls can be counted by granted name.
 * Nothing of a slot from `fresh` on is ever read.
 */
#include "abi/capid.h"
#include "abi/errno.h"
#include "kernel/process.h"
#include "kernel/string.h"

#define NO_SLOT 0xffffu

struct slot {
    struct cap_object *object; /* NULL: free or retired */
    uint16_t next_free;
    uint8_t origin; /* index into origins */
    uint8_t generation;
    bool locked;
};
_Static_assert(CAPOS_MAX_CAP_SLOTS * sizeof(struct slot) <= PAGE_SIZE, "the slots are one frame");
_Static_assert(CAPOS_CAPSET_MAX_ENTRIES < 256, "an origin's index is a byte");

struct captable {
    paddr_t frame;
    struct slot *slots;
    uint16_t fresh;      /* slots from here on were never used */
    uint16_t first_free; /* last freed first */
    uint16_t nfree;
    uint16_t norigins, room;         /* names known, names there is room for */
    struct captable_grant origins[]; /* room of them, and one that gathers what has no name */
};

int captable_create(struct process *p, uint32_t names)
{
    struct captable *t = heap_alloc(sizeof(*t) + (names + 1u) * sizeof(t->origins[0]));
    p->caps = t;
    if (t == NULL)
        return -ENOMEM;
    t->frame = frame_alloc_dirty();
    t->slots = t->frame != 0 ? frame_ptr(t->frame) : NULL;
    t->first_free = NO_SLOT;
    t->room = (uint16_t)names;
    return t->frame != 0 ? 0 : -ENOMEM;
}

/* origin_new: the index of a name not known yet. */
static uint8_t origin_new(struct captable *t, const char *name, size_t len, const struct cap_object *first)
{
    if (len == 0 || len > CAPOS_CAPSET_NAME_MAX || t->norigins == t->room)
        return (uint8_t)t->room;
    struct captable_grant *o = &t->origins[t->norigins];
    memcpy(o->name, name, len);
    o->cls = first->cls->name;
    o->mode = first->cls->mode != NULL ? first->cls->mode(first) : NULL;
    return (uint8_t)t->norigins++;
}

/* origin_of: the index of a name, made if need be; names given out by the table itself are found by address.
 */
static uint8_t origin_of(struct captable *t, const char *name, const struct cap_object *first)
{
    uintptr_t at = (uintptr_t)name, base = (uintptr_t)t->origins;
    if (at >= base && at < base + (t->room + 1u) * sizeof(t->origins[0]))
        return (uint8_t)((at - base) / sizeof(t->origins[0]));
    for (uint16_t i = 0; i < t->norigins; i++)
        if (strcmp(t->origins[i].name, name) == 0)
            return (uint8_t)i;
    return origin_new(t, name, strlen(name), first);
}

/* slot_take: a free slot, filled but for its origin; NULL: none is left. */
static struct slot *slot_take(struct captable *t, struct cap_object *o, uint32_t *cap_id)
{
    uint16_t index = t->first_free;
    if (index != NO_SLOT) {
        t->first_free = t->slots[index].next_free;
        t->nfree--;
    } else if (t->fresh < CAPOS_MAX_CAP_SLOTS) {
        index = t->fresh++;
        t->slots[index].generation = 0;
    } else {
        return NULL;
    }
    struct slot *s = &t->slots[index];
    s->object = o;
    s->locked = false;
    cap_ref(o);
    *cap_id = capos_capid_pack(index, s->generation);
    return s;
}

int captable_insert(struct process *p, struct cap_object *o, const char *name, uint32_t *cap_id)
{
    struct slot *s = slot_take(p->caps, o, cap_id);
    if (s != NULL)
        s->origin = origin_of(p->caps, name, o);
    return s != NULL ? 0 : -EMFILE;
}

int captable_grant(struct process *p, struct cap_object *o, const char *name, size_t len, uint32_t *cap_id)
{
    struct slot *s = slot_take(p->caps, o, cap_id);
    if (s != NULL)
        s->origin = origin_new(p->caps, name, len, o);
    return s != NULL ? 0 : -EMFILE;
}

static struct slot *slot_of(const struct process *p, uint32_t cap_id)
{
    uint32_t index = capos_capid_slot(cap_id);
    if (index >= p->caps->fresh)
        return NULL;
    struct slot *s = &p->caps->slots[index];
    if (s->object == NULL || s->generation != capos_capid_generation(cap_id))
        return NULL;
    return s;
}

struct cap_object *captable_lookup(struct process *p, uint32_t cap_id, const char **name)
{
    struct slot *s = slot_of(p, cap_id);
    if (s == NULL || s->locked)
        return NULL;
    if (name != NULL)
        *name = p->caps->origins[s->origin].name;
    return s->object;
}

int captable_remove(struct process *p, uint32_t cap_id, struct cap_object **out)
{
    struct captable *t = p->caps;
    struct slot *s = slot_of(p, cap_id);
    if (s == NULL)
        return -ENOENT;
    struct cap_object *o = s->object;
    s->object = NULL;
    s->locked = false;
    if (s->generation != CAPOS_CAPID_LAST_GENERATION) {
        s->generation++;
        s->next_free = t->first_free;
        t->first_free = (uint16_t)(s - t->slots);
        t->nfree++;
    }
    if (out != NULL) { /* moves on: the capability goes on living */
        *out = o;
        return 0;
    }
    if (o->cls->closed != NULL)
        o->cls->closed(o, NULL);
    cap_unref(o);
    return 0;
}

/* The test hook of the allocators: a call either finds no slot at all or as many as there are, each time it
 * asks. */
static bool slots_withheld(const struct process *p)
{
    static const struct process *asked_by;
    static uint64_t asked_in;
    static bool withheld;

    if (asked_by != p || asked_in != p->calls) {
        asked_by = p;
        asked_in = p->calls;
        withheld = frame_fail("slot");
    }
    return withheld;
}

uint32_t captable_free_slots(const struct process *p)
{
    if (slots_withheld(p))
        return 0;
    return p->caps->nfree + (CAPOS_MAX_CAP_SLOTS - p->caps->fresh);
}

uint32_t captable_held_slots(const struct process *p)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < p->caps->fresh; i++)
        n += p->caps->slots[i].object != NULL;
    return n;
}

void captable_each(struct process *p,
                   void (*f)(void *ctx, uint32_t cap_id, const char *name, struct cap_object *o), void *ctx)
{
    for (uint32_t i = 0; i < p->caps->fresh; i++) {
        struct slot *s = &p->caps->slots[i];
        if (s->object != NULL)
            f(ctx, capos_capid_pack(i, s->generation), p->caps->origins[s->origin].name, s->object);
    }
}

void captable_count_call(struct process *p, const char *name)
{
    /* name is a member of its origin */
    struct captable_grant *o =
        (struct captable_grant *)((uintptr_t)name - offsetof(struct captable_grant, name));
    (void)p;
    o->calls++;
}

int captable_lock(struct process *p, uint32_t cap_id)
{
    struct slot *s = slot_of(p, cap_id);
    if (s == NULL || s->locked)
        return -ENOENT;
    s->locked = true;
    return 0;
}

void captable_unlock(struct process *p, uint32_t cap_id)
{
    struct slot *s = slot_of(p, cap_id);
    if (s != NULL)
        s->locked = false;
}

const struct captable_grant *captable_grants(const struct process *p, uint32_t *n)
{
    *n = p->caps->norigins;
    return p->caps->origins;
}

void captable_destroy(struct process *p)
{
    if (p->caps == NULL)
        return;
    for (uint32_t i = 0; i < p->caps->fresh; i++) {
        struct slot *s = &p->caps->slots[i];
        if (s->object != NULL)
            captable_remove(p, capos_capid_pack(i, s->generation), NULL);
    }
    if (p->caps->frame != 0)
        frame_unref(p->caps->frame);
    heap_free(p->caps);
    p->caps = NULL;
}
