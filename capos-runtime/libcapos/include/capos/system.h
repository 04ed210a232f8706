/* SPDX-License-Identifier: MIT */
/*
 * EntropySource, SystemInfo, BootPackage and NullCap.
 * Invariant: texts are copied out, NUL-terminated and cut to the buffer; errors are negative errno values.
 * Source: the published schema.
 */
#ifndef CAPOS_SYSTEM_H
#define CAPOS_SYSTEM_H

#include "abi/fields.h"
#include "capos/call.h"

/* capos_entropy_fill: `len` random bytes into `buf`. 0, -EAGAIN when the source is unavailable, or another
 * errno. */
int capos_entropy_fill(uint32_t source, void *buf, size_t len);

/* capos_system_motd, capos_system_hostname: into buf of n >= 1 bytes. 0 or a negative errno. */
int capos_system_motd(uint32_t info, char *buf, size_t n);
int capos_system_hostname(uint32_t info, char *buf, size_t n);

/* capos_boot_manifest_size, capos_boot_manifest_read: the boot manifest's bytes; read gives how many came (0:
 * end). */
int capos_boot_manifest_size(uint32_t boot, uint64_t *size);
int64_t capos_boot_manifest_read(uint32_t boot, uint64_t offset, void *buf, uint32_t max);

/* capos_null_call: a call that does nothing, for measuring. */
int capos_null_call(uint32_t null);

#endif
