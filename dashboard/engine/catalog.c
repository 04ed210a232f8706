/* SPDX-License-Identifier: MIT */
/*
 * Finding definitions; see catalog.h.
 * Invariant: a file under workloads/ belongs to the catalogue exactly when it is <family>/<name>.json.
 */
#include "catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "mem.h"
#include "text.h"

int catalog_load(struct catalog *c, char **why)
{
    char *dir = mem_printf("%s/workloads", files_root_dir());
    struct files list;
    int rc = files_list(dir, &list);

    *c = (struct catalog){0};
    *why = rc < 0 ? mem_printf("%s: %s (CAPBENCH_BUILD names the build folder of a tree)", dir, strerror(-rc))
                  : NULL;
    for (size_t i = 0; !*why && i < list.n; i++) {
        const char *rel = list.path[i], *slash = strchr(rel, '/');
        size_t len = strlen(rel);
        char *name, *path;

        if (!slash || strchr(slash + 1, '/') || len < 6 || strcmp(rel + len - 5, ".json") != 0)
            continue;
        name = mem_printf("%.*s", (int)(len - 5), rel);
        path = mem_printf("%s/%s", dir, rel);
        c->d = mem_grow(c->d, c->n + 1, sizeof *c->d);
        c->d[c->n] = definition_load(path, name, why);
        if (c->d[c->n])
            c->n++;
        free(name);
        free(path);
    }
    files_free(&list);
    free(dir);
    if (*why) {
        catalog_free(c);
        return -EINVAL;
    }
    return 0;
}

/* Is `want` the name, or the family before the slash? */
static int name_matches(const char *name, const char *want)
{
    size_t n = strlen(want);

    while (n > 1 && want[n - 1] == '/')
        n--;
    return strncmp(name, want, n) == 0 && (name[n] == '\0' || name[n] == '/');
}

int catalog_select(const struct catalog *c, char *const *names, size_t n, struct catalog *out, char **why)
{
    *why = NULL;
    *out = (struct catalog){.d = mem_zalloc((c->n + 1) * sizeof *out->d)};
    for (size_t k = 0; k < n; k++) {
        bool found = false;

        for (size_t i = 0; i < c->n; i++)
            found |= name_matches(c->d[i]->name, names[k]) != 0;
        if (!found) {
            struct buf b = {0};

            buf_puts(&b, "unknown workload ");
            text_escape(&b, names[k], strlen(names[k]), false);
            buf_puts(&b, "; there are:");
            for (size_t i = 0; i < c->n; i++)
                buf_printf(&b, " %s", c->d[i]->name);
            *why = buf_take(&b);
            return -ENOENT;
        }
    }
    for (size_t i = 0; i < c->n; i++) {
        bool wanted = n == 0;

        for (size_t k = 0; k < n; k++)
            wanted |= name_matches(c->d[i]->name, names[k]) != 0;
        if (wanted)
            out->d[out->n++] = c->d[i];
    }
    return 0;
}

void catalog_free(struct catalog *c)
{
    for (size_t i = 0; i < c->n; i++)
        definition_free(c->d[i]);
    free(c->d);
    *c = (struct catalog){0};
}
