/* SPDX-License-Identifier: MIT */
/* Artifacts whose files the golden lists; see listed.h. */
#include "listed.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "artifact.h"
#include "intake.h"

static const cJSON *files_of(const struct case_head *h)
{
    return case_get(h->sized, "files");
}

bool listed_name_fine(const char *name)
{
    return name && name[0] != '.' && !strchr(name, '/') && strlen(name) <= 100;
}

int listed_load(const struct case_head *h, bool (*fine)(const cJSON *f))
{
    const cJSON *files = files_of(h), *f;
    const char *golden = case_text(h->json, "golden");

    if (!cJSON_IsObject(files) || !files->child || cJSON_GetArraySize(files) > LISTED_MAX)
        return case_bad(golden, "has no files for the case's size");
    cJSON_ArrayForEach(f, files)
    {
        if (!listed_name_fine(f->string) || !fine(f))
            return case_bad(golden, "does not describe its files as it should");
    }
    return 0;
}

static int files_check(struct verdict *v, const cJSON *files, int dir, const char *sub,
                       listed_check_fn *check, const void *c)
{
    const char *names[LISTED_MAX];
    char label[LISTED_LABEL];
    const cJSON *f;
    size_t n = 0;
    int result;

    cJSON_ArrayForEach(f, files) names[n++] = f->string;
    snprintf(label, sizeof label, "%s/", sub);
    result = intake_names(v, dir, label, names, n);
    cJSON_ArrayForEach(f, files)
    {
        int fd;

        if (result != 0)
            break;
        snprintf(label, sizeof label, "%s/%s", sub, f->string);
        fd = artifact_open(dir, f->string);
        if (fd < 0)
            return intake_refuse(v, label, fd);
        result = check(v, c, label, f, fd);
        close(fd);
    }
    return result;
}

int listed_check(struct verdict *v, const struct case_head *h, int dir, const char *sub,
                 listed_check_fn *check, const void *c)
{
    const char *top[] = {"NONCE", sub};
    int below, result = intake_nonce(v, dir, h->nonce);

    if (result == 0)
        result = intake_names(v, dir, "", top, 2);
    if (result != 0)
        return result;
    below = artifact_directory(dir, sub);
    if (below < 0)
        return intake_refuse(v, sub, below);
    result = files_check(v, files_of(h), below, sub, check, c);
    close(below);
    return result;
}
