/* SPDX-License-Identifier: MIT */
/*
 * Bootstrap values and the CapSet page. Invariant: the page was checked once, whole, before anything is
 * looked up: its magic, version, count and every name's length.
 */
#include "capos/start.h"

#include "capos/ring.h"

static const struct capos_capset_header *set;
static const struct capos_capset_entry *entries;
static uint64_t own_pid;

int capos_start_open(void *ring, uint64_t pid, const void *capset)
{
    const struct capos_capset_header *h = capset;
    if (capos_ring_open(ring) < 0 || !h || h->magic != CAPOS_CAPSET_MAGIC ||
        h->version != CAPOS_CAPSET_VERSION || h->count > CAPOS_CAPSET_MAX_ENTRIES)
        return -EINVAL;
    const struct capos_capset_entry *e = (const struct capos_capset_entry *)(const void *)(h + 1);
    for (uint32_t i = 0; i < h->count; i++)
        if (e[i].name_len == 0 || e[i].name_len > CAPOS_CAPSET_NAME_MAX)
            return -EINVAL;
    set = h;
    entries = e;
    own_pid = pid;
    return 0;
}

uint64_t capos_pid(void)
{
    return own_pid;
}

uint32_t capos_grant_count(void)
{
    return set ? set->count : 0;
}

const struct capos_capset_entry *capos_grant_at(uint32_t index)
{
    return index < capos_grant_count() ? &entries[index] : NULL;
}

static bool name_is(const struct capos_capset_entry *e, const char *name)
{
    uint32_t i = 0;
    while (i < e->name_len && name[i] != '\0' && (uint8_t)name[i] == e->name[i])
        i++;
    return i == e->name_len && name[i] == '\0';
}

int capos_grant_by_name(const char *name, uint64_t interface_id, uint32_t *cap)
{
    for (uint32_t i = 0; i < capos_grant_count(); i++) {
        if (!name_is(&entries[i], name))
            continue;
        if (interface_id && entries[i].interface_id != interface_id)
            return -EINVAL;
        *cap = entries[i].cap_id;
        return 0;
    }
    return -ENOENT;
}

int capos_grant_by_interface(uint64_t interface_id, uint32_t *cap)
{
    for (uint32_t i = 0; i < capos_grant_count(); i++)
        if (entries[i].interface_id == interface_id) {
            *cap = entries[i].cap_id;
            return 0;
        }
    return -ENOENT;
}
