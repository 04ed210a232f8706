/* SPDX-License-Identifier: MIT */
/*
 * Raw texts with a small cache; see rawfile.h.
 * Invariant: at most SLOTS texts of RAWFILE_MAX bytes are kept.
 */
#include "rawfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "mem.h"

#define SLOTS 8u

struct slot {
    char *path, *text;
    size_t len;
    int cut;
    off_t size;
    struct timespec changed;
};

struct rawfile {
    struct slot slot[SLOTS];
    unsigned next;
};

struct rawfile *rawfile_new(void)
{
    return mem_zalloc(sizeof(struct rawfile));
}

void rawfile_free(struct rawfile *r)
{
    for (unsigned i = 0; r && i < SLOTS; i++) {
        free(r->slot[i].path);
        free(r->slot[i].text);
    }
    free(r);
}

static struct slot *slot_of(struct rawfile *r, const char *path)
{
    struct slot *s;

    for (unsigned i = 0; i < SLOTS; i++)
        if (r->slot[i].path && strcmp(r->slot[i].path, path) == 0)
            return &r->slot[i];
    s = &r->slot[r->next++ % SLOTS];
    free(s->path);
    free(s->text);
    *s = (struct slot){.path = mem_dup(path), .size = -1};
    return s;
}

static void slot_fill(struct slot *s, int fd, const struct stat *st)
{
    off_t from = st->st_size > (off_t)RAWFILE_MAX ? st->st_size - (off_t)RAWFILE_MAX : 0;
    ssize_t n;

    free(s->text);
    s->text = mem_zalloc(RAWFILE_MAX + 1);
    n = pread(fd, s->text, RAWFILE_MAX, from);
    s->len = n > 0 ? (size_t)n : 0;
    s->cut = from > 0;
    s->size = st->st_size;
    s->changed = st->st_mtim;
}

const char *rawfile_get(struct rawfile *r, const char *dir, const char *boot, const char *file, size_t *len,
                        int *cut)
{
    struct stat st;
    struct slot *s;
    char *path;
    int fd;

    if (!dir || !boot || strchr(boot, '/') || !files_path_safe(boot))
        return NULL;
    path = mem_printf("%s/raw/%s/%s", dir, boot, file);
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        free(path);
        return NULL;
    }
    s = slot_of(r, path);
    if (s->size != st.st_size || memcmp(&s->changed, &st.st_mtim, sizeof s->changed) != 0)
        slot_fill(s, fd, &st);
    close(fd);
    free(path);
    *len = s->len;
    *cut = s->cut;
    return s->text;
}
