/* SPDX-License-Identifier: MIT */
/* capstore's get, put and rm. Invariant: what put replaces stays until the new content is stored whole. */
#include "store/host/capstore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char temporary[] = ".capstore-put";

/* The node that a SOURCE names. */
static int source_open(struct store *s, const char *source, struct store_node **out)
{
    uint8_t hash[STORE_HASH_SIZE];
    int err = 0;

    if (strncmp(source, "sha256:", 7) == 0)
        return capstore_hash_parse(source + 7, hash) ? store_blob_open(s, hash, out) : -EINVAL;
    if (strncmp(source, "name:", 5) == 0) {
        err = store_resolve(s, source + 5, strlen(source + 5), hash);
        return err < 0 ? err : store_blob_open(s, hash, out);
    }
    return capstore_walk(s, source, false, out);
}

static int node_copy_out(struct store_node *n, FILE *to)
{
    static uint8_t buf[STORE_WRITE_ATOMIC];
    int64_t got = 0;

    for (uint64_t at = 0; (got = store_read(n, at, buf, sizeof buf)) > 0; at += (uint64_t)got)
        if (fwrite(buf, 1, (size_t)got, to) != (size_t)got)
            return -errno;
    return (int)got;
}

int capstore_get(struct store *s, const struct capstore_args *a)
{
    const char *file = a->nrest > 1 ? a->rest[1] : "-";
    struct store_node *n = NULL;
    FILE *to = stdout;
    int err = source_open(s, a->rest[0], &n);

    if (err < 0)
        return capstore_complain(a, a->rest[0], err);
    if (strcmp(file, "-") != 0)
        to = fopen(file, "wb");
    if (to == NULL) {
        fprintf(stderr, "capstore: %s: %s\n", file, strerror(errno));
        store_node_put(n);
        return EXIT_NO;
    }
    err = node_copy_out(n, to);
    store_node_put(n);
    if ((to == stdout ? fflush(to) : fclose(to)) != 0 && err == 0)
        err = -errno;
    return err < 0 ? capstore_complain(a, a->rest[0], err) : EXIT_FINE;
}

typedef int64_t sink(void *to, uint64_t at, const void *data, size_t len);

static int64_t blob_sink(void *to, uint64_t at, const void *data, size_t len)
{
    (void)at;
    return store_blob_append(to, data, len);
}

static int64_t file_sink(void *to, uint64_t at, const void *data, size_t len)
{
    return store_write(to, at, data, len);
}

static int stream_copy_in(FILE *from, sink *put, void *to)
{
    static uint8_t buf[STORE_WRITE_ATOMIC];
    uint64_t at = 0;
    size_t got = 0;
    int64_t r = 0;

    while (r >= 0 && (got = fread(buf, 1, sizeof buf, from)) > 0) {
        r = put(to, at, buf, got);
        at += got;
    }
    return r < 0 ? (int)r : ferror(from) ? -EIO : 0;
}

static int blob_put(struct store *s, const struct capstore_args *a, FILE *from)
{
    uint8_t hash[STORE_HASH_SIZE];
    char hex[2 * STORE_HASH_SIZE + 1];
    struct store_blob *b = NULL;
    int err = store_blob_begin(s, &b);

    if (err == 0) {
        err = stream_copy_in(from, blob_sink, b);
        if (err == 0)
            err = store_blob_finish(b, hash);
        else
            store_blob_cancel(b);
    }
    if (err == 0 && a->bind != NULL)
        err = store_bind(s, a->bind, strlen(a->bind), hash);
    if (err == 0)
        err = store_sync(s);
    if (err < 0)
        return err;
    capstore_hash_print(hash, hex);
    printf("sha256:%s\n", hex);
    return 0;
}

/* The finished temporary file takes the name. */
static int file_replace(struct store_node *dir, const char *name)
{
    struct store_node *old = NULL;
    struct store_info info = {STORE_FILE, 0, 0, 0};
    int err = store_lookup(dir, name, strlen(name), &old);

    if (err == 0) {
        store_node_info(old, &info);
        store_node_put(old);
        err = info.kind == STORE_DIR ? -EISDIR : store_remove(dir, name, strlen(name));
    } else if (err == -ENOENT) {
        err = 0;
    }
    return err < 0 ? err : store_rename(dir, temporary, strlen(temporary), name, strlen(name));
}

static int file_put(struct store *s, const struct capstore_args *a, FILE *from)
{
    struct store_node *dir = NULL, *n = NULL;
    const char *name = NULL;
    int err = capstore_parent(s, a->rest[1], a->parents, &dir, &name);

    if (err < 0)
        return err;
    (void)store_remove(dir, temporary, strlen(temporary)); /* left by a put that was cut off */
    err = store_create(dir, temporary, strlen(temporary), STORE_FILE, &n);
    if (err == 0) {
        err = stream_copy_in(from, file_sink, n);
        store_node_put(n);
        if (err == 0)
            err = file_replace(dir, name);
        if (err < 0)
            (void)store_remove(dir, temporary, strlen(temporary));
    }
    if (err == 0)
        err = store_sync(s);
    store_node_put(dir);
    return err;
}

int capstore_put(struct store *s, const struct capstore_args *a)
{
    const char *file = a->rest[0];
    FILE *from = NULL;
    int err = 0;

    if (a->as_blob != (a->nrest == 1)) {
        fprintf(stderr, "capstore: put takes FILE and PATH, or --blob and FILE; see capstore --help\n");
        return EXIT_USAGE;
    }
    from = strcmp(file, "-") == 0 ? stdin : fopen(file, "rb");
    if (from == NULL) {
        fprintf(stderr, "capstore: %s: %s\n", file, strerror(errno));
        return EXIT_NO;
    }
    err = a->as_blob ? blob_put(s, a, from) : file_put(s, a, from);
    if (from != stdin)
        fclose(from);
    return err < 0 ? capstore_complain(a, a->as_blob ? file : a->rest[1], err) : EXIT_FINE;
}

int capstore_rm(struct store *s, const struct capstore_args *a)
{
    const char *source = a->rest[0], *name = NULL;
    uint8_t hash[STORE_HASH_SIZE];
    struct store_node *dir = NULL;
    int err = 0;

    if (strncmp(source, "sha256:", 7) == 0) {
        err = capstore_hash_parse(source + 7, hash) ? store_blob_delete(s, hash) : -EINVAL;
    } else if (strncmp(source, "name:", 5) == 0) {
        err = store_unbind(s, source + 5, strlen(source + 5));
    } else {
        err = capstore_parent(s, source, false, &dir, &name);
        if (err == 0) {
            err = store_remove(dir, name, strlen(name));
            store_node_put(dir);
        }
    }
    if (err == 0)
        err = store_sync(s);
    return err < 0 ? capstore_complain(a, source, err) : EXIT_FINE;
}
