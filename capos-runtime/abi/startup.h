/* SPDX-License-Identifier: MIT */
/*
 * The startup block: one read-only File granted as `startup` that gives a POSIX program its arguments,
 * environment, working directory, descriptors and preopened directories. Invariant: little-endian; `total` is
 * the file's size; every offset is from the block's start, points at a NUL-terminated string inside it; a
 * reader checks all of it and refuses the block otherwise (exit 120). Source: ours (the published ABI has no
 * argv).
 */
#ifndef ABI_STARTUP_H
#define ABI_STARTUP_H

#include <stdint.h>

#define STARTUP_MAGIC        UINT64_C(0x3174727473706163) /* "capstrt1" */
#define STARTUP_VERSION      UINT32_C(1)
#define STARTUP_MAX_BYTES    UINT32_C(1048576)
#define STARTUP_MAX_FDS      UINT32_C(64)
#define STARTUP_MAX_PREOPENS UINT32_C(32)

struct startup_header {
    uint64_t magic;
    uint32_t version;
    uint32_t total;
    uint32_t argc, envc, npreopens, nfds;
    uint32_t cwd;   /* offset of the working directory, an absolute path */
    uint32_t umask; /* file mode creation mask */
    uint32_t zero[2];
    /* then, in this order: uint32_t argv[argc], envp[envc]; struct startup_preopen[npreopens];
       struct startup_fd[nfds]; then the strings */
};

struct startup_preopen {
    uint32_t path; /* offset: absolute path where the directory appears */
    uint32_t name; /* offset: the grant's name in the CapSet */
};

enum startup_fd_kind {
    STARTUP_FD_PIPE_READ = 1,  /* grant stdio_<fd>: Pipe */
    STARTUP_FD_PIPE_WRITE = 2, /* grant stdio_<fd>: Pipe */
    STARTUP_FD_PIPE_BOTH = 3,  /* grant stdio_<fd>: a two-way channel behind a Pipe */
    STARTUP_FD_STDIO = 4,      /* grant stdio_<fd>: StdIO */
    STARTUP_FD_TERMINAL = 5,   /* grant stdio_<fd>: TerminalSession */
    STARTUP_FD_FILE = 6,       /* grant stdio_<fd>: File, with offset and flags below */
    STARTUP_FD_NULL = 7        /* no grant: reads give end of file, writes vanish */
};

struct startup_fd {
    uint32_t fd;
    uint32_t kind;   /* enum startup_fd_kind */
    uint32_t flags;  /* open flags (Linux values: O_APPEND, O_RDWR …) */
    uint32_t ofd;    /* index into the shared open-file table; UINT32_MAX: not shared */
    uint64_t offset; /* where a File stands */
};

_Static_assert(sizeof(struct startup_header) == 48, "startup header");
_Static_assert(sizeof(struct startup_preopen) == 8 && sizeof(struct startup_fd) == 24, "startup records");

#endif
