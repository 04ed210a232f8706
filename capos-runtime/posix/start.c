/* SPDX-License-Identifier: MIT */
/*
 * Start of a POSIX program. Invariant: descriptors and preopened directories are those of the startup block;
 * without a block they follow from the grants' names and interfaces alone (stdio_<fd>; every Directory at
 * /<name>; a Console as 1 and 2).
 */
#include "posix/start.h"

#include "abi/ext.h"
#include "abi/layout.h"
#include "capos/console.h"
#include "capos/file.h"
#include "capos/memory.h"
#include "capos/pipe.h"
#include "capos/start.h"
#include "capos/system.h"
#include "posix/fd.h"
#include "posix/mail.h"
#include "posix/pages.h"
#include "posix/path.h"
#include "posix/shared.h"
#include "posix/signal.h"
#include "posix/startup.h"
#include "posix/terminal.h"

#define STACK_BYTES (UINT64_C(8) << 20)

struct posix_caps posix_caps;
/* A linker that does not give this symbol (tcc's) makes programs without thread-local storage: then there are
 * no program headers to tell of. */
extern const struct lx_ehdr __ehdr_start __attribute__((weak));

static uint64_t block[16384 / 8]; /* a startup block of ordinary size */

__attribute__((noreturn)) static void refuse(const char *why)
{
    if (posix_caps.have_console)
        capos_console_puts(posix_caps.console, why);
    capos_exit(CAPOS_EXIT_BAD_BOOTSTRAP);
}

static void take_caps(void)
{
    struct posix_caps *c = &posix_caps;
    const struct {
        uint64_t interface_id;
        bool *have;
        uint32_t *cap;
    } wanted[] = {
        {CAPOS_IFACE_VIRTUAL_MEMORY, &c->have_vm, &c->vm},
        {CAPOS_IFACE_TIMER, &c->have_timer, &c->timer},
        {CAPOS_IFACE_WALL_CLOCK, &c->have_wall_clock, &c->wall_clock},
        {CAPOS_IFACE_ENTROPY_SOURCE, &c->have_entropy, &c->entropy},
        {CAPOS_IFACE_THREAD_CONTROL, &c->have_thread_control, &c->thread_control},
        {CAPOS_IFACE_PROCESS_SPAWNER, &c->have_spawner, &c->spawner},
        {CAPOS_IFACE_SYSTEM_INFO, &c->have_system_info, &c->system_info},
        {CAPOS_IFACE_CONSOLE, &c->have_console, &c->console},
        {CAPBENCH_IFACE_EXT, &c->have_ext, &c->ext},
        {CAPBENCH_IFACE_FILE_SPAWNER, &c->have_file_spawner, &c->file_spawner},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        *wanted[i].have = capos_grant_by_interface(wanted[i].interface_id, wanted[i].cap) == 0;
}

/* Reads the next part of the startup grant, which is a Pipe or a File; 0 at its end. */
static int64_t startup_part(uint32_t cap, bool pipe, uint64_t at, void *to, size_t room)
{
    return pipe ? capos_pipe_read(cap, to, room) : capos_file_read(cap, at, to, room);
}

/* Whether a block is whole: it says how long it is. */
static bool block_whole(const void *buf, size_t len)
{
    const struct startup_header *h = buf;
    return len >= sizeof *h && h->magic == STARTUP_MAGIC && h->total == len;
}

/* The startup grant's bytes: in `block`, or in fresh memory when they are many. NULL: there is no such grant.
 */
static void *startup_read(size_t *len)
{
    uint32_t cap;
    uint8_t *buf = (uint8_t *)block;
    size_t room = sizeof block;
    bool pipe = capos_grant_by_name("startup", CAPOS_IFACE_PIPE, &cap) == 0;
    if (!pipe && capos_grant_by_name("startup", CAPOS_IFACE_FILE, &cap) < 0)
        return NULL;
    for (*len = 0; !block_whole(buf, *len);) {
        if (*len == room && room < STARTUP_MAX_BYTES) {
            room = STARTUP_MAX_BYTES;
            int64_t at = pages_map(room, LX_PROT_READ | LX_PROT_WRITE);
            if (at <= 0)
                refuse("startup: no memory for it (virtual_memory is not granted?)");
            __builtin_memcpy((void *)(uintptr_t)at, buf, *len);
            buf = (uint8_t *)(uintptr_t)at;
        }
        if (*len == room)
            refuse("startup: too large");
        int64_t got = startup_part(cap, pipe, *len, buf + *len, room - *len);
        if (got < 0)
            refuse("startup: cannot be read");
        if (got == 0)
            break;
        *len += (size_t)got;
    }
    capos_release(cap); /* read once: what held it can go */
    return buf;
}

static struct ofd *add_fd(uint32_t fd, enum ofd_kind kind, uint32_t cap, uint32_t flags)
{
    struct ofd *o = ofd_new(kind, flags);
    if (!o)
        refuse("startup: too many descriptors");
    o->cap = cap;
    o->stream = fd == 2 ? CAPOS_STREAM_STDERR : CAPOS_STREAM_STDOUT;
    fd_place(o, fd, false);
    return o;
}

static void add_file(uint32_t fd, uint32_t cap, const struct startup_fd *f)
{
    struct ofd *o = add_fd(fd, OFD_FILE, cap, f->flags & (LX_O_ACCMODE | LX_O_APPEND | LX_O_NONBLOCK));
    o->offset = f->offset;
    o->node = node_granted(cap, f->flags & LX_O_APPEND, f->ino);
    if (!o->node)
        refuse("startup: too many files");
    if (shared_slot(f->ofd))
        o->shared = (uint16_t)(f->ofd + 1);
}

/* A directory is handed over by its path: the Directory that serves it here is a grant like any other. */
static void add_dir(uint32_t fd, const char *path)
{
    const long args[3] = {(long)(uintptr_t)path, LX_O_DIRECTORY, 0};
    long got = posix_open(args);
    if (got < 0 || got == (long)fd)
        return; /* out of this program's reach: the descriptor is not there */
    const long to[3] = {got, (long)fd, 0};
    posix_dup3(to);
    fd_close(got);
}

/* The descriptor among the first n that has the same description, or NULL. */
static struct ofd *same_description(const struct startup_fd *fds, uint32_t n, uint32_t ofd)
{
    for (uint32_t i = 0; ofd != UINT32_MAX && i < n; i++) {
        struct startup_fd f;
        __builtin_memcpy(&f, &fds[i], sizeof f);
        if (f.kind == STARTUP_FD_FILE && f.ofd == ofd)
            return fd_get(f.fd);
    }
    return NULL;
}

static void block_fd(const struct startup_view *v, uint32_t i)
{
    static const struct {
        uint64_t interface_id; /* 0: no grant of its own */
        enum ofd_kind kind;
        uint32_t flags;
    } kinds[] = {
        [STARTUP_FD_PIPE_READ] = {CAPOS_IFACE_PIPE, OFD_PIPE, LX_O_RDONLY},
        [STARTUP_FD_PIPE_WRITE] = {CAPOS_IFACE_PIPE, OFD_PIPE, LX_O_WRONLY},
        [STARTUP_FD_PIPE_BOTH] = {CAPOS_IFACE_PIPE, OFD_PIPE, LX_O_RDWR},
        [STARTUP_FD_STDIO] = {CAPOS_IFACE_STDIO, OFD_STDIO, LX_O_RDWR},
        [STARTUP_FD_TERMINAL] = {CAPOS_IFACE_TERMINAL_SESSION, OFD_TERMINAL, LX_O_RDWR},
        [STARTUP_FD_FILE] = {CAPOS_IFACE_FILE, OFD_FILE, 0},
        [STARTUP_FD_NULL] = {0, OFD_NULL, LX_O_RDWR},
        [STARTUP_FD_DIR] = {0, OFD_DIR, 0},
        [STARTUP_FD_ZERO] = {0, OFD_ZERO, LX_O_RDWR},
        [STARTUP_FD_RANDOM] = {0, OFD_RANDOM, LX_O_RDWR},
        [STARTUP_FD_CONSOLE] = {0, OFD_CONSOLE, LX_O_WRONLY},
    };
    struct startup_fd f;
    char name[24];
    uint32_t cap = 0;
    __builtin_memcpy(&f, &v->fds[i], sizeof f);
    startup_fd_name(name, f.fd);
    if (kinds[f.kind].interface_id && capos_grant_by_name(name, kinds[f.kind].interface_id, &cap) < 0)
        refuse("startup: a descriptor's grant is missing or of another interface");
    struct ofd *same = f.kind == STARTUP_FD_FILE ? same_description(v->fds, i, f.ofd) : NULL;
    if (same) {
        capos_release(cap);
        same->refs++;
        fd_place(same, f.fd, false);
    } else if (f.kind == STARTUP_FD_FILE) {
        add_file(f.fd, cap, &f);
    } else if (f.kind == STARTUP_FD_DIR) {
        add_dir(f.fd, v->base + f.offset);
    } else if (f.kind == STARTUP_FD_CONSOLE && posix_caps.have_console) {
        add_fd(f.fd, OFD_CONSOLE, posix_caps.console, LX_O_WRONLY);
    } else if (f.kind != STARTUP_FD_CONSOLE && (f.kind != STARTUP_FD_RANDOM || posix_caps.have_entropy)) {
        add_fd(f.fd, kinds[f.kind].kind, cap, kinds[f.kind].flags);
    }
}

/* Without a block: what the grants' names say. */
static void fds_by_name(void)
{
    for (uint32_t fd = 0; fd < 10; fd++) {
        char name[24];
        uint32_t cap;
        startup_fd_name(name, fd);
        if (capos_grant_by_name(name, CAPOS_IFACE_PIPE, &cap) == 0)
            add_fd(fd, OFD_PIPE, cap, fd == 0 ? LX_O_RDONLY : fd < 3 ? LX_O_WRONLY : LX_O_RDWR);
        else if (capos_grant_by_name(name, CAPOS_IFACE_STDIO, &cap) == 0)
            add_fd(fd, OFD_STDIO, cap, LX_O_RDWR);
        else if (capos_grant_by_name(name, CAPOS_IFACE_TERMINAL_SESSION, &cap) == 0)
            add_fd(fd, OFD_TERMINAL, cap, LX_O_RDWR);
        else if (capos_grant_by_name(name, CAPOS_IFACE_FILE, &cap) == 0)
            add_file(fd, cap, &(struct startup_fd){.flags = LX_O_RDWR, .ofd = UINT32_MAX});
    }
}

static void preopens_by_name(void)
{
    const struct capos_capset_entry *e;
    for (uint32_t i = 0; (e = capos_grant_at(i)) != NULL; i++) {
        char path[CAPOS_CAPSET_NAME_MAX + 2] = "/";
        __builtin_memcpy(path + 1, e->name, e->name_len);
        if (e->interface_id == CAPOS_IFACE_DIRECTORY)
            path_preopen(path, e->cap_id);
    }
}

/* Output must go somewhere a person can see: a Console or a terminal stands in for 1 and 2 where nothing else
 * does. */
static void console_fds(void)
{
    uint32_t cap;
    bool terminal = capos_grant_by_interface(CAPOS_IFACE_TERMINAL_SESSION, &cap) == 0;
    for (uint32_t fd = 0; fd < 3; fd++) {
        if (fd_get(fd))
            continue;
        if (terminal)
            add_fd(fd, OFD_TERMINAL, cap, LX_O_RDWR);
        else if (fd > 0 && posix_caps.have_console)
            add_fd(fd, OFD_CONSOLE, posix_caps.console, LX_O_WRONLY);
    }
}

static void apply_block(const struct startup_view *v)
{
    for (uint32_t i = 0; i < v->head->npreopens; i++) {
        uint32_t cap;
        if (capos_grant_by_name(v->base + v->preopens[i].name, CAPOS_IFACE_DIRECTORY, &cap) < 0 ||
            path_preopen(v->base + v->preopens[i].path, cap) < 0)
            refuse("startup: a preopened directory's grant is missing");
    }
    posix_identity(v->head->pid, v->head->ppid);
    shared_start();
    mail_open();
    signal_ignore(v->head->ignored);
    for (uint32_t i = 0; i < v->head->nfds; i++)
        block_fd(v, i);
    const long mask[1] = {(long)v->head->umask};
    posix_umask(mask);
    if (path_set_cwd(v->base + v->head->cwd) < 0)
        refuse("startup: the working directory's path is too long");
}

/* A new stack with a guard page below it; the one the process was born with when there is no VirtualMemory.
 * It is the first range this process asks for: at the lowest place there is, nothing can come to lie below
 * it. */
static uint64_t *stack_new(void)
{
    uint64_t at;
    if (posix_caps.have_vm && capos_vm_map(posix_caps.vm, CAPBENCH_VM_LOW, STACK_BYTES,
                                           CAPOS_PROT_READ | CAPOS_PROT_WRITE, &at) == 0)
        return (uint64_t *)(uintptr_t)(at + STACK_BYTES);
    if (posix_caps.have_vm && capos_vm_reserve(posix_caps.vm, 0, STACK_BYTES + PAGES_SIZE, &at) == 0 &&
        capos_vm_commit(posix_caps.vm, at + PAGES_SIZE, STACK_BYTES, CAPOS_PROT_READ | CAPOS_PROT_WRITE) == 0)
        return (uint64_t *)(uintptr_t)(at + PAGES_SIZE + STACK_BYTES);
    return (uint64_t *)(uintptr_t)(CAPOS_STACK_TOP - 16384); /* leaves room for the frames in use */
}

static void random_bytes(uint8_t *out)
{
    if (posix_caps.have_entropy && capos_entropy_fill(posix_caps.entropy, out, 16) == 0)
        return;
    uint64_t h = ticks_raw() ^ capos_pid() << 32; /* no source: not a secret, only not constant */
    for (int i = 0; i < 16; i++) {
        h = h * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(h >> 56);
    }
}

/* argc, argv, envp, auxv upwards from the result; the strings stay where they are. */
static void *stack_fill(uint64_t *top, const struct startup_view *v)
{
    static char nameless[] = "program";
    static uint8_t random[16];
    const struct lx_ehdr *elf = &__ehdr_start;
    uint64_t argc = v ? v->head->argc : 1, envc = v ? v->head->envc : 0;
    random_bytes(random);
    const uint64_t aux[][2] = {
        {LX_AT_PHDR, elf ? (uint64_t)(uintptr_t)elf + elf->phoff : 0},
        {LX_AT_PHENT, elf ? elf->phentsize : 0},
        {LX_AT_PHNUM, elf ? elf->phnum : 0},
        {LX_AT_PAGESZ, PAGES_SIZE},
        {LX_AT_RANDOM, (uint64_t)(uintptr_t)random},
        {LX_AT_UID, 0},
        {LX_AT_EUID, 0},
        {LX_AT_GID, 0},
        {LX_AT_EGID, 0},
        {LX_AT_SECURE, 0},
        {LX_AT_NULL, 0},
    };
    uint64_t words = 1 + argc + 1 + envc + 1 + sizeof aux / 8;
    if (words * 8 > STACK_BYTES / 4)
        refuse("startup: too many arguments");
    uint64_t *sp = (uint64_t *)((uintptr_t)(top - words) & ~(uintptr_t)15), *p = sp;
    *p++ = argc;
    for (uint64_t i = 0; i < argc; i++)
        *p++ = (uint64_t)(uintptr_t)(v ? v->base + v->argv[i] : nameless);
    *p++ = 0;
    for (uint64_t i = 0; i < envc; i++) {
        *p++ = (uint64_t)(uintptr_t)(v->base + v->envp[i]);
        terminal_size_note(v->base + v->envp[i]);
    }
    *p++ = 0;
    __builtin_memcpy(p, aux, sizeof aux);
    return sp;
}

void *posix_start(void *ring, uint64_t pid, const void *capset)
{
    struct startup_view view;
    size_t len = 0;
    if (capos_start_open(ring, pid, capset) < 0)
        capos_exit(CAPOS_EXIT_BAD_BOOTSTRAP);
    take_caps();
    ticks_start();
    uint64_t *stack = stack_new();
    void *p = startup_read(&len);
    if (p && startup_check(p, len, &view) < 0)
        refuse("startup: the block is malformed");
    if (p) {
        apply_block(&view);
    } else {
        fds_by_name();
        preopens_by_name();
        console_fds();
        shared_start();
        mail_open();
    }
    if (!posix_caps.have_thread_control)
        refuse("this program needs a thread_control grant: its C library sets the thread pointer");
    return stack_fill(stack, p ? &view : NULL);
}
