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

enum { FILES_MAX = 4096, NAME_MAX_BYTES = 200 };

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
        return case_bad(f->name ? f->name : "a file", "is no name for the golden to have");
    if (snprintf(path, sizeof path, "%s/%s", c->reference, f->name) >= (int)sizeof path)
        return case_bad(f->name, "name too long");
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    err = fd < 0 ? -errno : digest_file(fd, UINT64_MAX, &d);
    if (fd >= 0)
        close(fd);
    if (err < 0)
        return case_bad(path, "the reference cannot be read (make it with: make references-SIZE)");
    f->bytes = d.bytes;
    if (!f->local &&
        (case_get(entry, "bytes") == NULL || case_get(entry, "bytes")->valuedouble != (double)d.bytes ||
         strcmp(case_text(entry, "sha256"), digest_whole(&d)) != 0))
        err = case_bad(
            path, "the host's own build is not what the golden states (if that is intended, make goldens "
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
    const cJSON *files = case_get(size, "files"), *local = case_get(size, "local"), *e;
    int n = cJSON_GetArraySize(files) + cJSON_GetArraySize(local), err = 0;

    if (!cJSON_IsObject(files) || !cJSON_IsArray(local) || n < 1 || n > FILES_MAX)
        return case_bad("golden", "has no files for the case's size");
    c->files = calloc((size_t)n, sizeof *c->files);
    if (!c->files)
        return case_bad("golden", "out of memory");
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
            return case_bad(c->files[i].name, "is in the golden twice");
    return 0;
}

/* The reference says what it was made of, in the file beside it. */
static int reference_check(const struct build_case *c)
{
    char path[4096];
    cJSON *o;
    int err = 0;

    if (snprintf(path, sizeof path, "%s.json", c->reference) >= (int)sizeof path)
        return case_bad(c->reference, "name too long");
    o = intake_json(path);
    if (!o)
        err = case_bad(path, "there is no reference (make it with: make references-SIZE)");
    else if (strcmp(case_text(o, "workload"), c->head.workload) != 0 ||
             strcmp(case_text(o, "size"), c->head.size) != 0)
        err = case_bad(path, "is the reference of another workload or size");
    else if (strcmp(case_text(o, "corpus_sha256"), case_text(c->head.json, "corpus_sha256")) != 0 ||
             strcmp(case_text(o, "definition_sha256"), case_text(c->head.json, "definition_sha256")) != 0)
        err = case_bad(path,
                       "the reference was made from other inputs (make it again with: make references-SIZE)");
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
    int err;

    memset(c, 0, sizeof *c);
    err = case_open(path, "build", &c->head);
    if (err < 0)
        return err;
    c->reference = case_text(c->head.json, "reference");
    if (!*c->reference)
        return case_bad(path, "names no reference");
    c->identical = case_get(c->head.golden, "identical");
    if (!identical_fine(c->identical))
        return case_bad(case_text(c->head.json, "golden"), "\"identical\" must hold pairs of names");
    err = reference_check(c);
    return err < 0 ? err : files_load(c, c->head.sized);
}

void build_case_free(struct build_case *c)
{
    free(c->files);
    case_close(&c->head);
    memset(c, 0, sizeof *c);
}
