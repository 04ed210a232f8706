/* SPDX-License-Identifier: MIT */
/*
 * Boot images for tests: a cpio archive and the manifest in it.
 * Invariant: what is built is well-formed; tests break it afterwards, byte by byte.
 */
#ifndef UNIT_HOST_IMAGE_H
#define UNIT_HOST_IMAGE_H

#include <stddef.h>
#include <stdint.h>

struct host_image {
    uint8_t *bytes;
    size_t len, cap;
};

/* hi_add: one entry. hi_end: the trailer. hi_free: gives the bytes back. */
void hi_add(struct host_image *hi, const char *name, unsigned mode, const void *data, size_t len);
void hi_end(struct host_image *hi);
void hi_free(struct host_image *hi);

struct hi_cap {
    const char *name, *source, *path; /* path NULL: not given; source NULL: left out */
};
/* hi_manifest: a manifest with one binary `prog` (bytes from bin/prog) as the first process. Returns its
 * length in buf. */
size_t hi_manifest(uint8_t *buf, size_t cap, const struct hi_cap *caps, size_t n);
/* hi_standard: an image with boot/manifest, bin/prog (host_process.h's program) and tree/file. */
struct host_image hi_standard(const struct hi_cap *caps, size_t n);

#endif
