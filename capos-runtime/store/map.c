/* SPDX-License-Identifier: MIT */
/*
 * Which block holds a page of a file, and giving blocks back. Invariants: a group of the map that maps
 * nothing is not in the tree; pages that a reclaim mark covers are nobody's: their file ends before them, or
 * has no name.
 */
#include "store/core.h"

#define RECLAIM_GROUPS 4u /* of the map, in one step: 1 MiB of file */

void store_map_get(struct store *s, uint64_t ino, uint32_t index, uint32_t *block, uint32_t *sum)
{
    uint8_t key[16];
    uint32_t len = 0;
    const uint8_t *group = store_tree_find(s, key, store_key_map(key, ino, index / MAP_GROUP), &len);

    *block = group == NULL ? 0 : get32(group + 8 * (index % MAP_GROUP));
    *sum = group == NULL ? 0 : get32(group + 8 * (index % MAP_GROUP) + 4);
}

void store_map_set(struct store *s, uint64_t ino, uint32_t index, uint32_t block, uint32_t sum)
{
    static const uint8_t empty[MAP_BYTES];
    uint8_t key[16], *group = NULL;
    uint32_t key_len = store_key_map(key, ino, index / MAP_GROUP);

    group = store_tree_edit(s, key, key_len);
    if (group == NULL) {
        store_tree_put(s, key, key_len, empty, MAP_BYTES);
        group = store_tree_edit(s, key, key_len);
    }
    put32(group + 8 * (index % MAP_GROUP), block);
    put32(group + 8 * (index % MAP_GROUP) + 4, sum);
}

static void page_give_back(struct store *s, uint64_t ino, uint32_t index, uint32_t block)
{
    struct store_page *p = store_cache_find(s, ino, index);

    if (s->replaying) /* what is in use is reckoned at the end of a replay */
        return;
    if (p != NULL && p->dirty)
        store_space_drop(&s->space, block);
    else
        store_space_later(&s->space, block, AFTER_COMMIT);
    if (p != NULL)
        store_cache_drop(s, p);
}

/* The first group of the file at or behind `group`. */
static bool group_next(struct store *s, uint64_t ino, uint32_t group, uint32_t *found)
{
    uint8_t key[16];
    struct tree_item item;

    if (!store_tree_next(s, key, store_key_map(key, ino, group), false, &item) || item.key[0] != KEY_MAP ||
        store_key_get(item.key) != ino)
        return false;
    *found = 0;
    for (unsigned i = 9; i < 13; i++)
        *found = *found << 8 | item.key[i];
    return true;
}

void store_map_trim(struct store *s, uint64_t ino, uint32_t from, uint32_t end)
{
    uint8_t key[16];
    uint32_t group = from / MAP_GROUP;

    while (from < end && group_next(s, ino, group, &group) && group <= (end - 1) / MAP_GROUP) {
        uint32_t key_len = store_key_map(key, ino, group), left = 0;
        uint8_t *map = store_tree_edit(s, key, key_len);

        for (uint32_t i = 0; i < MAP_GROUP; i++) {
            uint32_t block = get32(map + 8 * i), index = group * MAP_GROUP + i;

            if (block != 0 && index >= from && index < end) {
                put64(map + 8 * i, 0);
                page_give_back(s, ino, index, block);
            } else if (block != 0) {
                left++;
            }
        }
        if (left == 0)
            (void)store_tree_del(s, key, key_len);
        group++;
    }
}

void store_reclaim_mark(struct store *s, uint64_t ino, uint32_t from, bool whole)
{
    uint8_t key[16], value[RECLAIM_BYTES];

    put32(value, from);
    put32(value + 4, whole ? 1 : 0);
    store_tx_put(s, key, store_key_ino(key, KEY_RECLAIM, ino), value, RECLAIM_BYTES);
}

/* One step: 1 when there may be more. */
static int reclaim_step(struct store *s, uint64_t ino, uint32_t from)
{
    uint32_t group = from / MAP_GROUP, n = 0;
    int err = 0;

    while (n < RECLAIM_GROUPS && group_next(s, ino, group, &group)) {
        group++;
        n++;
    }
    if (n == 0)
        return 0;
    err = store_begin(s, RECLAIM_GROUPS, REC_TRIM_BYTES, 0, false);
    if (err < 0)
        return err;
    store_tx_trim(s, ino, from, group * MAP_GROUP);
    store_map_trim(s, ino, from, group * MAP_GROUP);
    return n == RECLAIM_GROUPS;
}

int store_map_cut(struct store *s, uint64_t ino, uint32_t from)
{
    int more = 1;

    while (more > 0)
        more = reclaim_step(s, ino, from);
    return more;
}

int store_reclaim(struct store *s, uint64_t ino)
{
    uint8_t key[16];
    uint32_t len = 0, from = 0, key_len = store_key_ino(key, KEY_RECLAIM, ino);
    const uint8_t *mark = store_tree_find(s, key, key_len, &len);
    bool whole = false;
    int err = 0;

    if (mark == NULL)
        return 0;
    from = get32(mark);
    whole = get32(mark + 4) != 0;
    err = store_map_cut(s, ino, from);
    if (err == 0)
        err = store_begin(s, 2, 2 * (REC_DEL_BYTES + 9), 0, false);
    if (err < 0)
        return err;
    if (whole) {
        (void)store_key_ino(key, KEY_INODE, ino);
        store_tx_del(s, key, key_len);
    }
    (void)store_key_ino(key, KEY_RECLAIM, ino);
    store_tx_del(s, key, key_len);
    return 0;
}

int store_reclaim_all(struct store *s)
{
    uint8_t key[16] = {KEY_RECLAIM};
    uint32_t key_len = 1;
    struct tree_item item;

    while (store_tree_next(s, key, key_len, true, &item) && item.key[0] == KEY_RECLAIM) {
        uint64_t ino = store_key_get(item.key);
        int err = store_reclaim(s, ino);

        if (err < 0)
            return err;
        key_len = store_key_ino(key, KEY_RECLAIM, ino);
    }
    return 0;
}
