/* SPDX-License-Identifier: MIT */
/*
 * What the store takes from its surroundings beside the callbacks: four memory functions with their meaning
 * in ISO C, and the numbers of the errors it returns. Invariant: the spelling of the numbers equals that of
 * Linux's <errno.h>, so both may be included.
 */
#ifndef STORE_PORT_H
#define STORE_PORT_H

#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#define EPERM        1
#define ENOENT       2
#define EIO          5
#define ENOMEM       12
#define EEXIST       17
#define ENOTDIR      20
#define EISDIR       21
#define EINVAL       22
#define EFBIG        27
#define ENOSPC       28
#define EROFS        30
#define ENAMETOOLONG 36
#define ENOTEMPTY    39
#define EBADMSG      74

#endif
