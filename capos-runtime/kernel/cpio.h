/* SPDX-License-Identifier: MIT */
/*
 * Reader of the boot image: a newc cpio archive in memory.
 * Invariant: every pointer handed out lies inside the image; a malformed archive ends the walk with an error.
 * Source: the newc layout as the Linux documentation describes it; name rules are workloads/PROTOCOL.md's.
 */
#ifndef KERNEL_CPIO_H
#define KERNEL_CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPIO_NAME_MAX 255u

struct cpio_iter {
    const uint8_t *image;
    size_t len, at;
};

struct cpio_entry {
    const char *name; /* NUL-terminated, without a leading "./" or "/" */
    uint32_t name_len;
    const uint8_t *data; /* the file's bytes inside the image; NULL when size is 0 */
    uint32_t size;
    uint32_t mode; /* st_mode bits */
    bool is_dir;
    bool is_link; /* data: the name of the file beside it that this stands for (cpio_follow) */
};

/* cpio_start: a walk over image[0, len). */
void cpio_start(struct cpio_iter *it, const uint8_t *image, size_t len);
/* cpio_next: 1 with *e filled, 0 at the trailer, -EBADMSG with *why (static text) when the archive is
   malformed or truncated, a name is empty, over-long, has an empty, "." or ".." component, or the entry is
   neither a file nor a directory nor a device, nor a link to a plain name. */
int cpio_next(struct cpio_iter *it, struct cpio_entry *e, const char **why);
/* cpio_follow: makes a link's *e that of the file it stands for, but for the name. 0; -EBADMSG with *why when
   that is not there or no file. Nothing happens to what is no link. */
int cpio_follow(const uint8_t *image, size_t len, struct cpio_entry *e, const char **why);
/* cpio_find: 1 and *e when the image has a file of that path, or a link to one; 0 when not; -EBADMSG as
   above. */
int cpio_find(const uint8_t *image, size_t len, const char *path, size_t path_len, struct cpio_entry *e,
              const char **why);

#endif
