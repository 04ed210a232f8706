/* SPDX-License-Identifier: MIT */
/* capstore's paths, hashes and listings. Invariant: names are printed with control bytes as \xNN. */
#include "store/host/capstore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void capstore_hash_print(const uint8_t hash[STORE_HASH_SIZE], char hex[2 * STORE_HASH_SIZE + 1])
{
    for (unsigned i = 0; i < STORE_HASH_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
}

bool capstore_hash_parse(const char *hex, uint8_t hash[STORE_HASH_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    if (strlen(hex) != 2 * STORE_HASH_SIZE)
        return false;
    for (unsigned i = 0; i < STORE_HASH_SIZE; i++) {
        const char *high = strchr(digits, hex[2 * i]), *low = strchr(digits, hex[2 * i + 1]);

        if (high == NULL || low == NULL)
            return false;
        hash[i] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return true;
}

int capstore_walk(struct store *s, const char *path, bool parents, struct store_node **out)
{
    struct store_node *dir = store_root(s), *next = NULL;
    int err = dir == NULL ? -ENOMEM : 0;

    while (err == 0) {
        size_t len = 0;

        path += strspn(path, "/");
        len = strcspn(path, "/");
        if (len == 0)
            break;
        err = store_lookup(dir, path, len, &next);
        if (err == -ENOENT && parents)
            err = store_create(dir, path, len, STORE_DIR, &next);
        store_node_put(dir);
        dir = next;
        path += len;
    }
    if (err == 0)
        *out = dir;
    return err;
}

int capstore_parent(struct store *s, const char *path, bool parents, struct store_node **dir,
                    const char **name)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    char *above = strndup(path, len);
    int err = above == NULL ? -ENOMEM : capstore_walk(s, above, parents, dir);

    free(above);
    *name = slash == NULL ? path : slash + 1;
    return err;
}

static void name_print(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            printf("\\x%02x", (unsigned)name[i]);
        else
            putchar(name[i]);
}

static void row_print(const struct store_info *info, const char *prefix, const struct store_entry *e)
{
    printf("%c %12llu ", info->kind == STORE_DIR ? 'd' : 'f', (unsigned long long)info->size);
    name_print(prefix, strlen(prefix));
    name_print(e->name, e->len);
    putchar('\n');
}

static int dir_list(struct store_node *dir, const char *prefix, bool recursive)
{
    struct store_entry e = {0};
    int r = 0;

    while ((r = store_next(dir, e.name, e.len, &e)) > 0) {
        struct store_node *sub = NULL;
        char *below = NULL;

        row_print(&e.info, prefix, &e);
        if (!recursive || e.info.kind != STORE_DIR)
            continue;
        r = store_lookup(dir, e.name, e.len, &sub);
        if (r == 0 && asprintf(&below, "%s%s/", prefix, e.name) < 0)
            r = -ENOMEM;
        if (r == 0)
            r = dir_list(sub, below, true);
        free(below);
        if (sub != NULL)
            store_node_put(sub);
        if (r < 0)
            return r;
    }
    return r;
}

static int blobs_list(struct store *s)
{
    uint8_t hash[STORE_HASH_SIZE], *after = NULL;
    char hex[2 * STORE_HASH_SIZE + 1];
    uint64_t size = 0;
    int r = 0;

    for (; (r = store_blob_next(s, after, hash, &size)) > 0; after = hash) {
        capstore_hash_print(hash, hex);
        printf("%12llu sha256:%s\n", (unsigned long long)size, hex);
    }
    return r;
}

static int names_list(struct store *s)
{
    uint8_t hash[STORE_HASH_SIZE];
    char name[STORE_NAME_MAX + 1] = "", hex[2 * STORE_HASH_SIZE + 1];
    uint32_t len = 0;
    int r = 0;

    while ((r = store_bind_next(s, name, len, name, &len, hash)) > 0) {
        capstore_hash_print(hash, hex);
        printf("sha256:%s ", hex);
        name_print(name, len);
        putchar('\n');
    }
    return r;
}

int capstore_ls(struct store *s, const struct capstore_args *a)
{
    const char *path = a->nrest > 0 ? a->rest[0] : "";
    struct store_node *n = NULL;
    struct store_info info;
    int err = 0;

    if (a->blobs || a->names) {
        err = a->blobs ? blobs_list(s) : names_list(s);
        return err < 0 ? capstore_complain(a, "", err) : EXIT_FINE;
    }
    err = capstore_walk(s, path, false, &n);
    if (err < 0)
        return capstore_complain(a, path, err);
    store_node_info(n, &info);
    if (info.kind == STORE_DIR)
        err = dir_list(n, "", a->recursive);
    else
        printf("f %12llu %s\n", (unsigned long long)info.size, path);
    store_node_put(n);
    return err < 0 ? capstore_complain(a, path, err) : EXIT_FINE;
}
