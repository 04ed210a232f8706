/* SPDX-License-Identifier: MIT */
/*
 * Files and folders of the host, as the engine needs them.
 * Invariant: a file written by files_write_atomic is either the old one or the whole new one, also after a
 * crash.
 */
#ifndef ENGINE_FILES_H
#define ENGINE_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Sorted relative paths of regular files. Zero-initialise; free with files_free. */
struct files {
    char **path;
    size_t n;
};

/* Makes a folder and its parents (mode 0777 and umask). Present already is fine. 0 or a negative errno. */
int files_mkdir(const char *path);
/* Removes a file or a whole tree, links not followed; absence is fine. 0 or a negative errno. */
int files_remove(const char *path);
/* Whole content of a regular file of at most `max` bytes, NUL-terminated; caller frees *out. 0, -EFBIG or
 * errno. */
int files_read(const char *path, size_t max, char **out, size_t *len);
/* Writes through a temporary name, fsync, rename, fsync of the folder. 0 or a negative errno. */
int files_write_atomic(const char *path, const void *bytes, size_t len);
/* Every regular file below dir, sorted; a link or device is -EINVAL. 0 or a negative errno. */
int files_list(const char *dir, struct files *out);
/* Frees the list. */
void files_free(struct files *list);
/* Copies a tree of regular files; DST and its folders are made; links and devices are -EINVAL. 0 or errno. */
int files_copy(const char *src, const char *dst);
/* Is it a regular file (links followed)? */
bool files_is_file(const char *path);
/* Is it a folder (links followed)? */
bool files_is_dir(const char *path);
/* A relative path of sane components: not empty, no leading or double slash, no "." or ".."; at most 255
 * bytes. */
bool files_path_safe(const char *path);
/* The build folder: $CAPBENCH_BUILD, else the folder of the running executable. Static memory. */
const char *files_build_dir(void);
/* The folder above it, where workloads/, corpora/ and verifiers/ are. Static memory. */
const char *files_root_dir(void);

#endif
