/* SPDX-License-Identifier: MIT */
/* Loading and checking of a case; see build_case.h. */
#include "build_case.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "intake.h"

enum { FILES_MAX = 4096, NONCE_HEX = 16, NAME_MAX_BYTES = 200 };

static int bad(const char *file, const char *why)
{
    fprintf(stderr, "verifier: %s: %s\n", file, why);
    return -EINVAL;
}

static const cJSON *get(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

static const char *text_get(const cJSON *o, const char *key)
{
    const char *text = cJSON_GetStringValue(get(o, key));

    return text ? text : "";
}

static bool hex_fine(const char *text, size_t length)
{
    return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

/* Relative, without empty, "." and ".." components. */
static bool name_fine(const char *name)
{
    if (!name || !*name || strlen(name) > NAME_MAX_BYTES)
        return false;
    for (const char *at = name;; at++) {
        size_t n = strcspn(at, "/");

        if (n == 0 || at[0] == '.')
            return false;
        at += n;
        if (!*at)
            return true;
    }
}

/* The reference of one file, held against what the golden states. */
static int file_check(const struct build_case *c, const cJSON *entry, struct build_file *f)
{
    char path[4096];
    struct digest d = {0};
    int fd, err;

    if (!name_fine(f->name))
        return bad(f->name ? f->name : "a file", "is no name for the golden to have");
    if (snprintf(path, sizeof path, "%s/%s", c->reference, f->name) >= (int)sizeof path)
        return bad(f->name, "name too long");
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    err = fd < 0 ? -errno : digest_file(fd, UINT64_MAX, &d);
    if (fd >= 0)
        close(fd);
    if (err < 0)
        return bad(path, "the reference cannot be read (make it with: make references-SIZE)");
    f->bytes = d.bytes;
    if (!f->local && (get(entry, "bytes") == NULL || get(entry, "bytes")->valuedouble != (double)d.bytes ||
                      strcmp(text_get(entry, "sha256"), digest_whole(&d)) != 0))
        err =
            bad(path, "the host's own build is not what the golden states (if that is intended, make goldens "
                      "and review the difference)");
    digest_free(&d);
    return err;
}

static int file_compare(const void *a, const void *b)
{
    return strcmp(((const struct build_file *)a)->name, ((const struct build_file *)b)->name);
}

static int files_load(struct build_case *c, const cJSON *size)
{
    const cJSON *files = get(size, "files"), *local = get(size, "local"), *e;
    int n = cJSON_GetArraySize(files) + cJSON_GetArraySize(local), err = 0;

    if (!cJSON_IsObject(files) || !cJSON_IsArray(local) || n < 1 || n > FILES_MAX)
        return bad("golden", "has no files for the case's size");
    c->files = calloc((size_t)n, sizeof *c->files);
    if (!c->files)
        return bad("golden", "out of memory");
    cJSON_ArrayForEach(e, files)
    {
        c->files[c->count].name = e->string;
        if (err == 0)
            err = file_check(c, e, &c->files[c->count++]);
    }
    cJSON_ArrayForEach(e, local)
    {
        c->files[c->count].name = cJSON_GetStringValue(e);
        c->files[c->count].local = true;
        if (err == 0)
            err = file_check(c, NULL, &c->files[c->count++]);
    }
    if (err < 0)
        return err;
    qsort(c->files, c->count, sizeof *c->files, file_compare);
    for (size_t i = 1; i < c->count; i++)
        if (strcmp(c->files[i].name, c->files[i - 1].name) == 0)
            return bad(c->files[i].name, "is in the golden twice");
    return 0;
}

/* The reference says what it was made of, in the file beside it. */
static int reference_check(const struct build_case *c, const char *workload, const char *size)
{
    char path[4096];
    cJSON *o;
    int err = 0;

    if (snprintf(path, sizeof path, "%s.json", c->reference) >= (int)sizeof path)
        return bad(c->reference, "name too long");
    o = intake_json(path);
    if (!o)
        err = bad(path, "there is no reference (make it with: make references-SIZE)");
    else if (strcmp(text_get(o, "workload"), workload) != 0 || strcmp(text_get(o, "size"), size) != 0)
        err = bad(path, "is the reference of another workload or size");
    else if (strcmp(text_get(o, "corpus_sha256"), text_get(c->json, "corpus_sha256")) != 0 ||
             strcmp(text_get(o, "definition_sha256"), text_get(c->json, "definition_sha256")) != 0)
        err =
            bad(path, "the reference was made from other inputs (make it again with: make references-SIZE)");
    cJSON_Delete(o);
    return err;
}

static bool identical_fine(const cJSON *pairs)
{
    const cJSON *p;

    cJSON_ArrayForEach(p, pairs)
    {
        if (!cJSON_IsArray(p) || cJSON_GetArraySize(p) != 2 ||
            !name_fine(cJSON_GetStringValue(cJSON_GetArrayItem(p, 0))) ||
            !name_fine(cJSON_GetStringValue(cJSON_GetArrayItem(p, 1))))
            return false;
    }
    return true;
}

int build_case_load(const char *path, struct build_case *c)
{
    const char *golden, *size, *workload;
    int err;

    memset(c, 0, sizeof *c);
    c->json = intake_json(path);
    if (!cJSON_IsObject(c->json) || !cJSON_IsNumber(get(c->json, "schema")) ||
        get(c->json, "schema")->valuedouble != 1 || strcmp(text_get(c->json, "kind"), "build") != 0)
        return bad(path, "is not a case of kind build, schema 1");
    c->nonce = text_get(c->json, "nonce");
    c->reference = text_get(c->json, "reference");
    workload = text_get(c->json, "workload");
    size = text_get(c->json, "size");
    golden = text_get(c->json, "golden");
    if (!hex_fine(c->nonce, NONCE_HEX))
        return bad(path, "\"nonce\" is not 16 hexadecimal digits");
    if (!*c->reference || !*workload)
        return bad(path, "names no reference or no workload");
    c->golden = intake_json(golden);
    if (!cJSON_IsObject(c->golden))
        return bad(golden, "cannot be read as a golden");
    if (strcmp(text_get(c->golden, "workload"), workload) != 0)
        return bad(golden, "is the golden of another workload");
    c->identical = get(c->golden, "identical");
    if (!identical_fine(c->identical))
        return bad(golden, "\"identical\" must hold pairs of names");
    err = reference_check(c, workload, size);
    return err < 0 ? err : files_load(c, get(get(c->golden, "sizes"), size));
}

void build_case_free(struct build_case *c)
{
    free(c->files);
    cJSON_Delete(c->json);
    cJSON_Delete(c->golden);
    memset(c, 0, sizeof *c);
}
