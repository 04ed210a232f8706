/* SPDX-License-Identifier: MIT */
/* See fake_caps.h. Invariant: an unknown or released id gives -EBADF, as a stale one does. */
#include "fake_caps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "capos/clock.h"
#include "capos/console.h"
#include "capos/file.h"
#include "capos/memory.h"
#include "capos/pipe.h"
#include "capos/process.h"
#include "capos/start.h"
#include "capos/system.h"

#define ENTRIES 512
#define IDS     300000

struct thing {
    bool dir;
    char *data;
    size_t size;
    uint64_t created;
    struct thing *next; /* all things */
    struct fake_entry {
        char name[256];
        struct thing *thing;
    } * entries; /* of a directory: ENTRIES of them */
};

static struct thing *things;
static struct {
    struct thing *thing;
    bool append;
} ids[IDS];
static uint32_t next_id;
static unsigned live, limit, vm_fail, vm_calls;
static bool read_only;
static uint64_t stamp;

static struct thing *thing_new(bool dir)
{
    struct thing *t = calloc(1, sizeof *t);
    t->dir = dir;
    t->created = ++stamp * 1000;
    if (dir)
        t->entries = calloc(ENTRIES, sizeof *t->entries);
    t->next = things;
    things = t;
    return t;
}

static int id_new(struct thing *t, bool append, uint32_t *cap)
{
    if (live >= limit)
        return -EMFILE;
    if (next_id + 1 >= IDS)
        return -ENFILE;
    *cap = ++next_id;
    ids[*cap].thing = t;
    ids[*cap].append = append;
    live++;
    return 0;
}

static struct thing *get(uint32_t cap, bool dir)
{
    struct thing *t = cap < IDS ? ids[cap].thing : NULL;
    return t && t->dir == dir ? t : NULL;
}

uint32_t fake_reset(void)
{
    while (things) {
        struct thing *t = things;
        things = t->next;
        free(t->data);
        free(t->entries);
        free(t);
    }
    memset(ids, 0, sizeof ids);
    next_id = live = 0;
    limit = 240;
    read_only = false;
    uint32_t root = 0;
    id_new(thing_new(true), false, &root);
    return root;
}

unsigned fake_live(void)
{
    return live;
}

unsigned fake_spent(void)
{
    return next_id;
}

void fake_limit(unsigned n)
{
    limit = n;
}

void fake_read_only(bool on)
{
    read_only = on;
}

static int entry_find(struct thing *d, const char *name, size_t len)
{
    for (int i = 0; i < ENTRIES; i++)
        if (d->entries[i].thing && strlen(d->entries[i].name) == len &&
            memcmp(d->entries[i].name, name, len) == 0)
            return i;
    return -1;
}

static int entry_add(struct thing *d, const char *name, size_t len, struct thing *t)
{
    for (int i = 0; i < ENTRIES; i++)
        if (!d->entries[i].thing) {
            memcpy(d->entries[i].name, name, len);
            d->entries[i].name[len] = '\0';
            d->entries[i].thing = t;
            return 0;
        }
    return -ENOSPC;
}

static void content(struct thing *t, const char *p, size_t n)
{
    t->data = realloc(t->data, n + 1);
    memcpy(t->data, p, n);
    t->size = n;
}

void fake_replace(const char *name, const char *text)
{
    struct thing *root = ids[1].thing;
    int i = entry_find(root, name, strlen(name));
    if (i >= 0)
        root->entries[i].thing = NULL;
    if (!text)
        return;
    struct thing *t = thing_new(false);
    content(t, text, strlen(text));
    entry_add(root, name, strlen(name), t);
}

/* ---- Directory and File ---- */

static int name_bad(const char *name, size_t len)
{
    if (len == 0 || len > 255 || memchr(name, '/', len) || (len == 1 && name[0] == '.') ||
        (len == 2 && name[0] == '.' && name[1] == '.'))
        return -EINVAL;
    return 0;
}

int capos_dir_open(uint32_t dir, const char *name, size_t len, uint32_t flags, uint32_t *file)
{
    struct thing *d = get(dir, true);
    if (!d)
        return -EBADF;
    if (name_bad(name, len))
        return -EINVAL;
    int i = entry_find(d, name, len);
    if (i >= 0 && d->entries[i].thing->dir)
        return -EISDIR;
    if (i < 0 && !(flags & CAPOS_OPEN_CREATE))
        return -ENOENT;
    if (read_only && flags)
        return -EROFS;
    if (i < 0) {
        int err = entry_add(d, name, len, thing_new(false));
        if (err < 0)
            return err;
        i = entry_find(d, name, len);
    }
    return id_new(d->entries[i].thing, flags & CAPOS_OPEN_APPEND, file);
}

int capos_dir_sub(uint32_t dir, const char *name, size_t len, uint32_t *sub)
{
    struct thing *d = get(dir, true);
    if (!d)
        return -EBADF;
    if (name_bad(name, len))
        return -EINVAL;
    int i = entry_find(d, name, len);
    if (i < 0)
        return -ENOENT;
    return d->entries[i].thing->dir ? id_new(d->entries[i].thing, false, sub) : -ENOTDIR;
}

static int make(uint32_t dir, const char *name, size_t len, bool is_dir, struct thing **out)
{
    struct thing *d = get(dir, true);
    if (!d)
        return -EBADF;
    if (name_bad(name, len))
        return -EINVAL;
    if (read_only)
        return -EROFS;
    if (entry_find(d, name, len) >= 0)
        return -EEXIST;
    *out = thing_new(is_dir);
    return entry_add(d, name, len, *out);
}

int capos_dir_mkdir(uint32_t dir, const char *name, size_t len, uint32_t *sub)
{
    struct thing *t;
    int err = make(dir, name, len, true, &t);
    return err < 0 ? err : id_new(t, false, sub);
}

int capos_dir_create(uint32_t dir, const char *name, size_t len)
{
    struct thing *t;
    return make(dir, name, len, false, &t);
}

int capos_dir_remove(uint32_t dir, const char *name, size_t len)
{
    struct thing *d = get(dir, true);
    int i = d ? entry_find(d, name, len) : -1;
    if (!d)
        return -EBADF;
    if (i < 0)
        return -ENOENT;
    if (read_only)
        return -EROFS;
    struct thing *t = d->entries[i].thing;
    for (int k = 0; t->dir && k < ENTRIES; k++)
        if (t->entries[k].thing)
            return -ENOTEMPTY;
    d->entries[i].thing = NULL;
    return 0;
}

int capos_dir_rename(uint32_t dir, const char *from, size_t from_len, const char *to, size_t to_len)
{
    struct thing *d = get(dir, true);
    int i = d ? entry_find(d, from, from_len) : -1;
    if (!d)
        return -EBADF;
    if (i < 0)
        return -ENOENT;
    if (entry_find(d, to, to_len) >= 0)
        return -EEXIST;
    memcpy(d->entries[i].name, to, to_len);
    d->entries[i].name[to_len] = '\0';
    return 0;
}

int64_t capos_file_read(uint32_t file, uint64_t offset, void *buf, size_t len)
{
    struct thing *t = get(file, false);
    if (!t)
        return -EBADF;
    if (offset >= t->size)
        return 0;
    size_t n = t->size - offset < len ? t->size - offset : len;
    n = n < CAPOS_READ_MAX ? n : CAPOS_READ_MAX;
    memcpy(buf, t->data + offset, n);
    return (int64_t)n;
}

int capos_file_truncate(uint32_t file, uint64_t length)
{
    struct thing *t = get(file, false);
    if (!t)
        return -EBADF;
    if (read_only)
        return -EROFS;
    t->data = realloc(t->data, length + 1);
    if (length > t->size)
        memset(t->data + t->size, 0, length - t->size);
    t->size = length;
    return 0;
}

int64_t capos_file_write(uint32_t file, uint64_t offset, const void *buf, size_t len)
{
    struct thing *t = get(file, false);
    if (!t)
        return -EBADF;
    if (read_only)
        return -EROFS;
    size_t n = len < CAPOS_WRITE_MAX ? len : CAPOS_WRITE_MAX;
    if (ids[file].append)
        offset = t->size;
    if (n && offset + n > t->size)
        capos_file_truncate(file, offset + n);
    if (n)
        memcpy(t->data + offset, buf, n);
    return (int64_t)n;
}

int capos_file_stat(uint32_t file, struct capos_file_stat *st)
{
    struct thing *t = get(file, false);
    if (!t)
        return -EBADF;
    *st = (struct capos_file_stat){t->size, t->created, t->created};
    return 0;
}

int capos_file_sync(uint32_t file)
{
    return get(file, false) ? 0 : -EBADF;
}

int64_t capos_dir_list(uint32_t dir, void *buf, size_t bytes)
{
    struct capnp_builder b;
    struct capnp_bstruct root, e;
    struct capnp_blist list;
    struct thing *d = get(dir, true);
    uint32_t n = 0;
    if (!d)
        return -EBADF;
    for (int i = 0; i < ENTRIES; i++)
        n += d->entries[i].thing != NULL;
    capnp_build_init(&b, buf, bytes);
    capnp_build_root(&b, CAPOS_R_DIRECTORY_LIST_WORDS, CAPOS_R_DIRECTORY_LIST_PTRS, &root);
    capnp_set_struct_list(&root, CAPOS_R_DIRECTORY_LIST_ENTRIES_PTR, n, CAPOS_S_DIR_ENTRY_WORDS,
                          CAPOS_S_DIR_ENTRY_PTRS, &list);
    n = 0;
    for (int i = 0; i < ENTRIES && b.err == 0; i++)
        if (d->entries[i].thing && capnp_blist_struct(&list, n++, &e) == 0) {
            capnp_set_text(&e, CAPOS_S_DIR_ENTRY_NAME_PTR, d->entries[i].name, strlen(d->entries[i].name));
            capnp_set_bool(&e, CAPOS_S_DIR_ENTRY_IS_DIR_BIT, d->entries[i].thing->dir);
        }
    int64_t len = capnp_build_finish(&b);
    return len < 0 ? -EMSGSIZE : len;
}

int capos_dir_entry_at(const void *buf, size_t bytes, uint32_t index, struct capos_dir_entry *entry)
{
    struct capnp_msg msg;
    struct capnp_struct root, s;
    struct capnp_list list;
    if (capnp_msg_open(&msg, buf, bytes) < 0 || capnp_root(&msg, &root) < 0 ||
        capnp_get_list(&root, CAPOS_R_DIRECTORY_LIST_ENTRIES_PTR, &list) < 0)
        return -EPROTO;
    if (index >= list.count)
        return -ENOENT;
    capnp_list_struct(&list, index, &s);
    capnp_get_text(&s, CAPOS_S_DIR_ENTRY_NAME_PTR, &entry->name, &entry->len);
    entry->is_dir = capnp_get_bool(&s, CAPOS_S_DIR_ENTRY_IS_DIR_BIT);
    return 0;
}

int capos_release(uint32_t cap)
{
    if (cap >= IDS || !ids[cap].thing)
        abort(); /* released twice, or never ours: a defect of the seam */
    ids[cap].thing = NULL;
    live--;
    return 0;
}

/* ---- address space ---- */

void fake_vm_fail(unsigned n)
{
    vm_fail = n;
}

unsigned fake_vm_calls(void)
{
    return vm_calls;
}

static int prot_of(uint32_t prot)
{
    return (prot & CAPOS_PROT_READ ? PROT_READ : 0) | (prot & CAPOS_PROT_WRITE ? PROT_WRITE : 0) |
           (prot & CAPOS_PROT_EXEC ? PROT_EXEC : 0);
}

static int place(uint64_t hint, uint64_t size, int prot, uint64_t *addr)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (hint ? MAP_FIXED_NOREPLACE : 0);
    void *p = mmap((void *)(uintptr_t)hint, size, prot, flags, -1, 0);
    if (p == MAP_FAILED)
        return errno == EEXIST ? -EEXIST : -ENOMEM;
    *addr = (uint64_t)(uintptr_t)p;
    return 0;
}

static bool vm_out(void)
{
    vm_calls++;
    return vm_fail && vm_fail--;
}

int capos_vm_map(uint32_t vm, uint64_t hint, uint64_t size, uint32_t prot, uint64_t *addr)
{
    (void)vm;
    return vm_out() ? -ENOMEM : place(hint, size, prot_of(prot), addr);
}

int capos_vm_reserve(uint32_t vm, uint64_t hint, uint64_t size, uint64_t *addr)
{
    (void)vm;
    vm_calls++;
    return place(hint, size, PROT_NONE, addr);
}

int capos_vm_unmap(uint32_t vm, uint64_t addr, uint64_t size)
{
    (void)vm;
    vm_calls++;
    return munmap((void *)(uintptr_t)addr, size) ? -EINVAL : 0;
}

int capos_vm_protect(uint32_t vm, uint64_t addr, uint64_t size, uint32_t prot)
{
    (void)vm;
    vm_calls++;
    return mprotect((void *)(uintptr_t)addr, size, prot_of(prot)) ? -EINVAL : 0;
}

int capos_vm_commit(uint32_t vm, uint64_t addr, uint64_t size, uint32_t prot)
{
    (void)vm;
    return vm_out() ? -ENOMEM : mprotect((void *)(uintptr_t)addr, size, prot_of(prot)) ? -EINVAL : 0;
}

int capos_vm_decommit(uint32_t vm, uint64_t addr, uint64_t size)
{
    (void)vm;
    vm_calls++;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    return mmap((void *)(uintptr_t)addr, size, PROT_NONE, flags, -1, 0) == MAP_FAILED ? -EINVAL : 0;
}

/* ---- what the tests do not reach: there is no such capability ---- */

int capos_timer_read(uint32_t t, uint64_t *ns, uint64_t *tick)
{
    (void)t;
    *ns = ++stamp;
    *tick = 0;
    return 0;
}

int capos_timer_sleep(uint32_t t, uint64_t ns)
{
    (void)t, (void)ns;
    return 0;
}

int capos_wall_clock_now(uint32_t c, struct capos_wall_time *t)
{
    (void)c, (void)t;
    return -ENOSYS;
}

int capos_entropy_fill(uint32_t s, void *buf, size_t len)
{
    (void)s;
    memset(buf, 0x5a, len);
    return 0;
}

int capos_system_hostname(uint32_t i, char *buf, size_t n)
{
    (void)i, (void)buf, (void)n;
    return -ENOSYS;
}

int capos_console_write(uint32_t c, const void *p, size_t n)
{
    (void)c, (void)p, (void)n;
    return -ENOSYS;
}

int capos_terminal_write(uint32_t c, const void *p, size_t n)
{
    return capos_console_write(c, p, n);
}

int capos_stdio_write(uint32_t c, unsigned stream, const char *p, size_t n)
{
    (void)stream;
    return capos_console_write(c, p, n);
}

int64_t capos_stdio_read(uint32_t c, unsigned mode, void *buf, uint32_t max, unsigned *status)
{
    (void)c, (void)mode, (void)buf, (void)max, (void)status;
    return -ENOSYS;
}

int64_t capos_terminal_read_line(uint32_t c, const char *prompt, bool hidden, void *buf, uint32_t max,
                                 unsigned *status)
{
    (void)prompt, (void)hidden;
    return capos_stdio_read(c, 0, buf, max, status);
}

int64_t capos_pipe_read(uint32_t p, void *buf, size_t len)
{
    (void)p, (void)buf, (void)len;
    return -ENOSYS;
}

int64_t capos_pipe_write(uint32_t p, const void *buf, size_t len)
{
    (void)p, (void)buf, (void)len;
    return -ENOSYS;
}

int capos_pipe_read_begin(struct capos_async *a, uint32_t p, void *buf, size_t bytes)
{
    (void)a, (void)p, (void)buf, (void)bytes;
    return -ENOSYS;
}

int64_t capos_pipe_read_end(const struct capos_async *a, const uint8_t **p)
{
    (void)a, (void)p;
    return -ENOSYS;
}

int capos_pipe_write_begin(struct capos_async *a, uint32_t p, const void *buf, size_t len, void *mem,
                           size_t bytes)
{
    (void)a, (void)p, (void)buf, (void)len, (void)mem, (void)bytes;
    return -ENOSYS;
}

int64_t capos_pipe_write_end(const struct capos_async *a)
{
    (void)a;
    return -ENOSYS;
}

int capos_terminal_read_line_begin(struct capos_async *a, uint32_t t, uint32_t max, void *buf, size_t bytes)
{
    (void)a, (void)t, (void)max, (void)buf, (void)bytes;
    return -ENOSYS;
}

int64_t capos_terminal_read_line_end(const struct capos_async *a, const uint8_t **line, unsigned *status)
{
    (void)a, (void)line, (void)status;
    return -ENOSYS;
}

int capos_pipe_create(uint32_t s, uint32_t bytes, uint32_t *r, uint32_t *w)
{
    (void)s, (void)bytes, (void)r, (void)w;
    return -ENOSYS;
}

int capos_thread_fs_base(uint32_t c, uint64_t *base)
{
    (void)c, (void)base;
    return -ENOSYS;
}

int capos_thread_set_fs_base(uint32_t c, uint64_t base)
{
    (void)c, (void)base;
    return -ENOSYS;
}

uint64_t capos_pid(void)
{
    return 4711;
}

void capos_ring_poll(void) {}

uint32_t capos_ring_mark(void)
{
    return 0;
}

int capos_ring_enter_since(uint32_t mark, uint64_t timeout_ns)
{
    (void)mark;
    return capos_ring_enter(timeout_ns);
}

int capos_ring_enter(uint64_t timeout_ns)
{
    (void)timeout_ns;
    return -ETIMEDOUT;
}

void capos_ring_wait(struct capos_pending *op)
{
    op->done = true;
}

/* What a test grants by name: one MemoryObject called `descriptors`, of two pages. */
static bool shared_granted;
static uint64_t shared_page[1024];

void fake_share(bool on)
{
    shared_granted = on;
    memset(shared_page, 0, sizeof shared_page);
}

int capos_grant_by_name(const char *name, uint64_t interface_id, uint32_t *cap)
{
    (void)interface_id;
    *cap = 1;
    return shared_granted && strcmp(name, "descriptors") == 0 ? 0 : -ENOENT;
}

int capos_grant_by_interface(uint64_t interface_id, uint32_t *cap)
{
    (void)interface_id, (void)cap;
    return -ENOENT;
}

const struct capos_capset_entry *capos_grant_at(uint32_t index)
{
    (void)index;
    return NULL;
}

int capos_memory_map(uint32_t object, uint64_t hint, uint64_t offset, uint64_t size, uint32_t prot,
                     uint64_t *addr)
{
    (void)object, (void)hint, (void)offset, (void)size, (void)prot;
    *addr = (uint64_t)(uintptr_t)shared_page;
    return 0;
}

int capos_frames_alloc(uint32_t allocator, uint32_t pages, uint32_t *object)
{
    (void)allocator, (void)pages, (void)object;
    return -ENOSYS;
}

int capos_spawn(uint32_t spawner, const char *name, const char *binary, const struct capos_grant *grants,
                size_t n, uint32_t *handle, uint32_t *manager)
{
    (void)spawner, (void)name, (void)binary, (void)grants, (void)n, (void)handle, (void)manager;
    return -ENOSYS;
}

int capos_file_spawn(uint32_t spawner, const char *name, uint32_t file, const struct capos_grant *grants,
                     size_t n, uint32_t *handle, uint32_t *manager)
{
    (void)file;
    return capos_spawn(spawner, name, "", grants, n, handle, manager);
}

int capos_process_wait_begin(struct capos_async *a, uint32_t handle, void *buf, size_t bytes)
{
    (void)a, (void)handle, (void)buf, (void)bytes;
    return -ENOSYS;
}

int capos_process_wait_end(const struct capos_async *a, int64_t *exit_code)
{
    (void)a, (void)exit_code;
    return -ENOSYS;
}

int capos_process_terminate(uint32_t handle)
{
    (void)handle;
    return -ENOSYS;
}
