/* SPDX-License-Identifier: MIT */
/*
 * Paths. Invariant: the text is normalised first and decides alone which preopened directory serves it: the
 * one with the longest path that is a whole-component prefix.
 */
#include "posix/path.h"

#include "posix/fd.h"

static struct preopen {
    char path[256];
    size_t len; /* 0 for "/": every path follows it */
    struct node *root;
} preopens[PREOPEN_MAX];
static unsigned npreopens;

static char cwd[PATH_MAX_BYTES] = "/";
static char texts[2][PATH_MAX_BYTES];

static const struct {
    const char *path;
    enum device device;
} devices[] = {
    {"/dev/null", DEVICE_NULL},
    {"/dev/zero", DEVICE_ZERO},
    {"/dev/random", DEVICE_RANDOM},
    {"/dev/urandom", DEVICE_RANDOM},
};

int path_join(const char *base, const char *path, char *out, size_t n, bool *dir_only)
{
    size_t len = 0;
    const char *parts[2] = {path[0] == '/' ? "" : base, path};
    if (path[0] == '\0')
        return -ENOENT;
    *dir_only = false;
    for (int i = 0; i < 2; i++) {
        for (const char *p = parts[i]; *p;) {
            size_t k = 0;
            while (p[k] && p[k] != '/')
                k++;
            bool dots = k == 2 && p[0] == '.' && p[1] == '.';
            *dir_only = p[k] == '/' || dots || (k == 1 && p[0] == '.');
            if (dots) {
                while (len && out[len - 1] != '/')
                    len--;
                len -= len != 0;
            } else if (k && !(k == 1 && p[0] == '.')) {
                if (k > NODE_NAME_MAX || len + k + 2 > n)
                    return -ENAMETOOLONG;
                out[len++] = '/';
                __builtin_memcpy(out + len, p, k);
                len += k;
            }
            p += k;
            while (*p == '/')
                p++;
        }
    }
    if (len == 0)
        out[len++] = '/';
    out[len] = '\0';
    return 0;
}

int path_preopen(const char *path, uint32_t cap)
{
    if (npreopens == PREOPEN_MAX)
        return -ENOSPC;
    struct preopen *p = &preopens[npreopens];
    bool dir_only;
    if (path[0] != '/' || path_join("/", path, p->path, sizeof p->path, &dir_only) < 0)
        return -EINVAL;
    p->len = p->path[1] ? posix_strlen(p->path) : 0;
    p->root = node_root(cap, p->path);
    if (!p->root)
        return -ENOSPC;
    npreopens++;
    return 0;
}

const char *path_preopen_at(unsigned i)
{
    return i < npreopens ? preopens[i].path : NULL;
}

uint32_t path_preopen_cap(unsigned i)
{
    return preopens[i].root->cap;
}

/* The preopened directory that serves `text`, or NULL. */
static struct preopen *serving(const char *text, size_t len)
{
    struct preopen *best = NULL;
    for (struct preopen *p = preopens; p < preopens + npreopens; p++) {
        bool prefix = p->len <= len && posix_memeq(p->path, text, p->len) &&
                      (p->len == len || p->len == 0 || text[p->len] == '/');
        if (prefix && (!best || p->len >= best->len))
            best = p;
    }
    return best;
}

/* Whether `text` leads to a preopened directory. */
static bool leads(const char *text, size_t len)
{
    size_t own = len == 1 ? 0 : len; /* "/" */
    for (struct preopen *p = preopens; p < preopens + npreopens; p++)
        if (p->len > own && posix_memeq(p->path, text, own) && p->path[own] == '/')
            return true;
    return false;
}

/* Walks from a preopened directory to the one that holds the last component. */
static int walk(struct node *dir, char *rest, struct place *out)
{
    for (char *p = rest;;) {
        size_t k = 0;
        while (p[k] && p[k] != '/')
            k++;
        if (p[k] == '\0') {
            out->kind = PLACE_NAME;
            out->dir = dir;
            out->name = p;
            out->len = k;
            return 0;
        }
        int err = node_walk(dir, p, k, &dir);
        if (err < 0)
            return err;
        p += k + 1;
    }
}

static int resolve(long dirfd, const char *path, char *text, struct place *out)
{
    static char base[PATH_MAX_BYTES];
    const char *from = cwd;
    if (path[0] != '/' && dirfd != LX_AT_FDCWD) {
        struct ofd *o = fd_get(dirfd);
        if (!o)
            return -EBADF;
        if (o->kind != OFD_DIR)
            return -ENOTDIR;
        int err = o->node ? node_path(o->node, base, sizeof base) : -ENOENT;
        if (err < 0)
            return err;
        from = base;
    }
    *out = (struct place){.text = text};
    int err = path_join(from, path, text, PATH_MAX_BYTES, &out->dir_only);
    if (err < 0)
        return err;
    size_t len = posix_strlen(text);
    struct preopen *p = serving(text, len);
    for (unsigned i = 0; i < sizeof devices / sizeof devices[0]; i++)
        if ((!p || p->len == 0) && posix_same(text, devices[i].path)) {
            if (devices[i].device == DEVICE_RANDOM && !posix_caps.have_entropy)
                continue;
            out->kind = PLACE_DEVICE;
            out->device = devices[i].device;
            return out->dir_only ? -ENOTDIR : 0;
        }
    if (!p) {
        if (!leads(text, len))
            return -ENOENT;
        out->kind = PLACE_ABOVE;
        return 0;
    }
    if (p->len == len || len == 1) {
        out->kind = PLACE_ROOT;
        out->dir = p->root;
        return 0;
    }
    return walk(p->root, text + p->len + 1, out);
}

int path_resolve(long dirfd, const char *path, struct place *out)
{
    return resolve(dirfd, path, texts[0], out);
}

int path_resolve_pair(long fd1, const char *p1, struct place *a, long fd2, const char *p2, struct place *b)
{
    int err = resolve(fd1, p1, texts[0], a);
    if (err < 0)
        return err;
    if (a->dir)
        node_hold(a->dir); /* the second walk must not evict it */
    err = resolve(fd2, p2, texts[1], b);
    if (a->dir)
        node_drop(a->dir);
    return err;
}

const char *path_cwd(void)
{
    return cwd;
}

int path_set_cwd(const char *absolute)
{
    return posix_strcpy(cwd, absolute, sizeof cwd) ? 0 : -ENAMETOOLONG;
}
