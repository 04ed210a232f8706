/* SPDX-License-Identifier: MIT */
/*
 * Starting programs on capOS: workloads/agent/launch.h over ProcessSpawner.
 * Invariant: a child's CapSet is exactly the spec's: `startup` and `stdio_<fd>` (unless bare), the named
 * grants, and `descriptors` beside a process_spawner (unless bare). What is made for it on the way (startup
 * pipe, read-only views) is released again, whether the spawn worked or not.
 */
#include "agent/launch.h"

#include "abi/bench.h"
#include "capos/ext.h"
#include "capos/memory.h"
#include "capos/ring.h"
#include "capos/start.h"
#include "posix/child.h"
#include "posix/path.h"
#include "posix/spawn.h"

/* Paths of fresh directories: one spawn at a time. */
static char fresh[8][64];
static size_t nfresh;

/* The capability to grant for a File or Directory of ours: itself, or a read-only view made for the occasion.
 */
static int view_of(struct spawn *s, uint32_t cap, bool read_only, uint32_t *out)
{
    *out = cap;
    if (!read_only)
        return 0;
    if (!posix_caps.have_ext)
        return -ENOSYS;
    int err = capos_ext_read_only(posix_caps.ext, cap, out);
    if (err == 0)
        spawn_made(s, *out);
    return err;
}

static int grant_directory(struct spawn *s, const struct launch_grant *g, const char **appears)
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
        err = view_of(s, n->cap, g->read_only, &cap);
    if (err < 0)
        return err;
    spawn_hold(s, n);
    *appears = g->path;
    return spawn_grant(s, g->name, cap, CAPOS_IFACE_DIRECTORY, -1);
}

static int grant_file(struct spawn *s, const struct launch_grant *g)
{
    struct place place;
    struct node *n;
    uint32_t cap;
    int err = path_resolve(LX_AT_FDCWD, g->path, &place);
    if (err == 0)
        err = place.kind == PLACE_NAME ? node_open(place.dir, place.name, place.len, false, &n) : -EISDIR;
    if (err == 0)
        err = view_of(s, n->cap, g->read_only, &cap);
    if (err < 0)
        return err;
    spawn_hold(s, n);
    return spawn_grant(s, g->name, cap, CAPOS_IFACE_FILE, -1);
}

/* A spawner: the child may start what is on the list (NULL: anything), with nothing but what it holds itself.
 */
static int grant_spawner(struct spawn *s, const struct launch_grant *g, uint32_t spawner,
                         uint64_t interface_id)
{
    uint32_t cap;
    if (!posix_caps.have_ext)
        return -ENOSYS;
    int err = capos_ext_restrict_spawner(posix_caps.ext, spawner, g->only, &cap);
    if (err < 0)
        return err;
    spawn_made(s, cap);
    return spawn_grant(s, g->name, cap, interface_id, -1);
}

/* Kinds of ours have no kernel source that a spawn could name: the child gets what is held here under that
 * name. */
static int grant_ours(struct spawn *s, const struct launch_grant *g)
{
    if (!g->path && posix_same(g->kind, "file_spawner") && posix_caps.have_file_spawner)
        return grant_spawner(s, g, posix_caps.file_spawner, CAPBENCH_IFACE_FILE_SPAWNER);
    if (!g->path && posix_same(g->kind, "capbench_ext") && posix_caps.have_ext)
        return spawn_grant(s, g->name, posix_caps.ext, CAPBENCH_IFACE_EXT, -1);
    return -EINVAL;
}

/* Kernel sources that give a Directory: it is preopened in the child, at its name. */
static bool is_directory(const struct capos_source_info *source)
{
    return source->value == CAPOS_SRC_DIRECTORY || source->value == CAPOS_SRC_WRITABLE_FS_ROOT ||
           source->value == CAPOS_SRC_READ_ONLY_FS_ROOT;
}

static int grant_fresh(struct spawn *s, const struct launch_grant *g, const struct capos_source_info *source,
                       const char **appears)
{
    if (nfresh == sizeof fresh / sizeof fresh[0])
        return -E2BIG;
    fresh[nfresh][0] = '/';
    if (!posix_strcpy(fresh[nfresh] + 1, g->name, sizeof fresh[0] - 1))
        return -ENAMETOOLONG;
    *appears = fresh[nfresh++];
    return spawn_grant(s, g->name, 0, CAPOS_IFACE_DIRECTORY, (int32_t)source->value);
}

static int grant_named(struct spawn *s, const struct launch_grant *g)
{
    const struct capos_source_info *source = capos_source_by_name(g->kind, posix_strlen(g->kind));
    const char *appears = NULL;
    int err;
    if (!source)
        return grant_ours(s, g);
    if (g->path && source->value != CAPOS_SRC_DIRECTORY && source->value != CAPOS_SRC_FILE)
        return -EINVAL;
    if (source->value == CAPOS_SRC_PROCESS_SPAWNER)
        return grant_spawner(s, g, posix_caps.spawner, CAPOS_IFACE_PROCESS_SPAWNER);
    if (g->path && source->value == CAPOS_SRC_FILE)
        return grant_file(s, g);
    if (g->path)
        err = grant_directory(s, g, &appears);
    else if (is_directory(source))
        err = grant_fresh(s, g, source, &appears);
    else
        err = spawn_grant(s, g->name, 0, source->interface_id, (int32_t)source->value);
    return err < 0 || !appears ? err : spawn_preopen(s, appears, g->name);
}

/* The table of the program at the terminal, kept so that its size can be told. */
static struct {
    uint32_t cap;
    struct startup_shared *table; /* NULL: none */
} at_terminal;

static int size_put(uint32_t rows, uint32_t columns, uint32_t moves)
{
    if (!at_terminal.table)
        return -ENOTTY;
    __atomic_store_n(&at_terminal.table->terminal, STARTUP_SIZE(rows, columns) | moves, __ATOMIC_RELAXED);
    return 0;
}

int launch_resize(uint32_t rows, uint32_t columns)
{
    return size_put(rows, columns, STARTUP_SIZE_MOVES);
}

static int terminal_table(uint32_t table, const struct launch_spec *spec)
{
    uint64_t at;
    if (at_terminal.table) {
        capos_memory_unmap(at_terminal.cap, (uint64_t)(uintptr_t)at_terminal.table,
                           sizeof *at_terminal.table);
        capos_release(at_terminal.cap);
        at_terminal.table = NULL;
    }
    int err =
        capos_memory_map(table, 0, 0, sizeof *at_terminal.table, CAPOS_PROT_READ | CAPOS_PROT_WRITE, &at);
    if (err < 0)
        return err;
    at_terminal.cap = table;
    at_terminal.table = (struct startup_shared *)(uintptr_t)at;
    return size_put(spec->rows, spec->columns, spec->fixed_size ? 0 : STARTUP_SIZE_MOVES);
}

/* A program at a terminal, or that may start others, gets a table of its own for what it shares with them. */
static int grant_shared(struct spawn *s, const struct launch_spec *spec)
{
    uint32_t allocator, table;
    bool wanted = spec->terminal;
    for (size_t i = 0; i < spec->ngrants; i++)
        wanted |= posix_same(spec->grants[i].kind, "process_spawner");
    if (!wanted || capos_grant_by_interface(CAPOS_IFACE_FRAME_ALLOCATOR, &allocator) < 0)
        return 0;
    int err = capos_frames_alloc(allocator, STARTUP_SHARED_PAGES, &table);
    if (err < 0)
        return err;
    if (spec->terminal)
        err = terminal_table(table, spec);
    if (!spec->terminal || err < 0)
        spawn_made(s, table);
    return err < 0 ? err : spawn_grant(s, STARTUP_SHARED_NAME, table, CAPOS_IFACE_MEMORY_OBJECT, -1);
}

static int grants_make(struct spawn *s, const struct launch_spec *spec)
{
    const struct spawn_identity id = {.argv = spec->argv,
                                      .envp = spec->envp,
                                      .cwd = spec->cwd,
                                      .umask = 022,
                                      .ppid = (uint32_t)posix_pid()};
    int err = 0;
    nfresh = 0;
    for (size_t i = 0; err == 0 && i < spec->ngrants; i++)
        err = grant_named(s, &spec->grants[i]);
    if (spec->bare)
        return err;
    for (uint32_t fd = 0; err == 0 && fd < 3; fd++) {
        struct ofd *o = spec->stdio[fd] < 0 ? NULL : fd_get(spec->stdio[fd]);
        if (spec->terminal) {
            err = spawn_terminal(s, fd);
            continue;
        }
        err = spec->stdio[fd] >= 0 && !o ? -EBADF : spawn_fd(s, fd, o);
    }
    if (err == 0)
        err = grant_shared(s, spec);
    return err < 0 ? err : spawn_startup(s, &id);
}

static const char *last_why = "";

const char *launch_why(void)
{
    return last_why;
}

int launch_spawn(const struct launch_spec *spec, int64_t *handle)
{
    struct spawn_program program;
    uint32_t process;
    unsigned type;
    last_why = "";
    if (!posix_caps.have_spawner)
        return -ENOSYS;
    struct child *c = child_new(posix_new_pid());
    if (!c)
        return -EAGAIN;
    struct spawn *s = spawn_begin();
    int err = spawn_program_find(s, spec->path, &program);
    if (err == 0)
        err = grants_make(s, spec);
    if (err == 0)
        err = spawn_run(s, &program, spec->name, &process);
    if (err < 0) { /* only if that is what the exception said */
        const char *text = capos_exception_last(&type);
        last_why = capos_exception_errno(type, text, posix_strlen(text)) == -err ? text : "";
    }
    spawn_end(s, err == 0);
    if (err < 0) {
        child_free(c);
        return err;
    }
    child_run(c, process);
    c->kept = true; /* for what it leaves behind */
    *handle = (int64_t)c->pid;
    return 0;
}

/* Until c has ended or descriptor fd is readable. */
static int wait_either(struct child *c, int fd, uint64_t timeout_ns)
{
    uint64_t now = posix_now(), end = timeout_ns > UINT64_MAX - 1 - now ? UINT64_MAX : now + timeout_ns;
    struct lx_pollfd p = {.fd = fd, .events = LX_POLLIN};
    const long look[3] = {(long)(uintptr_t)&p, 1, 0};
    for (;; now = posix_now()) {
        uint32_t mark = capos_ring_mark();
        if (child_ended(c))
            return 0;
        if (posix_poll(look) > 0)
            return -EAGAIN;
        if (now >= end)
            return -ETIMEDOUT;
        capos_ring_enter_since(mark, end == UINT64_MAX ? CAPOS_WAIT_FOREVER : end - now);
    }
}

int launch_wait(int64_t handle, uint64_t timeout_ns, struct launch_status *status)
{
    return launch_wait_or(handle, -1, timeout_ns, status);
}

int launch_wait_or(int64_t handle, int fd, uint64_t timeout_ns, struct launch_status *status)
{
    struct child *c = child_of((uint32_t)handle);
    if (!c)
        return -ECHILD;
    int err = fd < 0 ? child_wait(c, timeout_ns) : wait_either(c, fd, timeout_ns);
    if (err < 0)
        return err;
    *status = (struct launch_status){.kind = BENCH_EXITED, .code = c->code};
    if (c->killed && c->code == EXITCODE_KILLED)
        status->kind = BENCH_KILLED;
    else if (exitcode_fault(c->code) >= 0)
        *status = (struct launch_status){.kind = BENCH_FAULTED, .code = exitcode_fault(c->code)};
    else if (exitcode_signal(c->code))
        status->code = 128 + exitcode_signal(c->code); /* as its shell would say it */
    if (posix_caps.have_ext)
        capos_ext_end_job(posix_caps.ext, c->handle); /* what it left running would disturb what comes next */
    child_free(c);
    return 0;
}

int launch_terminate(int64_t handle)
{
    struct child *c = child_of((uint32_t)handle);
    if (!c)
        return -ECHILD;
    int err = child_terminate(c, LX_SIGKILL);
    return posix_caps.have_ext ? capos_ext_end_job(posix_caps.ext, c->handle) : err;
}

int guest_confine(const char *root)
{
    (void)root;
    return -ENOSYS; /* no guest is native */
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
