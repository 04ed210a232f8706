/* SPDX-License-Identifier: MIT */
/*
 * bench.raw: writing and reading back the frames of a run.
 * Invariant: a reader believes a length only after the header's checksum held and the length passed its
 * limit.
 */
#include "channel_raw.h"

#include <errno.h>
#include <string.h>

#include "channel.h"

static const char magic[8] = {'c', 'b', 'r', 'a', 'w', '1', '\n', 0};

FILE *channel_raw_create(const char *path)
{
    FILE *f = fopen(path, "we");

    if (f && fwrite(magic, sizeof magic, 1, f) != 1) {
        fclose(f);
        errno = EIO;
        f = NULL;
    }
    return f;
}

int channel_raw_add(FILE *f, uint64_t host_ns, const struct bench_frame *frame, const uint8_t *payload)
{
    struct channel_raw_head h = {
        .host_ns = host_ns, .omitted = frame->type == BENCH_FILE_DATA, .frame = *frame};

    errno = 0;
    if (fwrite(&h, sizeof h, 1, f) != 1 ||
        (!h.omitted && frame->len && fwrite(payload, frame->len, 1, f) != 1))
        return errno ? -errno : -EIO;
    return 0;
}

int channel_raw_open(const char *path, FILE **out)
{
    char found[sizeof magic];
    FILE *f = fopen(path, "re");

    if (!f)
        return -errno;
    if (fread(found, sizeof found, 1, f) != 1 || memcmp(found, magic, sizeof magic) != 0) {
        fclose(f);
        return -EINVAL;
    }
    *out = f;
    return 0;
}

int channel_raw_next(FILE *f, struct channel_raw_head *head, uint8_t *payload)
{
    size_t got = fread(head, 1, sizeof *head, f);
    const struct bench_frame *h = &head->frame;

    if (got == 0 && feof(f))
        return 0;
    if (got != sizeof *head || head->omitted > 1 || head->zero || h->magic != BENCH_MAGIC ||
        h->len > BENCH_MAX_PAYLOAD ||
        h->header_crc != channel_crc32(0, h, offsetof(struct bench_frame, header_crc)))
        return -EBADMSG;
    if (head->omitted)
        return 1;
    if (h->len && fread(payload, h->len, 1, f) != 1)
        return -EBADMSG;
    return channel_crc32(0, payload, h->len) == h->payload_crc ? 1 : -EBADMSG;
}
