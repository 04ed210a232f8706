/* SPDX-License-Identifier: MIT */
/*
 * Corpora; see corpus.h.
 * Invariant: nothing outside the manifest is ever part of a corpus.
 */
#include "corpus.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "json.h"
#include "mem.h"

static int corpus_compare(const void *a, const void *b)
{
    const struct corpus_file *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int corpus_entry(struct corpus *c, const cJSON *e, bool tree)
{
    const char *name = json_text(e, "name"), *sha = json_text(e, "sha256");
    struct corpus_file f = {0};

    if (!name || !files_path_safe(name) || (!tree && strchr(name, '/')) || !sha ||
        strlen(sha) != DIGEST_HEX - 1 || json_u64(e, "bytes", &f.bytes) < 0)
        return -EINVAL;
    f.name = mem_dup(name);
    f.path = mem_printf("%s/%s", c->dir, name);
    memcpy(f.sha256, sha, DIGEST_HEX);
    c->bytes += f.bytes;
    c->file[c->n++] = f;
    return 0;
}

/* Where the manifest and the files are; true for a tree. */
static bool corpus_place(struct corpus *c)
{
    c->manifest = mem_printf("%s/corpora/%s/manifest.json", files_root_dir(), c->set);
    if (files_is_file(c->manifest)) {
        c->dir = mem_printf("%s/corpora/%s/%s", files_build_dir(), c->set, c->size);
        return false;
    }
    free(c->manifest);
    c->manifest = mem_printf("%s/corpora/%s/tree.json", files_build_dir(), c->set);
    c->dir = mem_printf("%s/corpora/%s/tree", files_build_dir(), c->set);
    return true;
}

struct corpus *corpus_load(const char *set, const char *size, char **why)
{
    struct corpus *c = mem_zalloc(sizeof *c);
    struct digest *d = digest_new();
    const cJSON *list, *e;
    char *bad = NULL;
    cJSON *m;
    bool tree;
    int rc = 0;

    *why = NULL;
    c->set = mem_dup(set ? set : "none");
    c->size = mem_dup(size);
    if (!set) {
        c->manifest = mem_dup("");
        c->dir = mem_dup("");
        digest_end(d, c->sha256);
        return c;
    }
    tree = corpus_place(c);
    m = json_load(c->manifest, &bad);
    list = m;
    if (!tree) {
        list = cJSON_GetObjectItemCaseSensitive(list, "sizes");
        list = cJSON_GetObjectItemCaseSensitive(list, size);
    }
    list = cJSON_GetObjectItemCaseSensitive(list, "files");
    if (!bad && (!cJSON_IsArray(list) || !list->child))
        bad = mem_printf("lists no files for the size %s", size);
    c->file = mem_zalloc(((size_t)cJSON_GetArraySize(list) + 1) * sizeof *c->file);
    for (e = bad ? NULL : list->child; e && rc == 0; e = e->next)
        rc = corpus_entry(c, e, tree);
    if (rc < 0)
        bad = mem_dup("an entry lacks a flat name, bytes or a sha256");
    if (c->n)
        qsort(c->file, c->n, sizeof *c->file, corpus_compare);
    for (size_t i = 0; i < c->n; i++) {
        char *line = mem_printf("%s %llu %s", c->file[i].name, (unsigned long long)c->file[i].bytes,
                                c->file[i].sha256);

        digest_field(d, line);
        free(line);
        if (i && strcmp(c->file[i].name, c->file[i - 1].name) == 0 && !bad)
            bad = mem_printf("names %s twice", c->file[i].name);
    }
    digest_end(d, c->sha256);
    cJSON_Delete(m);
    if (bad) {
        *why = mem_printf("corpus %s: %s: %s", set, c->manifest, bad);
        free(bad);
        corpus_free(c);
        return NULL;
    }
    return c;
}

int corpus_check(const struct corpus *c, char **why)
{
    *why = NULL;
    for (size_t i = 0; i < c->n; i++) {
        char hex[DIGEST_HEX];
        int rc = digest_file(c->file[i].path, hex);

        if (rc < 0)
            *why = mem_printf("corpus file %s: %s (make it with: make corpus-%s-%s)", c->file[i].path,
                              strerror(-rc), c->set, c->size);
        else if (strcmp(hex, c->file[i].sha256) != 0)
            *why = mem_printf("corpus file %s has sha256 %s, its manifest says %s", c->file[i].path, hex,
                              c->file[i].sha256);
        if (*why)
            return -EINVAL;
    }
    return 0;
}

void corpus_free(struct corpus *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++) {
        free(c->file[i].name);
        free(c->file[i].path);
    }
    free(c->file);
    free(c->set);
    free(c->size);
    free(c->dir);
    free(c->manifest);
    free(c);
}
