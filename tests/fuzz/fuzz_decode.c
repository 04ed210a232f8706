/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the verifier's decoders: the first byte chooses the codec, the rest is the stream.
 * Invariant: whatever the stream, decoding ends, gives no more than the sink took, and says success only
 * after a whole stream; a sink that stops is obeyed at once.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <lzma.h>
#include <zstd.h>

#include "decode.h"
#include "fuzz.h"

enum { SINK_MAX = 1 << 20, SEED_TEXT = 3000, SEED_SIZE = 4096, SINK_FULL = 7 };

struct sink {
    size_t bytes;
    int stopped;
    unsigned char touched; /* so that every piece is read */
};

static int sink_take(void *context, const unsigned char *data, size_t bytes)
{
    struct sink *s = context;
    fuzz_check(!s->stopped && bytes > 0);
    s->touched ^= (unsigned char)(data[0] ^ data[bytes - 1]);
    s->bytes += bytes;
    if (s->bytes <= SINK_MAX)
        return 0;
    s->stopped = 1;
    return SINK_FULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct sink s = {0};
    const char *why = NULL;
    int fd, result;

    if (len == 0)
        return 0;
    fd = memfd_create("stream", MFD_CLOEXEC);
    fuzz_check(fd >= 0 && write(fd, data + 1, len - 1) == (ssize_t)(len - 1));
    result = decode_stream(data[0] & 1 ? "xz" : "zstd", fd, sink_take, &s, &why);
    fuzz_check(result == 0 || result == DECODE_ERROR || result == SINK_FULL || result == -ENOMEM);
    fuzz_check((result == SINK_FULL) == (s.stopped != 0));
    fuzz_check(why != NULL && (result != DECODE_ERROR || why[0] != '\0'));
    fuzz_check(result != 0 || len > 8);
    close(fd);
    return 0;
}

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static unsigned char streams[2][SEED_SIZE], text[SEED_TEXT];
    static struct fuzz_seed list[2];
    size_t xz_len = 0, zstd_len;

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)("compression "[i % 12] ^ (i % 97 == 0));
    streams[0][0] = 0;
    zstd_len = ZSTD_compress(streams[0] + 1, SEED_SIZE - 1, text, sizeof text, 3);
    streams[1][0] = 1;
    fuzz_check(!ZSTD_isError(zstd_len));
    fuzz_check(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL, text, sizeof text, streams[1] + 1, &xz_len,
                                       SEED_SIZE - 1) == LZMA_OK);
    list[0] = (struct fuzz_seed){streams[0], zstd_len + 1};
    list[1] = (struct fuzz_seed){streams[1], xz_len + 1};
    *seeds = list;
    return 2;
}
