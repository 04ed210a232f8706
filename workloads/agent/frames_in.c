/* SPDX-License-Identifier: MIT */
/*
 * Frames in; see frames_in.h. Also the checksum that both directions use.
 * Invariant: a length is believed only after the header's checksum held and the length passed its limit.
 */
#include "frames_in.h"

#include <errno.h>
#include <string.h>

static uint32_t crc_table[8][256];

/* CRC-32 of IEEE 802.3, eight bytes at a time (Kounavis and Berry, "slicing-by-8"). */
void frames_crc_init(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = (c >> 1) ^ (UINT32_C(0xedb88320) & (0u - (c & 1u)));
        crc_table[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < 8; t++)
            crc_table[t][i] = (crc_table[t - 1][i] >> 8) ^ crc_table[0][crc_table[t - 1][i] & 0xffu];
}

uint32_t frames_crc(const uint8_t *p, size_t n)
{
    uint32_t c = UINT32_MAX;
    for (; n >= 8; n -= 8, p += 8) {
        uint32_t lo, hi;
        memcpy(&lo, p, 4);
        memcpy(&hi, p + 4, 4);
        lo ^= c;
        c = crc_table[7][lo & 0xffu] ^ crc_table[6][(lo >> 8) & 0xffu] ^ crc_table[5][(lo >> 16) & 0xffu] ^
            crc_table[4][lo >> 24] ^ crc_table[3][hi & 0xffu] ^ crc_table[2][(hi >> 8) & 0xffu] ^
            crc_table[1][(hi >> 16) & 0xffu] ^ crc_table[0][hi >> 24];
    }
    while (n-- > 0)
        c = (c >> 8) ^ crc_table[0][(c ^ *p++) & 0xffu];
    return ~c;
}

void frames_in_init(struct frames_in *in, uint64_t nonce)
{
    in->nonce = nonce;
    in->next_seq = 0;
    in->have = 0;
}

/* Bytes that the frame being read has in all, as far as is known. */
static size_t frame_size(const struct frames_in *in)
{
    struct bench_frame h;

    if (in->have < sizeof h)
        return sizeof h;
    memcpy(&h, in->bytes, sizeof h);
    return sizeof h + h.len;
}

uint8_t *frames_in_space(struct frames_in *in, size_t *room)
{
    *room = frame_size(in) - in->have;
    return in->bytes + in->have;
}

static int header_check(const struct frames_in *in, const struct bench_frame *h)
{
    if (h->magic != BENCH_MAGIC ||
        h->header_crc != frames_crc((const uint8_t *)h, offsetof(struct bench_frame, header_crc)) ||
        h->nonce != in->nonce || h->seq != in->next_seq || h->zero != 0 || h->len > BENCH_MAX_PAYLOAD)
        return -EBADMSG;
    switch (h->type) {
    case BENCH_STDIN:
        return 0;
    case BENCH_GO:
        return h->len == 0 ? 0 : -EBADMSG;
    case BENCH_SIZE:
        return h->len == sizeof(struct bench_size) ? 0 : -EBADMSG;
    default:
        return -EBADMSG;
    }
}

int frames_in_take(struct frames_in *in, size_t n, enum bench_type *type, const uint8_t **payload,
                   size_t *len)
{
    struct bench_frame h;

    in->have += n;
    if (in->have < sizeof h)
        return 0;
    memcpy(&h, in->bytes, sizeof h);
    if (in->have - n < sizeof h && header_check(in, &h) != 0) {
        in->have = 0;
        return -EBADMSG;
    }
    if (in->have < sizeof h + h.len)
        return 0;
    in->have = 0;
    if (frames_crc(in->bytes + sizeof h, h.len) != h.payload_crc)
        return -EBADMSG;
    in->next_seq++;
    *type = (enum bench_type)h.type;
    *payload = in->bytes + sizeof h;
    *len = h.len;
    return 1;
}
