/* SPDX-License-Identifier: MIT */
/* The model of model.h. Invariant: store and model change together or not at all. */
#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/hash.h"

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t model_random(struct model *m, uint64_t below)
{
    m->rng += UINT64_C(0x9e3779b97f4a7c15);
    return mix(m->rng) % below;
}

void model_open(struct model *m, uint64_t seed)
{
    memset(m, 0, sizeof *m);
    m->rng = seed;
    m->dirs[0] = true;
    m->max_write = 9000;
    m->max_size = 40000;
    for (unsigned d = 0; d < MODEL_DIRS; d++)
        for (unsigned f = 0; f < MODEL_FILES; f++) {
            m->files[d][f].bytes = calloc(1, MODEL_SIZE);
            if (m->files[d][f].bytes == NULL)
                exit(2);
        }
}

void model_close(struct model *m)
{
    for (unsigned d = 0; d < MODEL_DIRS; d++)
        for (unsigned f = 0; f < MODEL_FILES; f++)
            free(m->files[d][f].bytes);
}

static uint64_t file_digest(const char *dir, const char *name, uint64_t size, uint64_t sum)
{
    return mix(store_sum(dir, strlen(dir), 1) + 3 * store_sum(name, strlen(name), 2) + 5 * sum +
               7 * mix(size));
}

static uint64_t blob_digest(const uint8_t *hash, uint64_t sum)
{
    return mix(store_sum(hash, STORE_HASH_SIZE, 3) + 11 * sum);
}

static uint64_t name_digest(const char *name, const uint8_t *hash)
{
    return mix(store_sum(name, strlen(name), 4) + 13 * store_sum(hash, STORE_HASH_SIZE, 5));
}

static const char *dir_name(unsigned d)
{
    static const char *const names[MODEL_DIRS] = {"", "d1", "d2"};

    return names[d];
}

static const char *file_name(unsigned f)
{
    static const char *const names[MODEL_FILES] = {
        "a",
        "b",
        "main.db",
        "main.db-journal",
        "main.db-wal",
        "f5",
        "f6",
        "f7",
        "a long name for a small file, to fill nodes",
        ("another long name, which differs only towards its very end, and is long enough to matter for the "
         "size of an item")};

    return names[f];
}

static const char *bind_name(unsigned n)
{
    static const char *const names[MODEL_NAMES] = {"bin/cc", "bin/ld", "lib", "src/a.c", "src/b.c", "x"};

    return names[n];
}

uint64_t model_digest(const struct model *m)
{
    uint64_t v = 0;

    for (unsigned d = 0; d < MODEL_DIRS; d++) {
        if (d > 0 && m->dirs[d])
            v += mix(store_sum(dir_name(d), 2, 6));
        for (unsigned f = 0; f < MODEL_FILES; f++)
            if (m->files[d][f].exists)
                v += file_digest(dir_name(d), file_name(f), m->files[d][f].size, m->files[d][f].sum);
    }
    for (unsigned b = 0; b < MODEL_BLOBS; b++)
        if (m->blobs[b].exists)
            v += blob_digest(m->blobs[b].hash, m->blobs[b].sum);
    for (unsigned n = 0; n < MODEL_NAMES; n++)
        if (m->names[n].exists)
            v += name_digest(bind_name(n), m->names[n].hash);
    return v;
}

/* 0: done; else it was not, and the model must not follow. */
static int outcome(struct model *m, int64_t r, bool tolerant, const char *what)
{
    if (r >= 0)
        return 0;
    if (r == -ENOSPC) {
        m->enospc++;
        return -1;
    }
    if (!tolerant) {
        fprintf(stderr, "%s: error %d\n", what, (int)r);
        exit(1);
    }
    if (m->error == 0)
        m->error = (int)r;
    return -1;
}

static int dir_open(struct store *s, unsigned d, struct store_node **out)
{
    struct store_node *root = store_root(s);
    int err = -ENOMEM;

    if (root == NULL)
        return err;
    if (d == 0) {
        *out = root;
        return 0;
    }
    err = store_lookup(root, dir_name(d), strlen(dir_name(d)), out);
    store_node_put(root);
    return err;
}

static void fill(struct model *m, uint8_t *p, size_t n)
{
    uint64_t v = model_random(m, UINT64_MAX);

    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(v = v * UINT64_C(6364136223846793005) + 1442695040888963407u, v >> 56);
}

static void file_resum(struct model_file *f)
{
    f->sum = store_sum(f->bytes, f->size, 0);
}

static int file_write(struct model *m, struct store_node *n, struct model_file *f, uint64_t at, size_t len)
{
    static _Thread_local uint8_t buf[MODEL_SIZE];
    int64_t r = 0;

    fill(m, buf, len);
    r = store_write(n, at, buf, len);
    if (r < 0)
        return (int)r;
    if (r != (int64_t)len) {
        fprintf(stderr, "a short write of one piece\n");
        exit(1);
    }
    memcpy(f->bytes + at, buf, len);
    if (at + len > f->size)
        f->size = at + len;
    m->writes++;
    return 0;
}

static int file_cut(struct store_node *n, struct model_file *f, uint64_t size)
{
    int err = store_truncate(n, size);

    if (err < 0)
        return err;
    if (size < f->size)
        memset(f->bytes + size, 0, f->size - size);
    f->size = size;
    return 0;
}

/* Writes or cuts the open file. */
static int file_change(struct model *m, struct store_node *n, struct model_file *f)
{
    uint64_t at = model_random(m, f->size + 1), len = 1 + model_random(m, m->max_write);

    switch (model_random(m, 8)) {
    case 0: /* at the end */
        at = f->size;
        break;
    case 1: /* behind it */
        at = f->size + model_random(m, 6000);
        break;
    case 2:
        return file_cut(n, f, model_random(m, f->size + 1));
    case 3:
        return file_cut(n, f, f->size < m->max_size ? f->size + model_random(m, 5000) : f->size);
    case 4:
    case 5: /* whole pages, as a database does */
        at = at / 4096 * 4096;
        len = 4096;
        break;
    default:
        break;
    }
    if (at + len > m->max_size)
        at = at % 4096;
    if (at + len > MODEL_SIZE)
        return 0;
    return file_write(m, n, f, at, (size_t)len);
}

static void step_file(struct model *m, struct store *s, unsigned d, unsigned i, bool tolerant)
{
    struct model_file *f = &m->files[d][i];
    struct store_node *dir = NULL, *n = NULL;
    const char *name = file_name(i);
    int err = dir_open(s, d, &dir);

    if (outcome(m, err, tolerant, "directory") < 0)
        return;
    if (!f->exists) {
        err = store_create(dir, name, strlen(name), STORE_FILE, &n);
        if (outcome(m, err, tolerant, "create") == 0) {
            f->exists = true;
            f->size = 0;
            memset(f->bytes, 0, MODEL_SIZE);
            file_resum(f);
            store_node_put(n);
        }
        store_node_put(dir);
        return;
    }
    err = store_lookup(dir, name, strlen(name), &n);
    if (outcome(m, err, tolerant, "lookup") == 0) {
        if (outcome(m, file_change(m, n, f), tolerant, "write or truncate") == 0)
            file_resum(f);
        store_node_put(n);
    }
    store_node_put(dir);
}

/* Removes a file, now and then while it is open and still written to; or renames it. */
static void step_name(struct model *m, struct store *s, unsigned d, unsigned i, bool tolerant)
{
    struct model_file *f = &m->files[d][i], *other = &m->files[d][(i + 1) % MODEL_FILES];
    const char *name = file_name(i), *to = file_name((i + 1) % MODEL_FILES);
    struct store_node *dir = NULL, *n = NULL;
    bool held = model_random(m, 3) == 0;

    if (!f->exists || outcome(m, dir_open(s, d, &dir), tolerant, "directory") < 0)
        return;
    if (model_random(m, 3) == 0) {
        int err = store_rename(dir, name, strlen(name), to, strlen(to));
        uint8_t *bytes = other->bytes;

        if (other->exists ? err == -EEXIST : outcome(m, err, tolerant, "rename") < 0) {
            store_node_put(dir);
            return;
        }
        *other = *f;
        f->bytes = bytes;
        f->exists = false;
        store_node_put(dir);
        return;
    }
    if (held && store_lookup(dir, name, strlen(name), &n) < 0)
        n = NULL;
    if (outcome(m, store_remove(dir, name, strlen(name)), tolerant, "remove") == 0) {
        f->exists = false;
        if (n != NULL)
            (void)store_write(n, 0, "still here", 10);
    }
    if (n != NULL)
        store_node_put(n);
    store_node_put(dir);
}

static void step_dir(struct model *m, struct store *s, unsigned d, bool tolerant)
{
    struct store_node *root = store_root(s), *n = NULL;
    bool empty = true;
    int err = 0;

    for (unsigned f = 0; f < MODEL_FILES; f++)
        empty = empty && !m->files[d][f].exists;
    if (root == NULL)
        return;
    if (!m->dirs[d]) {
        err = store_create(root, dir_name(d), 2, STORE_DIR, &n);
        if (outcome(m, err, tolerant, "mkdir") == 0) {
            m->dirs[d] = true;
            store_node_put(n);
        }
    } else {
        err = store_remove(root, dir_name(d), 2);
        if (err != -ENOTEMPTY && outcome(m, err, tolerant, "rmdir") == 0) {
            if (!empty) {
                fprintf(stderr, "a full directory was removed\n");
                exit(1);
            }
            m->dirs[d] = false;
        }
    }
    store_node_put(root);
}

static void step_blob(struct model *m, struct store *s, unsigned b, bool tolerant)
{
    static _Thread_local uint8_t buf[8192];
    size_t len = b == 0 ? 0 : 1 + (size_t)(b * 1237) % sizeof buf;

    if (m->blobs[b].exists && model_random(m, 2) == 0) {
        int err = store_blob_delete(s, m->blobs[b].hash);

        if (outcome(m, err, tolerant, "blob delete") == 0)
            m->blobs[b].exists = false;
        return;
    }
    for (size_t i = 0; i < len; i++)
        buf[i] = (uint8_t)(i * (b + 3) >> 3);
    if (outcome(m, store_blob_put(s, buf, len, m->blobs[b].hash), tolerant, "blob put") == 0) {
        m->blobs[b].exists = true;
        m->blobs[b].sum = store_sum(buf, len, 0);
    }
}

static void step_bind(struct model *m, struct store *s, unsigned n, bool tolerant)
{
    const char *name = bind_name(n);
    uint8_t hash[STORE_HASH_SIZE];

    if (m->names[n].exists && model_random(m, 3) == 0) {
        if (outcome(m, store_unbind(s, name, strlen(name)), tolerant, "unbind") == 0)
            m->names[n].exists = false;
        return;
    }
    fill(m, hash, sizeof hash);
    if (outcome(m, store_bind(s, name, strlen(name), hash), tolerant, "bind") == 0) {
        m->names[n].exists = true;
        memcpy(m->names[n].hash, hash, sizeof hash);
    }
}

bool model_step(struct model *m, struct store *s, bool tolerant)
{
    unsigned d = (unsigned)model_random(m, MODEL_DIRS), f = (unsigned)model_random(m, MODEL_FILES);

    switch (model_random(m, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
        return outcome(m, store_sync(s), tolerant, "sync") == 0;
    case 4:
    case 5:
        if (m->dirs[d])
            step_name(m, s, d, f, tolerant);
        break;
    case 6:
        if (d > 0)
            step_dir(m, s, d, tolerant);
        break;
    case 7:
        step_blob(m, s, (unsigned)model_random(m, MODEL_BLOBS), tolerant);
        break;
    case 8:
        step_bind(m, s, (unsigned)model_random(m, MODEL_NAMES), tolerant);
        break;
    default:
        if (m->dirs[d])
            step_file(m, s, d, model_random(m, 2) == 0 ? 2 + f % 3 : f, tolerant);
        break;
    }
    return false;
}

static int content_sum(struct store_node *n, uint64_t *sum, uint64_t *size)
{
    static _Thread_local uint8_t buf[MODEL_SIZE + 1];
    int64_t r = store_read(n, 0, buf, sizeof buf);

    if (r < 0)
        return (int)r;
    *size = (uint64_t)r;
    *sum = store_sum(buf, (size_t)r, 0);
    return 0;
}

static int dir_digest(struct store_node *dir, const char *path, uint64_t *digest)
{
    struct store_entry e = {0};
    int r = 0;

    while ((r = store_next(dir, e.name, e.len, &e)) > 0) {
        struct store_node *n = NULL;
        uint64_t sum = 0, size = 0;

        r = store_lookup(dir, e.name, e.len, &n);
        if (r < 0)
            return r;
        if (e.info.kind == STORE_DIR) {
            *digest += mix(store_sum(e.name, e.len, 6));
            r = dir_digest(n, e.name, digest);
        } else {
            r = content_sum(n, &sum, &size);
            if (r == 0 && size != e.info.size)
                r = -EBADMSG;
            *digest += file_digest(path, e.name, size, sum);
        }
        store_node_put(n);
        if (r < 0)
            return r;
    }
    return r;
}

int model_store_digest(struct store *s, uint64_t *digest)
{
    uint8_t hash[STORE_HASH_SIZE], *after = NULL;
    char name[STORE_NAME_MAX + 1] = "";
    uint32_t len = 0;
    uint64_t size = 0;
    struct store_node *root = store_root(s), *n = NULL;
    int r = root == NULL ? -ENOMEM : 0;

    *digest = 0;
    if (r == 0) {
        r = dir_digest(root, "", digest);
        store_node_put(root);
    }
    for (; r >= 0 && (r = store_blob_next(s, after, hash, &size)) > 0; after = hash) {
        uint64_t sum = 0;

        r = store_blob_open(s, hash, &n);
        if (r < 0)
            return r;
        r = content_sum(n, &sum, &size);
        *digest += blob_digest(hash, sum);
        store_node_put(n);
    }
    while (r >= 0 && (r = store_bind_next(s, name, len, name, &len, hash)) > 0)
        *digest += name_digest(name, hash);
    return r;
}
