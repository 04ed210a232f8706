/* SPDX-License-Identifier: MIT */
/*
 * Items inside one tree node: slots grow from the header, items from the end of the page. Invariant: slots
 * are in key order; items do not overlap; top is the lowest item's offset; dead counts the bytes of removed
 * items above top.
 */
#include "store/core.h"

#define ITEM_HEADER 4u /* lengths of key and value */

static uint32_t slot_of(const uint8_t *page, unsigned i)
{
    return get16(page + TN_HEADER + 2 * i);
}

static uint32_t item_size(const uint8_t *item)
{
    return ITEM_HEADER + get16(item) + get16(item + 2);
}

void tree_page_init(struct store *s, uint8_t *page, unsigned level)
{
    memset(page, 0, STORE_BLOCK_SIZE);
    put32(page, TN_MAGIC);
    page[TN_LEVEL] = (uint8_t)level;
    put16(page + TN_TOP, STORE_BLOCK_SIZE);
    put64(page + TN_ID, s->id);
}

unsigned tree_page_count(const uint8_t *page)
{
    return get16(page + TN_COUNT);
}

unsigned tree_page_level(const uint8_t *page)
{
    return page[TN_LEVEL];
}

void tree_page_item(const uint8_t *page, unsigned i, struct tree_item *out)
{
    const uint8_t *item = page + slot_of(page, i);

    out->key_len = get16(item);
    out->value_len = get16(item + 2);
    out->key = item + ITEM_HEADER;
    out->value = out->key + out->key_len;
}

uint8_t *tree_page_value(uint8_t *page, unsigned i)
{
    uint8_t *item = page + slot_of(page, i);

    return item + ITEM_HEADER + get16(item);
}

int tree_key_compare(const uint8_t *a, uint32_t a_len, const uint8_t *b, uint32_t b_len)
{
    int r = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return r != 0 ? r : (a_len > b_len) - (a_len < b_len);
}

unsigned tree_page_search(const uint8_t *page, const uint8_t *key, uint32_t key_len, bool *found)
{
    unsigned low = 0, high = tree_page_count(page);

    *found = false;
    while (low < high) {
        unsigned mid = low + (high - low) / 2;
        struct tree_item item;
        int r;

        tree_page_item(page, mid, &item);
        r = tree_key_compare(item.key, item.key_len, key, key_len);
        if (r < 0)
            low = mid + 1;
        else
            high = mid;
        if (r == 0)
            *found = true;
    }
    return low;
}

static void page_compact(uint8_t *page, uint8_t *scratch)
{
    unsigned count = tree_page_count(page);
    uint32_t top = STORE_BLOCK_SIZE;

    memcpy(scratch, page, STORE_BLOCK_SIZE);
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *item = scratch + slot_of(scratch, i);
        uint32_t size = item_size(item);

        top -= size;
        memcpy(page + top, item, size);
        put16(page + TN_HEADER + 2 * i, top);
    }
    put16(page + TN_TOP, top);
    put16(page + TN_DEAD, 0);
}

bool tree_page_insert(uint8_t *page, uint8_t *scratch, unsigned i, const struct tree_item *item)
{
    unsigned count = tree_page_count(page);
    uint32_t size = ITEM_HEADER + item->key_len + item->value_len;
    uint32_t slots = TN_HEADER + 2 * count, top = get16(page + TN_TOP);
    uint8_t *at = page + TN_HEADER + 2 * i;

    if (slots + 2 + size > top) {
        if (slots + 2 + size > top + get16(page + TN_DEAD))
            return false;
        page_compact(page, scratch);
        top = get16(page + TN_TOP);
    }
    top -= size;
    put16(page + top, item->key_len);
    put16(page + top + 2, item->value_len);
    memcpy(page + top + ITEM_HEADER, item->key, item->key_len);
    memcpy(page + top + ITEM_HEADER + item->key_len, item->value, item->value_len);
    memmove(at + 2, at, 2 * (count - i));
    put16(at, top);
    put16(page + TN_TOP, top);
    put16(page + TN_COUNT, count + 1);
    return true;
}

void tree_page_remove(uint8_t *page, unsigned i)
{
    unsigned count = tree_page_count(page);
    uint32_t at = slot_of(page, i), size = item_size(page + at);
    uint8_t *slot = page + TN_HEADER + 2 * i;

    memmove(slot, slot + 2, 2 * (count - i - 1));
    put16(page + TN_COUNT, count - 1);
    if (count == 1) {
        put16(page + TN_TOP, STORE_BLOCK_SIZE);
        put16(page + TN_DEAD, 0);
    } else {
        put16(page + TN_DEAD, get16(page + TN_DEAD) + size);
    }
}

void tree_page_truncate(uint8_t *page, unsigned count)
{
    while (tree_page_count(page) > count)
        tree_page_remove(page, tree_page_count(page) - 1);
}

uint32_t tree_page_used(const uint8_t *page)
{
    return STORE_BLOCK_SIZE - get16(page + TN_TOP) - get16(page + TN_DEAD) + 2 * tree_page_count(page);
}

/* No two items share a byte, so that changing one never changes the length of another. */
static bool items_apart(const uint8_t *page)
{
    uint64_t seen[STORE_BLOCK_SIZE / 64] = {0};

    for (unsigned i = 0; i < tree_page_count(page); i++) {
        uint32_t at = slot_of(page, i), end = at + item_size(page + at);

        for (; at < end; at++) {
            if ((seen[at / 64] & UINT64_C(1) << at % 64) != 0)
                return false;
            seen[at / 64] |= UINT64_C(1) << at % 64;
        }
    }
    return true;
}

bool tree_page_valid(const struct store *s, const uint8_t *page, unsigned level)
{
    unsigned count = tree_page_count(page);
    uint32_t top = STORE_BLOCK_SIZE, bytes = 0;
    struct tree_item item, last = {0};

    if (get32(page) != TN_MAGIC || get64(page + TN_ID) != s->id || page[TN_LEVEL] != level)
        return false;
    if (count > (STORE_BLOCK_SIZE - TN_HEADER) / (2 + ITEM_HEADER))
        return false;
    for (unsigned i = 0; i < count; i++) {
        uint32_t at = slot_of(page, i);

        if (at < TN_HEADER + 2 * count || at > STORE_BLOCK_SIZE - ITEM_HEADER ||
            item_size(page + at) > STORE_BLOCK_SIZE - at)
            return false;
        tree_page_item(page, i, &item);
        if (item.key_len > TN_KEY_MAX || item.value_len > TN_VALUE_MAX)
            return false;
        if (level > 0 && item.value_len != 8)
            return false;
        if (i > 0 && tree_key_compare(last.key, last.key_len, item.key, item.key_len) >= 0)
            return false;
        last = item;
        bytes += item_size(page + at);
        if (at < top)
            top = at;
    }
    /* Dead bytes may lie below the lowest item: the header's top is at or below it. */
    if (get16(page + TN_TOP) > top || get16(page + TN_TOP) < TN_HEADER + 2 * count ||
        STORE_BLOCK_SIZE - get16(page + TN_TOP) != bytes + get16(page + TN_DEAD))
        return false;
    return items_apart(page);
}
