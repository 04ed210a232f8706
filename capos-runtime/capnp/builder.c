/* SPDX-License-Identifier: MIT */
/*
 * Building a Cap'n Proto message in one segment, in the caller's buffer.
 * Invariant: used_words never exceeds cap_words; every word below used_words is initialised; after the first
 * error nothing changes any more.
 */
#include "capnp/capnp.h"

#include "abi/errno.h"

#define MAX_WORDS (UINT32_C(1) << 29) /* offsets and list counts are 30 and 29 bits wide */

static int build_fail(struct capnp_builder *b, int err)
{
    if (b->err == 0)
        b->err = err;
    return b->err;
}

static uint8_t *word_at(const struct capnp_builder *b, size_t word)
{
    return b->buf + word * 8;
}

static void word_store(struct capnp_builder *b, size_t word, uint64_t v)
{
    __builtin_memcpy(word_at(b, word), &v, sizeof v);
}

/* Takes `words` words, not initialised. */
static int words_take(struct capnp_builder *b, uint64_t words, size_t *first)
{
    *first = 0;
    if (b->err != 0)
        return b->err;
    b->reserving = false;
    if (words > b->cap_words - b->used_words)
        return build_fail(b, -ENOSPC);
    *first = b->used_words;
    b->used_words += (size_t)words;
    return 0;
}

static int words_take_zeroed(struct capnp_builder *b, uint64_t words, size_t *first)
{
    int rc = words_take(b, words, first);
    if (rc == 0)
        for (size_t i = 0; i < words; i++)
            word_store(b, *first + i, 0);
    return rc;
}

/* The low half of a struct (kind 0) or list (kind 1) pointer at word `from` to an object at word `to`. */
static uint64_t ptr_low(size_t from, size_t to, unsigned kind)
{
    return ((uint32_t)(to - from - 1) << 2) | kind;
}

static int struct_ptr_word(struct capnp_bstruct *s, uint16_t ptr, size_t *word)
{
    *word = 0;
    if (s->b->err != 0)
        return s->b->err;
    if (ptr >= s->nptrs)
        return build_fail(s->b, -EINVAL);
    *word = (size_t)s->data_word + s->dwords + ptr;
    return 0;
}

static int struct_build(struct capnp_builder *b, size_t ptr_word, uint16_t dwords, uint16_t nptrs,
                        struct capnp_bstruct *out)
{
    size_t at;
    *out = (struct capnp_bstruct){.b = b};
    int rc = words_take_zeroed(b, (uint64_t)dwords + nptrs, &at);
    if (rc < 0)
        return rc;
    if (dwords + nptrs == 0)
        at = ptr_word; /* an empty struct points at its own pointer, so that it differs from null */
    word_store(b, ptr_word, ptr_low(ptr_word, at, 0) | (uint64_t)dwords << 32 | (uint64_t)nptrs << 48);
    *out = (struct capnp_bstruct){.b = b, .data_word = (uint32_t)at, .dwords = dwords, .nptrs = nptrs};
    return 0;
}

/* Writes the byte-list pointer at `ptr_word` for `count` bytes at word `at`. */
static void bytes_point(struct capnp_builder *b, size_t ptr_word, size_t at, size_t count)
{
    word_store(b, ptr_word, ptr_low(ptr_word, at, 1) | (uint64_t)CAPNP_ELEM_1 << 32 | (uint64_t)count << 35);
}

/* Copies `len` bytes and `nul` zero bytes behind the pointer at `ptr_word`. */
static int bytes_build(struct capnp_builder *b, size_t ptr_word, const void *p, size_t len, size_t nul)
{
    if (b->err != 0)
        return b->err;
    if (len >= MAX_WORDS - 8)
        return build_fail(b, -ENOSPC);
    size_t total = len + nul, words = (total + 7) / 8, at;
    int rc = words_take(b, words, &at);
    if (rc < 0)
        return rc;
    if (words != 0)
        word_store(b, at + words - 1, 0);
    if (len != 0)
        __builtin_memcpy(word_at(b, at), p, len);
    bytes_point(b, ptr_word, at, total);
    return 0;
}

void capnp_build_init(struct capnp_builder *b, void *buf, size_t bytes)
{
    size_t words = bytes / 8;
    *b = (struct capnp_builder){.buf = buf, .cap_words = words < MAX_WORDS ? words : MAX_WORDS};
    if (((uintptr_t)buf & 7) != 0) {
        b->err = -EINVAL;
    } else if (words < 2) {
        b->err = -ENOSPC;
    } else {
        b->used_words = 2;
        word_store(b, 1, 0);
    }
}

size_t capnp_build_room(const struct capnp_builder *b)
{
    return b->err != 0 ? 0 : (b->cap_words - b->used_words) * 8;
}

int capnp_build_root(struct capnp_builder *b, uint16_t dwords, uint16_t nptrs, struct capnp_bstruct *out)
{
    return struct_build(b, 1, dwords, nptrs, out);
}

static void field_store(struct capnp_bstruct *s, uint32_t off, const void *v, uint32_t size)
{
    if (s->b->err != 0)
        return;
    if ((uint64_t)off + size > (uint64_t)s->dwords * 8)
        build_fail(s->b, -EINVAL);
    else
        __builtin_memcpy(word_at(s->b, s->data_word) + off, v, size);
}

void capnp_set_u8(struct capnp_bstruct *s, uint32_t off, uint8_t v)
{
    field_store(s, off, &v, sizeof v);
}

void capnp_set_u16(struct capnp_bstruct *s, uint32_t off, uint16_t v)
{
    field_store(s, off, &v, sizeof v);
}

void capnp_set_u32(struct capnp_bstruct *s, uint32_t off, uint32_t v)
{
    field_store(s, off, &v, sizeof v);
}

void capnp_set_u64(struct capnp_bstruct *s, uint32_t off, uint64_t v)
{
    field_store(s, off, &v, sizeof v);
}

void capnp_set_bool(struct capnp_bstruct *s, uint32_t bit, bool v)
{
    if (s->b->err != 0)
        return;
    if (bit / 8 >= (uint32_t)s->dwords * 8) {
        build_fail(s->b, -EINVAL);
        return;
    }
    uint8_t *byte = word_at(s->b, s->data_word) + bit / 8;
    uint8_t mask = (uint8_t)(1u << (bit % 8));
    *byte = v ? *byte | mask : *byte & (uint8_t)~mask;
}

int capnp_set_text(struct capnp_bstruct *s, uint16_t ptr, const char *p, size_t len)
{
    size_t word;
    int rc = struct_ptr_word(s, ptr, &word);
    return rc < 0 ? rc : bytes_build(s->b, word, p, len, 1);
}

int capnp_set_data(struct capnp_bstruct *s, uint16_t ptr, const void *p, size_t len)
{
    size_t word;
    int rc = struct_ptr_word(s, ptr, &word);
    return rc < 0 ? rc : bytes_build(s->b, word, p, len, 0);
}

uint8_t *capnp_reserve_data(struct capnp_bstruct *s, uint16_t ptr, size_t max_len)
{
    struct capnp_builder *b = s->b;
    size_t word;
    if (struct_ptr_word(s, ptr, &word) < 0)
        return NULL;
    if (max_len > capnp_build_room(b) || max_len >= MAX_WORDS) {
        build_fail(b, -ENOSPC);
        return NULL;
    }
    b->reserving = true;
    b->reserved_bytes = max_len;
    return word_at(b, b->used_words);
}

int capnp_commit_data(struct capnp_bstruct *s, uint16_t ptr, size_t len)
{
    struct capnp_builder *b = s->b;
    size_t word;
    int rc = struct_ptr_word(s, ptr, &word);
    if (rc < 0)
        return rc;
    if (!b->reserving || len > b->reserved_bytes)
        return build_fail(b, -EINVAL);
    size_t at;
    rc = words_take(b, (len + 7) / 8, &at);
    if (rc < 0)
        return rc;
    for (size_t i = len; i % 8 != 0; i++)
        word_at(b, at)[i] = 0;
    bytes_point(b, word, at, len);
    return 0;
}

int capnp_set_struct(struct capnp_bstruct *s, uint16_t ptr, uint16_t dwords, uint16_t nptrs,
                     struct capnp_bstruct *out)
{
    struct capnp_builder *b = s->b;
    size_t word;
    int rc = struct_ptr_word(s, ptr, &word);
    if (rc == 0)
        return struct_build(b, word, dwords, nptrs, out);
    *out = (struct capnp_bstruct){.b = b};
    return rc;
}

int capnp_set_cap(struct capnp_bstruct *s, uint16_t ptr, uint32_t index)
{
    size_t word;
    int rc = struct_ptr_word(s, ptr, &word);
    if (rc == 0)
        word_store(s->b, word, (uint64_t)index << 32 | 3);
    return rc;
}

/* Allocates `head` + `words` zeroed words behind pointer `ptr` and points a list of `elem`, `count` at them.
 */
static int list_build(struct capnp_bstruct *s, uint16_t ptr, enum capnp_elem elem, uint64_t count,
                      uint64_t words, size_t *at)
{
    size_t word;
    int rc = struct_ptr_word(s, ptr, &word);
    if (rc < 0)
        return rc;
    if (count >= MAX_WORDS || words >= MAX_WORDS)
        return build_fail(s->b, -ENOSPC);
    rc = words_take_zeroed(s->b, words, at);
    if (rc == 0)
        word_store(s->b, word, ptr_low(word, *at, 1) | (uint64_t)elem << 32 | count << 35);
    return rc;
}

int capnp_set_struct_list(struct capnp_bstruct *s, uint16_t ptr, uint32_t count, uint16_t dwords,
                          uint16_t nptrs, struct capnp_blist *out)
{
    struct capnp_builder *b = s->b;
    uint64_t words = (uint64_t)count * ((uint32_t)dwords + nptrs);
    size_t at = 0;
    *out = (struct capnp_blist){.b = b};
    if (count >= MAX_WORDS)
        return build_fail(b, -ENOSPC);
    int rc = list_build(s, ptr, CAPNP_ELEM_STRUCT, words, words + 1, &at);
    if (rc < 0)
        return rc;
    word_store(b, at, (uint64_t)count << 2 | (uint64_t)dwords << 32 | (uint64_t)nptrs << 48);
    *out = (struct capnp_blist){
        .b = b, .first_word = (uint32_t)at + 1, .count = count, .dwords = dwords, .nptrs = nptrs};
    return 0;
}

int capnp_set_text_list(struct capnp_bstruct *s, uint16_t ptr, uint32_t count, struct capnp_blist *out)
{
    struct capnp_builder *b = s->b;
    size_t at = 0;
    *out = (struct capnp_blist){.b = b};
    int rc = list_build(s, ptr, CAPNP_ELEM_PTR, count, count, &at);
    if (rc < 0)
        return rc;
    *out = (struct capnp_blist){.b = b, .first_word = (uint32_t)at, .count = count, .nptrs = 1};
    return 0;
}

int capnp_blist_struct(const struct capnp_blist *l, uint32_t i, struct capnp_bstruct *out)
{
    *out = (struct capnp_bstruct){.b = l->b};
    if (l->b->err != 0)
        return l->b->err;
    if (i >= l->count)
        return build_fail(l->b, -EINVAL);
    out->data_word = l->first_word + i * ((uint32_t)l->dwords + l->nptrs);
    out->dwords = l->dwords;
    out->nptrs = l->nptrs;
    return 0;
}

int capnp_blist_text(const struct capnp_blist *l, uint32_t i, const char *p, size_t len)
{
    struct capnp_bstruct element;
    int rc = capnp_blist_struct(l, i, &element);
    return rc < 0 ? rc : capnp_set_text(&element, 0, p, len);
}

int capnp_blist_data(const struct capnp_blist *l, uint32_t i, const void *p, size_t len)
{
    struct capnp_bstruct element;
    int rc = capnp_blist_struct(l, i, &element);
    return rc < 0 ? rc : capnp_set_data(&element, 0, p, len);
}

int64_t capnp_build_finish(struct capnp_builder *b)
{
    if (b->err != 0)
        return b->err;
    word_store(b, 0, (uint64_t)(b->used_words - 1) << 32);
    return (int64_t)b->used_words * 8;
}
