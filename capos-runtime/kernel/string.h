/* SPDX-License-Identifier: MIT */
/*
 * The few memory and string functions kernel code may use: implemented in string.c on the machine, by libc on
 * a host. Invariant: same meaning as in ISO C. Source: ISO C.
 */
#ifndef KERNEL_STRING_H
#define KERNEL_STRING_H

#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);

#endif
