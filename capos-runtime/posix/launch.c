/* SPDX-License-Identifier: MIT */
/*
 * Starting programs on capOS: workloads/agent/launch.h over ProcessSpawner.
 * Invariant: a child's CapSet is exactly the spec's: `startup` and `stdio_<fd>` (unless bare) and the named
 * grants. What is made for it on the way (startup file, read-only views) is released again, whether the spawn
 * worked or not.
 */
#include "agent/launch.h"

#include "abi/capset.h"
#include "abi/bench.h"
#include "capos/ext.h"
#include "capos/file.h"
#include "capos/process.h"
#include "capos/start.h"
#include "posix/fd.h"
#include "posix/pages.h"
#include "posix/path.h"
#include "posix/startup.h"

#define CHILD_MAX     32u
#define GRANT_MAX     CAPOS_CAPSET_MAX_ENTRIES
#define BLOCK_BYTES   (256u << 10)
#define FAULT_FIRST   (-256) /* exit code of a process that met vector v: FAULT_FIRST - v */
#define FAULT_VECTORS 256

static struct child {
    bool used, terminated, waiting;
    uint32_t handle;
    struct capos_async wait;
    uint64_t reply[32];
} children[CHILD_MAX];

/* One spawn being put together. */
struct plan {
    struct capos_grant grants[GRANT_MAX];
    size_t ngrants;
    struct startup_fd fds[3];
    struct startup_named preopens[STARTUP_MAX_PREOPENS];
    size_t npreopens;
    char names[3][8];  /* stdio_0 … */
    char fresh[8][64]; /* paths of fresh directories */
    size_t nfresh;
    uint32_t made[GRANT_MAX]; /* capabilities to release afterwards */
    size_t nmade;
    struct node *held[GRANT_MAX + 1];
    size_t nheld;
};

static int add_grant(struct plan *p, const char *name, uint32_t cap, uint64_t interface_id, int32_t source)
{
    if (p->ngrants == GRANT_MAX)
        return -E2BIG;
    p->grants[p->ngrants++] = (struct capos_grant){.name = name,
                                                   .cap = cap,
                                                   .interface_id = interface_id,
                                                   .mode = CAPOS_GRANT_RAW,
                                                   .kernel_source = source};
    return 0;
}

static void hold(struct plan *p, struct node *n)
{
    node_hold(n);
    p->held[p->nheld++] = n;
}

/* The capability to grant for a File or Directory of ours: itself, or a read-only view made for the occasion.
 */
static int view_of(struct plan *p, uint32_t cap, bool read_only, uint32_t *out)
{
    *out = cap;
    if (!read_only)
        return 0;
    if (!posix_caps.have_ext)
        return -ENOSYS;
    int err = capos_ext_read_only(posix_caps.ext, cap, out);
    if (err == 0)
        p->made[p->nmade++] = *out;
    return err;
}

static int grant_directory(struct plan *p, const struct launch_grant *g, const char **appears)
{
    struct place place;
    struct node *n;
    uint32_t cap;
    int err = path_resolve(LX_AT_FDCWD, g->path, &place);
    if (err < 0)
        return err;
    if (place.kind != PLACE_NAME && place.kind != PLACE_ROOT)
        return -EACCES;
    n = place.dir;
    if (place.kind == PLACE_NAME)
        err = node_walk(place.dir, place.name, place.len, &n);
    if (err == 0)
        err = view_of(p, n->cap, g->read_only, &cap);
    if (err < 0)
        return err;
    hold(p, n);
    *appears = g->path;
    return add_grant(p, g->name, cap, CAPOS_IFACE_DIRECTORY, -1);
}

static int grant_file(struct plan *p, const struct launch_grant *g)
{
    struct place place;
    struct node *n;
    uint32_t cap;
    int err = path_resolve(LX_AT_FDCWD, g->path, &place);
    if (err == 0)
        err = place.kind == PLACE_NAME ? node_open(place.dir, place.name, place.len, false, &n) : -EISDIR;
    if (err == 0)
        err = view_of(p, n->cap, g->read_only, &cap);
    if (err < 0)
        return err;
    hold(p, n);
    return add_grant(p, g->name, cap, CAPOS_IFACE_FILE, -1);
}

/* Kinds of ours have no kernel source that a spawn could name: the child gets a copy of the capability held
 * here under that name. */
static int grant_ours(struct plan *p, const struct launch_grant *g)
{
    uint32_t cap;
    const struct {
        const char *kind;
        uint64_t interface_id;
    } ours[] = {{"file_spawner", CAPBENCH_IFACE_FILE_SPAWNER}, {"capbench_ext", CAPBENCH_IFACE_EXT}};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        size_t n = posix_strlen(ours[i].kind);
        if (g->path || posix_strlen(g->kind) != n || !posix_memeq(g->kind, ours[i].kind, n))
            continue;
        int err = capos_grant_by_name(ours[i].kind, ours[i].interface_id, &cap);
        return err < 0 ? err : add_grant(p, g->name, cap, ours[i].interface_id, -1);
    }
    return -EINVAL;
}

/* Kernel sources that give a Directory: it is preopened in the child, at its name. */
static bool is_directory(const struct capos_source_info *s)
{
    return s->value == CAPOS_SRC_DIRECTORY || s->value == CAPOS_SRC_WRITABLE_FS_ROOT ||
           s->value == CAPOS_SRC_READ_ONLY_FS_ROOT;
}

static int grant_named(struct plan *p, const struct launch_grant *g)
{
    const struct capos_source_info *s = capos_source_by_name(g->kind, posix_strlen(g->kind));
    const char *appears = NULL;
    int err;
    if (!s)
        return grant_ours(p, g);
    if (g->path && s->value != CAPOS_SRC_DIRECTORY && s->value != CAPOS_SRC_FILE)
        return -EINVAL;
    if (g->path && s->value == CAPOS_SRC_FILE)
        return grant_file(p, g);
    if (g->path) {
        err = grant_directory(p, g, &appears);
    } else {
        err = add_grant(p, g->name, 0, s->interface_id, (int32_t)s->value);
        if (err == 0 && is_directory(s)) {
            if (p->nfresh == sizeof p->fresh / sizeof p->fresh[0])
                return -E2BIG;
            p->fresh[p->nfresh][0] = '/';
            if (!posix_strcpy(p->fresh[p->nfresh] + 1, g->name, sizeof p->fresh[0] - 1))
                return -ENAMETOOLONG;
            appears = p->fresh[p->nfresh++];
        }
    }
    if (err < 0 || !appears)
        return err;
    if (p->npreopens == STARTUP_MAX_PREOPENS)
        return -E2BIG;
    p->preopens[p->npreopens++] = (struct startup_named){appears, g->name};
    return 0;
}

static int grant_stdio(struct plan *p, uint32_t fd, int from)
{
    struct ofd *o = from < 0 ? NULL : fd_get(from);
    struct startup_fd *s = &p->fds[fd];
    uint32_t cap;
    uint64_t interface_id = CAPOS_IFACE_PIPE;
    *s = (struct startup_fd){.fd = fd, .kind = STARTUP_FD_NULL, .ofd = UINT32_MAX};
    if (from >= 0 && !o)
        return -EBADF;
    if (!o || o->kind == OFD_NULL)
        return 0;
    cap = o->cap;
    switch (o->kind) {
    case OFD_PIPE:
        s->kind = (o->flags & LX_O_ACCMODE) == LX_O_RDONLY   ? STARTUP_FD_PIPE_READ
                  : (o->flags & LX_O_ACCMODE) == LX_O_WRONLY ? STARTUP_FD_PIPE_WRITE
                                                             : STARTUP_FD_PIPE_BOTH;
        break;
    case OFD_STDIO:
        s->kind = STARTUP_FD_STDIO;
        interface_id = CAPOS_IFACE_STDIO;
        break;
    case OFD_TERMINAL:
        s->kind = STARTUP_FD_TERMINAL;
        interface_id = CAPOS_IFACE_TERMINAL_SESSION;
        break;
    case OFD_FILE:
        s->kind = STARTUP_FD_FILE;
        s->flags = o->flags & (LX_O_ACCMODE | LX_O_APPEND);
        s->offset = o->offset;
        interface_id = CAPOS_IFACE_FILE;
        cap = o->flags & LX_O_APPEND && o->node->has_append ? o->node->append_cap : o->node->cap;
        break;
    default:
        return -EINVAL; /* nothing that another process could hold */
    }
    posix_strcpy(p->names[fd], "stdio_0", sizeof p->names[0]);
    p->names[fd][6] = (char)('0' + fd);
    return add_grant(p, p->names[fd], cap, interface_id, -1);
}

/* The startup block in a file that has no name any more. */
static int grant_startup(struct plan *p, const struct launch_spec *spec)
{
    static const char name[] = ".startup";
    struct startup_fill fill = {.argv = spec->argv,
                                .envp = spec->envp,
                                .cwd = spec->cwd,
                                .umask = 022,
                                .preopens = p->preopens,
                                .npreopens = p->npreopens,
                                .fds = p->fds,
                                .nfds = 3};
    struct place root;
    uint32_t file, view;
    int64_t buf = pages_map(BLOCK_BYTES, LX_PROT_READ | LX_PROT_WRITE);
    if (buf < 0)
        return (int)buf;
    int64_t len = startup_build((void *)(uintptr_t)buf, BLOCK_BYTES, &fill);
    int err =
        len < 0 ? (int)len : path_resolve(LX_AT_FDCWD, path_preopen_at(0) ? path_preopen_at(0) : "/", &root);
    if (err == 0)
        err = root.kind == PLACE_ROOT ? capos_dir_open(root.dir->cap, name, sizeof name - 1,
                                                       CAPOS_OPEN_CREATE | CAPOS_OPEN_TRUNCATE, &file)
                                      : -EACCES;
    if (err == 0) {
        p->made[p->nmade++] = file;
        for (int64_t at = 0, put = 0; err == 0 && at < len; at += put) {
            put = capos_file_write(file, (uint64_t)at, (const uint8_t *)(uintptr_t)buf + at,
                                   (size_t)(len - at));
            err = put > 0 ? 0 : put < 0 ? (int)put : -ENOSPC;
        }
        int gone = capos_dir_remove(root.dir->cap, name, sizeof name - 1);
        err = err < 0 ? err : gone;
    }
    pages_unmap((uint64_t)buf, BLOCK_BYTES);
    if (err == 0)
        err = view_of(p, file, posix_caps.have_ext, &view);
    return err < 0 ? err : add_grant(p, "startup", view, CAPOS_IFACE_FILE, -1);
}

static int plan_make(struct plan *p, const struct launch_spec *spec)
{
    int err = 0;
    for (size_t i = 0; err == 0 && i < spec->ngrants; i++)
        err = grant_named(p, &spec->grants[i]);
    if (spec->bare)
        return err;
    for (uint32_t fd = 0; err == 0 && fd < 3; fd++)
        err = grant_stdio(p, fd, spec->stdio[fd]);
    return err < 0 ? err : grant_startup(p, spec);
}

static void plan_end(struct plan *p)
{
    for (size_t i = 0; i < p->nmade; i++)
        capos_release(p->made[i]);
    for (size_t i = 0; i < p->nheld; i++)
        node_drop(p->held[i]);
}

/* Where a program comes from: a name in the boot package, which is what /bin shows, or a file. */
struct program {
    const char *binary; /* NULL: not in the package */
    struct node *file;
};

static int program_find(const char *path, struct program *out)
{
    static const char folder[] = "/bin/";
    struct place p;
    struct node *n;
    int err = path_resolve(LX_AT_FDCWD, path, &p);
    if (err == 0 && p.kind != PLACE_NAME)
        err = -EACCES;
    if (err == 0)
        err = node_lookup(p.dir, p.name, p.len, &n);
    if (err < 0)
        return err;
    if (n->kind == NODE_DIR)
        return -EACCES;
    *out = (struct program){.file = n};
    if (posix_memeq(p.text, folder, sizeof folder - 1) && p.name == p.text + sizeof folder - 1)
        out->binary = path + posix_strlen(path) - p.len;
    return 0;
}

static int program_spawn(const struct program *prog, const char *name, const struct plan *plan,
                         uint32_t *handle)
{
    int err = -ENOENT;
    if (prog->binary)
        err = capos_spawn(posix_caps.spawner, name, prog->binary, plan->grants, plan->ngrants, handle, NULL);
    if (err != -ENOENT) /* it is in the package, for better or worse */
        return err;
    if (!posix_caps.have_file_spawner)
        return -EACCES;
    return capos_file_spawn(posix_caps.file_spawner, name, prog->file->cap, plan->grants, plan->ngrants,
                            handle, NULL);
}

static const char *last_why = "";

const char *launch_why(void)
{
    return last_why;
}

int launch_spawn(const struct launch_spec *spec, int64_t *handle)
{
    static struct plan plan;
    struct program prog;
    unsigned type;
    struct child *c = children;
    if (!posix_caps.have_spawner)
        return -ENOSYS;
    while (c < children + CHILD_MAX && c->used)
        c++;
    if (c == children + CHILD_MAX)
        return -EAGAIN;
    plan = (struct plan){.ngrants = 0};
    last_why = "";
    int err = program_find(spec->path, &prog);
    if (err < 0)
        return err;
    hold(&plan, prog.file);
    err = plan_make(&plan, spec);
    if (err == 0)
        err = program_spawn(&prog, spec->name, &plan, &c->handle);
    if (err < 0) { /* only if that is what the exception said */
        const char *text = capos_exception_last(&type);
        last_why = capos_exception_errno(type, text, posix_strlen(text)) == -err ? text : "";
    }
    plan_end(&plan);
    if (err < 0)
        return err;
    node_world_changed();
    c->used = true;
    c->terminated = c->waiting = false;
    *handle = c - children + 1;
    return 0;
}

static struct child *child_of(int64_t handle)
{
    if (handle < 1 || handle > (int64_t)CHILD_MAX || !children[handle - 1].used)
        return NULL;
    return &children[handle - 1];
}

int launch_wait(int64_t handle, uint64_t timeout_ns, struct launch_status *status)
{
    struct child *c = child_of(handle);
    int64_t code = 0;
    if (!c)
        return -ECHILD;
    if (!c->waiting) {
        int err = capos_process_wait_begin(&c->wait, c->handle, c->reply, sizeof c->reply);
        if (err < 0)
            return err;
        c->waiting = true;
        capos_enter(0, 0);
    }
    uint64_t now = posix_now(), end = timeout_ns > UINT64_MAX - 1 - now ? UINT64_MAX : now + timeout_ns;
    for (capos_ring_poll(); !c->wait.op.done; now = end == UINT64_MAX ? 0 : posix_now()) {
        if (now >= end)
            return -ETIMEDOUT;
        capos_ring_enter(end == UINT64_MAX ? CAPOS_WAIT_FOREVER : end - now);
    }
    int err = capos_process_wait_end(&c->wait, &code);
    capos_release(c->handle);
    c->used = false;
    node_world_changed();
    *status = (struct launch_status){.kind = BENCH_EXITED, .code = code};
    if (err < 0)
        *status = (struct launch_status){.kind = BENCH_FAULTED, .code = err};
    else if (c->terminated && code == FAULT_FIRST - FAULT_VECTORS)
        status->kind = BENCH_KILLED;
    else if (code <= FAULT_FIRST && code > FAULT_FIRST - FAULT_VECTORS) {
        status->kind = BENCH_FAULTED;
        status->code = FAULT_FIRST - code;
    }
    return 0;
}

int launch_terminate(int64_t handle)
{
    struct child *c = child_of(handle);
    if (!c)
        return -ECHILD;
    c->terminated = true;
    return capos_process_terminate(c->handle);
}

int guest_prepare(void)
{
    const long mkdir_args[2] = {(long)(uintptr_t) "/work", 0755};
    long err = posix_mkdir(mkdir_args);
    return err < 0 && err != -EEXIST ? (int)err : 0;
}

/* The boot manifest decides where /work is: the store's root is a grant of the agent's. */
int guest_work_begin(bool store, char *why, size_t n)
{
    (void)store, (void)why, (void)n;
    return 0;
}

/* The kernel leaves the store clean when the machine ends. */
int guest_work_end(bool store, char *why, size_t n)
{
    (void)store, (void)why, (void)n;
    return 0;
}

int guest_bench_channel(void)
{
    return fd_get(3) ? 3 : -EBADF;
}

const char *guest_name(void)
{
    return "capos";
}

void guest_shutdown(int status)
{
    posix_end(status);
}
