/* SPDX-License-Identifier: MIT */
/*
 * execve over ProcessSpawner. The new process has what this one holds by name (a capability bound to a
 * process is made afresh for it), its descriptors, working directory, umask, ignored signals, argv and
 * environment: authority passes on, none is added. Within vfork it is the child; without, this process
 * becomes its stand-in: it gives up its descriptors (but the terminal, for Ctrl-C), waits, and ends as the
 * other did. A file that begins with `#!` is started as its interpreter, which is given its path. Invariant:
 * a failed exec changes nothing.
 */
#include "abi/startup.h"
#include "capos/file.h"
#include "capos/start.h"
#include "posix/child.h"
#include "posix/fd.h"
#include "posix/mail.h"
#include "posix/pages.h"
#include "posix/path.h"
#include "posix/signal.h"
#include "posix/spawn.h"
#include "posix/terminal.h"
#include "posix/vfork.h"

/* The kernel source behind a capability that is about one process and cannot be handed on; -1: it can. */
static int32_t bound_source(uint64_t interface_id)
{
    switch (interface_id) {
    case CAPOS_IFACE_VIRTUAL_MEMORY:
        return CAPOS_SRC_VIRTUAL_MEMORY;
    case CAPOS_IFACE_THREAD_CONTROL:
        return CAPOS_SRC_THREAD_CONTROL;
    case CAPOS_IFACE_THREAD_SPAWNER:
        return CAPOS_SRC_THREAD_SPAWNER;
    default:
        return -1;
    }
}

static bool begins(const char *text, const char *with)
{
    size_t n = posix_strlen(with);
    return posix_strlen(text) >= n && posix_memeq(text, with, n);
}

/* Everything held by name, but what is made for each process anew. */
static int inherit_grants(struct spawn *s)
{
    static char names[SPAWN_GRANTS][CAPOS_CAPSET_NAME_MAX + 1];
    const struct capos_capset_entry *e;
    int err = 0;
    for (uint32_t i = 0; err == 0 && (e = capos_grant_at(i)) != NULL; i++) {
        char *name = names[i];
        __builtin_memcpy(name, e->name, e->name_len);
        name[e->name_len] = '\0';
        if (begins(name, "stdio_") || posix_same(name, "startup") || posix_same(name, STARTUP_SHARED_NAME))
            continue;
        err = spawn_grant(s, name, e->cap_id, e->interface_id, bound_source(e->interface_id));
        for (unsigned k = 0; err == 0 && path_preopen_at(k); k++)
            if (path_preopen_cap(k) == e->cap_id && e->interface_id == CAPOS_IFACE_DIRECTORY)
                err = spawn_preopen(s, path_preopen_at(k), name);
    }
    return err;
}

static int inherit_fds(struct spawn *s)
{
    int err = 0;
    for (long fd = 0; err == 0 && fd < fd_top(); fd++) {
        struct ofd *o = fd_get(fd);
        if (o && !fd_cloexec(fd))
            err = spawn_fd(s, (uint32_t)fd, o);
    }
    return err;
}

static const char *last_component(const char *path)
{
    const char *last = path;
    for (const char *p = path; *p; p++)
        if (*p == '/' && p[1])
            last = p + 1;
    return last;
}

/* ---- scripts ---- */

#define SCRIPT_LINE  256u
#define SCRIPT_DEPTH 5u /* as on Linux */

/* A script's first line: the program that runs it, and at most one argument. */
struct script {
    char line[SCRIPT_LINE];
    char *interpreter, *argument; /* inside the line; NULL: no script, no argument */
};

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes the line, which ends at `end`, apart. 0 or -ENOEXEC. */
static int script_parse(struct script *x, char *end)
{
    char *p = x->line + 2;
    while (end > p && blank(end[-1]))
        end--;
    *end = '\0';
    while (blank(*p))
        p++;
    if (*p == '\0')
        return -ENOEXEC;
    x->interpreter = p;
    while (*p && !blank(*p))
        p++;
    while (blank(*p))
        *p++ = '\0';
    x->argument = *p ? p : NULL;
    return 0;
}

/* Whether the program is a file that begins as a script: x->interpreter. 0 or a negative errno. */
static int script_read(const struct spawn_program *program, struct script *x)
{
    x->interpreter = x->argument = NULL;
    if (program->binary || !program->file)
        return 0;
    int64_t got = capos_file_read(program->file->cap, 0, x->line, SCRIPT_LINE - 1);
    if (got < 2 || x->line[0] != '#' || x->line[1] != '!')
        return got < 0 ? (int)got : 0;
    char *end = x->line;
    while (end < x->line + got && *end != '\n')
        end++;
    return script_parse(x, end);
}

/* The interpreter's arguments, in fresh memory of *bytes, or NULL: its name, its argument, the script's path,
 * and what followed the script's own name. */
static char **script_argv(const struct script *x, const char *path, char *const *argv, uint64_t *bytes)
{
    size_t n = 0, to = 0;
    union {
        const char *in;
        char *out;
    } script = {path};
    while (argv[n])
        n++;
    *bytes = ((n + 4) * sizeof(char *) + PAGES_SIZE - 1) & ~(uint64_t)(PAGES_SIZE - 1);
    int64_t at = pages_map(*bytes, LX_PROT_READ | LX_PROT_WRITE);
    if (at <= 0)
        return NULL;
    char **out = (char **)(uintptr_t)at;
    out[to++] = x->interpreter;
    if (x->argument)
        out[to++] = x->argument;
    out[to++] = script.out;
    for (size_t i = 1; i < n; i++)
        out[to++] = argv[i];
    out[to] = NULL;
    return out;
}

static int exec_program(const char *path, char *const *argv, char *const *envp, unsigned scripts,
                        uint32_t *handle);

static int exec_script(const struct script *x, const char *path, char *const *argv, char *const *envp,
                       unsigned scripts, uint32_t *handle)
{
    uint64_t bytes;
    char **args = scripts < SCRIPT_DEPTH ? script_argv(x, path, argv, &bytes) : NULL;
    if (!args)
        return scripts < SCRIPT_DEPTH ? -ENOMEM : -ELOOP;
    int err = exec_program(x->interpreter, args, envp, scripts + 1, handle);
    pages_unmap((uint64_t)(uintptr_t)args, bytes);
    return err;
}

/* Starts the program at `path`, for so many scripts that are run by each other. */
static int exec_program(const char *path, char *const *argv, char *const *envp, unsigned scripts,
                        uint32_t *handle)
{
    struct spawn *s = spawn_begin();
    struct spawn_program program;
    struct script x;
    long mask = posix_umask((const long[1]){0});
    posix_umask(&mask);
    const struct spawn_identity id = {.argv = argv,
                                      .envp = envp,
                                      .cwd = path_cwd(),
                                      .umask = (uint32_t)mask,
                                      .pid = (uint32_t)posix_pid(),
                                      .ppid = (uint32_t)posix_ppid(),
                                      .ignored = signal_ignored()};
    int err = spawn_program_find(s, path, &program);
    if (err == 0)
        err = script_read(&program, &x);
    if (err == 0 && x.interpreter) {
        spawn_end(s, false);
        return exec_script(&x, path, argv, envp, scripts, handle);
    }
    if (err == 0)
        err = inherit_grants(s);
    if (err == 0)
        err = inherit_fds(s);
    if (err == 0)
        err = spawn_share(s);
    if (err == 0)
        err = spawn_startup(s, &id);
    if (err == 0)
        err = spawn_run(s, &program, last_component(path), handle);
    spawn_end(s, err == 0);
    return err == -EPERM ? -EACCES : err; /* a spawner that refuses this program: as one without permission */
}

/* Nothing of this process is left but its wait. */
_Noreturn static void stand_in(uint32_t handle)
{
    struct child *c = child_new(0);
    if (!c)
        capos_exit(127);
    child_run(c, handle);
    mail_leave(); /* signals for this number are the new program's */
    fd_close_but_terminal();
    capos_enter(0, 0);
    for (uint32_t mark = capos_ring_mark(); !child_ended(c); mark = capos_ring_mark())
        terminal_wait(mark);
    if (c->killed)
        posix_end_signal(c->killed);
    behind_finish();
    capos_exit(c->code);
}

long posix_execve(const long *a)
{
    uint32_t handle;
    char *const none[] = {NULL};
    if (!posix_caps.have_spawner)
        return -EACCES;
    int err = exec_program((const char *)a[0], a[1] ? (char *const *)a[1] : none,
                           a[2] ? (char *const *)a[2] : none, 0, &handle);
    if (err < 0)
        return err;
    if (vfork_depth())
        vfork_exec(handle);
    stand_in(handle);
}
