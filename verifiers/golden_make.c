/* SPDX-License-Identifier: MIT */
/*
 * Writes one size of a compression golden: golden_make GOLDEN.json WORKLOAD CODEC SUFFIX TOOL COMMAND SIZE
 * CORPUS_DIR STREAM_DIR, where TOOL is a description of the build that made the streams in STREAM_DIR from
 * CORPUS_DIR. Invariant: as golden_write.h says.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "digest.h"
#include "golden_write.h"

enum { STREAM_LIMIT = 1 << 30 };

struct streams {
    const char *dir, *suffix;
};

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "golden_make: %s: %s\n", what, why);
    return 1;
}

static int stream_digest(const struct streams *s, const char *name, struct digest *d)
{
    char path[4096];
    int fd, err;

    if (snprintf(path, sizeof path, "%s/%s%s", s->dir, name, s->suffix) >= (int)sizeof path)
        return -ENAMETOOLONG;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    err = digest_file(fd, STREAM_LIMIT, d);
    close(fd);
    return err;
}

/* {"bytes": ..., "input_sha256": ..., "sha256_upto": [...]} of one corpus file's stream, or NULL. */
static cJSON *stream_describe(int corpus, const char *name, void *context)
{
    struct digest input = {0}, stream = {0};
    cJSON *o = NULL;

    if (digest_file(corpus, STREAM_LIMIT, &input) == 0 && stream_digest(context, name, &stream) == 0) {
        o = cJSON_CreateObject();
        cJSON_AddNumberToObject(o, "bytes", (double)stream.bytes);
        cJSON_AddStringToObject(o, "input_sha256", digest_whole(&input));
        golden_upto(o, &stream);
    }
    digest_free(&input);
    digest_free(&stream);
    return o;
}

int main(int argc, char **argv)
{
    struct streams from;
    cJSON *head, *of_size, *streams;

    if (argc != 10)
        return fail("usage", "GOLDEN WORKLOAD CODEC SUFFIX TOOL COMMAND SIZE CORPUS_DIR STREAM_DIR") + 1;
    from = (struct streams){.dir = argv[9], .suffix = argv[4]};
    streams = golden_describe(argv[8], stream_describe, &from);
    if (!streams)
        return fail(argv[8], "no golden made");
    head = cJSON_CreateObject();
    cJSON_AddNumberToObject(head, "schema", 1);
    cJSON_AddStringToObject(head, "workload", argv[2]);
    cJSON_AddStringToObject(head, "codec", argv[3]);
    cJSON_AddStringToObject(head, "suffix", argv[4]);
    cJSON_AddStringToObject(head, "tool", argv[5]);
    cJSON_AddStringToObject(head, "command", argv[6]);
    cJSON_AddNumberToObject(head, "block_bytes", DIGEST_BLOCK);
    of_size = cJSON_CreateObject();
    cJSON_AddItemToObject(of_size, "streams", streams);
    return golden_put(argv[1], head, argv[7], of_size);
}
