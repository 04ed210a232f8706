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

/* The "sizes" of an existing golden that was made the same way, detached from it; else a new object. */
static cJSON *sizes_keep(const char *path, const cJSON *head)
{
    cJSON *old = intake_json(path), *sizes = NULL;
    bool same = true;
    const cJSON *h;

    cJSON_ArrayForEach(h, head) same =
        same && cJSON_Compare(h, cJSON_GetObjectItemCaseSensitive(old, h->string), 1);
    if (same)
        sizes = cJSON_DetachItemFromObjectCaseSensitive(old, "sizes");
    cJSON_Delete(old);
    return sizes ? sizes : cJSON_CreateObject();
}

void golden_member(cJSON *o, const char *name, cJSON *value)
{
    if (!cJSON_ReplaceItemInObjectCaseSensitive(o, name, value))
        cJSON_AddItemToObject(o, name, value);
}

int golden_replace(const char *path, const cJSON *golden)
{
    char part[4096], *text;
    FILE *out;
    bool ok;

    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return fail(path, "name too long");
    text = cJSON_Print(golden);
    if (!text)
        return fail(path, "out of memory");
    out = fopen(part, "wb");
    ok = out && fputs(text, out) >= 0 && fputc('\n', out) >= 0;
    if (out && fclose(out) != 0)
        ok = false;
    cJSON_free(text);
    if (ok && rename(part, path) == 0)
        return 0;
    return fail(path, strerror(errno));
}

int golden_put(const char *path, cJSON *head, const char *size, cJSON *of_size)
{
    cJSON *sizes = sizes_keep(path, head);
    int status;

    golden_member(sizes, size, of_size);
    cJSON_AddItemToObject(head, "sizes", sizes);
    status = golden_replace(path, head);
    cJSON_Delete(head);
    return status;
}

int golden_write(const char *path, const struct golden_new *g)
{
    cJSON *head = cJSON_CreateObject(), *of_size = cJSON_CreateObject(), *item;

    cJSON_AddNumberToObject(head, "schema", 1);
    cJSON_AddStringToObject(head, "workload", g->workload);
    cJSON_AddStringToObject(head, "tool", g->tool);
    while (g->head && (item = g->head->child))
        cJSON_AddItemToObject(head, item->string, cJSON_DetachItemViaPointer(g->head, item));
    cJSON_Delete(g->head);
    cJSON_AddStringToObject(of_size, "command", g->command);
    cJSON_AddItemToObject(of_size, "files", g->files);
    return golden_put(path, head, g->size, of_size);
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

void golden_upto(cJSON *o, const struct digest *d)
{
    cJSON *upto = cJSON_AddArrayToObject(o, "sha256_upto");

    for (size_t i = 0; i < d->count; i++)
        cJSON_AddItemToArray(upto, cJSON_CreateString(d->upto[i]));
}
