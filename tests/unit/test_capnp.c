/* SPDX-License-Identifier: MIT */
/*
 * The Cap'n Proto codec against vectors written out word by word from the encoding's definition.
 * Invariant: messages are read from heap blocks of exactly their size, so that any byte read outside is a
 * failure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capnp/capnp.h"

/* Words of pointers: offset in words from the pointer's end. */
#define PTR_STRUCT(off, dwords, nptrs)                                                                       \
    ((uint64_t)((uint32_t)(off) << 2) | (uint64_t)(dwords) << 32 | (uint64_t)(nptrs) << 48)
#define PTR_LIST(off, elem, count)                                                                           \
    ((uint64_t)((uint32_t)(off) << 2 | 1) | (uint64_t)(elem) << 32 | (uint64_t)(count) << 35)
#define PTR_FAR(seg, word)  ((uint64_t)((uint32_t)(word) << 3 | 2) | (uint64_t)(seg) << 32)
#define PTR_FAR2(seg, word) (PTR_FAR(seg, word) | 4)
#define PTR_CAP(index)      (UINT64_C(3) | (uint64_t)(index) << 32)
#define SEGS1(words)        ((uint64_t)(words) << 32)

static uint8_t *held;

/* The `bytes` at `p` moved to a heap block of their own size; freed by the next call. */
static const uint8_t *hold(const void *p, size_t bytes)
{
    free(held);
    held = malloc(bytes == 0 ? 1 : bytes);
    assert_non_null(held);
    if (bytes != 0)
        memcpy(held, p, bytes);
    return held;
}

static int release_held(void **state)
{
    (void)state;
    free(held);
    held = NULL;
    return 0;
}

/* Opens the words and reads the root. */
static int root_of(const uint64_t *w, size_t words, struct capnp_msg *m, struct capnp_struct *root)
{
    int rc = capnp_msg_open(m, hold(w, words * 8), words * 8);
    return rc < 0 ? rc : capnp_root(m, root);
}

#define ROOT(w, m, root) root_of(w, sizeof(w) / 8, m, root)

/* One segment holding `body`; its framing is put in front. */
static int root_of_body(const uint64_t *body, size_t words, struct capnp_msg *m, struct capnp_struct *root)
{
    uint64_t w[128];
    assert_true(words < 128);
    w[0] = SEGS1(words);
    memcpy(w + 1, body, words * 8);
    return root_of(w, words + 1, m, root);
}

#define BODY(w, m, root) root_of_body(w, sizeof(w) / 8, m, root)

static void framing(void **state)
{
    (void)state;
    struct capnp_msg m;
    size_t used;
    uint32_t w[40] = {0, 1, 0, 0};
    assert_int_equal(capnp_msg_open(&m, hold(w, 16), 16), 0);
    assert_true(m.nsegs == 1 && m.seg_words[0] == 1);
    for (size_t len = 0; len < 16; len++)
        assert_int_equal(capnp_msg_open(&m, hold(w, len), len), -EBADMSG);
    assert_int_equal(capnp_msg_open(&m, hold(w, 17), 17), -EBADMSG);
    assert_int_equal(capnp_msg_open_prefix(&m, hold(w, 24), 24, &used), 0);
    assert_int_equal(used, 16);
    uint32_t two[] = {1, 1, 2, 0, 0, 0, 0, 0, 0, 0};
    assert_int_equal(capnp_msg_open(&m, hold(two, sizeof two), sizeof two), 0);
    assert_true(m.nsegs == 2 && m.seg_words[1] == 2 && m.seg[1] == m.seg[0] + 8);
    uint32_t three[] = {2, 0, 1, 0, 0, 0};
    assert_int_equal(capnp_msg_open(&m, hold(three, 24), 24), 0);
    w[0] = 15;
    w[1] = 0;
    assert_int_equal(capnp_msg_open(&m, hold(w, 72), 72), 0);
    w[0] = 16;
    assert_int_equal(capnp_msg_open(&m, hold(w, 160), 160), -E2BIG);
    w[0] = UINT32_MAX;
    assert_int_equal(capnp_msg_open(&m, hold(w, 160), 160), -E2BIG);
    w[0] = 0;
    w[1] = UINT32_MAX;
    assert_int_equal(capnp_msg_open(&m, hold(w, 160), 160), -EBADMSG);
}

static void root_forms(void **state)
{
    (void)state;
    struct capnp_msg m;
    struct capnp_struct s = {0};
    uint64_t none[] = {SEGS1(0)};
    assert_int_equal(ROOT(none, &m, &s), -EBADMSG);
    uint64_t null[] = {0};
    assert_int_equal(BODY(null, &m, &s), 0);
    assert_true(s.data_bytes == 0 && s.nptrs == 0);
    uint64_t empty[] = {PTR_STRUCT(-1, 0, 0)};
    assert_int_equal(BODY(empty, &m, &s), 0);
    uint64_t list[] = {PTR_LIST(0, 2, 0)};
    assert_int_equal(BODY(list, &m, &s), -EBADMSG);
    uint64_t cap[] = {PTR_CAP(0)};
    assert_int_equal(BODY(cap, &m, &s), -EBADMSG);
    uint64_t past[] = {PTR_STRUCT(0, 1, 0)};
    assert_int_equal(BODY(past, &m, &s), -EBADMSG);
    uint64_t before[] = {PTR_STRUCT(-2, 1, 0)};
    assert_int_equal(BODY(before, &m, &s), -EBADMSG);
    uint64_t far_away[] = {PTR_STRUCT(0x1fffffff, 1, 0), 0};
    assert_int_equal(BODY(far_away, &m, &s), -EBADMSG);
    uint64_t far_before[] = {PTR_STRUCT(-0x20000000, 1, 0), 0};
    assert_int_equal(BODY(far_before, &m, &s), -EBADMSG);
}

static void scalar_fields(void **state)
{
    (void)state;
    struct capnp_msg m;
    struct capnp_struct s = {0};
    uint64_t w[] = {PTR_STRUCT(0, 2, 0), UINT64_C(0x8877665544332211), UINT64_C(0x8000000000000001)};
    assert_int_equal(BODY(w, &m, &s), 0);
    assert_true(capnp_get_u8(&s, 0) == 0x11 && capnp_get_u8(&s, 7) == 0x88);
    assert_true(capnp_get_u16(&s, 2) == 0x4433 && capnp_get_u32(&s, 4) == 0x88776655);
    assert_true(capnp_get_u64(&s, 8) == UINT64_C(0x8000000000000001));
    assert_true(capnp_get_bool(&s, 64) && !capnp_get_bool(&s, 65) && capnp_get_bool(&s, 127));
    /* a field that an older sender does not have reads as zero, also when it would lie half outside */
    assert_true(capnp_get_u8(&s, 16) == 0 && capnp_get_u16(&s, 15) == 0 && capnp_get_u32(&s, 13) == 0);
    assert_true(capnp_get_u64(&s, 9) == 0 && capnp_get_u64(&s, UINT32_MAX) == 0 && !capnp_get_bool(&s, 128));
    assert_true(capnp_ptr_is_null(&s, 0));
}

static void text_and_data(void **state)
{
    (void)state;
    struct capnp_msg m;
    struct capnp_struct s = {0};
    const char *t;
    const uint8_t *d;
    uint32_t n;
    uint64_t w[] = {PTR_STRUCT(0, 0, 4),
                    PTR_LIST(3, 2, 6), /* "hello" */
                    PTR_LIST(3, 2, 3), /* three bytes without a NUL */
                    PTR_LIST(3, 3, 2), /* two 16-bit integers: neither text nor data */
                    0,
                    UINT64_C(0x0000006f6c6c6568),
                    UINT64_C(0x0000000000030201),
                    0};
    assert_int_equal(BODY(w, &m, &s), 0);
    assert_int_equal(capnp_get_text(&s, 0, &t, &n), 0);
    assert_int_equal(n, 5);
    assert_string_equal(t, "hello");
    assert_int_equal(capnp_get_text(&s, 1, &t, &n), -EBADMSG);
    assert_int_equal(capnp_get_data(&s, 1, &d, &n), 0);
    assert_int_equal(n, 3);
    assert_memory_equal(d, "\1\2\3", 3);
    assert_int_equal(capnp_get_data(&s, 2, &d, &n), -EBADMSG);
    assert_int_equal(capnp_get_text(&s, 2, &t, &n), -EBADMSG);
    for (uint16_t i = 3; i < 6; i++) { /* null, then missing */
        assert_int_equal(capnp_get_text(&s, i, &t, &n), 0);
        assert_true(n == 0 && *t == '\0');
        assert_int_equal(capnp_get_data(&s, i, &d, &n), 0);
        assert_true(n == 0 && d != NULL);
    }
    uint64_t none[] = {PTR_STRUCT(0, 0, 1), PTR_LIST(0, 2, 0)};
    assert_int_equal(BODY(none, &m, &s), 0);
    assert_int_equal(capnp_get_text(&s, 0, &t, &n), -EBADMSG); /* no room for the NUL */
    assert_int_equal(capnp_get_data(&s, 0, &d, &n), 0);
    uint64_t past[] = {PTR_STRUCT(0, 0, 1), PTR_LIST(0, 2, 9), 0};
    assert_int_equal(BODY(past, &m, &s), 0);
    assert_int_equal(capnp_get_data(&s, 0, &d, &n), -EBADMSG);
    past[1] = PTR_LIST(0, 2, 8);
    assert_int_equal(BODY(past, &m, &s), 0);
    assert_int_equal(capnp_get_data(&s, 0, &d, &n), 0);
}

static void far_pointers(void **state)
{
    (void)state;
    struct capnp_msg m;
    struct capnp_struct s = {0};
    /* segment 0: far to segment 1 word 0; there a struct pointer over one word, then the word */
    uint64_t one[] = {1 | SEGS1(1), 3, PTR_FAR(1, 0), PTR_STRUCT(1, 1, 0), 0, 42};
    assert_int_equal(ROOT(one, &m, &s), 0);
    assert_true(capnp_get_u64(&s, 0) == 42);
    one[2] = PTR_FAR(1, 3);
    assert_int_equal(ROOT(one, &m, &s), -EBADMSG);
    one[2] = PTR_FAR(2, 0);
    assert_int_equal(ROOT(one, &m, &s), -EBADMSG);
    one[2] = PTR_FAR(1, 0);
    one[3] = PTR_FAR(1, 0); /* a far pointer to a far pointer */
    assert_int_equal(ROOT(one, &m, &s), -EBADMSG);
    /* double far: the pad in segment 1 names segment 2 word 1 and carries the struct's sizes */
    uint64_t two[] = {2 | SEGS1(1), 2 | SEGS1(2), PTR_FAR2(1, 0), PTR_FAR(2, 1), PTR_STRUCT(0, 1, 0), 7, 43};
    assert_int_equal(ROOT(two, &m, &s), 0);
    assert_true(capnp_get_u64(&s, 0) == 43);
    two[3] = PTR_FAR(2, 2);
    assert_int_equal(ROOT(two, &m, &s), -EBADMSG);
    two[3] = PTR_FAR(3, 0);
    assert_int_equal(ROOT(two, &m, &s), -EBADMSG);
    two[3] = PTR_FAR2(2, 0);
    assert_int_equal(ROOT(two, &m, &s), -EBADMSG);
    two[3] = PTR_STRUCT(0, 1, 0);
    assert_int_equal(ROOT(two, &m, &s), -EBADMSG);
    two[3] = PTR_FAR(2, 0);
    two[4] = PTR_CAP(1);
    assert_int_equal(ROOT(two, &m, &s), -EBADMSG);
    two[4] = PTR_STRUCT(0, 1, 0);
    two[2] = PTR_FAR2(1, 1); /* a pad of two words at the last word */
    assert_int_equal(ROOT(two, &m, &s), -EBADMSG);
    two[2] = PTR_FAR2(1, 0x1fffffff);
    assert_int_equal(ROOT(two, &m, &s), -EBADMSG);
}

static void capability_pointers(void **state)
{
    (void)state;
    struct capnp_msg m;
    struct capnp_struct s = {0}, c;
    struct capnp_list l;
    uint32_t index = 9;
    uint64_t w[] = {PTR_STRUCT(0, 0, 4), PTR_CAP(5), 0, PTR_CAP(1) | 4, PTR_LIST(0, 2, 0)};
    assert_int_equal(BODY(w, &m, &s), 0);
    assert_int_equal(capnp_get_cap(&s, 0, &index), 0);
    assert_int_equal(index, 5);
    assert_int_equal(capnp_get_cap(&s, 1, &index), -ENOENT);
    assert_int_equal(capnp_get_cap(&s, 4, &index), -ENOENT);
    assert_int_equal(capnp_get_cap(&s, 2, &index), -EBADMSG);
    assert_int_equal(capnp_get_cap(&s, 3, &index), -EBADMSG);
    assert_int_equal(capnp_get_struct(&s, 0, &c), -EBADMSG);
    assert_int_equal(capnp_get_list(&s, 0, &l), -EBADMSG);
}

static void lists_of_structs(void **state)
{
    (void)state;
    struct capnp_msg m;
    struct capnp_struct s = {0}, e = {0};
    struct capnp_list l;
    const char *t;
    uint32_t n;
    uint64_t w[] = {PTR_STRUCT(0, 0, 1), PTR_LIST(0, 7, 4), PTR_STRUCT(2, 1, 1), 10, PTR_LIST(2, 2, 2), 20, 0,
                    UINT64_C(0x0061)};
    assert_int_equal(BODY(w, &m, &s), 0);
    assert_int_equal(capnp_get_list(&s, 0, &l), 0);
    assert_int_equal(l.count, 2);
    assert_int_equal(capnp_list_struct(&l, 0, &e), 0);
    assert_true(capnp_get_u64(&e, 0) == 10);
    assert_int_equal(capnp_get_text(&e, 0, &t, &n), 0);
    assert_string_equal(t, "a");
    assert_int_equal(capnp_list_struct(&l, 1, &e), 0);
    assert_true(capnp_get_u64(&e, 0) == 20 && capnp_ptr_is_null(&e, 0));
    assert_int_equal(capnp_list_struct(&l, 2, &e), -ERANGE);
    /* the first pointer of each element can be read as an older List(Text) */
    assert_int_equal(capnp_list_text(&l, 0, &t, &n), 0);
    assert_string_equal(t, "a");
    w[2] = PTR_STRUCT(3, 1, 1); /* more elements than words */
    assert_int_equal(BODY(w, &m, &s), 0);
    assert_int_equal(capnp_get_list(&s, 0, &l), -EBADMSG);
    w[2] = PTR_LIST(2, 1, 1);
    assert_int_equal(BODY(w, &m, &s), 0);
    assert_int_equal(capnp_get_list(&s, 0, &l), -EBADMSG);
    w[2] = PTR_STRUCT(2, 1, 1);
    w[1] = PTR_LIST(0, 7, 6); /* past the segment by one */
    assert_int_equal(BODY(w, &m, &s), 0);
    assert_int_equal(capnp_get_list(&s, 0, &l), -EBADMSG);
    w[2] = PTR_STRUCT(0x3fffffff, 0xffff, 0xffff);
    w[1] = PTR_LIST(0, 7, 4);
    assert_int_equal(BODY(w, &m, &s), 0);
    assert_int_equal(capnp_get_list(&s, 0, &l), -EBADMSG);
}

static void lists_that_are_not(void **state)
{
    (void)state;
    struct capnp_msg m;
    struct capnp_struct s = {0};
    struct capnp_list l;
    uint64_t w[] = {PTR_STRUCT(0, 0, 3), 0, PTR_STRUCT(-1, 0, 0), PTR_FAR(7, 0)};
    assert_int_equal(BODY(w, &m, &s), 0);
    for (uint16_t i = 0; i < 4; i += 3) { /* null, then missing */
        l.count = 9;
        assert_int_equal(capnp_get_list(&s, i, &l), 0);
        assert_int_equal(l.count, 0);
    }
    assert_int_equal(capnp_get_list(&s, 1, &l), -EBADMSG);
    assert_int_equal(capnp_get_list(&s, 2, &l), -EBADMSG);
}

static void lists_of_scalars(void **state)
{
    (void)state;
    struct capnp_msg m;
    struct capnp_struct s = {0}, e = {0};
    struct capnp_list l;
    const char *t;
    uint32_t n;
    uint64_t v;
    static const uint64_t body = UINT64_C(0x8877665544332211);
    static const struct {
        unsigned elem, count, bytes;
    } kinds[] = {{2, 8, 1}, {3, 4, 2}, {4, 2, 4}, {5, 1, 8}};
    for (size_t k = 0; k < 4; k++) {
        uint64_t w[] = {PTR_STRUCT(0, 0, 1), PTR_LIST(0, kinds[k].elem, kinds[k].count), body};
        assert_int_equal(BODY(w, &m, &s), 0);
        assert_int_equal(capnp_get_list(&s, 0, &l), 0);
        assert_int_equal(l.count, kinds[k].count);
        for (uint32_t i = 0; i < l.count; i++) {
            uint64_t want = 0;
            memcpy(&want, (const char *)&body + (size_t)i * kinds[k].bytes, kinds[k].bytes);
            assert_int_equal(capnp_list_uint(&l, i, &v), 0);
            assert_true(v == want);
            assert_int_equal(capnp_list_struct(&l, i, &e), 0); /* a newer List(struct) */
            assert_true(capnp_get_u8(&e, 0) == (want & 0xff) && capnp_get_u64(&e, 8) == 0);
        }
        assert_int_equal(capnp_list_uint(&l, l.count, &v), -ERANGE);
        assert_int_equal(capnp_list_text(&l, 0, &t, &n), -EBADMSG);
        w[1] = PTR_LIST(0, kinds[k].elem, kinds[k].count + 1);
        assert_int_equal(BODY(w, &m, &s), 0);
        assert_int_equal(capnp_get_list(&s, 0, &l), -EBADMSG);
    }
    uint64_t bits[] = {PTR_STRUCT(0, 0, 1), PTR_LIST(0, 1, 64), UINT64_C(0x8000000000000005)};
    assert_int_equal(BODY(bits, &m, &s), 0);
    assert_int_equal(capnp_get_list(&s, 0, &l), 0);
    for (uint32_t i = 0; i < 64; i++) {
        assert_int_equal(capnp_list_uint(&l, i, &v), 0);
        assert_true(v == (i == 0 || i == 2 || i == 63));
    }
    assert_int_equal(capnp_list_struct(&l, 0, &e), -EBADMSG);
    uint64_t texts[] = {PTR_STRUCT(0, 0, 1), PTR_LIST(0, 6, 2), PTR_LIST(1, 2, 2), 0, UINT64_C(0x0062)};
    assert_int_equal(BODY(texts, &m, &s), 0);
    assert_int_equal(capnp_get_list(&s, 0, &l), 0);
    assert_int_equal(capnp_list_text(&l, 0, &t, &n), 0);
    assert_string_equal(t, "b");
    assert_int_equal(capnp_list_text(&l, 1, &t, &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(capnp_list_text(&l, 2, &t, &n), -ERANGE);
    assert_int_equal(capnp_list_uint(&l, 0, &v), -EBADMSG);
}

/* A chain of `levels` structs, each pointing at the next. */
static int chain_read(unsigned levels)
{
    struct capnp_msg m;
    struct capnp_struct s = {0};
    uint64_t w[128];
    for (unsigned i = 0; i < levels; i++)
        w[i] = PTR_STRUCT(0, 0, 1);
    w[levels] = 0;
    int rc = root_of_body(w, levels + 1, &m, &s);
    for (unsigned i = 1; i < levels && rc == 0; i++)
        rc = capnp_get_struct(&s, 0, &s);
    return rc;
}

static void nesting_limit(void **state)
{
    (void)state;
    assert_int_equal(chain_read(CAPNP_NESTING_LIMIT), 0);
    assert_int_equal(chain_read(CAPNP_NESTING_LIMIT + 1), -ELOOP);
    struct capnp_msg m;
    struct capnp_struct s = {0};
    struct capnp_list l;
    uint64_t loop[] = {PTR_STRUCT(0, 0, 1), PTR_LIST(-2, 6, 1)}; /* a list that contains the root pointer */
    assert_int_equal(BODY(loop, &m, &s), 0);
    int rc = 0, turns = 0;
    while (rc == 0 && turns < 100) {
        rc = capnp_get_list(&s, 0, &l);
        if (rc == 0)
            rc = capnp_list_struct(&l, 0, &s);
        if (rc == 0)
            rc = capnp_get_struct(&s, 0, &s);
        turns++;
    }
    assert_int_equal(rc, -ELOOP);
    assert_in_range(turns, 9, 17);
}

static void traversal_limit(void **state)
{
    (void)state;
    struct capnp_msg m;
    struct capnp_struct s = {0};
    struct capnp_list l;
    const uint8_t *d;
    uint32_t n;
    uint64_t w[] = {PTR_STRUCT(0, 0, 3), PTR_LIST(2, 2, 16),           PTR_LIST(1, 0, 0x1fffffff),
                    PTR_LIST(0, 7, 1),   PTR_STRUCT(0x3fffffff, 0, 0), 0};
    assert_int_equal(BODY(w, &m, &s), 0);
    assert_true(m.traversal_left == CAPNP_TRAVERSAL_LIMIT - 3);
    assert_int_equal(capnp_get_list(&s, 1, &l), -E2BIG); /* half a milliard of nothings */
    assert_int_equal(capnp_get_list(&s, 2, &l), -E2BIG); /* a milliard of empty structs */
    m.traversal_left = 5;
    assert_int_equal(capnp_get_data(&s, 0, &d, &n), 0);
    assert_int_equal(capnp_get_data(&s, 0, &d, &n), 0);
    assert_int_equal(capnp_get_data(&s, 0, &d, &n), -E2BIG);
}

static void builder_bytes(void **state)
{
    (void)state;
    uint64_t buf[32];
    struct capnp_builder b;
    struct capnp_bstruct r, c;
    struct capnp_blist l;
    memset(buf, 0xee, sizeof buf);
    capnp_build_init(&b, buf, sizeof buf);
    assert_int_equal(capnp_build_root(&b, 1, 4, &r), 0);
    capnp_set_u8(&r, 0, 1);
    capnp_set_u16(&r, 2, 0x203);
    capnp_set_bool(&r, 63, true);
    assert_int_equal(capnp_set_text(&r, 0, "hello", 5), 0);
    assert_int_equal(capnp_set_data(&r, 1, NULL, 0), 0);
    assert_int_equal(capnp_set_cap(&r, 2, 6), 0);
    assert_int_equal(capnp_set_struct_list(&r, 3, 2, 1, 0, &l), 0);
    assert_int_equal(capnp_blist_struct(&l, 1, &c), 0);
    capnp_set_u64(&c, 0, 99);
    const uint64_t want[] = {
        SEGS1(10),  PTR_STRUCT(0, 1, 4), UINT64_C(0x8000000002030001), PTR_LIST(3, 2, 6),   PTR_LIST(3, 2, 0),
        PTR_CAP(6), PTR_LIST(1, 7, 2),   UINT64_C(0x0000006f6c6c6568), PTR_STRUCT(2, 1, 0), 0,
        99};
    assert_int_equal(capnp_build_finish(&b), sizeof want);
    assert_memory_equal(buf, want, sizeof want);
    assert_true(buf[11] == UINT64_C(0xeeeeeeeeeeeeeeee));
    capnp_build_init(&b, buf, sizeof buf);
    assert_int_equal(capnp_build_root(&b, 0, 0, &r), 0);
    assert_int_equal(capnp_build_finish(&b), 16);
    assert_true(buf[1] == PTR_STRUCT(-1, 0, 0));
}

static void builder_in_place(void **state)
{
    (void)state;
    uint64_t buf[8];
    struct capnp_builder b;
    struct capnp_bstruct r;
    struct capnp_msg m;
    struct capnp_struct s = {0};
    const uint8_t *d;
    uint32_t n;
    memset(buf, 0xee, sizeof buf);
    capnp_build_init(&b, buf, sizeof buf);
    capnp_build_root(&b, 0, 1, &r);
    assert_int_equal(capnp_build_room(&b), 40);
    uint8_t *to = capnp_reserve_data(&r, 0, 40);
    assert_non_null(to);
    for (int i = 0; i < 10; i++)
        to[i] = (uint8_t)('0' + i);
    assert_int_equal(capnp_commit_data(&r, 0, 10), 0);
    assert_int_equal(capnp_build_finish(&b), 40);
    assert_int_equal(capnp_msg_open(&m, hold(buf, 40), 40), 0);
    assert_int_equal(capnp_root(&m, &s), 0);
    assert_int_equal(capnp_get_data(&s, 0, &d, &n), 0);
    assert_int_equal(n, 10);
    assert_memory_equal(d, "0123456789\0\0\0\0\0\0", 16);

    capnp_build_init(&b, buf, sizeof buf);
    capnp_build_root(&b, 0, 1, &r);
    assert_null(capnp_reserve_data(&r, 0, 41));
    assert_int_equal(capnp_build_finish(&b), -ENOSPC);
    capnp_build_init(&b, buf, sizeof buf);
    capnp_build_root(&b, 0, 2, &r);
    assert_non_null(capnp_reserve_data(&r, 0, 8));
    assert_int_equal(capnp_set_data(&r, 1, "x", 1), 0);
    assert_int_equal(capnp_commit_data(&r, 0, 1), -EINVAL); /* another allocation came between */
    capnp_build_init(&b, buf, sizeof buf);
    capnp_build_root(&b, 0, 1, &r);
    assert_non_null(capnp_reserve_data(&r, 0, 8));
    assert_int_equal(capnp_commit_data(&r, 0, 9), -EINVAL);
}

static void builder_misuse(void **state)
{
    (void)state;
    uint64_t buf[8];
    struct capnp_builder b;
    struct capnp_bstruct r, c;
    struct capnp_blist l;
    capnp_build_init(&b, (char *)buf + 1, 40);
    assert_int_equal(capnp_build_finish(&b), -EINVAL);
    capnp_build_init(&b, buf, 15);
    assert_int_equal(capnp_build_root(&b, 0, 0, &r), -ENOSPC);
    assert_int_equal(capnp_build_finish(&b), -ENOSPC);
    for (int k = 0; k < 6; k++) {
        capnp_build_init(&b, buf, sizeof buf);
        assert_int_equal(capnp_build_root(&b, 1, 1, &r), 0);
        switch (k) {
        case 0:
            capnp_set_u64(&r, 1, 1);
            break;
        case 1:
            capnp_set_u8(&r, UINT32_MAX, 1);
            break;
        case 2:
            capnp_set_bool(&r, 64, true);
            break;
        case 3:
            capnp_set_text(&r, 1, "", 0);
            break;
        case 4:
            capnp_set_text_list(&r, 0, 2, &l);
            capnp_blist_text(&l, 2, "", 0);
            break;
        default:
            capnp_set_struct(&r, 7, 1, 1, &c);
            capnp_set_u64(&c, 0, 1);
        }
        assert_int_equal(b.err, -EINVAL);
        size_t used = b.used_words;
        assert_int_equal(capnp_set_text(&r, 0, "later", 5), -EINVAL); /* the first error stays */
        assert_int_equal(b.used_words, used);
        assert_int_equal(capnp_build_finish(&b), -EINVAL);
    }
    capnp_build_init(&b, buf, sizeof buf);
    capnp_build_root(&b, 0, 1, &r);
    assert_int_equal(capnp_set_struct_list(&r, 0, UINT32_MAX, 0xffff, 0xffff, &l), -ENOSPC);
    assert_int_equal(capnp_blist_struct(&l, 0, &c), -ENOSPC);
}

/* A message of every kind of thing, into `bytes` bytes. */
static int64_t sample_build(void *buf, size_t bytes)
{
    struct capnp_builder b;
    struct capnp_bstruct r, c;
    struct capnp_blist l;
    capnp_build_init(&b, buf, bytes);
    capnp_build_root(&b, 2, 5, &r);
    capnp_set_u32(&r, 12, 0xabcd);
    capnp_set_text(&r, 0, "a name", 6);
    capnp_set_text_list(&r, 1, 3, &l);
    capnp_blist_text(&l, 0, "one", 3);
    capnp_blist_data(&l, 2, "\0\1", 2);
    capnp_set_struct(&r, 2, 1, 1, &c);
    capnp_set_data(&c, 0, "12345678", 8);
    capnp_set_struct_list(&r, 3, 2, 0, 1, &l);
    capnp_blist_struct(&l, 1, &c);
    capnp_set_cap(&c, 0, 3);
    uint8_t *to = capnp_reserve_data(&r, 4, 64);
    if (to != NULL)
        memset(to, 'z', 64);
    capnp_commit_data(&r, 4, 17);
    return capnp_build_finish(&b);
}

static void builder_every_size(void **state)
{
    (void)state;
    uint64_t whole[64];
    int64_t full = sample_build(whole, sizeof whole);
    assert_true(full > 0);
    size_t fits = 0, smallest = (size_t)full + 40; /* 64 bytes are reserved in place, 24 of them kept */
    for (size_t bytes = 0; bytes <= sizeof whole; bytes++) {
        uint64_t *buf = malloc(bytes == 0 ? 1 : bytes); /* its end is guarded */
        assert_non_null(buf);
        int64_t n = sample_build(buf, bytes);
        assert_true(n == (bytes >= smallest ? full : -ENOSPC));
        if (n == full) {
            fits++;
            assert_memory_equal(buf, whole, (size_t)full);
        }
        free(buf);
    }
    assert_true(fits > 0);
    struct capnp_builder b;
    struct capnp_bstruct r;
    for (size_t words = 3; words < 6; words++) { /* a copy fits up to the last word */
        capnp_build_init(&b, whole, words * 8);
        capnp_build_root(&b, 0, 1, &r);
        assert_int_equal(capnp_build_room(&b), (words - 3) * 8);
        assert_int_equal(capnp_set_data(&r, 0, "0123456789abcdef", words * 8 - 24), 0);
        assert_int_equal(capnp_build_finish(&b), words * 8);
        assert_int_equal(capnp_set_data(&r, 0, "0", 1), -ENOSPC);
    }
}

static void round_trip(void **state)
{
    (void)state;
    uint64_t buf[64];
    struct capnp_msg m;
    struct capnp_struct s = {0}, c;
    struct capnp_list l;
    const char *t;
    const uint8_t *d;
    uint32_t n, index;
    int64_t len = sample_build(buf, sizeof buf);
    assert_true(len > 0);
    /* also from an odd address */
    uint8_t *odd = malloc((size_t)len + 1);
    assert_non_null(odd);
    memcpy(odd + 1, buf, (size_t)len);
    assert_int_equal(capnp_msg_open(&m, odd + 1, (size_t)len), 0);
    assert_int_equal(capnp_root(&m, &s), 0);
    assert_int_equal(capnp_get_u32(&s, 12), 0xabcd);
    assert_int_equal(capnp_get_text(&s, 0, &t, &n), 0);
    assert_string_equal(t, "a name");
    assert_int_equal(capnp_get_list(&s, 1, &l), 0);
    assert_int_equal(l.count, 3);
    assert_int_equal(capnp_list_text(&l, 0, &t, &n), 0);
    assert_string_equal(t, "one");
    assert_int_equal(capnp_list_data(&l, 2, &d, &n), 0);
    assert_true(n == 2 && d[1] == 1);
    assert_int_equal(capnp_get_struct(&s, 2, &c), 0);
    assert_int_equal(capnp_get_data(&c, 0, &d, &n), 0);
    assert_true(n == 8 && memcmp(d, "12345678", 8) == 0);
    assert_int_equal(capnp_get_list(&s, 3, &l), 0);
    assert_int_equal(capnp_list_struct(&l, 1, &c), 0);
    assert_int_equal(capnp_get_cap(&c, 0, &index), 0);
    assert_int_equal(index, 3);
    assert_int_equal(capnp_get_data(&s, 4, &d, &n), 0);
    assert_true(n == 17 && d[16] == 'z' && d[17] == 0);
    assert_int_equal(capnp_open(&m, odd + 1, (size_t)len, &s), 0);
    assert_int_equal(capnp_get_u32(&s, 12), 0xabcd);
    free(odd);
    /* no prefix of it opens */
    for (size_t cut = 0; cut < (size_t)len; cut++)
        assert_true(capnp_msg_open(&m, hold(buf, cut), cut) < 0 &&
                    capnp_open(&m, hold(buf, cut), cut, &s) < 0);
}

/* What is written as words is what the builder makes, and the other way round. */
static void flat_messages(void **state)
{
    (void)state;
    uint64_t built[8], flat[8] = {capnp_flat_frame(6), capnp_flat_root(1, 1), 42, capnp_flat_data(11)};
    struct capnp_builder b;
    struct capnp_bstruct r;
    struct capnp_msg m;
    struct capnp_struct s;
    memcpy(&flat[4], "hello world", 11);
    capnp_build_init(&b, built, sizeof built);
    capnp_build_root(&b, 1, 1, &r);
    capnp_set_u64(&r, 0, 42);
    capnp_set_data(&r, 0, "hello world", 11);
    assert_int_equal(capnp_build_finish(&b), 48);
    assert_memory_equal(built, flat, 48);
    assert_true(capnp_flat_is(built, 48, 1, 1));
    assert_int_equal(capnp_flat_data_len(built, 48, 4), 11);
    assert_false(capnp_flat_is(built, 48, 2, 0) || capnp_flat_is(built, 40, 1, 1) ||
                 capnp_flat_is(built, 47, 1, 1));
    flat[3] = capnp_flat_data(17); /* more than there is */
    assert_int_equal(capnp_flat_data_len(flat, 48, 4), -1);
    flat[3] = 0; /* null */
    assert_int_equal(capnp_flat_data_len(flat, 48, 4), -1);
    flat[1] = 0; /* a null root opens, as an empty struct, the slow way */
    assert_int_equal(capnp_open(&m, flat, 48, &s), 0);
    assert_int_equal(s.data_bytes + s.nptrs, 0);
    flat[1] = capnp_flat_root(5, 0); /* past the end */
    assert_int_equal(capnp_open(&m, flat, 48, &s), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framing),
        cmocka_unit_test(root_forms),
        cmocka_unit_test(scalar_fields),
        cmocka_unit_test(text_and_data),
        cmocka_unit_test(far_pointers),
        cmocka_unit_test(capability_pointers),
        cmocka_unit_test(lists_that_are_not),
        cmocka_unit_test(lists_of_structs),
        cmocka_unit_test(lists_of_scalars),
        cmocka_unit_test(nesting_limit),
        cmocka_unit_test(traversal_limit),
        cmocka_unit_test(builder_bytes),
        cmocka_unit_test(builder_in_place),
        cmocka_unit_test(builder_misuse),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(flat_messages),
        cmocka_unit_test(builder_every_size),
    };
    return cmocka_run_group_tests_name("capnp", tests, NULL, release_held);
}
