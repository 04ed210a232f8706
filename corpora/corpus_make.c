/* SPDX-License-Identifier: MIT */
/*
 * Makes one size of a corpus from its manifest: corpus_make MANIFEST SIZE OUT_DIR [SOURCE=ARCHIVE...]
 * Each file comes from an archive or a generator, as its "origin" says, and is then held against the
 * manifest's size and SHA-256; the first that differs stops the work with both hashes. Exit 0, 1 (a file
 * differs or cannot be made) or 2 (usage, bad manifest). Invariant: OUT_DIR appears whole and verified, by
 * one rename, or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <openssl/evp.h>

#include "gen.h"
#include "source.h"

enum { HEX_LEN = 64, MANIFEST_MAX = 1 << 20 };

static int fail(int status, const char *file, const char *why)
{
    fprintf(stderr, "corpus_make: %s: %s\n", file, why);
    return status;
}

static char *text_read(const char *path)
{
    FILE *in = fopen(path, "rb");
    char *text = malloc(MANIFEST_MAX);
    size_t n = in && text ? fread(text, 1, MANIFEST_MAX - 1, in) : 0;

    if (in)
        fclose(in);
    if (n == 0) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

static const char *field_string(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsString(item) ? item->valuestring : NULL;
}

/* A whole number below 2^53, or -1. */
static int64_t field_whole(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > 9007199254740992.0 ||
        item->valuedouble != (double)(int64_t)item->valuedouble)
        return -1;
    return (int64_t)item->valuedouble;
}

/* Flat names only: lower-case letters, digits, dot, underscore, dash, not starting with a dot. */
static bool name_valid(const char *name)
{
    size_t n = name ? strlen(name) : 0;

    return n > 0 && n <= 64 && name[0] != '.' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

static int file_digest(const char *path, char hex[HEX_LEN + 1], int64_t *bytes)
{
    unsigned char block[65536], digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    FILE *in = fopen(path, "rb");
    int ok = context && in && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    size_t n;

    *bytes = 0;
    while (ok && (n = fread(block, 1, sizeof block, in)) > 0) {
        ok = EVP_DigestUpdate(context, block, n);
        *bytes += (int64_t)n;
    }
    ok = ok && !ferror(in) && EVP_DigestFinal_ex(context, digest, NULL);
    for (size_t i = 0; ok && i < HEX_LEN / 2; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    if (in)
        fclose(in);
    EVP_MD_CTX_free(context);
    return ok ? 0 : -EIO;
}

/* The archive given on the command line for a source name, or NULL. */
static const char *archive_find(const char *source, char **pairs)
{
    size_t n = strlen(source);

    for (; *pairs; pairs++) {
        if (strncmp(*pairs, source, n) == 0 && (*pairs)[n] == '=')
            return *pairs + n + 1;
    }
    return NULL;
}

static int generated_make(const char *path, const char *generator, const cJSON *origin, int64_t bytes)
{
    int64_t seed = field_whole(origin, "seed");
    int64_t value = field_whole(origin, "value");
    int64_t rows = field_whole(origin, "rows");

    if (strcmp(generator, "noise") == 0 && seed >= 0)
        return gen_noise(path, (uint64_t)seed, (uint64_t)bytes);
    if (strcmp(generator, "fill") == 0 && value >= 0 && value <= 255)
        return gen_fill(path, (unsigned char)value, (uint64_t)bytes);
    if (strcmp(generator, "sqlite") == 0 && seed >= 0 && rows >= 0)
        return gen_sqlite(path, (uint64_t)seed, (uint64_t)rows);
    return -EINVAL;
}

static int origin_make(const char *path, const cJSON *origin, int64_t bytes, char **pairs)
{
    const char *generator = field_string(origin, "generator");
    const char *source = field_string(origin, "source");
    const char *member = field_string(origin, "member");
    const char *filter = field_string(origin, "filter");
    const char *archive;

    if (generator)
        return generated_make(path, generator, origin, bytes);
    if (!source || (filter && strcmp(filter, "bzip2") != 0))
        return -EINVAL;
    archive = archive_find(source, pairs);
    if (!archive)
        return -ENOENT;
    return member ? source_member(archive, member, filter != NULL, path) : source_tar(archive, path);
}

/* Makes one file below `dir` and holds it against its manifest entry; an exit status. */
static int entry_make(const char *dir, const cJSON *entry, char **pairs)
{
    const char *name = field_string(entry, "name");
    const char *expected = field_string(entry, "sha256");
    int64_t bytes = field_whole(entry, "bytes"), actual_bytes = 0;
    char path[4096], actual[HEX_LEN + 1];
    int err;

    if (!name_valid(name) || !expected || bytes < 0)
        return fail(2, name ? name : "a file", "bad manifest entry");
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return fail(1, name, strerror(ENAMETOOLONG));
    err = origin_make(path, cJSON_GetObjectItemCaseSensitive(entry, "origin"), bytes, pairs);
    if (err == 0)
        err = file_digest(path, actual, &actual_bytes);
    if (err < 0)
        return fail(1, name, err == -ENOENT ? "its source archive was not given" : strerror(-err));
    if (actual_bytes != bytes || strcmp(actual, expected) != 0) {
        fprintf(stderr,
                "corpus_make: %s is not what the manifest says\n  expected %" PRId64 " bytes, sha256 %s\n"
                "  actual   %" PRId64 " bytes, sha256 %s\n",
                name, bytes, expected, actual_bytes, actual);
        return 1;
    }
    return 0;
}

/* Removes a flat directory that an earlier run left; 0 or -errno. */
static int directory_remove(const char *dir)
{
    DIR *handle = opendir(dir);
    struct dirent *entry;

    if (!handle)
        return errno == ENOENT ? 0 : -errno;
    while ((entry = readdir(handle))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(handle), entry->d_name, 0);
    }
    closedir(handle);
    return rmdir(dir) < 0 ? -errno : 0;
}

static int corpus_make(const cJSON *files, const char *out, char **pairs)
{
    char part[4096];
    const cJSON *entry;
    int err, status;

    if (snprintf(part, sizeof part, "%s.part", out) >= (int)sizeof part - 80)
        return fail(2, out, "name too long");
    err = directory_remove(part);
    if (err == 0 && mkdir(part, 0755) < 0)
        err = -errno;
    if (err < 0)
        return fail(1, part, strerror(-err));
    cJSON_ArrayForEach(entry, files)
    {
        status = entry_make(part, entry, pairs);
        if (status != 0)
            return status;
    }
    err = directory_remove(out);
    if (err == 0 && rename(part, out) < 0)
        err = -errno;
    return err < 0 ? fail(1, out, strerror(-err)) : 0;
}

int main(int argc, char **argv)
{
    char *text;
    cJSON *manifest;
    const cJSON *files;
    int status;

    if (argc < 4)
        return fail(2, "usage", "corpus_make MANIFEST SIZE OUT_DIR [SOURCE=ARCHIVE...]");
    text = text_read(argv[1]);
    manifest = text ? cJSON_Parse(text) : NULL;
    free(text);
    files = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(manifest, "sizes"), argv[2]);
    files = cJSON_GetObjectItemCaseSensitive(files, "files");
    if (!cJSON_IsArray(files))
        status = fail(2, argv[1], "no such size, or not a manifest");
    else
        status = corpus_make(files, argv[3], argv + 4);
    cJSON_Delete(manifest);
    return status;
}
