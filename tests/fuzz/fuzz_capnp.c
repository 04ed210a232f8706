/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the Cap'n Proto reader, and the builder against it: whatever opens is walked in full, copied with
 * the builder, and the copy must read the same. Invariant: every byte the reader hands out is touched, so
 * that a wrong bound is a sanitizer report.
 */
#include <stdbool.h>
#include <string.h>

#include "capnp/capnp.h"
#include "fuzz.h"

enum { MAX_ELEMENTS = 24, MAX_POINTERS = 12, WALK_WORDS = 4096 };

static uint64_t sum;

static void add(uint64_t v)
{
    sum = (sum ^ v) * UINT64_C(0x100000001b3);
}

static void add_bytes(const void *p, size_t n)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < n; i++)
        add(b[i]);
}

static void struct_walk(struct capnp_struct *s);

static void list_walk(const struct capnp_list *l)
{
    uint32_t n = l->count < MAX_ELEMENTS ? l->count : MAX_ELEMENTS;
    const char *text;
    const uint8_t *data;
    uint32_t len;
    uint64_t v;
    struct capnp_struct e;
    fuzz_check(capnp_list_struct(l, l->count, &e) < 0 && capnp_list_uint(l, l->count, &v) < 0);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = k + 1 == n ? l->count - 1 : k; /* the last element always */
        if (capnp_list_uint(l, i, &v) == 0)
            add(v);
        if (capnp_list_text(l, i, &text, &len) == 0)
            add_bytes(text, (size_t)len + 1);
        if (capnp_list_data(l, i, &data, &len) == 0)
            add_bytes(data, len);
        if (capnp_list_struct(l, i, &e) == 0)
            struct_walk(&e);
    }
}

static void struct_walk(struct capnp_struct *s)
{
    const char *text;
    const uint8_t *data;
    uint32_t len, index;
    struct capnp_struct child;
    struct capnp_list list;
    for (uint32_t off = 0; off < s->data_bytes + 8; off += 4)
        add(capnp_get_u64(s, off) ^ capnp_get_u32(s, off) ^ capnp_get_u16(s, off) ^ capnp_get_u8(s, off));
    fuzz_check(capnp_get_u64(s, UINT32_MAX) == 0 && !capnp_get_bool(s, UINT32_MAX));
    for (uint16_t i = 0; i <= s->nptrs && i < MAX_POINTERS; i++) {
        if (capnp_ptr_is_null(s, i))
            continue;
        if (capnp_get_text(s, i, &text, &len) == 0)
            add_bytes(text, (size_t)len + 1);
        if (capnp_get_data(s, i, &data, &len) == 0)
            add_bytes(data, len);
        if (capnp_get_cap(s, i, &index) == 0)
            add(index);
        if (capnp_get_struct(s, i, &child) == 0)
            struct_walk(&child);
        if (capnp_get_list(s, i, &list) == 0)
            list_walk(&list);
    }
}

/* Copies data fields, texts, data and capabilities of `s`, one level deep and in place of lists and structs
 * nothing. */
static void struct_copy(struct capnp_struct *s, struct capnp_bstruct *out)
{
    const uint8_t *data;
    uint32_t len, index;
    for (uint32_t off = 0; off < s->data_bytes; off += 8)
        capnp_set_u64(out, off, capnp_get_u64(s, off));
    for (uint16_t i = 0; i < s->nptrs; i++) {
        if (capnp_get_data(s, i, &data, &len) == 0) {
            uint8_t *to = i % 2 ? capnp_reserve_data(out, i, (size_t)len + 8) : NULL;
            if (to == NULL) {
                capnp_set_data(out, i, data, len);
            } else {
                memcpy(to, data, len);
                capnp_commit_data(out, i, len);
            }
        } else if (capnp_get_cap(s, i, &index) == 0) {
            capnp_set_cap(out, i, index);
        }
    }
}

static void copy_compare(struct capnp_struct *a, struct capnp_struct *b)
{
    const uint8_t *da, *db;
    uint32_t na, nb;
    fuzz_check(a->data_bytes == b->data_bytes && a->nptrs == b->nptrs);
    fuzz_check(a->data_bytes == 0 || memcmp(a->data, b->data, a->data_bytes) == 0);
    for (uint16_t i = 0; i < a->nptrs; i++) {
        if (capnp_get_data(a, i, &da, &na) == 0)
            fuzz_check(capnp_get_data(b, i, &db, &nb) == 0 && na == nb && memcmp(da, db, na) == 0);
        else if (capnp_get_cap(a, i, &na) == 0)
            fuzz_check(capnp_get_cap(b, i, &nb) == 0 && na == nb);
        else
            fuzz_check(capnp_ptr_is_null(b, i));
    }
}

/* The quick way to the root gives what the two steps give. */
static void open_compare(const uint8_t *data, size_t len)
{
    struct capnp_msg m, quick;
    struct capnp_struct root, at_once;
    int rc = capnp_msg_open(&m, data, len);
    if (rc == 0)
        rc = capnp_root(&m, &root);
    fuzz_check(capnp_open(&quick, data, len, &at_once) == rc);
    if (rc != 0)
        return;
    fuzz_check(quick.nsegs == m.nsegs && quick.traversal_left == m.traversal_left);
    for (uint32_t i = 0; i < m.nsegs; i++)
        fuzz_check(quick.seg[i] == m.seg[i] && quick.seg_words[i] == m.seg_words[i]);
    fuzz_check(at_once.msg == &quick && at_once.seg == root.seg && at_once.data_bytes == root.data_bytes &&
               at_once.nptrs == root.nptrs && at_once.depth == root.depth &&
               (root.data_bytes + root.nptrs == 0 ||
                (at_once.data == root.data && at_once.ptr_word == root.ptr_word)));
}

/* A message taken as a flat one says of its Data what the reader says. */
static void flat_compare(const uint64_t *words, size_t len)
{
    struct capnp_msg m;
    struct capnp_struct root;
    const uint8_t *p;
    uint32_t n;
    if (!capnp_flat_is(words, len, 1, 1))
        return;
    int64_t flat = capnp_flat_data_len(words, len, 4);
    fuzz_check(capnp_open(&m, words, len, &root) == 0 && root.data_bytes == 8 && root.nptrs == 1);
    if (flat >= 0)
        fuzz_check(capnp_get_data(&root, 0, &p, &n) == 0 && n == flat && p == (const uint8_t *)(words + 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint64_t buf[4096];
    struct capnp_msg m, copy;
    struct capnp_struct root, again;
    struct capnp_builder b;
    struct capnp_bstruct out;
    size_t used;
    open_compare(data, len);
    if (len <= sizeof buf) {
        memcpy(buf, data, len);
        flat_compare(buf, len);
    }
    int whole = capnp_msg_open(&m, data, len);
    int prefix = capnp_msg_open_prefix(&m, data, len, &used);
    fuzz_check(whole == (prefix == 0 && used != len ? -74 : prefix));
    if (prefix != 0)
        return 0;
    fuzz_check(used <= len && used % 8 == 0);
    m.traversal_left = WALK_WORDS;
    if (capnp_root(&m, &root) != 0)
        return 0;
    struct_walk(&root);
    fuzz_check(m.traversal_left <= WALK_WORDS);

    m.traversal_left = CAPNP_TRAVERSAL_LIMIT;
    capnp_build_init(&b, buf, sizeof buf);
    capnp_build_root(&b, (uint16_t)(root.data_bytes / 8), root.nptrs, &out);
    struct_copy(&root, &out);
    int64_t n = capnp_build_finish(&b);
    fuzz_check(n == -28 || (n >= 16 && n <= (int64_t)sizeof buf));
    if (n < 0)
        return 0;
    fuzz_check(capnp_msg_open(&copy, buf, (size_t)n) == 0 && capnp_root(&copy, &again) == 0);
    copy_compare(&root, &again);
    return 0;
}

/* Seeds: little messages made word by word. */
static const uint64_t seed_small[] = {
    UINT64_C(0x0000000400000000), UINT64_C(0x0001000100000000), 77,
    UINT64_C(0x0000003200000001), UINT64_C(0x00006f6c6c6568),
};
static const uint64_t seed_far[] = {
    UINT64_C(0x0000000100000001),
    UINT64_C(0x0000000000000003),
    UINT64_C(0x0000000100000002),
    UINT64_C(0x0001000100000000),
    5,
    UINT64_C(0x0000000900000003),
};
static const uint64_t seed_double_far[] = {
    UINT64_C(0x0000000100000002),
    UINT64_C(0x0000000200000002),
    UINT64_C(0x0000000100000006),
    UINT64_C(0x0000000200000002),
    UINT64_C(0x0000000100000000),
    11,
    12,
};
static const uint64_t seed_list[] = {
    UINT64_C(0x0000000b00000000),
    UINT64_C(0x0003000000000000),
    UINT64_C(0x0000002700000009),
    UINT64_C(0x0000001e00000015),
    UINT64_C(0x0000004100000015),
    UINT64_C(0x0001000100000008),
    1,
    UINT64_C(0x0000001200000009),
    2,
    UINT64_C(0x0000000700000003),
    UINT64_C(0x0000006261),
    UINT64_C(0x0000001200000001),
};

/* One message with a pointer of every kind, made by the builder. */
static int64_t rich_build(void *buf, size_t bytes)
{
    struct capnp_builder b;
    struct capnp_bstruct root, child;
    struct capnp_blist list;
    capnp_build_init(&b, buf, bytes);
    capnp_build_root(&b, 2, 5, &root);
    capnp_set_u64(&root, 8, 77);
    capnp_set_text(&root, 0, "a name", 6);
    capnp_set_text_list(&root, 1, 3, &list);
    capnp_blist_text(&list, 0, "one", 3);
    capnp_set_struct(&root, 2, 1, 1, &child);
    capnp_set_struct(&child, 0, 0, 1, &child);
    capnp_set_data(&child, 0, "12345678", 8);
    capnp_set_struct_list(&root, 3, 2, 1, 1, &list);
    capnp_blist_struct(&list, 1, &child);
    capnp_set_text_list(&child, 0, 2, &list);
    capnp_set_cap(&root, 4, 3);
    return capnp_build_finish(&b);
}

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static uint64_t rich[64];
    static struct fuzz_seed all[] = {{seed_small, sizeof seed_small},
                                     {seed_far, sizeof seed_far},
                                     {seed_double_far, sizeof seed_double_far},
                                     {seed_list, sizeof seed_list},
                                     {rich, 0}};
    all[4].len = (size_t)rich_build(rich, sizeof rich);
    *seeds = all;
    return sizeof all / sizeof all[0];
}
