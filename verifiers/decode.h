/* SPDX-License-Identifier: MIT */
/*
 * One compressed stream through the host's own decoder into a sink, in bounded memory.
 * Invariant: success means exactly one whole stream and nothing after it.
 */
#ifndef VERIFIERS_DECODE_H
#define VERIFIERS_DECODE_H

#include <stddef.h>

/* Takes decoded bytes in order. Returns 0 to go on, anything else to stop with that value. */
typedef int (*decode_sink)(void *context, const unsigned char *data, size_t bytes);

enum {
    DECODE_ERROR = -1000
}; /* the stream is damaged, ends early, needs too much memory or has bytes after it */

/*
 * Decodes all of `fd`, from its start, as a stream of `codec` ("zstd" or "xz").
 * Returns 0; the sink's own non-zero value; DECODE_ERROR with a description in *why (static text); or a
 * negative errno value (-EINVAL: no such codec).
 */
int decode_stream(const char *codec, int fd, decode_sink sink, void *context, const char **why);

#endif
