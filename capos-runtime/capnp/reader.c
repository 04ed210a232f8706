/* SPDX-License-Identifier: MIT */
/*
 * Reading Cap'n Proto messages that may come from anybody.
 * Invariant: an object is handed out only after its whole extent was found inside one segment; every object
 * handed out was charged to the message's traversal budget, zero-sized list elements as one word each.
 */
#include "capnp/capnp.h"

#include "abi/errno.h"

enum { KIND_STRUCT = 0, KIND_LIST = 1, KIND_FAR = 2, KIND_OTHER = 3 };

/* A pointer after far pointers were followed: its tag word and where its object starts. */
struct target {
    uint64_t tag;
    uint32_t seg;
    uint64_t at; /* word index in seg, not yet checked */
};

static uint64_t word_load(const struct capnp_msg *m, uint32_t seg, uint64_t word)
{
    uint64_t v;
    __builtin_memcpy(&v, m->seg[seg] + word * 8, sizeof v);
    return v;
}

static unsigned tag_kind(uint64_t tag)
{
    return (unsigned)(tag & 3);
}

/* The object offset of a struct or list pointer that lies at `word`; wraps to something huge when it is
 * negative. */
static uint64_t tag_target(uint64_t tag, uint64_t word)
{
    int64_t offset = (int32_t)(uint32_t)tag >> 2;
    return word + 1 + (uint64_t)offset;
}

static bool span_inside(const struct capnp_msg *m, uint32_t seg, uint64_t at, uint64_t words)
{
    return at <= m->seg_words[seg] && words <= m->seg_words[seg] - at;
}

static int msg_charge(struct capnp_msg *m, uint64_t words)
{
    if (words > m->traversal_left)
        return -E2BIG;
    m->traversal_left -= words;
    return 0;
}

static int far_follow(const struct capnp_msg *m, uint64_t far, struct target *out)
{
    uint32_t seg = (uint32_t)(far >> 32);
    uint64_t pad = (uint32_t)far >> 3;
    bool two_words = (far & 4) != 0;
    if (seg >= m->nsegs || !span_inside(m, seg, pad, two_words ? 2 : 1))
        return -EBADMSG;
    uint64_t first = word_load(m, seg, pad);
    if (!two_words) {
        if (tag_kind(first) == KIND_FAR)
            return -EBADMSG;
        *out = (struct target){first, seg, tag_target(first, pad)};
        return 0;
    }
    uint32_t there = (uint32_t)(first >> 32);
    if (tag_kind(first) != KIND_FAR || (first & 4) != 0 || there >= m->nsegs)
        return -EBADMSG;
    uint64_t tag = word_load(m, seg, pad + 1);
    if (tag_kind(tag) != KIND_STRUCT && tag_kind(tag) != KIND_LIST)
        return -EBADMSG;
    *out = (struct target){tag, there, (uint32_t)first >> 3};
    return 0;
}

/* Follows the pointer at `word`, which lies inside seg. The result's tag is 0 for a null pointer. */
static inline int ptr_follow(const struct capnp_msg *m, uint32_t seg, uint64_t word, struct target *out)
{
    uint64_t p = word_load(m, seg, word);
    if (tag_kind(p) == KIND_FAR)
        return far_follow(m, p, out);
    *out = (struct target){p, seg, tag_target(p, word)};
    return 0;
}

static void struct_empty(struct capnp_msg *m, uint8_t depth, struct capnp_struct *out)
{
    *out = (struct capnp_struct){.msg = m, .depth = depth};
}

static int struct_read(struct capnp_msg *m, uint32_t seg, uint64_t word, uint8_t depth,
                       struct capnp_struct *out)
{
    struct target t;
    int rc = ptr_follow(m, seg, word, &t);
    if (rc < 0)
        return rc;
    if (t.tag == 0) {
        struct_empty(m, 0, out);
        return 0;
    }
    uint32_t dwords = (uint32_t)(t.tag >> 32) & 0xffff;
    uint16_t nptrs = (uint16_t)(t.tag >> 48);
    if (tag_kind(t.tag) != KIND_STRUCT || !span_inside(m, t.seg, t.at, (uint64_t)dwords + nptrs))
        return -EBADMSG;
    if (depth == 0)
        return -ELOOP;
    rc = msg_charge(m, (uint64_t)dwords + nptrs);
    if (rc < 0)
        return rc;
    *out = (struct capnp_struct){.msg = m,
                                 .seg = t.seg,
                                 .data = m->seg[t.seg] + t.at * 8,
                                 .data_bytes = dwords * 8,
                                 .ptr_word = (uint32_t)t.at + dwords,
                                 .nptrs = nptrs,
                                 .depth = (uint8_t)(depth - 1)};
    return 0;
}

/* Text and data are both lists of bytes; *p is NULL for a null pointer. */
static int bytes_read(struct capnp_msg *m, uint32_t seg, uint64_t word, const uint8_t **p, uint32_t *len)
{
    struct target t;
    int rc = ptr_follow(m, seg, word, &t);
    if (rc < 0)
        return rc;
    *p = NULL;
    *len = 0;
    if (t.tag == 0)
        return 0;
    uint32_t count = (uint32_t)(t.tag >> 35);
    uint64_t words = ((uint64_t)count + 7) / 8;
    if (tag_kind(t.tag) != KIND_LIST || ((t.tag >> 32) & 7) != CAPNP_ELEM_1 ||
        !span_inside(m, t.seg, t.at, words))
        return -EBADMSG;
    rc = msg_charge(m, words);
    if (rc < 0)
        return rc;
    *p = m->seg[t.seg] + t.at * 8;
    *len = count;
    return 0;
}

static int text_read(struct capnp_msg *m, uint32_t seg, uint64_t word, const char **p, uint32_t *len)
{
    const uint8_t *bytes;
    uint32_t n;
    int rc = bytes_read(m, seg, word, &bytes, &n);
    if (rc < 0)
        return rc;
    *p = "";
    *len = 0;
    if (bytes == NULL)
        return 0;
    if (n == 0 || bytes[n - 1] != 0)
        return -EBADMSG;
    *p = (const char *)bytes;
    *len = n - 1;
    return 0;
}

static int data_read(struct capnp_msg *m, uint32_t seg, uint64_t word, const uint8_t **p, uint32_t *len)
{
    int rc = bytes_read(m, seg, word, p, len);
    if (rc == 0 && *p == NULL)
        *p = (const uint8_t *)"";
    return rc;
}

int capnp_msg_open_prefix(struct capnp_msg *m, const void *buf, size_t len, size_t *used)
{
    const uint8_t *b = buf;
    uint32_t count;
    if (len < 8)
        return -EBADMSG;
    __builtin_memcpy(&count, b, sizeof count);
    if (count >= CAPNP_MAX_SEGS)
        return -E2BIG;
    count++;
    size_t at = ((size_t)count / 2 + 1) * 8; /* one u32 for the count and one a segment, padded to words */
    if (len < at)
        return -EBADMSG;
    m->nsegs = count;
    m->traversal_left = CAPNP_TRAVERSAL_LIMIT;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t words;
        __builtin_memcpy(&words, b + 4 + 4 * (size_t)i, sizeof words);
        if (words > (len - at) / 8)
            return -EBADMSG;
        m->seg[i] = b + at;
        m->seg_words[i] = words;
        at += (size_t)words * 8;
    }
    *used = at;
    return 0;
}

int capnp_msg_open(struct capnp_msg *m, const void *buf, size_t len)
{
    size_t used;
    int rc = capnp_msg_open_prefix(m, buf, len, &used);
    if (rc < 0)
        return rc;
    return used == len ? 0 : -EBADMSG;
}

int capnp_root(struct capnp_msg *m, struct capnp_struct *out)
{
    if (m->seg_words[0] == 0)
        return -EBADMSG;
    return struct_read(m, 0, 0, CAPNP_NESTING_LIMIT, out);
}

bool capnp_ptr_is_null(const struct capnp_struct *s, uint16_t ptr)
{
    return ptr >= s->nptrs || word_load(s->msg, s->seg, (uint64_t)s->ptr_word + ptr) == 0;
}

int capnp_get_text(struct capnp_struct *s, uint16_t ptr, const char **p, uint32_t *len)
{
    if (ptr < s->nptrs)
        return text_read(s->msg, s->seg, (uint64_t)s->ptr_word + ptr, p, len);
    *p = "";
    *len = 0;
    return 0;
}

int capnp_get_data(struct capnp_struct *s, uint16_t ptr, const uint8_t **p, uint32_t *len)
{
    if (ptr < s->nptrs)
        return data_read(s->msg, s->seg, (uint64_t)s->ptr_word + ptr, p, len);
    *p = (const uint8_t *)"";
    *len = 0;
    return 0;
}

int capnp_get_struct(struct capnp_struct *s, uint16_t ptr, struct capnp_struct *out)
{
    struct capnp_msg *m = s->msg;
    if (ptr < s->nptrs)
        return struct_read(m, s->seg, (uint64_t)s->ptr_word + ptr, s->depth, out);
    struct_empty(m, 0, out);
    return 0;
}

int capnp_get_cap(struct capnp_struct *s, uint16_t ptr, uint32_t *index)
{
    if (capnp_ptr_is_null(s, ptr))
        return -ENOENT;
    struct target t;
    int rc = ptr_follow(s->msg, s->seg, (uint64_t)s->ptr_word + ptr, &t);
    if (rc < 0)
        return rc;
    if ((uint32_t)t.tag != KIND_OTHER)
        return -EBADMSG;
    *index = (uint32_t)(t.tag >> 32);
    return 0;
}

/* A list whose element is a struct: a tag word says how many there are and how large each is. */
static int list_read_structs(struct capnp_msg *m, const struct target *t, struct capnp_list *out)
{
    uint64_t words = (uint32_t)(t->tag >> 35);
    if (!span_inside(m, t->seg, t->at, words + 1))
        return -EBADMSG;
    uint64_t tag = word_load(m, t->seg, t->at);
    uint32_t count = (uint32_t)tag >> 2;
    uint32_t dwords = (uint32_t)(tag >> 32) & 0xffff;
    uint16_t nptrs = (uint16_t)(tag >> 48);
    uint64_t each = (uint64_t)dwords + nptrs;
    if (tag_kind(tag) != KIND_STRUCT || count * each > words)
        return -EBADMSG;
    out->base = m->seg[t->seg] + (t->at + 1) * 8;
    out->count = count;
    out->step_bits = (uint32_t)each * 64;
    out->data_bytes_each = dwords * 8;
    out->nptrs_each = nptrs;
    return msg_charge(m, words + 1 + (each == 0 ? count : 0));
}

static int list_read_flat(struct capnp_msg *m, const struct target *t, struct capnp_list *out)
{
    static const uint8_t bits[] = {0, 1, 8, 16, 32, 64, 64};
    uint32_t count = (uint32_t)(t->tag >> 35);
    uint32_t step = bits[out->elem_size];
    uint64_t words = ((uint64_t)count * step + 63) / 64;
    if (!span_inside(m, t->seg, t->at, words))
        return -EBADMSG;
    out->base = m->seg[t->seg] + t->at * 8;
    out->count = count;
    out->step_bits = step;
    out->data_bytes_each = out->elem_size == CAPNP_ELEM_PTR ? 0 : step / 8;
    out->nptrs_each = out->elem_size == CAPNP_ELEM_PTR;
    return msg_charge(m, step == 0 ? count : words);
}

int capnp_get_list(struct capnp_struct *s, uint16_t ptr, struct capnp_list *out)
{
    struct capnp_msg *m = s->msg;
    uint8_t depth = s->depth;
    *out = (struct capnp_list){.msg = m};
    if (ptr >= s->nptrs)
        return 0;
    struct target t;
    int rc = ptr_follow(m, s->seg, (uint64_t)s->ptr_word + ptr, &t);
    if (rc < 0 || t.tag == 0)
        return rc;
    if (tag_kind(t.tag) != KIND_LIST)
        return -EBADMSG;
    if (depth == 0)
        return -ELOOP;
    out->seg = t.seg;
    out->depth = (uint8_t)(depth - 1);
    out->elem_size = (t.tag >> 32) & 7;
    return out->elem_size == CAPNP_ELEM_STRUCT ? list_read_structs(m, &t, out) : list_read_flat(m, &t, out);
}

/* The first byte of element `i`, which exists. */
static const uint8_t *list_at(const struct capnp_list *l, uint32_t i)
{
    return l->base + (uint64_t)i * l->step_bits / 8;
}

int capnp_list_struct(const struct capnp_list *l, uint32_t i, struct capnp_struct *out)
{
    if (i >= l->count)
        return -ERANGE;
    if (l->elem_size == CAPNP_ELEM_BIT)
        return -EBADMSG;
    if (l->depth == 0)
        return -ELOOP;
    const uint8_t *data = list_at(l, i);
    *out = (struct capnp_struct){.msg = l->msg,
                                 .seg = l->seg,
                                 .data = data,
                                 .data_bytes = l->data_bytes_each,
                                 .nptrs = l->nptrs_each,
                                 .depth = (uint8_t)(l->depth - 1)};
    if (l->nptrs_each != 0)
        out->ptr_word = (uint32_t)((size_t)(data - l->msg->seg[l->seg]) / 8) + l->data_bytes_each / 8;
    return 0;
}

/* The word of the (first) pointer of element `i`. */
static int list_ptr_word(const struct capnp_list *l, uint32_t i, uint64_t *word)
{
    if (i >= l->count)
        return -ERANGE;
    if (l->nptrs_each == 0)
        return -EBADMSG;
    *word = (size_t)(list_at(l, i) - l->msg->seg[l->seg]) / 8 + l->data_bytes_each / 8;
    return 0;
}

int capnp_list_text(const struct capnp_list *l, uint32_t i, const char **p, uint32_t *len)
{
    uint64_t word;
    int rc = list_ptr_word(l, i, &word);
    return rc < 0 ? rc : text_read(l->msg, l->seg, word, p, len);
}

int capnp_list_data(const struct capnp_list *l, uint32_t i, const uint8_t **p, uint32_t *len)
{
    uint64_t word;
    int rc = list_ptr_word(l, i, &word);
    return rc < 0 ? rc : data_read(l->msg, l->seg, word, p, len);
}

int capnp_list_uint(const struct capnp_list *l, uint32_t i, uint64_t *out)
{
    if (i >= l->count)
        return -ERANGE;
    if (l->elem_size < CAPNP_ELEM_BIT || l->elem_size > CAPNP_ELEM_8)
        return -EBADMSG;
    if (l->elem_size == CAPNP_ELEM_BIT) {
        *out = (l->base[i / 8] >> (i % 8)) & 1;
        return 0;
    }
    *out = 0;
    __builtin_memcpy(out, list_at(l, i), l->data_bytes_each);
    return 0;
}
