/* SPDX-License-Identifier: MIT */
/* Golden files; see golden_write.h. */
#include "golden_write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "intake.h"

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "golden: %s: %s\n", what, why);
    return 1;
}

static bool same_text(const cJSON *o, const char *key, const char *text)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));

    return s && strcmp(s, text) == 0;
}

/* The "sizes" of an existing golden that was made the same way, detached from it; else a new object. */
static cJSON *sizes_keep(const char *path, const struct golden_new *g)
{
    cJSON *old = intake_json(path), *sizes = NULL;
    bool same = same_text(old, "workload", g->workload) && same_text(old, "tool", g->tool);
    const cJSON *h;

    cJSON_ArrayForEach(h, g->head) same =
        same && cJSON_Compare(h, cJSON_GetObjectItemCaseSensitive(old, h->string), 1);
    if (same)
        sizes = cJSON_DetachItemFromObjectCaseSensitive(old, "sizes");
    cJSON_Delete(old);
    return sizes ? sizes : cJSON_CreateObject();
}

static int text_replace(const char *path, const char *text)
{
    char part[4096];
    FILE *out;
    bool ok;

    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return fail(path, "name too long");
    out = fopen(part, "wb");
    ok = out && fputs(text, out) >= 0 && fputc('\n', out) >= 0;
    if (out && fclose(out) != 0)
        ok = false;
    if (ok && rename(part, path) == 0)
        return 0;
    return fail(path, strerror(errno));
}

int golden_write(const char *path, const struct golden_new *g)
{
    cJSON *golden = cJSON_CreateObject(), *sizes = sizes_keep(path, g), *size, *item;
    char *text;
    int status;

    cJSON_DeleteItemFromObjectCaseSensitive(sizes, g->size);
    size = cJSON_AddObjectToObject(sizes, g->size);
    cJSON_AddStringToObject(size, "command", g->command);
    cJSON_AddItemToObject(size, "files", g->files);
    cJSON_AddNumberToObject(golden, "schema", 1);
    cJSON_AddStringToObject(golden, "workload", g->workload);
    cJSON_AddStringToObject(golden, "tool", g->tool);
    while (g->head && (item = g->head->child))
        cJSON_AddItemToObject(golden, item->string, cJSON_DetachItemViaPointer(g->head, item));
    cJSON_AddItemToObject(golden, "sizes", sizes);
    text = cJSON_Print(golden);
    status = text ? text_replace(path, text) : fail(path, "out of memory");
    cJSON_free(text);
    cJSON_Delete(golden);
    cJSON_Delete(g->head);
    return status;
}

static int entry_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

cJSON *golden_describe(const char *dir, cJSON *(*describe)(int fd, const char *name, void *context),
                       void *context)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, entry_visible, alphasort);
    cJSON *all = count > 0 ? cJSON_CreateObject() : NULL;
    char path[4096];

    if (!all)
        fail(dir, "no file is there");
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        int fd = snprintf(path, sizeof path, "%s/%s", dir, name) < (int)sizeof path
                     ? open(path, O_RDONLY | O_CLOEXEC)
                     : -1;
        cJSON *one = all && fd >= 0 ? describe(fd, name, context) : NULL;

        if (fd >= 0)
            close(fd);
        if (one) {
            cJSON_AddItemToObject(all, name, one);
        } else if (all) {
            fail(name, "cannot be described");
            cJSON_Delete(all);
            all = NULL;
        }
        free(entries[i]);
    }
    free(entries);
    return all;
}
