/* SPDX-License-Identifier: MIT */
/*
 * Parser of the bench channel: bytes in, checked frames out.
 * Invariant: `buf` never holds more than one frame; a length is believed only after the header's checksum
 * held and the length passed its limit.
 */
#include "channel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "frames are little-endian and so must the host be");

static const struct {
    const char *name;
    uint32_t least, most; /* payload bytes */
} types[] = {
    [BENCH_HELLO] = {"HELLO", 1, 4096},
    [BENCH_OUTPUT] = {"OUTPUT", sizeof(struct bench_output), BENCH_MAX_PAYLOAD},
    [BENCH_BEGIN] = {"BEGIN", sizeof(struct bench_mark), sizeof(struct bench_mark)},
    [BENCH_END] = {"END", sizeof(struct bench_mark), sizeof(struct bench_mark)},
    [BENCH_EXIT] = {"EXIT", sizeof(struct bench_exit), sizeof(struct bench_exit)},
    [BENCH_FILE_BEGIN] = {"FILE_BEGIN", sizeof(struct bench_file) + 1,
                          sizeof(struct bench_file) + BENCH_PATH_MAX},
    [BENCH_FILE_DATA] = {"FILE_DATA", 1, BENCH_MAX_PAYLOAD},
    [BENCH_FILE_END] = {"FILE_END", 0, 0},
    [BENCH_LOG] = {"LOG", 0, BENCH_MAX_PAYLOAD},
    [BENCH_ERROR] = {"ERROR", 0, BENCH_MAX_PAYLOAD},
    [BENCH_STAT] = {"STAT", 0, BENCH_MAX_PAYLOAD},
    [BENCH_DONE] = {"DONE", sizeof(struct bench_done), sizeof(struct bench_done)},
    [BENCH_STEP] = {"STEP", 0, BENCH_MAX_PAYLOAD},
    [BENCH_SYNC] = {"SYNC", 1, 200},
};

const char *channel_type_name(unsigned type)
{
    return type < sizeof types / sizeof types[0] && types[type].name ? types[type].name : "?";
}

bool channel_path_safe(const uint8_t *path, size_t len)
{
    size_t start = 0;

    if (len == 0 || len > BENCH_PATH_MAX)
        return false;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && path[i] != '/') {
            if (path[i] < 0x20 || path[i] == 0x7f || path[i] == '\\')
                return false;
            continue;
        }
        size_t n = i - start;
        if (n == 0 || (n == 1 && path[start] == '.') ||
            (n == 2 && path[start] == '.' && path[start + 1] == '.'))
            return false;
        start = i + 1;
    }
    return true;
}

void channel_init(struct channel *c, uint64_t nonce, channel_sink *sink, void *ctx)
{
    c->nonce = nonce;
    c->sink = sink;
    c->ctx = ctx;
    c->next_seq = 0;
    c->done = c->broken = false;
    c->last = (struct bench_done){0};
    c->have = 0;
    c->why[0] = 0;
}

__attribute__((format(printf, 2, 3))) static int channel_break(struct channel *c, const char *fmt, ...)
{
    va_list ap;
    int n = snprintf(c->why, sizeof c->why, "bench channel, frame %u: ", c->next_seq);

    va_start(ap, fmt);
    vsnprintf(c->why + n, sizeof c->why - (size_t)n, fmt, ap);
    va_end(ap);
    c->broken = true;
    return -EBADMSG;
}

static int header_check(struct channel *c, const struct bench_frame *h)
{
    const char *name = channel_type_name(h->type);
    uint32_t crc = channel_crc32(0, h, offsetof(struct bench_frame, header_crc));

    if (h->magic != BENCH_MAGIC)
        return channel_break(c, "bytes that are no frame (magic 0x%08x)", h->magic);
    if (crc != h->header_crc)
        return channel_break(c, "header checksum 0x%08x, computed 0x%08x", h->header_crc, crc);
    if (h->nonce != c->nonce)
        return channel_break(c, "nonce %016llx is not this run's", (unsigned long long)h->nonce);
    if (h->seq != c->next_seq)
        return channel_break(c, "sequence number %u (frames lost or repeated)", h->seq);
    if (h->zero != 0)
        return channel_break(c, "reserved field is %u", h->zero);
    if (name[0] == '?')
        return channel_break(c, "unknown type %u", h->type);
    if (h->len < types[h->type].least || h->len > types[h->type].most)
        return channel_break(c, "%s with %u bytes of payload", name, h->len);
    if (c->done)
        return channel_break(c, "%s after DONE", name);
    if ((h->seq == 0) != (h->type == BENCH_HELLO))
        return channel_break(c, "%s %s", name, h->seq == 0 ? "before HELLO" : "again");
    return 0;
}

/* Reserved fields and values within a payload whose length is already right. */
static int payload_check(struct channel *c, const struct bench_frame *h, const uint8_t *p)
{
    uint32_t crc = channel_crc32(0, p, h->len);

    if (crc != h->payload_crc)
        return channel_break(c, "%s: payload checksum 0x%08x, computed 0x%08x", channel_type_name(h->type),
                             h->payload_crc, crc);
    if (h->type == BENCH_OUTPUT) {
        struct bench_output o;
        memcpy(&o, p, sizeof o);
        if (o.stream != 1 && o.stream != 2)
            return channel_break(c, "OUTPUT on stream %u", o.stream);
    } else if (h->type == BENCH_BEGIN || h->type == BENCH_END) {
        struct bench_mark m;
        memcpy(&m, p, sizeof m);
        if (m.warmup > 1 || m.zero)
            return channel_break(c, "%s with a bad mark", channel_type_name(h->type));
    } else if (h->type == BENCH_EXIT) {
        struct bench_exit e;
        memcpy(&e, p, sizeof e);
        if (e.kind > BENCH_SPAWN_FAILED || e.zero)
            return channel_break(c, "EXIT of unknown kind %u", e.kind);
    } else if (h->type == BENCH_FILE_BEGIN) {
        struct bench_file f;
        memcpy(&f, p, sizeof f);
        if (f.kind > 1 || f.zero || (f.kind == 1 && f.size))
            return channel_break(c, "FILE_BEGIN of unknown kind %u", f.kind);
        if (!channel_path_safe(p + sizeof f, h->len - sizeof f))
            return channel_break(c, "FILE_BEGIN with an unsafe path");
    } else if (h->type == BENCH_DONE) {
        memcpy(&c->last, p, sizeof c->last);
        if (c->last.frames != h->seq)
            return channel_break(c, "DONE counts %u frames", c->last.frames);
    }
    return 0;
}

static int frame_take(struct channel *c, const struct bench_frame *h)
{
    const uint8_t *payload = c->buf + sizeof *h;
    int err = payload_check(c, h, payload);

    if (err)
        return err;
    c->next_seq++;
    c->done = h->type == BENCH_DONE;
    c->have = 0;
    return c->sink(c->ctx, h, payload);
}

/* Adds bytes until `want` are there; returns how many were taken. */
static size_t buffer_fill(struct channel *c, size_t want, const uint8_t *p, size_t n)
{
    size_t take = want - c->have < n ? want - c->have : n;

    memcpy(c->buf + c->have, p, take);
    c->have += take;
    return take;
}

int channel_feed(struct channel *c, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    struct bench_frame h;
    int err;

    if (c->broken)
        return -EBADMSG;
    while (n) {
        if (c->have < sizeof h) {
            size_t took = buffer_fill(c, sizeof h, p, n);
            p += took;
            n -= took;
            if (c->have < sizeof h)
                return 0;
            memcpy(&h, c->buf, sizeof h);
            err = header_check(c, &h);
            if (err)
                return err;
        }
        memcpy(&h, c->buf, sizeof h);
        size_t took = buffer_fill(c, sizeof h + h.len, p, n);
        p += took;
        n -= took;
        if (c->have < sizeof h + h.len)
            return 0;
        err = frame_take(c, &h);
        if (err)
            return err;
    }
    return 0;
}

int channel_end(struct channel *c)
{
    if (c->broken)
        return -EBADMSG;
    if (c->have)
        return channel_break(c, "cut off after %zu bytes", c->have);
    if (!c->done)
        return channel_break(c, "%s", c->next_seq ? "the channel ended without DONE" : "nothing ever came");
    return 0;
}
