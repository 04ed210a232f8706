/* SPDX-License-Identifier: MIT */
/*
 * The run image: a newc cpio archive made from a list of files (workloads/PROTOCOL.md).
 * Invariant: the same list in any order gives the same bytes: entries sorted by path, every parent folder
 * explicit and before its content, owner 0, time 0, inode numbers counted from 1. Nothing is written unless
 * the whole list is sane.
 */
#ifndef ENGINE_IMAGE_H
#define ENGINE_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include "guest.h"

/* A checked, sorted list with the implied folders filled in. Owns its strings, borrows the files' data. */
struct image;

/*
 * Checks and sorts `files` (see guest.h: a path that ends in '/' is a folder) and opens nothing. 0 with *out
 * (image_free), or a negative errno with one line in `why`: -EINVAL a bad name (empty, absolute, "..", over
 * 255 bytes, control bytes; a link elsewhere than
 * bin/ or to anywhere but there), -EEXIST the same path twice or both file and folder, -ENOENT/-EFBIG a host
 * file that is absent, not regular or over 4 GiB.
 */
int image_new(const struct guest_file *files, size_t n, struct image **out, char *why, size_t whylen);
void image_free(struct image *im);

/* Writes the archive to a new file `path` (mode 0600). *bytes gets its size. -EIO when a host file changed
 * meanwhile. */
int image_write(const struct image *im, const char *path, uint64_t *bytes, char *why, size_t whylen);

/* Unpacks the same files below the existing folder `dir` (for GUEST_NATIVE). Errors as image_write. */
int image_unpack(const struct image *im, const char *dir, char *why, size_t whylen);

/*
 * SHA-256 in hex over the entries whose path starts with `prefix`: for each, in order, the kind ('f' or 'd'),
 * the path and its NUL, the size as eight little-endian bytes, the bytes.
 */
int image_hash(const struct image *im, const char *prefix, char hex[65], char *why, size_t whylen);

#endif
