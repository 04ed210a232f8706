/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 (FIPS 180-4), for the content-addressed Store. Invariant: the digest depends on the bytes alone.
 */
#ifndef KERNEL_SHA256_H
#define KERNEL_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32u

/* Digest of n bytes into out. Never fails. */
void sha256(const void *data, size_t n, uint8_t out[SHA256_BYTES]);

#endif
