/* SPDX-License-Identifier: MIT */
/* Loading and checking of a case; see compression_case.h. */
#include "compression_case.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "intake.h"

enum { FILES_MAX = 4096 };

static const char *string_get(const cJSON *object, const char *key)
{
    const cJSON *item = case_get(object, key);

    return cJSON_IsString(item) && item->valuestring[0] ? item->valuestring : NULL;
}

static bool string_same(const cJSON *object, const char *key, const char *value)
{
    const char *text = string_get(object, key);

    return text && strcmp(text, value) == 0;
}

/* A whole number from 0 to 2^53, or -1. */
static int64_t whole_get(const cJSON *object, const char *key)
{
    const cJSON *item = case_get(object, key);

    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > 9007199254740992.0)
        return -1;
    return item->valuedouble == (double)(int64_t)item->valuedouble ? (int64_t)item->valuedouble : -1;
}

static bool name_valid(const char *name)
{
    return name && name[0] != '.' && strlen(name) <= 200 && !strchr(name, '/');
}

/* What is wrong with the values of one golden stream, whose fields are all there; NULL when nothing is. */
static const char *golden_check(const struct case_file *f, int64_t stream_bytes)
{
    const cJSON *item;

    if (strcmp(f->input_sha256, f->sha256) != 0)
        return "was made from another corpus file";
    cJSON_ArrayForEach(item, f->upto)
    {
        if (!cJSON_IsString(item) || !case_hex(item->valuestring, DIGEST_HEX))
            return "has a malformed digest";
    }
    if (stream_bytes == 0 || f->upto_count != ((size_t)stream_bytes + DIGEST_BLOCK - 1) / DIGEST_BLOCK)
        return "has a length that does not fit its digests";
    return NULL;
}

/* Joins one manifest entry with its golden stream. */
static int file_load(const cJSON *entry, const cJSON *streams, const char *suffix, struct case_file *f)
{
    int64_t bytes = whole_get(entry, "bytes"), stream_bytes;
    const cJSON *stream;
    size_t size;

    f->name = string_get(entry, "name");
    f->sha256 = string_get(entry, "sha256");
    if (!name_valid(f->name) || bytes < 0 || !f->sha256 || !case_hex(f->sha256, DIGEST_HEX))
        return case_bad(f->name ? f->name : "a file", "bad entry in the corpus manifest");
    stream = case_get(streams, f->name);
    stream_bytes = whole_get(stream, "bytes");
    f->upto = case_get(stream, "sha256_upto");
    f->upto_count = cJSON_IsArray(f->upto) ? (size_t)cJSON_GetArraySize(f->upto) : 0;
    if (stream_bytes < 0 || f->upto_count == 0 || !string_get(stream, "input_sha256"))
        return case_bad(f->name, "no stream in the golden");
    f->input_sha256 = string_get(stream, "input_sha256");
    f->golden_fault = golden_check(f, stream_bytes);
    f->bytes = (uint64_t)bytes;
    f->stream_bytes = (uint64_t)stream_bytes;
    size = strlen(f->name) + strlen(suffix) + 1;
    f->stream = malloc(size);
    if (!f->stream)
        return case_bad(f->name, "out of memory");
    snprintf(f->stream, size, "%s%s", f->name, suffix);
    return 0;
}

static int files_load(struct compression_case *c, const cJSON *entries, const cJSON *streams)
{
    int count = cJSON_GetArraySize(entries);
    const cJSON *entry;
    int err = 0;

    if (count < 1 || count > FILES_MAX || cJSON_GetArraySize(streams) != count)
        return case_bad(c->head.size,
                        "the manifest and the golden do not have the same number of files at this size");
    c->files = calloc((size_t)count, sizeof *c->files);
    if (!c->files)
        return case_bad(c->head.size, "out of memory");
    cJSON_ArrayForEach(entry, entries)
    {
        err = file_load(entry, streams, c->suffix, &c->files[c->count]);
        if (err < 0)
            break;
        c->count++;
    }
    return err;
}

static int fields_check(const char *path, const struct compression_case *c)
{
    if (!c->codec || (strcmp(c->codec, "zstd") != 0 && strcmp(c->codec, "xz") != 0))
        return case_bad(path, "codec is neither zstd nor xz");
    if (!c->suffix || c->suffix[0] != '.' || strchr(c->suffix, '/') || strlen(c->suffix) > 16)
        return case_bad(path, "suffix is not a dot and up to 15 characters");
    if (!c->corpus_dir)
        return case_bad(path, "corpus_dir is missing");
    return 0;
}

/* The golden's own fields, and the streams of the case's size. */
static int golden_load(struct compression_case *c)
{
    const cJSON *golden = c->head.golden, *sizes = case_get(c->manifest, "sizes");
    const char *name = case_text(c->head.json, "golden");

    if (whole_get(golden, "schema") != 1 || whole_get(golden, "block_bytes") != DIGEST_BLOCK)
        return case_bad(name, "no golden of schema 1 with blocks of 64 KiB");
    if (!string_same(golden, "codec", c->codec) || !string_same(golden, "suffix", c->suffix))
        return case_bad(name, "the golden is of another codec or suffix");
    return files_load(c, case_get(case_get(sizes, c->head.size), "files"),
                      case_get(c->head.sized, "streams"));
}

int compression_case_load(const char *path, struct compression_case *c)
{
    const char *manifest;
    int err;

    memset(c, 0, sizeof *c);
    err = case_open(path, "compression", &c->head);
    if (err < 0)
        return err;
    c->codec = string_get(c->head.json, "codec");
    c->suffix = string_get(c->head.json, "suffix");
    c->corpus_dir = string_get(c->head.json, "corpus_dir");
    manifest = case_text(c->head.json, "corpus_manifest");
    err = fields_check(path, c);
    if (err < 0)
        return err;
    c->manifest = intake_json(manifest);
    if (!c->manifest)
        return case_bad(*manifest ? manifest : path, "there is no corpus manifest that can be read");
    return golden_load(c);
}

void compression_case_free(struct compression_case *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->files[i].stream);
    free(c->files);
    cJSON_Delete(c->manifest);
    case_close(&c->head);
    memset(c, 0, sizeof *c);
}
