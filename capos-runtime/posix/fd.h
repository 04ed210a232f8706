/* SPDX-License-Identifier: MIT */
/*
 * Descriptors and the open-file descriptions behind them.
 * Invariant: dup shares the description (offset and status flags), close drops one reference, the last one
 * gives the capability back. Numbers are the lowest free ones, below FD_MAX.
 */
#ifndef POSIX_FD_H
#define POSIX_FD_H

#include "posix/linux.h"
#include "posix/node.h"

#define FD_SETTABLE ((uint32_t)(LX_O_APPEND | LX_O_NONBLOCK))

#define FD_MAX  320u /* some above 255: a shell keeps its own there */
#define OFD_MAX 256u

enum ofd_kind {
    OFD_FREE,
    OFD_FILE,       /* node */
    OFD_DIR,        /* node, or NULL for a directory above the preopened ones */
    OFD_PIPE,       /* cap, once it is made; flags tell the direction */
    OFD_LOCAL_PIPE, /* pipe: both ends live in this process */
    OFD_STDIO,      /* cap, stream */
    OFD_TERMINAL,   /* cap */
    OFD_CONSOLE,    /* cap: output only */
    OFD_NULL,
    OFD_ZERO,
    OFD_RANDOM
};

struct readahead;   /* pipe.c: a read that poll has posted */
struct local_pipe;  /* pipe.c */
struct writebehind; /* pipe_behind.c: a write that a non-blocking descriptor has posted */
struct listing;     /* dir.c: a directory's entries as they were at the first getdents */

struct ofd {
    uint8_t kind; /* enum ofd_kind */
    uint16_t refs;
    uint16_t shared; /* 0: offset and flags are its own; else index + 1 into the table that processes share */
    uint32_t flags;  /* LX_O_ACCMODE, LX_O_APPEND, LX_O_NONBLOCK */
    uint64_t offset; /* through ofd_offset and ofd_seek only */
    uint32_t cap;
    bool unmade;     /* a pipe that nothing has gone through and no other process has: there is no cap yet */
    unsigned stream; /* enum capos_stdio_stream */
    struct node *node;
    struct readahead *ahead;
    struct local_pipe *pipe;
    struct ofd *peer; /* of an unmade pipe: its other end, NULL when that was closed */
    struct listing *list;
    struct writebehind *behind;
};

/* ofd_new: a description with one reference, to be given to fd_install. NULL: none left (-ENFILE). */
struct ofd *ofd_new(enum ofd_kind kind, uint32_t flags);
/* ofd_unref: drops a reference; the last one frees what the description holds. */
void ofd_unref(struct ofd *o);

/* fd_get: the description behind fd, or NULL (-EBADF). */
struct ofd *fd_get(long fd);
/* fd_top: no number from it on is in use. */
long fd_top(void);
/* fd_install: puts `o` (its reference passes) at the lowest free number >= min. The number, or -EMFILE (o is
 * dropped). */
long fd_install(struct ofd *o, long min, bool cloexec);
/* fd_place: puts `o` exactly at fd, closing what was there. */
long fd_place(struct ofd *o, long fd, bool cloexec);
long fd_close(long fd);
/* fd_close_all: every one. */
void fd_close_all(void);
/* fd_close_but_terminal: every one that is no terminal. */
void fd_close_but_terminal(void);
/* fd_exit: the process ends: what it shares with others is given back. */
void fd_exit(void);
bool fd_cloexec(long fd);
void fd_set_cloexec(long fd, bool on);

/* The whole table: saved (each description gains a reference), and put back (what came since is dropped). */
struct fd_table {
    long n; /* of fd: the rest is not used */
    struct fd_entry {
        struct ofd *ofd;
        bool cloexec;
    } fd[FD_MAX];
};
void fd_save(struct fd_table *to);
void fd_restore(const struct fd_table *from);

/* Where a description stands, for every process that shares it. */
uint64_t ofd_offset(const struct ofd *o);
void ofd_seek(struct ofd *o, uint64_t to);
/* ofd_set_flags: the settable ones (append, nonblock). */
void ofd_set_flags(struct ofd *o, uint32_t flags);
/* ofd_share: makes it shareable. The index of its slot, or a negative errno (shared_take's). */
int ofd_share(struct ofd *o);

/* I/O on a description; -1 as offset: at the description's own, which moves. Bytes, or a negative errno. */
long ofd_read(struct ofd *o, void *buf, size_t n, int64_t offset);
long ofd_write(struct ofd *o, const void *buf, size_t n, int64_t offset);

/* pipe.c */
long pipe_read(struct ofd *o, void *buf, size_t n);
long pipe_write(struct ofd *o, const void *buf, size_t n);
void pipe_release(struct ofd *o);
/* pipe_make: from now on there is a Pipe capability behind it. 0 or a negative errno. */
int pipe_make(struct ofd *o);
/* pipe_poll: posts a read when there is none; LX_POLLIN, LX_POLLHUP bits that hold now. */
int pipe_poll(struct ofd *o);
/* pipe_broken: nobody reads: SIGPIPE is raised, -EPIPE. */
long pipe_broken(void);

/* pipe_behind.c: writes that do not wait */
long behind_write(struct ofd *o, const void *buf, size_t n);
/* behind_poll: LX_POLLOUT, LX_POLLERR bits that hold now for a non-blocking descriptor. */
int behind_poll(struct ofd *o);
/* behind_release: the descriptor goes, and its capability may go with it: what it was given is still written.
 */
void behind_release(struct ofd *o);
/* behind_any: is something still under way? behind_finish: waits until the pipes have taken all of it, or
 * have lost their readers. */
bool behind_any(void);
void behind_finish(void);
long local_pipe_read(struct ofd *o, void *buf, size_t n);
long local_pipe_write(struct ofd *o, const void *buf, size_t n);
void local_pipe_release(struct ofd *o);
int local_pipe_poll(struct ofd *o, int events);

/* dir.c */
void listing_free(struct ofd *o);

#endif
