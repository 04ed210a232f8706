/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 of a file with the digests of its prefixes at every 64 KiB, so that two files can be told apart by
 * block although only digests of one are at hand: the first prefix that differs names the first block that
 * differs, and the last prefix is the file's own SHA-256.
 */
#ifndef VERIFIERS_DIGEST_H
#define VERIFIERS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_HEX = 64, DIGEST_BLOCK = 65536 };

struct digest {
    uint64_t bytes;               /* length of the file */
    size_t count;                 /* number of prefixes, at least 1 (an empty file has the empty prefix) */
    char (*upto)[DIGEST_HEX + 1]; /* lower-case hexadecimal; upto[count - 1] is the whole file's SHA-256 */
};

/*
 * Reads `fd` from its start to its end, but no more than `limit` bytes.
 * Returns 0 and fills *out (digest_free gives it back), or -EFBIG, -ENOMEM, -EIO or read's negative errno.
 */
int digest_file(int fd, uint64_t limit, struct digest *out);

/* The whole file's SHA-256, as a string that lives as long as *d. */
const char *digest_whole(const struct digest *d);

/* Gives back what digest_file took; harmless on a zeroed struct. */
void digest_free(struct digest *d);

#endif
