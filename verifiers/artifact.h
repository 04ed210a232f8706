/* SPDX-License-Identifier: MIT */
/*
 * Files that a guest left, opened so that nothing they are or are called can mislead: no link is followed,
 * nothing but a regular file with one name is read, no name leaves its directory.
 */
#ifndef VERIFIERS_ARTIFACT_H
#define VERIFIERS_ARTIFACT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens the directory `name` below `dir`, itself no link. A descriptor or a negative errno value. */
int artifact_directory(int dir, const char *name);

/*
 * Opens the file `name` (no slash) below `dir` for reading.
 * A descriptor, or -ENOENT (missing), -ELOOP (symbolic link), -EMLINK (has a second name), -EINVAL (not a
 * regular file, or a name with a slash), or another negative errno value.
 */
int artifact_open(int dir, const char *name);

/*
 * Looks for an entry of `dir` (not "." and "..") that is not among the `count` expected names.
 * 0: none; 1: the first found is copied to `found` with every byte outside printable ASCII shown as \xNN, cut
 * to `size`; a negative errno value when the directory cannot be read.
 */
int artifact_unexpected(int dir, const char *const expected[], size_t count, char *found, size_t size);

/* Reads up to `size` bytes from `offset` on; the number, short only at the end of the file, or a negative
 * errno value. */
ssize_t artifact_read(int fd, void *to, size_t size, uint64_t offset);

#endif
