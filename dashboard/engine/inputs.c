/* SPDX-License-Identifier: MIT */
/*
 * Inputs of a run; see inputs.h.
 * Invariant: the hash belongs to the content that was read when the file was added.
 */
#include "inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

int inputs_add(struct inputs *s, const char *path, const char **sha256)
{
    struct input in = {0}, *kept;
    int rc;

    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->in[i]->path, path) == 0) {
            if (sha256)
                *sha256 = s->in[i]->sha256;
            return 0;
        }
    }
    if (stat(path, &in.st) < 0)
        return -errno;
    rc = digest_file(path, in.sha256);
    if (rc < 0)
        return rc;
    in.path = mem_dup(path);
    s->in = mem_grow(s->in, s->n + 1, sizeof *s->in);
    kept = mem_zalloc(sizeof *kept);
    *kept = in;
    s->in[s->n++] = kept;
    if (sha256)
        *sha256 = kept->sha256;
    return 0;
}

static bool input_touched(const struct input *in)
{
    struct stat st;

    return stat(in->path, &st) < 0 || st.st_dev != in->st.st_dev || st.st_ino != in->st.st_ino ||
           st.st_size != in->st.st_size || st.st_mtim.tv_sec != in->st.st_mtim.tv_sec ||
           st.st_mtim.tv_nsec != in->st.st_mtim.tv_nsec || st.st_ctim.tv_sec != in->st.st_ctim.tv_sec ||
           st.st_ctim.tv_nsec != in->st.st_ctim.tv_nsec;
}

int inputs_check(const struct inputs *s, bool full, char *what, size_t n)
{
    for (size_t i = 0; i < s->n; i++) {
        char now[DIGEST_HEX];

        if (!full && !input_touched(s->in[i]))
            continue;
        if (digest_file(s->in[i]->path, now) < 0 || strcmp(now, s->in[i]->sha256) != 0) {
            snprintf(what, n, "%s", s->in[i]->path);
            return 1;
        }
    }
    return 0;
}

void inputs_free(struct inputs *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->in[i]->path);
        free(s->in[i]);
    }
    free(s->in);
    *s = (struct inputs){0};
}
