/* SPDX-License-Identifier: MIT */
/*
 * Paths: from text to a granted Directory and one name in it.
 * Invariant: authority comes from preopened Directory grants only; a path outside all of them is ENOENT. `.`
 * and `..` are resolved in the text, before any Directory is asked (there are no symbolic links). Paths are
 * at most PATH_MAX_BYTES.
 */
#ifndef POSIX_PATH_H
#define POSIX_PATH_H

#include "posix/node.h"

#define PATH_MAX_BYTES 4096u
#define PREOPEN_MAX    32u

enum place_kind {
    PLACE_NAME,   /* `name` in `dir` */
    PLACE_ROOT,   /* `dir` itself: a preopened directory */
    PLACE_ABOVE,  /* a directory that only leads to preopened ones: readable, nothing can be made in it */
    PLACE_DEVICE, /* /dev/null and its like: `device` */
};
enum device { DEVICE_NULL, DEVICE_ZERO, DEVICE_RANDOM };

struct place {
    enum place_kind kind;
    struct node *dir;
    const char *name; /* NUL-terminated; valid until the next resolution */
    size_t len;
    bool dir_only; /* the path ended in a slash */
    enum device device;
    const char *text; /* the whole normalised path; valid until the next resolution */
};

/* path_preopen: makes the Directory `cap` appear at `path` (absolute). 0, -ENOSPC, -EINVAL. */
int path_preopen(const char *path, uint32_t cap);
/* path_preopen_at: path of preopen `i`, or NULL; path_preopen_cap: its Directory. */
const char *path_preopen_at(unsigned i);
uint32_t path_preopen_cap(unsigned i);

/* path_resolve: `path` as seen from the directory `dirfd`, or the cwd. 0, or a negative errno. */
int path_resolve(long dirfd, const char *path, struct place *out);
/* path_resolve_pair: two paths at once (rename). Both stay valid. */
int path_resolve_pair(long fd1, const char *p1, struct place *a, long fd2, const char *p2, struct place *b);

/* path_join: `path` seen from the absolute directory `base`, normalised, into out (n bytes). 0,
 * -ENAMETOOLONG, -ENOENT (empty). */
int path_join(const char *base, const char *path, char *out, size_t n, bool *dir_only);

/* The working directory: absolute and normalised. path_set_cwd takes it as it is. */
const char *path_cwd(void);
int path_set_cwd(const char *absolute);

#endif
