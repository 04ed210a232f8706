/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 as lower-case hex, by OpenSSL.
 * Invariant: a hex buffer is DIGEST_HEX bytes and always NUL-terminated, also after an error (then empty).
 */
#ifndef ENGINE_DIGEST_H
#define ENGINE_DIGEST_H

#include <stddef.h>

#define DIGEST_HEX 65

struct digest;

/* A running hash; never NULL (ends the engine when the library cannot make one). */
struct digest *digest_new(void);
/* Adds n bytes. */
void digest_add(struct digest *d, const void *bytes, size_t n);
/* Adds a string and its terminating NUL, so that neighbouring fields cannot run together. */
void digest_field(struct digest *d, const char *s);
/* Writes the hash and frees d. */
void digest_end(struct digest *d, char hex[DIGEST_HEX]);
/* Hash of n bytes. */
void digest_bytes(const void *bytes, size_t n, char hex[DIGEST_HEX]);
/* Hash of a regular file's content. 0 or a negative errno. */
int digest_file(const char *path, char hex[DIGEST_HEX]);
/*
 * Hash of every regular file below `dir` (sorted relative paths, sizes, bytes), leaving out the top-level
 * file `skip` (NULL: none). A link or device inside is -EINVAL. 0 or a negative errno.
 */
int digest_tree(const char *dir, const char *skip, char hex[DIGEST_HEX]);

#endif
