/* SPDX-License-Identifier: MIT */
/* Spawning. Invariant: see spawn.h; a reference in the shared table is taken once for each description the
 * child gets, however many descriptors lead to it. */
#include "posix/spawn.h"

#include "capos/file.h"
#include "capos/pipe.h"
#include "posix/pages.h"
#include "posix/path.h"
#include "posix/shared.h"

#define BLOCK_SMALL 16384u

struct spawn *spawn_begin(void)
{
    static struct spawn one;
    one.ngrants = one.nfds = one.ndirs = one.npreopens = one.nmade = one.nheld = one.nshared = 0;
    return &one;
}

int spawn_grant(struct spawn *s, const char *name, uint32_t cap, uint64_t interface_id, int32_t kernel_source)
{
    if (s->ngrants == SPAWN_GRANTS)
        return -E2BIG;
    s->grants[s->ngrants++] = (struct capos_grant){.name = name,
                                                   .cap = cap,
                                                   .interface_id = interface_id,
                                                   .mode = CAPOS_GRANT_RAW,
                                                   .kernel_source = kernel_source};
    return 0;
}

int spawn_preopen(struct spawn *s, const char *path, const char *grant)
{
    if (s->npreopens == STARTUP_MAX_PREOPENS)
        return -E2BIG;
    s->preopens[s->npreopens++] = (struct startup_named){path, grant};
    return 0;
}

void spawn_made(struct spawn *s, uint32_t cap)
{
    s->made[s->nmade++] = cap;
}

void spawn_hold(struct spawn *s, struct node *n)
{
    node_hold(n);
    s->held[s->nheld++] = n;
}

/* ---- descriptors ---- */

static int fd_grant(struct spawn *s, const struct startup_fd *f, uint32_t cap, uint64_t interface_id)
{
    char *name = s->fd_names[s->nfds];
    startup_fd_name(name, f->fd);
    return spawn_grant(s, name, cap, interface_id, -1);
}

/* The description a File descriptor shares with others: in the table, or at least within the child. */
static int fd_share(struct spawn *s, struct startup_fd *f, struct ofd *o)
{
    uint32_t cap;
    for (size_t i = 0; i < s->nfds; i++)
        if (s->from[i] == o) {
            f->ofd = s->fds[i].ofd;
            return 0;
        }
    if (!shared_have(&cap)) {
        f->ofd = STARTUP_OFD_LOCAL + (uint32_t)s->nfds;
        return 0;
    }
    int slot = ofd_share(o);
    if (slot < 0)
        return slot;
    f->ofd = (uint32_t)slot;
    shared_ref((uint32_t)slot);
    s->shared[s->nshared++] = (uint16_t)slot;
    return 0;
}

static int fd_file(struct spawn *s, struct startup_fd *f, struct ofd *o)
{
    struct capos_file_stat st;
    bool append = o->flags & LX_O_APPEND && o->node->has_append;
    f->kind = STARTUP_FD_FILE;
    f->flags = o->flags & (LX_O_ACCMODE | LX_O_APPEND | LX_O_NONBLOCK);
    f->offset = ofd_offset(o);
    f->ino = capos_file_stat(o->node->cap, &st) == 0 ? node_ino(o->node, st.created) : 0;
    int err = fd_share(s, f, o);
    return err < 0 ? err : fd_grant(s, f, append ? o->node->append_cap : o->node->cap, CAPOS_IFACE_FILE);
}

static int fd_dir(struct spawn *s, struct startup_fd *f, const struct ofd *o)
{
    if (s->ndirs == SPAWN_DIRS)
        return -EMFILE;
    char *path = s->dirs[s->ndirs];
    int err = o->node                      ? node_path(o->node, path, sizeof s->dirs[0])
              : posix_strcpy(path, "/", 2) ? 0
                                           : -EINVAL;
    f->kind = STARTUP_FD_DIR;
    s->fd_paths[s->nfds] = path;
    s->ndirs += err == 0;
    return err;
}

static int fd_pipe(struct spawn *s, struct startup_fd *f, struct ofd *o)
{
    int err = pipe_make(o);
    f->kind = (o->flags & LX_O_ACCMODE) == LX_O_RDONLY   ? STARTUP_FD_PIPE_READ
              : (o->flags & LX_O_ACCMODE) == LX_O_WRONLY ? STARTUP_FD_PIPE_WRITE
                                                         : STARTUP_FD_PIPE_BOTH;
    return err < 0 ? err : fd_grant(s, f, o->cap, CAPOS_IFACE_PIPE);
}

static int fd_fill(struct spawn *s, struct startup_fd *f, struct ofd *o)
{
    switch (o->kind) {
    case OFD_PIPE:
        return fd_pipe(s, f, o);
    case OFD_STDIO:
        f->kind = STARTUP_FD_STDIO;
        return fd_grant(s, f, o->cap, CAPOS_IFACE_STDIO);
    case OFD_TERMINAL:
        f->kind = STARTUP_FD_TERMINAL;
        return fd_grant(s, f, o->cap, CAPOS_IFACE_TERMINAL_SESSION);
    case OFD_FILE:
        return fd_file(s, f, o);
    case OFD_DIR:
        return fd_dir(s, f, o);
    case OFD_CONSOLE:
        f->kind = STARTUP_FD_CONSOLE;
        return 0;
    case OFD_ZERO:
        f->kind = STARTUP_FD_ZERO;
        return 0;
    case OFD_RANDOM:
        f->kind = STARTUP_FD_RANDOM;
        return 0;
    case OFD_NULL:
        return 0;
    default:
        return -EINVAL; /* nothing that another process could hold */
    }
}

int spawn_fd(struct spawn *s, uint32_t fd, struct ofd *o)
{
    struct startup_fd f = {.fd = fd, .kind = STARTUP_FD_NULL, .ofd = UINT32_MAX};
    if (s->nfds == STARTUP_MAX_FDS)
        return -EMFILE;
    int err = o ? fd_fill(s, &f, o) : 0;
    if (err < 0)
        return err;
    s->from[s->nfds] = o;
    s->fds[s->nfds++] = f;
    return 0;
}

int spawn_terminal(struct spawn *s, uint32_t fd)
{
    if (s->nfds == STARTUP_MAX_FDS)
        return -EMFILE;
    s->from[s->nfds] = NULL;
    s->fds[s->nfds] = (struct startup_fd){.fd = fd, .kind = STARTUP_FD_TERMINAL, .ofd = UINT32_MAX};
    startup_fd_name(s->fd_names[s->nfds], fd);
    return spawn_grant(s, s->fd_names[s->nfds++], 0, CAPOS_IFACE_TERMINAL_SESSION,
                       CAPOS_SRC_TERMINAL_SESSION);
}

int spawn_share(struct spawn *s)
{
    uint32_t cap;
    return shared_have(&cap) ? spawn_grant(s, STARTUP_SHARED_NAME, cap, CAPOS_IFACE_MEMORY_OBJECT, -1) : 0;
}

/* ---- the startup block ---- */

/* The bytes in a pipe that holds all of them: read once, then gone. */
static int block_send(struct spawn *s, const uint8_t *block, size_t len)
{
    uint32_t reader, writer;
    int err = capos_pipe_create(posix_caps.spawner, (uint32_t)len, &reader, &writer);
    if (err < 0)
        return err;
    spawn_made(s, reader);
    for (size_t at = 0; err == 0 && at < len;) {
        int64_t put = capos_pipe_write(writer, block + at, len - at);
        at += put > 0 ? (size_t)put : 0;
        err = put > 0 ? 0 : (int)put;
    }
    capos_release(writer);
    return err < 0 ? err : spawn_grant(s, "startup", reader, CAPOS_IFACE_PIPE, -1);
}

int spawn_startup(struct spawn *s, const struct spawn_identity *id)
{
    static uint64_t small[BLOCK_SMALL / 8];
    const struct startup_fill fill = {.argv = id->argv,
                                      .envp = id->envp,
                                      .cwd = id->cwd,
                                      .umask = id->umask,
                                      .preopens = s->preopens,
                                      .npreopens = s->npreopens,
                                      .fds = s->fds,
                                      .fd_paths = s->fd_paths,
                                      .nfds = s->nfds,
                                      .pid = id->pid,
                                      .ppid = id->ppid,
                                      .ignored = id->ignored};
    int64_t len = startup_build(small, sizeof small, &fill), big;
    if (len >= 0)
        return block_send(s, (const uint8_t *)small, (size_t)len);
    big = pages_map(STARTUP_MAX_BYTES, LX_PROT_READ | LX_PROT_WRITE);
    if (big < 0)
        return (int)big;
    len = startup_build((void *)(uintptr_t)big, STARTUP_MAX_BYTES, &fill);
    int err = len < 0 ? (int)len : block_send(s, (const uint8_t *)(uintptr_t)big, (size_t)len);
    pages_unmap((uint64_t)big, STARTUP_MAX_BYTES);
    return err;
}

/* ---- the program ---- */

static const char folder[] = "/bin/";

/* `text`'s only component below /bin, or NULL. */
static bool in_folder(const char *text)
{
    size_t n = sizeof folder - 1;
    if (posix_strlen(text) <= n || !posix_memeq(text, folder, n))
        return false;
    while (text[n] && text[n] != '/')
        n++;
    return text[n] == '\0';
}

int spawn_program_find(struct spawn *s, const char *path, struct spawn_program *out)
{
    static char binary[NODE_NAME_MAX + 1];
    struct place p;
    struct node *n;
    *out = (struct spawn_program){NULL, NULL, false};
    int err = path_resolve(LX_AT_FDCWD, path, &p);
    if ((err == 0 || err == -ENOENT) && p.text && in_folder(p.text)) {
        posix_strcpy(binary, p.text + sizeof folder - 1, sizeof binary);
        out->binary = binary;
    }
    if (err == 0 && p.kind != PLACE_NAME)
        err = -EACCES;
    if (err == 0) {
        err = node_lookup(p.dir, p.name, p.len, &n);
        out->absent = err == -ENOENT;
    }
    if (err == -ENOENT && out->binary)
        return 0; /* the spawner knows */
    if (err < 0)
        return err;
    if (n->kind == NODE_DIR)
        return -EACCES;
    out->file = n;
    spawn_hold(s, n);
    return 0;
}

int spawn_run(struct spawn *s, const struct spawn_program *program, const char *name, uint32_t *handle)
{
    int err = -ENOENT;
    if (program->binary)
        err = capos_spawn(posix_caps.spawner, name, program->binary, s->grants, s->ngrants, handle, NULL);
    if (err == -EPERM && program->absent) /* a spawner with a list refuses what it has not, wherever it is */
        return -ENOENT;
    if (err != -ENOENT || !program->file) /* it is in the package, for better or worse; or nowhere */
        return err;
    if (!posix_caps.have_file_spawner)
        return -EACCES;
    return capos_file_spawn(posix_caps.file_spawner, name, program->file->cap, s->grants, s->ngrants, handle,
                            NULL);
}

void spawn_end(struct spawn *s, bool worked)
{
    for (size_t i = 0; i < s->nmade; i++)
        capos_release(s->made[i]);
    for (size_t i = 0; i < s->nheld; i++)
        node_drop(s->held[i]);
    for (size_t i = 0; i < s->nshared && !worked; i++)
        shared_drop(s->shared[i]);
    if (worked)
        node_world_changed();
}
