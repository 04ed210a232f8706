/* SPDX-License-Identifier: MIT */
/*
 * ProcessSpawner, ProcessHandle, CapabilityManager and ThreadControl.
 * Invariant: a child gets the grants named here and nothing else. Errors are negative errno values. Source:
 * the published schema.
 */
#ifndef CAPOS_PROCESS_H
#define CAPOS_PROCESS_H

#include "abi/ext.h"
#include "abi/fields.h"
#include "capos/call.h"

/* One grant: a capability of ours (kernel_source < 0), or a fresh one from a kernel source (enum
 * capos_source). */
struct capos_grant {
    const char *name; /* NUL-terminated, at most 32 bytes */
    uint32_t cap;
    uint64_t interface_id;
    uint16_t mode; /* CAPOS_GRANT_RAW or CAPOS_GRANT_MOVE */
    int32_t kernel_source;
};

/*
 * capos_spawn: starts `binary` of the boot package under `name`. The caller owns *handle (ProcessHandle) and,
 * if asked for, *manager (CapabilityManager; NULL: released).
 */
int capos_spawn(uint32_t spawner, const char *name, const char *binary, const struct capos_grant *grants,
                size_t n, uint32_t *handle, uint32_t *manager);
/* capos_file_spawn: the same from the bytes of `file`, through our extension (abi/ext.h). */
int capos_file_spawn(uint32_t spawner, const char *name, uint32_t file, const struct capos_grant *grants,
                     size_t n, uint32_t *handle, uint32_t *manager);
/* capos_pipe_create: a pipe with a buffer of about `bytes` (0: the kernel's choice); the caller owns both
 * ends. */
int capos_pipe_create(uint32_t spawner, uint32_t bytes, uint32_t *read_end, uint32_t *write_end);

/* capos_process_wait: waits for the end. */
int capos_process_wait(uint32_t handle, int64_t *exit_code);
/* capos_process_wait_begin, _end: the same in two steps; `buf` (8-aligned) takes the reply, 256 bytes are
 * enough. */
int capos_process_wait_begin(struct capos_async *a, uint32_t handle, void *buf, size_t bytes);
int capos_process_wait_end(const struct capos_async *a, int64_t *exit_code);
int capos_process_terminate(uint32_t handle);

/* capos_manager_list: calls f for every capability until it gives non-zero, which is then the result. */
int capos_manager_list(uint32_t manager,
                       int (*f)(void *ctx, uint32_t id, uint64_t interface_id, const char *label,
                                uint32_t len),
                       void *ctx);
/* capos_manager_revoke: takes capability `id` out of that process's table. */
int capos_manager_revoke(uint32_t manager, uint32_t id);

/* ThreadControl: FS base of the calling thread, and its end (which does not come back unless refused). */
int capos_thread_exit(uint32_t control, int64_t code);
int capos_thread_fs_base(uint32_t control, uint64_t *base);
int capos_thread_set_fs_base(uint32_t control, uint64_t base);

#endif
