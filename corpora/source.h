/* SPDX-License-Identifier: MIT */
/*
 * Corpus files out of source archives, by running tar and the decompressors as child processes without a
 * shell. Invariant: a child's failure or early end is an error, never a short file taken for a whole one.
 */
#ifndef CORPORA_SOURCE_H
#define CORPORA_SOURCE_H

#include <stdbool.h>

/*
 * Writes the archive member `member` of `archive` (any compression that tar knows) to the new file `path`;
 * with `bunzip` the member itself is bzip2-compressed and its content is written. Returns 0, a negative errno
 * value, or -EIO when a child fails (it has then said why on stderr).
 */
int source_member(const char *archive, const char *member, bool bunzip, const char *path);

/* Writes the whole archive, uncompressed (a tar file), to `path`. The same errors; -EINVAL for an unknown
 * suffix. */
int source_tar(const char *archive, const char *path);

#endif
