/* SPDX-License-Identifier: MIT */
/* Loading and checking of a case; see case.h. */
#include "case.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "intake.h"

enum { FILES_MAX = 4096, NONCE_HEX = 16 };

static const char hex_digits[] = "0123456789abcdef";

static int bad(const char *file, const char *why)
{
    fprintf(stderr, "verifier: %s: %s\n", file, why);
    return -EINVAL;
}

static const char *string_get(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

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
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > 9007199254740992.0)
        return -1;
    return item->valuedouble == (double)(int64_t)item->valuedouble ? (int64_t)item->valuedouble : -1;
}

static bool hex_valid(const char *text, size_t length)
{
    return text && strlen(text) == length && strspn(text, hex_digits) == length;
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
        if (!cJSON_IsString(item) || !hex_valid(item->valuestring, DIGEST_HEX))
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
    if (!name_valid(f->name) || bytes < 0 || !hex_valid(f->sha256, DIGEST_HEX))
        return bad(f->name ? f->name : "a file", "bad entry in the corpus manifest");
    stream = cJSON_GetObjectItemCaseSensitive(streams, f->name);
    stream_bytes = whole_get(stream, "bytes");
    f->upto = cJSON_GetObjectItemCaseSensitive(stream, "sha256_upto");
    f->upto_count = cJSON_IsArray(f->upto) ? (size_t)cJSON_GetArraySize(f->upto) : 0;
    if (stream_bytes < 0 || f->upto_count == 0 || !string_get(stream, "input_sha256"))
        return bad(f->name, "no stream in the golden");
    f->input_sha256 = string_get(stream, "input_sha256");
    f->golden_fault = golden_check(f, stream_bytes);
    f->bytes = (uint64_t)bytes;
    f->stream_bytes = (uint64_t)stream_bytes;
    size = strlen(f->name) + strlen(suffix) + 1;
    f->stream = malloc(size);
    if (!f->stream)
        return bad(f->name, "out of memory");
    snprintf(f->stream, size, "%s%s", f->name, suffix);
    return 0;
}

static int files_load(struct compression_case *c, const cJSON *entries, const cJSON *streams)
{
    int count = cJSON_GetArraySize(entries);
    const cJSON *entry;
    int err = 0;

    if (count < 1 || count > FILES_MAX || cJSON_GetArraySize(streams) != count)
        return bad(c->size, "the manifest and the golden do not have the same number of files at this size");
    c->files = calloc((size_t)count, sizeof *c->files);
    if (!c->files)
        return bad(c->size, "out of memory");
    cJSON_ArrayForEach(entry, entries)
    {
        err = file_load(entry, streams, c->suffix, &c->files[c->count]);
        if (err < 0)
            break;
        c->count++;
    }
    return err;
}

/* The object of this case's size in a manifest or golden. */
static const cJSON *size_get(const cJSON *json, const char *size, const char *key)
{
    const cJSON *sizes = cJSON_GetObjectItemCaseSensitive(json, "sizes");

    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(sizes, size), key);
}

static int fields_check(const char *path, const struct compression_case *c)
{
    const char *kind = string_get(c->json, "kind");

    if (whole_get(c->json, "schema") != 1)
        return bad(path, "no case of schema 1");
    if (!kind || strcmp(kind, "compression") != 0)
        return bad(path, "kind is not compression");
    if (!hex_valid(c->nonce, NONCE_HEX))
        return bad(path, "nonce is not 16 lower-case hexadecimal digits");
    if (!c->codec || (strcmp(c->codec, "zstd") != 0 && strcmp(c->codec, "xz") != 0))
        return bad(path, "codec is neither zstd nor xz");
    if (!c->suffix || c->suffix[0] != '.' || strchr(c->suffix, '/') || strlen(c->suffix) > 16)
        return bad(path, "suffix is not a dot and up to 15 characters");
    if (!c->size || !c->corpus_dir)
        return bad(path, "size or corpus_dir is missing");
    return 0;
}

int case_load(const char *path, struct compression_case *c)
{
    const char *manifest, *golden, *workload;
    int err;

    memset(c, 0, sizeof *c);
    c->json = intake_json(path);
    if (!c->json)
        return bad(path, "not a JSON file that can be read");
    c->nonce = string_get(c->json, "nonce");
    c->codec = string_get(c->json, "codec");
    c->suffix = string_get(c->json, "suffix");
    c->size = string_get(c->json, "size");
    c->corpus_dir = string_get(c->json, "corpus_dir");
    manifest = string_get(c->json, "corpus_manifest");
    golden = string_get(c->json, "golden");
    workload = string_get(c->json, "workload");
    err = fields_check(path, c);
    if (err < 0)
        return err;
    c->manifest = manifest ? intake_json(manifest) : NULL;
    if (!c->manifest)
        return bad(manifest ? manifest : path, "the corpus manifest cannot be read");
    c->golden = golden ? intake_json(golden) : NULL;
    if (!c->golden)
        return bad(golden ? golden : path, "the golden cannot be read");
    if (whole_get(c->golden, "schema") != 1 || whole_get(c->golden, "block_bytes") != DIGEST_BLOCK)
        return bad(golden, "no golden of schema 1 with blocks of 64 KiB");
    if (!string_same(c->golden, "codec", c->codec) || !string_same(c->golden, "suffix", c->suffix))
        return bad(golden, "the golden is of another codec or suffix");
    if (!workload || !string_same(c->golden, "workload", workload))
        return bad(golden, "the golden belongs to another workload");
    return files_load(c, size_get(c->manifest, c->size, "files"), size_get(c->golden, c->size, "streams"));
}

void case_free(struct compression_case *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->files[i].stream);
    free(c->files);
    cJSON_Delete(c->json);
    cJSON_Delete(c->manifest);
    cJSON_Delete(c->golden);
    memset(c, 0, sizeof *c);
}
