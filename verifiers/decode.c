/* SPDX-License-Identifier: MIT */
/* Decoders by the host's libzstd and liblzma; see decode.h. Memory: 128 MiB for zstd's window, 160 MiB for
 * xz. */
#include "decode.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <lzma.h>
#include <zstd.h>

enum { DECODE_BLOCK = 65536, ZSTD_WINDOW_LOG = 27, XZ_MEMORY_MIB = 160 };

/* The next piece of the input; its length, 0 at the end, or a negative errno value. */
static ssize_t input_read(int fd, unsigned char *block, off_t *offset)
{
    ssize_t n;

    do {
        n = pread(fd, block, DECODE_BLOCK, *offset);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    *offset += n;
    return n;
}

static int damaged(const char **why, const char *text)
{
    *why = text;
    return DECODE_ERROR;
}

static int zstd_loop(ZSTD_DCtx *decoder, int fd, decode_sink sink, void *context, const char **why)
{
    unsigned char in_block[DECODE_BLOCK], out_block[DECODE_BLOCK];
    off_t offset = 0;
    int ended = 0;
    ssize_t n;

    while ((n = input_read(fd, in_block, &offset)) > 0) {
        ZSTD_inBuffer in = {in_block, (size_t)n, 0};
        int more = 1; /* the decoder may hold output that did not fit */

        while (in.pos < in.size || (more && !ended)) {
            ZSTD_outBuffer out = {out_block, sizeof out_block, 0};
            size_t left;
            int stop;

            if (ended)
                return damaged(why, "bytes after the end of the stream");
            left = ZSTD_decompressStream(decoder, &out, &in);
            if (ZSTD_isError(left))
                return damaged(why, ZSTD_getErrorName(left));
            ended = left == 0;
            more = out.pos == out.size;
            stop = out.pos > 0 ? sink(context, out_block, out.pos) : 0;
            if (stop != 0)
                return stop;
        }
    }
    if (n < 0)
        return (int)n;
    return ended ? 0 : damaged(why, "the stream ends early");
}

static int zstd_decode(int fd, decode_sink sink, void *context, const char **why)
{
    ZSTD_DCtx *decoder = ZSTD_createDCtx();
    int result = -ENOMEM;

    if (decoder && !ZSTD_isError(ZSTD_DCtx_setParameter(decoder, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
        result = zstd_loop(decoder, fd, sink, context, why);
    ZSTD_freeDCtx(decoder);
    return result;
}

static const char *lzma_text(lzma_ret ret)
{
    switch (ret) {
    case LZMA_MEMLIMIT_ERROR:
        return "the stream needs more memory than the verifier allows";
    case LZMA_FORMAT_ERROR:
        return "not an xz stream";
    case LZMA_OPTIONS_ERROR:
    case LZMA_UNSUPPORTED_CHECK:
        return "unsupported options in the stream";
    case LZMA_BUF_ERROR:
        return "the stream ends early";
    case LZMA_MEM_ERROR:
        return "out of memory";
    default:
        return "damaged data in the stream";
    }
}

static int xz_loop(lzma_stream *stream, int fd, decode_sink sink, void *context, const char **why)
{
    unsigned char in_block[DECODE_BLOCK], out_block[DECODE_BLOCK];
    off_t offset = 0;
    lzma_action action = LZMA_RUN;
    lzma_ret ret = LZMA_OK;

    while (ret == LZMA_OK) {
        size_t got;
        int stop;

        if (stream->avail_in == 0 && action == LZMA_RUN) {
            ssize_t n = input_read(fd, in_block, &offset);

            if (n < 0)
                return (int)n;
            if (n == 0)
                action = LZMA_FINISH;
            stream->next_in = in_block;
            stream->avail_in = (size_t)n;
        }
        stream->next_out = out_block;
        stream->avail_out = sizeof out_block;
        ret = lzma_code(stream, action);
        got = sizeof out_block - stream->avail_out;
        stop = got > 0 ? sink(context, out_block, got) : 0;
        if (stop != 0)
            return stop;
    }
    if (ret != LZMA_STREAM_END)
        return damaged(why, lzma_text(ret));
    if (stream->avail_in > 0 || (action == LZMA_RUN && input_read(fd, in_block, &offset) != 0))
        return damaged(why, "bytes after the end of the stream");
    return 0;
}

static int xz_decode(int fd, decode_sink sink, void *context, const char **why)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_ret ret = lzma_stream_decoder(&stream, (uint64_t)XZ_MEMORY_MIB << 20, LZMA_TELL_UNSUPPORTED_CHECK);
    int result = -ENOMEM;

    if (ret == LZMA_OK)
        result = xz_loop(&stream, fd, sink, context, why);
    lzma_end(&stream);
    return result;
}

int decode_stream(const char *codec, int fd, decode_sink sink, void *context, const char **why)
{
    *why = "";
    if (strcmp(codec, "zstd") == 0)
        return zstd_decode(fd, sink, context, why);
    if (strcmp(codec, "xz") == 0)
        return xz_decode(fd, sink, context, why);
    return -EINVAL;
}
