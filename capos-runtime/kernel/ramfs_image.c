/* SPDX-License-Identifier: MIT */
/*
 * The boot image as a RAM file tree: names are copied, bytes stay in the image until they are overwritten.
 * Invariant: what could not be built whole is freed whole.
 */
#include "abi/errno.h"
#include "kernel/cpio.h"
#include "kernel/ramfs.h"
#include "kernel/string.h"

/* The directory a path's last component lies in, made where it is missing; *name is that component. */
static struct ramfs_node *parent_make(struct ramfs_node *dir, const char *path, const char **name, int *err)
{
    for (const char *end; *path != '\0'; path = end + 1) {
        struct ramfs_node *next = NULL;

        for (end = path; *end != '/' && *end != '\0'; end++)
            ;
        if (*end == '\0')
            break;
        next = ramfs_lookup(dir, path, (size_t)(end - path));
        if (next == NULL) {
            next = ramfs_dir_new();
            *err = next == NULL ? -ENOSPC : ramfs_link(dir, path, (size_t)(end - path), next);
            if (next != NULL)
                ramfs_unref(next); /* its name holds it, or it is gone */
            if (*err < 0)
                return NULL;
        }
        if (!next->is_dir) {
            *err = -EINVAL;
            return NULL;
        }
        dir = next;
    }
    *name = path;
    return dir;
}

static int image_add(struct ramfs_node *root, const char *path, const struct cpio_entry *e)
{
    struct ramfs_node *node = NULL, *dir = NULL;
    const char *name = NULL;
    int err = 0;

    dir = parent_make(root, path, &name, &err);
    if (dir == NULL)
        return err;
    node = ramfs_lookup(dir, name, strlen(name));
    if (node != NULL)
        return node->is_dir && e->is_dir ? 0 : -EINVAL;
    node = e->is_dir ? ramfs_dir_new() : ramfs_file_over(e->data, e->size, 0);
    if (node == NULL)
        return -ENOSPC;
    err = ramfs_link(dir, name, strlen(name), node);
    ramfs_unref(node);
    return err;
}

/* What of an entry's name lies below prefix: "" for the prefix itself, NULL when it lies elsewhere. */
static const char *below(const char *name, const char *prefix, size_t prefix_len)
{
    if (prefix_len == 0)
        return name;
    if (strlen(name) < prefix_len || memcmp(name, prefix, prefix_len) != 0)
        return NULL;
    if (name[prefix_len] == '\0')
        return name + prefix_len;
    return name[prefix_len] == '/' ? name + prefix_len + 1 : NULL;
}

/* The path without slashes at either end. */
static const char *path_trim(const char *path, size_t *len)
{
    while (*path == '/')
        path++;
    *len = strlen(path);
    while (*len > 0 && path[*len - 1] == '/')
        --*len;
    return path;
}

struct ramfs_node *ramfs_image_dir(const uint8_t *image, size_t len, const char *path, int *err)
{
    struct ramfs_node *root = ramfs_dir_new();
    struct cpio_iter it;
    struct cpio_entry e;
    const char *why = NULL;
    size_t prefix_len = 0;
    const char *prefix = path_trim(path, &prefix_len);
    bool found = prefix_len == 0;
    int r = root == NULL ? -ENOSPC : 0;

    cpio_start(&it, image, len);
    while (r == 0 && (r = cpio_next(&it, &e, &why)) > 0) {
        const char *rest = below(e.name, prefix, prefix_len);

        r = 0;
        if (rest == NULL || (e.mode & 0170000) == 0020000) /* elsewhere, or a device: not for us */
            continue;
        r = cpio_follow(image, len, &e, &why);
        if (r == 0 && *rest != '\0')
            r = image_add(root, rest, &e);
        else if (r == 0 && !e.is_dir)
            r = -ENOTDIR;
        found = true;
    }
    if (r == 0 && !found)
        r = -ENOENT;
    if (r == 0)
        return root;
    if (root != NULL)
        ramfs_unref(root);
    *err = r;
    return NULL;
}

struct ramfs_node *ramfs_image_file(const uint8_t *image, size_t len, const char *path, int *err)
{
    struct ramfs_node *node = NULL;
    struct cpio_entry e;
    const char *why = NULL;
    size_t path_len = 0;
    const char *trimmed = path_trim(path, &path_len);
    int r = cpio_find(image, len, trimmed, path_len, &e, &why);

    if (r > 0) {
        node = ramfs_file_over(e.data, e.size, 0);
        r = -ENOSPC;
    } else if (r == 0) {
        r = -ENOENT;
    }
    if (node == NULL)
        *err = r;
    return node;
}
