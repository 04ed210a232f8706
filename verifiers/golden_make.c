/* SPDX-License-Identifier: MIT */
/*
 * Writes one size of a compression golden: golden_make GOLDEN.json WORKLOAD CODEC SUFFIX TOOL COMMAND SIZE
 * CORPUS_DIR STREAM_DIR, where TOOL is a description of the build that made the streams in STREAM_DIR from
 * CORPUS_DIR. The golden's other sizes are kept when workload and tool are the same, and dropped when not.
 * Invariant: the file is replaced whole, by a rename, and its bytes depend on the arguments and files only.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "digest.h"

enum { GOLDEN_MAX = 4 << 20, STREAM_LIMIT = 1 << 30 };

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "golden_make: %s: %s\n", what, why);
    return 1;
}

static int path_digest(const char *dir, const char *name, const char *suffix, struct digest *d)
{
    char path[4096];
    int fd, err;

    if (snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix) >= (int)sizeof path)
        return -ENAMETOOLONG;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    err = digest_file(fd, STREAM_LIMIT, d);
    close(fd);
    return err;
}

/* {"bytes": ..., "input_sha256": ..., "sha256_upto": [...]} of one stream, or NULL. */
static cJSON *stream_describe(const char *corpus, const char *streams, const char *name, const char *suffix)
{
    struct digest input = {0}, stream = {0};
    cJSON *o = NULL, *upto;

    if (path_digest(corpus, name, "", &input) == 0 && path_digest(streams, name, suffix, &stream) == 0) {
        o = cJSON_CreateObject();
        cJSON_AddNumberToObject(o, "bytes", (double)stream.bytes);
        cJSON_AddStringToObject(o, "input_sha256", digest_whole(&input));
        upto = cJSON_AddArrayToObject(o, "sha256_upto");
        for (size_t i = 0; i < stream.count; i++)
            cJSON_AddItemToArray(upto, cJSON_CreateString(stream.upto[i]));
    }
    digest_free(&input);
    digest_free(&stream);
    return o;
}

static int entry_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The streams of every corpus file in name order, or NULL after a line on stderr. */
static cJSON *streams_describe(const char *corpus, const char *streams, const char *suffix)
{
    struct dirent **entries = NULL;
    int count = scandir(corpus, &entries, entry_visible, alphasort);
    cJSON *all = count > 0 ? cJSON_CreateObject() : NULL;

    for (int i = 0; i < count; i++) {
        cJSON *one = all ? stream_describe(corpus, streams, entries[i]->d_name, suffix) : NULL;

        if (one) {
            cJSON_AddItemToObject(all, entries[i]->d_name, one);
        } else if (all) {
            fail(entries[i]->d_name, "no stream of it");
            cJSON_Delete(all);
            all = NULL;
        }
        free(entries[i]);
    }
    free(entries);
    return all;
}

/* The "sizes" of an existing golden that was made the same way, detached from it; else a new object. */
static cJSON *sizes_keep(const char *path, const char *workload, const char *tool, const char *command)
{
    FILE *in = fopen(path, "rb");
    char *text = in ? calloc(1, GOLDEN_MAX) : NULL;
    size_t n = text ? fread(text, 1, GOLDEN_MAX - 1, in) : 0;
    cJSON *old = n > 0 ? cJSON_Parse(text) : NULL;
    const cJSON *w = cJSON_GetObjectItemCaseSensitive(old, "workload");
    const cJSON *t = cJSON_GetObjectItemCaseSensitive(old, "tool");
    const cJSON *c = cJSON_GetObjectItemCaseSensitive(old, "command");
    cJSON *sizes = NULL;

    if (cJSON_IsString(w) && cJSON_IsString(t) && cJSON_IsString(c) &&
        strcmp(w->valuestring, workload) == 0 && strcmp(t->valuestring, tool) == 0 &&
        strcmp(c->valuestring, command) == 0)
        sizes = cJSON_DetachItemFromObjectCaseSensitive(old, "sizes");
    cJSON_Delete(old);
    free(text);
    if (in)
        fclose(in);
    return sizes ? sizes : cJSON_CreateObject();
}

static int text_replace(const char *path, const char *text)
{
    char part[4096];
    FILE *out;
    int ok;

    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return fail(path, "name too long");
    out = fopen(part, "wb");
    ok = out && fputs(text, out) >= 0 && fputc('\n', out) >= 0;
    if (out && fclose(out) != 0)
        ok = 0;
    if (ok && rename(part, path) == 0)
        return 0;
    return fail(path, strerror(errno));
}

int main(int argc, char **argv)
{
    cJSON *golden, *sizes, *streams;
    char *text;
    int status;

    if (argc != 10)
        return fail("usage", "GOLDEN WORKLOAD CODEC SUFFIX TOOL COMMAND SIZE CORPUS_DIR STREAM_DIR") + 1;
    streams = streams_describe(argv[8], argv[9], argv[4]);
    if (!streams)
        return fail(argv[8], "no golden made");
    sizes = sizes_keep(argv[1], argv[2], argv[5], argv[6]);
    cJSON_DeleteItemFromObjectCaseSensitive(sizes, argv[7]);
    cJSON_AddItemToObject(cJSON_AddObjectToObject(sizes, argv[7]), "streams", streams);
    golden = cJSON_CreateObject();
    cJSON_AddNumberToObject(golden, "schema", 1);
    cJSON_AddStringToObject(golden, "workload", argv[2]);
    cJSON_AddStringToObject(golden, "codec", argv[3]);
    cJSON_AddStringToObject(golden, "suffix", argv[4]);
    cJSON_AddStringToObject(golden, "tool", argv[5]);
    cJSON_AddStringToObject(golden, "command", argv[6]);
    cJSON_AddNumberToObject(golden, "block_bytes", DIGEST_BLOCK);
    cJSON_AddItemToObject(golden, "sizes", sizes);
    text = cJSON_Print(golden);
    status = text ? text_replace(argv[1], text) : fail(argv[1], "out of memory");
    cJSON_free(text);
    cJSON_Delete(golden);
    return status;
}
