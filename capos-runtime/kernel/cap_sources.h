/* SPDX-License-Identifier: MIT */
/*
 * Where capabilities of a new process come from: upstream's kernel sources and a few of ours.
 * Invariant: a source is served only if its constructor is named here; nothing registers itself. Source: the
 * published KernelCapSource list (abi/interfaces.h) and workloads/PROTOCOL.md for ours.
 */
#ifndef KERNEL_CAP_SOURCES_H
#define KERNEL_CAP_SOURCES_H

#include "kernel/cap.h"

/* Ours: only a boot manifest can name them, never a spawn grant. */
enum { SRC_BENCH_CHANNEL = 0x1000, SRC_IMAGE_DIRECTORY, SRC_IMAGE_FILE, SRC_CAPBENCH_EXT, SRC_FILE_SPAWNER };

/* sources_init: the boot image and its manifest, kept for BootPackage and the image sources. Bytes stay valid
 * for ever. */
void sources_init(const uint8_t *image, size_t image_len, const uint8_t *manifest, size_t manifest_len);
/* source_by_name: the number behind a manifest's source name; -ENOENT when nobody knows it, -EOPNOTSUPP when
 * it is not served. */
int source_by_name(const char *name, size_t len);
/* source_make: a new object (one reference) of an upstream source for process p; NULL with *err and *why, a
 * static text. */
struct cap_object *source_make(unsigned source, struct process *p, int *err, const char **why);
/* source_make_image: an object of one of ours. path and read_only as in the manifest; NULL with *err
 * (-ENOENT: no such path in the image). */
struct cap_object *source_make_ours(unsigned source, const char *path, bool read_only, int *err);
/* source_interface: the interface id a source gives, 0 when it is not served. */
uint64_t source_interface(unsigned source);

#endif
