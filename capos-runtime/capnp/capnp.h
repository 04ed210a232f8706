/* SPDX-License-Identifier: MIT */
/*
 * The one Cap'n Proto codec: a bounds-checked reader and a one-segment builder, for kernel, libcapos and
 * host. Invariant: no allocation, no global state, no byte read outside the buffer given to capnp_msg_open
 * and none written outside the one given to capnp_build_init, whatever the input. Needs memcpy and memset and
 * nothing else.
 *
 * Ownership: readers and builders point into the caller's buffers; these, and the capnp_msg or capnp_builder,
 * must outlive every struct, list, text and data taken from them. Buffers being read must not change
 * meanwhile. Errors: -EBADMSG malformed or of another type than asked for, -ELOOP nested too deep, -E2BIG
 * over the traversal budget or with too many segments. An output is only valid after 0. Source: the published
 * encoding (stream framing, struct, list, far and capability pointers).
 */
#ifndef CAPNP_CAPNP_H
#define CAPNP_CAPNP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the wire is little-endian and so are we");

#define CAPNP_MAX_SEGS        16u
#define CAPNP_NESTING_LIMIT   32u
#define CAPNP_TRAVERSAL_LIMIT (UINT64_C(64) << 20) /* words a message may make us visit */

/* Element sizes of a list, as in a list pointer. */
enum capnp_elem {
    CAPNP_ELEM_VOID = 0,
    CAPNP_ELEM_BIT = 1,
    CAPNP_ELEM_1 = 2,
    CAPNP_ELEM_2 = 3,
    CAPNP_ELEM_4 = 4,
    CAPNP_ELEM_8 = 5,
    CAPNP_ELEM_PTR = 6,
    CAPNP_ELEM_STRUCT = 7
};

/* An opened message. */
struct capnp_msg {
    const uint8_t *seg[CAPNP_MAX_SEGS];
    uint32_t seg_words[CAPNP_MAX_SEGS];
    uint32_t nsegs;
    uint64_t traversal_left; /* words */
};

/* A struct in a message; all its fields read as zero when it is empty. */
struct capnp_struct {
    struct capnp_msg *msg;
    uint32_t seg;
    const uint8_t *data;
    uint32_t data_bytes;
    uint32_t ptr_word; /* word index of the pointer section in seg */
    uint16_t nptrs;
    uint8_t depth; /* levels that may still be followed */
};

/* A list in a message. */
struct capnp_list {
    struct capnp_msg *msg;
    uint32_t seg;
    const uint8_t *base;
    uint32_t count;
    uint32_t step_bits;
    uint32_t data_bytes_each;
    uint16_t nptrs_each;
    uint8_t elem_size; /* enum capnp_elem */
    uint8_t depth;
};

/* ---- flat messages ----
 *
 * One segment, the root struct right behind the root pointer, and a Data field's bytes right behind the
 * struct: what every builder makes of a struct with at most one Data. Calls made often write and read them as
 * words; who reads one has the general reader below for everything else.
 */

/* The word of a root pointer to a struct that follows it. */
static inline uint64_t capnp_flat_root(uint16_t dwords, uint16_t nptrs)
{
    return (uint64_t)dwords << 32 | (uint64_t)nptrs << 48;
}

/* The word of a pointer to `len` bytes that follow it, as the last pointer of its struct. */
static inline uint64_t capnp_flat_data(uint32_t len)
{
    return 1u | (uint64_t)CAPNP_ELEM_1 << 32 | (uint64_t)len << 35;
}

/* The first word of a message of `words` words in all. */
static inline uint64_t capnp_flat_frame(size_t words)
{
    return (uint64_t)(words - 1) << 32;
}

/* Whether the `bytes` bytes at m are a flat message whose root has dwords and nptrs: its fields are then at m
 * + 2. */
static inline bool capnp_flat_is(const uint64_t *m, size_t bytes, uint16_t dwords, uint16_t nptrs)
{
    return bytes >= 16u + 8u * ((size_t)dwords + nptrs) && bytes % 8 == 0 &&
           m[0] == capnp_flat_frame(bytes / 8) && m[1] == capnp_flat_root(dwords, nptrs);
}

/* Of a flat message (capnp_flat_is) of `bytes` bytes, the length of the Data that its last pointer says, at
 * word `end`, where the root ends; -1: it is not that, or does not lie inside. */
static inline int64_t capnp_flat_data_len(const uint64_t *m, size_t bytes, size_t end)
{
    const uint64_t p = m[end - 1];
    const uint32_t len = (uint32_t)(p >> 35);
    return p == capnp_flat_data(len) && len <= bytes - end * 8 ? (int64_t)len : -1;
}

/* ---- reader ---- */

/* capnp_msg_open: checks the stream framing of the `len` bytes at `buf` (any alignment); trailing bytes are
 * refused. */
int capnp_msg_open(struct capnp_msg *m, const void *buf, size_t len);

/* capnp_msg_open_prefix: the same, but bytes may follow; *used receives the message's length in bytes. */
int capnp_msg_open_prefix(struct capnp_msg *m, const void *buf, size_t len, size_t *used);

/* capnp_root: the root struct; a null root pointer gives an empty struct, a message without a root word
 * -EBADMSG. */
int capnp_root(struct capnp_msg *m, struct capnp_struct *out);

/* capnp_open: both at once: the root of the message that the `len` bytes at `buf` are. 0, or the first error.
 */
static inline int capnp_open(struct capnp_msg *m, const void *buf, size_t len, struct capnp_struct *root)
{
    uint64_t w[2];
    if (len >= 16 && len % 8 == 0) {
        __builtin_memcpy(w, buf, sizeof w);
        const uint64_t words = len / 8 - 2;
        const uint32_t dwords = (uint32_t)(w[1] >> 32) & 0xffff, nptrs = (uint32_t)(w[1] >> 48);
        /* one segment, its root a struct that follows the pointer: no other pointer has a low half of zero */
        if (w[0] == capnp_flat_frame(len / 8) && (uint32_t)w[1] == 0 && w[1] != 0 &&
            dwords + nptrs <= words) {
            m->nsegs = 1;
            m->seg[0] = (const uint8_t *)buf + 8;
            m->seg_words[0] = (uint32_t)words + 1;
            m->traversal_left = CAPNP_TRAVERSAL_LIMIT - dwords - nptrs;
            *root = (struct capnp_struct){.msg = m,
                                          .data = (const uint8_t *)buf + 16,
                                          .data_bytes = dwords * 8,
                                          .ptr_word = 1 + dwords,
                                          .nptrs = (uint16_t)nptrs,
                                          .depth = CAPNP_NESTING_LIMIT - 1};
            return 0;
        }
    }
    int rc = capnp_msg_open(m, buf, len);
    return rc < 0 ? rc : capnp_root(m, root);
}

/* capnp_get_u8/u16/u32/u64: the field at byte `off` of the data section; zero when it lies outside. */
static inline uint8_t capnp_get_u8(const struct capnp_struct *s, uint32_t off)
{
    return off < s->data_bytes ? s->data[off] : 0;
}

static inline uint16_t capnp_get_u16(const struct capnp_struct *s, uint32_t off)
{
    uint16_t v = 0;
    if (s->data_bytes >= sizeof v && off <= s->data_bytes - sizeof v)
        __builtin_memcpy(&v, s->data + off, sizeof v);
    return v;
}

static inline uint32_t capnp_get_u32(const struct capnp_struct *s, uint32_t off)
{
    uint32_t v = 0;
    if (s->data_bytes >= sizeof v && off <= s->data_bytes - sizeof v)
        __builtin_memcpy(&v, s->data + off, sizeof v);
    return v;
}

static inline uint64_t capnp_get_u64(const struct capnp_struct *s, uint32_t off)
{
    uint64_t v = 0;
    if (s->data_bytes >= sizeof v && off <= s->data_bytes - sizeof v)
        __builtin_memcpy(&v, s->data + off, sizeof v);
    return v;
}

/* capnp_get_bool: bit `bit` of the data section; false when it lies outside. */
static inline bool capnp_get_bool(const struct capnp_struct *s, uint32_t bit)
{
    return (capnp_get_u8(s, bit / 8) >> (bit % 8)) & 1;
}

/*
 * capnp_get_text: text at pointer `ptr`; *len is its length in bytes without the NUL that must end it and
 * that is there at (*p)[*len]. A null or missing pointer gives "", 0. NULs inside and the encoding are the
 * caller's to judge.
 */
int capnp_get_text(struct capnp_struct *s, uint16_t ptr, const char **p, uint32_t *len);

/* capnp_get_data: bytes at pointer `ptr`; a null or missing pointer gives a non-NULL *p and length 0. */
int capnp_get_data(struct capnp_struct *s, uint16_t ptr, const uint8_t **p, uint32_t *len);

/* capnp_get_struct: the struct at pointer `ptr`; a null or missing pointer gives an empty one. */
int capnp_get_struct(struct capnp_struct *s, uint16_t ptr, struct capnp_struct *out);

/* capnp_get_list: the list at pointer `ptr`, of any element size; a null or missing pointer gives count 0. */
int capnp_get_list(struct capnp_struct *s, uint16_t ptr, struct capnp_list *out);

/* capnp_ptr_is_null: true when pointer `ptr` is null or missing. */
bool capnp_ptr_is_null(const struct capnp_struct *s, uint16_t ptr);

/* capnp_get_cap: the capability index at pointer `ptr`; -ENOENT when it is null or missing. */
int capnp_get_cap(struct capnp_struct *s, uint16_t ptr, uint32_t *index);

/* capnp_list_struct: element `i` as a struct (lists of bits cannot be read so: -EBADMSG); -ERANGE past the
 * end. */
int capnp_list_struct(const struct capnp_list *l, uint32_t i, struct capnp_struct *out);

/* capnp_list_text, capnp_list_data: element `i` of a list of pointers; -ERANGE past the end. */
int capnp_list_text(const struct capnp_list *l, uint32_t i, const char **p, uint32_t *len);
int capnp_list_data(const struct capnp_list *l, uint32_t i, const uint8_t **p, uint32_t *len);

/* capnp_list_uint: element `i` of a list of bits or of 1 to 8-byte integers (zero-extended); -ERANGE past the
 * end. */
int capnp_list_uint(const struct capnp_list *l, uint32_t i, uint64_t *out);

/* ---- builder ---- */

/*
 * A message being built: framing word, root pointer, then everything in order of the calls. The first error
 * sticks: later calls give it back and change nothing, so only capnp_build_finish must be checked. -ENOSPC:
 * the buffer is full; -EINVAL: a field outside its struct, a misaligned buffer, a commit without its
 * reservation.
 */
struct capnp_builder {
    uint8_t *buf;
    size_t cap_words, used_words; /* both count the framing word */
    size_t reserved_bytes;
    bool reserving;
    int err;
};

/* A struct being built. */
struct capnp_bstruct {
    struct capnp_builder *b;
    uint32_t data_word; /* from buf */
    uint16_t dwords, nptrs;
};

/* A list of structs or of pointers being built. */
struct capnp_blist {
    struct capnp_builder *b;
    uint32_t first_word; /* from buf */
    uint32_t count;
    uint16_t dwords, nptrs; /* of an element; a list of pointers has 0 and 1 */
};

/* capnp_build_init: starts a message in the `bytes` bytes at `buf`, 8-aligned. */
void capnp_build_init(struct capnp_builder *b, void *buf, size_t bytes);

/* capnp_build_room: bytes of text or data that still fit in one more capnp_set_data (0 after an error). */
size_t capnp_build_room(const struct capnp_builder *b);

/* capnp_build_root: allocates the zeroed root struct of `dwords` data words and `nptrs` pointers. */
int capnp_build_root(struct capnp_builder *b, uint16_t dwords, uint16_t nptrs, struct capnp_bstruct *out);

/* capnp_set_u8/u16/u32/u64/bool: stores a field at a byte (or bit) offset of the data section. */
void capnp_set_u8(struct capnp_bstruct *s, uint32_t off, uint8_t v);
void capnp_set_u16(struct capnp_bstruct *s, uint32_t off, uint16_t v);
void capnp_set_u32(struct capnp_bstruct *s, uint32_t off, uint32_t v);
void capnp_set_u64(struct capnp_bstruct *s, uint32_t off, uint64_t v);
void capnp_set_bool(struct capnp_bstruct *s, uint32_t bit, bool v);

/* capnp_set_text, capnp_set_data: copies `len` bytes; the text's NUL is added. `p` may be NULL when len is 0.
 */
int capnp_set_text(struct capnp_bstruct *s, uint16_t ptr, const char *p, size_t len);
int capnp_set_data(struct capnp_bstruct *s, uint16_t ptr, const void *p, size_t len);

/*
 * capnp_reserve_data: where up to `max_len` bytes for pointer `ptr` may be written in place; NULL on error.
 * Nothing else may be allocated before capnp_commit_data, which keeps the first `len` of them.
 */
uint8_t *capnp_reserve_data(struct capnp_bstruct *s, uint16_t ptr, size_t max_len);
int capnp_commit_data(struct capnp_bstruct *s, uint16_t ptr, size_t len);

/* capnp_set_struct: allocates a zeroed struct behind pointer `ptr`. */
int capnp_set_struct(struct capnp_bstruct *s, uint16_t ptr, uint16_t dwords, uint16_t nptrs,
                     struct capnp_bstruct *out);

/* capnp_set_cap: a capability pointer: the index of a result-capability record. */
int capnp_set_cap(struct capnp_bstruct *s, uint16_t ptr, uint32_t index);

/* capnp_set_struct_list: allocates a list of `count` zeroed structs behind pointer `ptr`. */
int capnp_set_struct_list(struct capnp_bstruct *s, uint16_t ptr, uint32_t count, uint16_t dwords,
                          uint16_t nptrs, struct capnp_blist *out);

/* capnp_blist_struct: element `i` of a list of structs. */
int capnp_blist_struct(const struct capnp_blist *l, uint32_t i, struct capnp_bstruct *out);

/* capnp_set_text_list: allocates a list of `count` null pointers for texts or data behind pointer `ptr`. */
int capnp_set_text_list(struct capnp_bstruct *s, uint16_t ptr, uint32_t count, struct capnp_blist *out);

/* capnp_blist_text, capnp_blist_data: sets element `i` of a list made by capnp_set_text_list. */
int capnp_blist_text(const struct capnp_blist *l, uint32_t i, const char *p, size_t len);
int capnp_blist_data(const struct capnp_blist *l, uint32_t i, const void *p, size_t len);

/* capnp_build_finish: writes the framing; the message's length in bytes, from buf, or the first error. */
int64_t capnp_build_finish(struct capnp_builder *b);

#endif
