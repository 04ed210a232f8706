/* SPDX-License-Identifier: MIT */
/*
 * Reading --grant; see grants.h.
 * Invariant: a directory NAME, in RAM or the root of the disk's store, always appears at /NAME in the guest.
 */
#include "grants.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/capset.h"
#include "files.h"
#include "kinds.h"
#include "mem.h"
#include "schema.h"
#include "text.h"

/* startup and the three standard streams come beside what is named. */
#define GRANTS_MAX (CAPOS_CAPSET_MAX_ENTRIES - 4)

/* Guest paths a directory grant must not hide. */
static const char *const taken[] = {"bin",  "tree", "boot", "modules", "plan",
                                    "init", "dev",  "proc", "sys",     "work"};

static char *refuse(const char *text, const char *what)
{
    struct buf b = {0};

    buf_puts(&b, "--grant ");
    text_escape(&b, text, strnlen(text, 200), false);
    buf_printf(&b, ": %s", what);
    return buf_take(&b);
}

static bool name_fine(const char *name, bool directory)
{
    if (!schema_word(name, false) || strlen(name) > CAPOS_CAPSET_NAME_MAX)
        return false;
    for (size_t i = 0; directory && i < sizeof taken / sizeof taken[0]; i++)
        if (strcmp(taken[i], name) == 0)
            return false;
    return true;
}

/* Splits PATH[:ro] off a directory grant. */
static int add_path(struct grant *g, char *path, const char *text, char **why)
{
    size_t n = strlen(path);

    if (n >= 3 && strcmp(path + n - 3, ":ro") == 0) {
        path[n - 3] = '\0';
        g->cap.read_only = true;
    }
    if (!files_is_dir(path)) {
        *why = refuse(text, "no such folder on the host");
        return -EINVAL;
    }
    g->host = mem_dup(path);
    return 0;
}

static char *unknown_kind(const char *text)
{
    char *list = kind_list(), *what = mem_printf("unknown kind; one of: %s", list), *why = refuse(text, what);

    free(list);
    free(what);
    return why;
}

static bool appears(const char *kind)
{
    const struct kind *k = kind_find(kind);

    return k && strcmp(k->interface, "Directory") == 0;
}

static bool granted(const struct grants *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->g[i].cap.name, name) == 0)
            return true;
    return false;
}

static int parse(struct grants *s, struct grant *g, char *copy, const char *text, char **why)
{
    char *kind = strchr(copy, '='), *path;
    bool directory;

    if (kind)
        *kind++ = '\0';
    else
        kind = copy;
    path = strchr(kind, ':');
    if (path)
        *path++ = '\0';
    if (!kind_find(kind)) {
        *why = unknown_kind(text);
        return -EINVAL;
    }
    directory = strcmp(kind, "directory") == 0;
    if (!name_fine(copy, appears(kind))) {
        *why = refuse(text, "a name is made of at most 32 of a-z, 0-9, _ and - (and a directory's must not "
                            "be one of the guest's own)");
        return -EINVAL;
    }
    if (granted(s, copy)) {
        *why = refuse(text, "this name was granted already");
        return -EINVAL;
    }
    if (path && strcmp(kind, "process_spawner") == 0 && *path) {
        g->cap.only = mem_dup(path);
        path = NULL;
    }
    if (path && !directory) {
        *why = refuse(text, "only the kind directory takes a path (and process_spawner a list of programs)");
        return -EINVAL;
    }
    g->cap.name = mem_dup(copy);
    g->cap.kind = mem_dup(kind);
    g->cap.path = directory ? mem_printf("/%s", copy) : NULL;
    return path ? add_path(g, path, text, why) : 0;
}

static void grant_free(struct grant *g)
{
    free(g->cap.name);
    free(g->cap.kind);
    free(g->cap.path);
    free(g->cap.only);
    free(g->host);
}

int grants_guest_directory(struct grants *s, const char *name)
{
    if (s->n == GRANTS_MAX || granted(s, name))
        return -EINVAL;
    s->g = mem_grow(s->g, s->n + 1, sizeof *s->g);
    s->g[s->n++] = (struct grant){.cap = {.name = mem_dup(name),
                                          .kind = mem_dup("directory"),
                                          .path = mem_printf("/%s", name),
                                          .read_only = true}};
    return 0;
}

int grants_add(struct grants *s, const char *text, char **why)
{
    char *copy = mem_dup(text);
    struct grant g = {0};
    int rc;

    *why = NULL;
    if (s->n == GRANTS_MAX) {
        *why = refuse(text, "a process cannot have more capabilities than those before it");
        free(copy);
        return -EINVAL;
    }
    rc = parse(s, &g, copy, text, why);
    free(copy);
    if (rc < 0) {
        grant_free(&g);
        return rc;
    }
    s->g = mem_grow(s->g, s->n + 1, sizeof *s->g);
    s->g[s->n++] = g;
    return 0;
}

int grants_posix(struct grants *s)
{
    static const char *const names[] = {"virtual_memory", "timer",          "wall_clock",
                                        "entropy_source", "thread_control", "scratch=directory"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *why;

        int rc = grants_add(s, names[i], &why);

        free(why);
        if (rc < 0)
            return rc;
    }
    return 0;
}

struct def_cap *grants_caps(const struct grants *s)
{
    struct def_cap *caps = mem_zalloc((s->n + 1) * sizeof *caps);

    for (size_t i = 0; i < s->n; i++)
        caps[i] = s->g[i].cap;
    return caps;
}

void grants_free(struct grants *s)
{
    for (size_t i = 0; i < s->n; i++)
        grant_free(&s->g[i]);
    free(s->g);
    *s = (struct grants){0};
}
