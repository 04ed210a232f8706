/* SPDX-License-Identifier: MIT */
/*
 * execve over ProcessSpawner. The new process has what this one holds by name (a capability bound to a
 * process is made afresh for it), its descriptors, working directory, umask, ignored signals, argv and
 * environment: authority passes on, none is added. Within vfork it is the child; without, this process
 * becomes its stand-in: it gives up its descriptors (but the terminal, for Ctrl-C), waits, and ends as the
 * other did. Invariant: a failed exec changes nothing.
 */
#include "abi/startup.h"
#include "capos/start.h"
#include "posix/child.h"
#include "posix/fd.h"
#include "posix/mail.h"
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

static int exec_spawn(const char *path, char *const *argv, char *const *envp, uint32_t *handle)
{
    struct spawn *s = spawn_begin();
    struct spawn_program program;
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
    int err = exec_spawn((const char *)a[0], a[1] ? (char *const *)a[1] : none,
                         a[2] ? (char *const *)a[2] : none, &handle);
    if (err < 0)
        return err;
    if (vfork_depth())
        vfork_exec(handle);
    stand_in(handle);
}
