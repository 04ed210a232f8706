/* SPDX-License-Identifier: MIT */
/*
 * The startup block: the bytes behind the grant `startup`, a Pipe that holds them (or a read-only File),
 * which give a POSIX program its arguments, environment, working directory, descriptors, preopened
 * directories and its place in the tree of processes. Invariant: little-endian; `total` is the block's size;
 * every offset is from the block's start, points at a NUL-terminated string inside it; a reader checks all of
 * it and refuses the block otherwise (exit 120). Source: ours (the published ABI has no argv).
 */
#ifndef ABI_STARTUP_H
#define ABI_STARTUP_H

#include <stdint.h>

#define STARTUP_MAGIC        UINT64_C(0x3174727473706163) /* "capstrt1" */
#define STARTUP_VERSION      UINT32_C(2)
#define STARTUP_MAX_BYTES    UINT32_C(1048576)
#define STARTUP_MAX_FDS      UINT32_C(64)
#define STARTUP_MAX_PREOPENS UINT32_C(32)

struct startup_header {
    uint64_t magic;
    uint32_t version;
    uint32_t total;
    uint32_t argc, envc, npreopens, nfds;
    uint32_t cwd;       /* offset of the working directory, an absolute path */
    uint32_t umask;     /* file mode creation mask */
    uint32_t pid, ppid; /* what the program calls itself and its parent; 0: the kernel's number, and 1 */
    uint64_t ignored;   /* bit n-1: signal n starts out ignored */
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
    STARTUP_FD_NULL = 7,       /* no grant: reads give end of file, writes vanish */
    STARTUP_FD_DIR = 8,        /* no grant: the directory at the path whose string `offset` says */
    STARTUP_FD_ZERO = 9,       /* no grant */
    STARTUP_FD_RANDOM = 10,    /* no grant of its own: the EntropySource */
    STARTUP_FD_CONSOLE = 11    /* no grant of its own: the Console, output only */
};

struct startup_fd {
    uint32_t fd;
    uint32_t kind;  /* enum startup_fd_kind */
    uint32_t flags; /* open flags (Linux values: O_APPEND, O_RDWR …) */
    uint32_t ofd; /* index into the shared table below, or STARTUP_OFD_LOCAL + n; UINT32_MAX: a description of
                     its own. Descriptors of the same number share one description */
    uint64_t offset; /* where a File stands, unless the shared table says so; of a directory: its path */
    uint64_t ino;    /* a File's number as its opener calls it; 0: not known */
};
#define STARTUP_OFD_LOCAL UINT32_C(0x10000)

/*
 * Open-file descriptions that processes share, the numbers they give each other, the signals they send, and
 * the size of their terminal: two pages, zero at first, of a MemoryObject granted as `descriptors` to a
 * program that is at a terminal or may start others, and handed on by it. Invariant: every field is changed
 * by atomic operations only; a description with refs 0 is free, a box with number 0 is nobody's; what another
 * process writes here can only move an offset or be a signal, never lead out of the table. A process that is
 * killed leaves its references behind; its box is given back by who waits for it.
 */
#define STARTUP_SHARED_NAME         "descriptors"
#define STARTUP_SHARED_PAGES        2u
#define STARTUP_SHARED_SLOTS        UINT32_C(255)
#define STARTUP_SHARED_BOXES        UINT32_C(128)
#define STARTUP_SIZE(rows, columns) (((uint32_t)(rows)&0x7fff) << 16 | ((uint32_t)(columns)&0xffff))
#define STARTUP_SIZE_MOVES          UINT32_C(0x80000000) /* beside a size: it may change while the tree runs */
struct startup_shared_ofd {
    uint64_t offset;
    uint32_t refs;
    uint32_t flags; /* O_APPEND, O_NONBLOCK */
};
struct startup_shared_box {
    uint32_t pid; /* the process whose it is */
    uint32_t zero;
    uint64_t pending; /* bit n-1: signal n has been sent and not taken yet */
    uint64_t caught;  /* bit n-1: the process does something of its own about signal n, or ignores it */
    uint64_t zeros;
};
struct startup_shared {
    uint32_t last_pid; /* the newest number given to a process of this tree */
    uint32_t
        terminal; /* STARTUP_SIZE of the terminal that the tree is at, STARTUP_SIZE_MOVES; 0: it is at none */
    uint64_t parents; /* at a terminal: bit pid % 64 of every process that has running children (or had) */
    struct startup_shared_ofd ofd[STARTUP_SHARED_SLOTS];
    struct startup_shared_box box[STARTUP_SHARED_BOXES];
};

_Static_assert(sizeof(struct startup_header) == 56, "startup header");
_Static_assert(sizeof(struct startup_preopen) == 8 && sizeof(struct startup_fd) == 32, "startup records");
_Static_assert(sizeof(struct startup_shared) == STARTUP_SHARED_PAGES * 4096, "shared table");

#endif
