/* SPDX-License-Identifier: MIT */
/*
 * Reading port.mk; see port.h.
 * Invariant: only lines of the form `name.field := value` are looked at; nothing is evaluated.
 */
#include "port.h"

#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "mem.h"
#include "text.h"

/* The value of `name.field :=`, escaped; "" when there is none. */
static char *port_field(const char *text, const char *name, const char *field)
{
    char *key = mem_printf("%s.%s", name, field), *out = NULL;
    size_t n = strlen(key);

    for (const char *line = text; line && *line && !out;
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        const char *p = line + n;

        if (strncmp(line, key, n) != 0)
            continue;
        p += strspn(p, " \t");
        if (strncmp(p, ":=", 2) == 0) {
            p += 2;
            p += strspn(p, " \t");
            out = text_escaped(p, strcspn(p, "\n"), 1000);
        }
    }
    free(key);
    return out ? out : mem_dup("");
}

/* "zstd=programs/zstd xz=src/xz/xz": the names before the '='. */
static void port_products(struct port *p, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, " "), name = strcspn(list, "= ");

        if (name) {
            p->product = mem_grow(p->product, p->nproducts + 1, sizeof *p->product);
            p->product[p->nproducts++] = mem_printf("%.*s", (int)name, list);
        }
        list += n;
        list += strspn(list, " ");
    }
}

void ports_load(struct ports *out)
{
    char *dir = mem_printf("%s/ports", files_root_dir());
    struct files list;

    *out = (struct ports){0};
    if (files_list(dir, &list) < 0) {
        free(dir);
        return;
    }
    for (size_t i = 0; i < list.n; i++) {
        const char *slash = strchr(list.path[i], '/');
        char *path, *text, *products;
        struct port p = {0};
        size_t len;

        if (!slash || strcmp(slash, "/port.mk") != 0)
            continue;
        path = mem_printf("%s/%s", dir, list.path[i]);
        if (files_read(path, 1 << 20, &text, &len) == 0) {
            p.name = mem_printf("%.*s", (int)(slash - list.path[i]), list.path[i]);
            p.version = port_field(text, p.name, "version");
            p.licence = port_field(text, p.name, "licence");
            p.archive = port_field(text, p.name, "archive");
            products = port_field(text, p.name, "products");
            port_products(&p, products);
            free(products);
            out->port = mem_grow(out->port, out->n + 1, sizeof *out->port);
            out->port[out->n++] = p;
            free(text);
        }
        free(path);
    }
    files_free(&list);
    free(dir);
}

void ports_free(struct ports *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->port[i].name);
        free(p->port[i].version);
        free(p->port[i].licence);
        free(p->port[i].archive);
        for (size_t k = 0; k < p->port[i].nproducts; k++)
            free(p->port[i].product[k]);
        free(p->port[i].product);
    }
    free(p->port);
    *p = (struct ports){0};
}
