/* SPDX-License-Identifier: MIT */
/*
 * Putting a new process together: grants, descriptors, startup block, program.
 * Invariant: the child's CapSet is exactly what was added; what was made for it on the way is released by
 * spawn_end, whether the spawn worked or not. One spawn at a time. Errors are negative errno values.
 */
#ifndef POSIX_SPAWN_H
#define POSIX_SPAWN_H

#include "abi/capset.h"
#include "capos/process.h"
#include "posix/fd.h"
#include "posix/startup.h"

#define SPAWN_GRANTS CAPOS_CAPSET_MAX_ENTRIES
#define SPAWN_DIRS   4u /* directories handed over open */

/* Where a program comes from: a name in the boot package, which is what /bin shows, or a file. */
struct spawn_program {
    const char *binary; /* NULL: not in the package */
    struct node *file;  /* NULL: in the package, but not to be seen by a path */
    bool absent;        /* the folder where it should be can be seen, and it is not there */
};

struct spawn {
    struct capos_grant grants[SPAWN_GRANTS];
    size_t ngrants;
    struct startup_fd fds[STARTUP_MAX_FDS];
    const char *fd_paths[STARTUP_MAX_FDS];
    char fd_names[STARTUP_MAX_FDS][12]; /* stdio_0 ... */
    struct ofd *from[STARTUP_MAX_FDS];  /* what fds[i] was made of */
    size_t nfds;
    char dirs[SPAWN_DIRS][4096];
    size_t ndirs;
    struct startup_named preopens[STARTUP_MAX_PREOPENS];
    size_t npreopens;
    uint32_t made[SPAWN_GRANTS]; /* capabilities to release afterwards */
    size_t nmade;
    struct node *held[SPAWN_GRANTS + 1];
    size_t nheld;
    uint16_t shared[STARTUP_MAX_FDS]; /* references taken for the child in the shared table */
    size_t nshared;
};

/* What the startup block says beside descriptors and preopened directories. */
struct spawn_identity {
    char *const *argv, *const *envp;
    const char *cwd;
    uint32_t umask, pid, ppid;
    uint64_t ignored;
};

/* spawn_begin: an empty one (the same memory each time). */
struct spawn *spawn_begin(void);
/* spawn_program_find: what starting `path` means; its file is held until spawn_end. -ENOENT, -EACCES ... */
int spawn_program_find(struct spawn *s, const char *path, struct spawn_program *out);

/* spawn_grant: one capability of ours, or (kernel_source >= 0) a fresh one. The name stays the caller's. */
int spawn_grant(struct spawn *s, const char *name, uint32_t cap, uint64_t interface_id,
                int32_t kernel_source);
int spawn_preopen(struct spawn *s, const char *path, const char *grant);
/* spawn_made, spawn_hold: released and dropped by spawn_end. */
void spawn_made(struct spawn *s, uint32_t cap);
void spawn_hold(struct spawn *s, struct node *n);
/* spawn_fd: descriptor `fd` of the child is `o` (NULL: reads end at once, writes vanish). */
int spawn_fd(struct spawn *s, uint32_t fd, struct ofd *o);
/* spawn_terminal: descriptor `fd` of the child is a terminal of its own: the program console. */
int spawn_terminal(struct spawn *s, uint32_t fd);
/* spawn_share: the child may start others and share descriptions with them. */
int spawn_share(struct spawn *s);
/* spawn_startup: the grant `startup`, after all else. */
int spawn_startup(struct spawn *s, const struct spawn_identity *id);

/* spawn_run: starts it; the caller owns *handle. */
int spawn_run(struct spawn *s, const struct spawn_program *program, const char *name, uint32_t *handle);
/* spawn_end: always; `worked` says whether the child has what was shared with it. */
void spawn_end(struct spawn *s, bool worked);

#endif
