/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing the startup block of abi/startup.h.
 * Invariant: a block is checked whole before any of it is used; a reader follows offsets only through the
 * checked view.
 */
#ifndef POSIX_STARTUP_H
#define POSIX_STARTUP_H

#include "abi/startup.h"
#include "posix/posix.h"

struct startup_view {
    char *base;
    const struct startup_header *head;
    const uint32_t *argv, *envp;
    const struct startup_preopen *preopens;
    const struct startup_fd *fds;
};

/* startup_check: 0 with *view filled, or -EINVAL: the `len` bytes at `p` (8-aligned) are no startup block. */
int startup_check(void *p, size_t len, struct startup_view *view);

/* startup_fd_name: the name of descriptor fd's grant, "stdio_<fd>", into out (at least 12 bytes; fd < 10000).
 */
void startup_fd_name(char *out, uint32_t fd);

/* What a block is made of. Strings are NUL-terminated, arrays of them NULL-terminated. */
struct startup_fill {
    char *const *argv, *const *envp;
    const char *cwd;
    uint32_t umask;
    const struct startup_named {
        const char *path, *grant;
    } * preopens;
    size_t npreopens;
    const struct startup_fd *fds;
    const char *const *fd_paths; /* of the directories among fds, by their index; offset is filled in */
    size_t nfds;
    uint32_t pid, ppid;
    uint64_t ignored;
};

/* startup_build: the block into buf (8-aligned). Its length, or -E2BIG when it needs more than `bytes` or a
 * limit. */
int64_t startup_build(void *buf, size_t bytes, const struct startup_fill *fill);

#endif
