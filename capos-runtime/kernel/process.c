/* SPDX-License-Identifier: MIT */
/*
 * Processes from the cradle to the grave: made from an ELF image and a list of grants, ended for whatever
 * reason. Invariant: a process under construction is undone by the same path that ends one; after process_end
 * nothing of it is left but the struct, as long as a handle refers to it.
 */
#include "abi/errno.h"
#include "abi/fields.h"
#include "kernel/cap_sources.h"
#include "kernel/clock.h"
#include "kernel/elf.h"
#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/scratch.h"
#include "kernel/string.h"
#include "kernel/textcache.h"

static struct process *all;
static uint32_t last_pid;
static void (*end_hook)(struct process *p);

void process_on_end(void (*f)(struct process *p))
{
    end_hook = f;
}

void process_ref(struct process *p)
{
    p->refs++;
}

void process_unref(struct process *p)
{
    KASSERT(p->refs > 0);
    if (--p->refs > 0)
        return;
    job_unref(p->job);
    heap_free(p);
}

struct process *process_find(uint32_t pid)
{
    for (struct process *p = all; p != NULL; p = p->next)
        if (p->pid == pid)
            return p;
    return NULL;
}

uint32_t process_count(void)
{
    uint32_t n = 0;
    for (struct process *p = all; p != NULL; p = p->next)
        n++;
    return n;
}

uint32_t process_children(uint32_t pid)
{
    uint32_t n = 0;
    for (struct process *p = all; p != NULL; p = p->next)
        n += p->parent == pid;
    return n;
}

struct process *process_of_job(const struct job *j)
{
    struct process *p = all;
    while (p != NULL && p->job != j)
        p = p->next;
    return p;
}

const char *process_why_name(enum process_why why)
{
    static const char *const names[] = {"exited", "fault", "killed", "stack", "ring", "exec"};
    return names[why];
}

bool process_charge(struct process *p, uint64_t frames)
{
    if (frames > p->frame_limit - p->frames || !job_charge(p, frames))
        return false;
    p->frames += frames;
    if (p->frames > p->peak_frames)
        p->peak_frames = p->frames;
    return true;
}

void process_uncharge(struct process *p, uint64_t frames)
{
    KASSERT(frames <= p->frames);
    p->frames -= frames;
    job_uncharge(p, frames);
}

/* ---- making ---- */

/* segment_map_kept: a read-only segment of bytes that never change: the frames that earlier processes had. */
static int segment_map_kept(struct process *p, const struct elf_segment *s, uint64_t first)
{
    uint32_t n;
    const paddr_t *frames = textcache_get(s, &n);
    return frames != NULL ? vm_fixed_shared(p, first, frames, n, s->prot) : -ENOMEM;
}

/* segment_load: the pages of a segment that have file bytes; what follows is zero and comes on first touch.
 */
static int segment_load(struct process *p, const struct elf_segment *s, bool lasting)
{
    uint64_t first = s->vaddr & ~(uint64_t)(PAGE_SIZE - 1), end = s->vaddr + s->memsz;
    uint64_t file_end = s->vaddr + s->filesz;
    int r = vm_fixed(p, first, end - first, s->prot);
    if (r == 0 && lasting && s->filesz > 0 && (s->prot & PROT_W) == 0)
        return segment_map_kept(p, s, first);
    for (uint64_t va = first; r == 0 && s->filesz > 0 && va < file_end; va += PAGE_SIZE) {
        paddr_t pa = frame_alloc();
        if (pa == 0)
            return -ENOMEM;
        uint64_t from = va > s->vaddr ? va : s->vaddr,
                 to = va + PAGE_SIZE < file_end ? va + PAGE_SIZE : file_end;
        memcpy((uint8_t *)frame_ptr(pa) + (from - va), s->data + (from - s->vaddr), to - from);
        r = vm_fixed_page(p, va, pa, s->prot);
    }
    return r;
}

/* tls_load: the first thread's block. *fs_base stays 0 when the program has none. */
static int tls_load(struct process *p, const struct elf_image *e, uint64_t *fs_base, const char **why)
{
    uint64_t start, tp;
    *fs_base = 0;
    if (e->tls_memsz == 0)
        return 0;
    int r = elf_tls_layout(e, &start, &tp, why);
    if (r != 0)
        return r;
    r = vm_fixed(p, CAPOS_TLS_BASE, CAPOS_TLS_LIMIT - CAPOS_TLS_BASE, PROT_R | PROT_W);
    if (r == 0)
        r = user_write(p, start, e->tls_data, e->tls_filesz);
    if (r == 0)
        r = user_write(p, tp, &tp, sizeof(tp));
    *fs_base = tp;
    return r == -EFAULT ? -ENOMEM : r;
}

/* page_install: a zeroed frame at a fixed address; *kernel is where the kernel sees it. */
static int page_install(struct process *p, uint64_t va, unsigned prot, paddr_t *pa)
{
    int r = vm_fixed(p, va, PAGE_SIZE, prot);
    *pa = r == 0 ? frame_alloc() : 0;
    if (r == 0 && *pa == 0)
        r = -ENOMEM;
    return r != 0 ? r : vm_fixed_page(p, va, *pa, prot);
}

/* grants_check: the names; lens gets their lengths. */
static int grants_check(const struct process_spec *spec, uint8_t *lens, const char **why)
{
    if (spec->ngrants > CAPOS_CAPSET_MAX_ENTRIES) {
        *why = "too many grants";
        return -E2BIG;
    }
    for (size_t i = 0; i < spec->ngrants; i++) {
        const char *name = spec->grants[i].name;
        size_t len = strlen(name);
        if (len == 0 || len > CAPOS_CAPSET_NAME_MAX) {
            *why = "grant name empty or too long";
            return -EINVAL;
        }
        lens[i] = (uint8_t)len;
        for (size_t j = 0; j < i; j++)
            if (lens[j] == len && memcmp(spec->grants[j].name, name, len) == 0) {
                *why = "grant name given twice";
                return -EINVAL;
            }
    }
    return 0;
}

/* grants_install: fills table and CapSet page, in the order of the grants. */
static int grants_install(struct process *p, const struct process_spec *spec, const uint8_t *lens,
                          uint8_t *page, const char **why)
{
    struct capos_capset_header *h = (struct capos_capset_header *)(void *)page;
    struct capos_capset_entry *entries = (struct capos_capset_entry *)(void *)(h + 1);
    h->magic = CAPOS_CAPSET_MAGIC;
    h->version = CAPOS_CAPSET_VERSION;
    h->count = (uint32_t)spec->ngrants;
    for (size_t i = 0; i < spec->ngrants; i++) {
        const struct process_grant *g = &spec->grants[i];
        struct cap_object *o = g->object;
        int r = 0;
        if (o == NULL)
            o = source_make(g->source, p, &r, why);
        if (o == NULL)
            return r;
        struct capos_capset_entry *e = &entries[i];
        r = captable_grant(p, o, g->name, lens[i], &e->cap_id);
        e->interface_id = o->cls->interface_id;
        e->name_len = lens[i];
        memcpy(e->name, g->name, e->name_len);
        if (g->object == NULL)
            cap_unref(o);
        if (r != 0)
            return r;
    }
    return 0;
}

static int thread_first(struct process *p, uint64_t entry, uint64_t fs_base)
{
    struct thread *t = thread_create(p, p->aspace, entry, CAPOS_STACK_TOP - 8, CAPOS_RING_VADDR, p->pid,
                                     CAPOS_CAPSET_VADDR, fs_base);
    if (t == NULL)
        return -ENOMEM;
    t->tid = 1;
    t->next_in_process = NULL;
    p->threads = t;
    p->nthreads = 1;
    return 0;
}

/* process_fill: everything between the empty struct and the thread that could run. */
static int process_fill(struct process *p, const struct process_spec *spec, const uint8_t *lens,
                        const struct elf_image *elf, const char **why)
{
    uint64_t fs_base = 0;
    paddr_t capset = 0;
    p->aspace = aspace_create();
    if (p->aspace == NULL)
        return -ENOMEM;
    int r = vm_create(p);
    if (r == 0)
        r = captable_create(p, (uint32_t)spec->ngrants);
    for (unsigned i = 0; r == 0 && i < elf->nsegments; i++)
        r = segment_load(p, &elf->segments[i], spec->lasting);
    if (r == 0)
        r = vm_fixed(p, CAPOS_STACK_BASE, CAPOS_STACK_PAGES * PAGE_SIZE, PROT_R | PROT_W);
    if (r == 0)
        r = tls_load(p, elf, &fs_base, why);
    if (r == 0)
        r = page_install(p, CAPOS_RING_VADDR, PROT_R | PROT_W, &p->ring_frame);
    if (r == 0)
        r = page_install(p, CAPOS_CAPSET_VADDR, PROT_R, &capset);
    if (r != 0)
        return r;
    p->ring = frame_ptr(p->ring_frame);
    ring_init(p);
    r = grants_install(p, spec, lens, frame_ptr(capset), why);
    return r != 0 ? r : thread_first(p, elf->entry, fs_base);
}

/* process_release: gives back everything but the struct. */
static void process_release(struct process *p)
{
    call_cancel_all(p);
    if (p->running != NULL) { /* the call that ended its own process */
        struct call *c = p->running;
        p->running = NULL;
        for (uint16_t i = 0; i < c->ntransfers; i++)
            if (c->transfer[i] != NULL)
                cap_unref(c->transfer[i]);
        cap_unref(c->object);
    }
    captable_destroy(p);
    vm_destroy(p);
    p->ring = NULL;
    if (p->aspace != NULL)
        aspace_destroy(p->aspace);
    p->aspace = NULL;
    heap_free(p->spare);
    p->spare = NULL;
}

int process_create(const struct process_spec *spec, struct process **out, const char **why)
{
    struct elf_image elf;
    uint8_t lens[CAPOS_CAPSET_MAX_ENTRIES];
    *why = "no memory";
    int r = grants_check(spec, lens, why);
    if (r == 0)
        r = elf_parse(spec->elf, spec->elf_len, &elf, why);
    if (r != 0)
        return report_refused(spec, r);
    struct process *p = heap_alloc(sizeof(*p));
    if (p == NULL)
        return -ENOMEM;
    p->refs = 1;
    const struct process *parent = process_find(spec->parent);
    r = job_join(p, parent, why);
    if (r != 0) {
        process_unref(p);
        return r;
    }
    p->frame_limit = p->job->frame_limit;
    p->pid = ++last_pid;
    p->parent = spec->parent;
    p->depth = parent != NULL ? parent->depth + 1 : 0;
    p->started_ns = clock_ns();
    report_name(p->name, sizeof(p->name), spec->name);
    call_list_init(&p->waiters);
    r = process_fill(p, spec, lens, &elf, why);
    if (r != 0) {
        process_release(p);
        job_leave(p);
        process_unref(p);
        return r;
    }
    p->next = all;
    all = p;
    *out = p;
    return 0;
}

static void unlink_from_all(struct process *p)
{
    for (struct process **at = &all; *at != NULL; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            return;
        }
}

void process_start(struct process *p)
{
    report_start(p);
    thread_start(p->threads);
}

/* ---- ending ---- */

static void threads_end(struct process *p, struct thread *current)
{
    struct thread *t = p->threads;
    p->threads = NULL;
    p->nthreads = 0;
    while (t != NULL) {
        struct thread *next = t->next_in_process;
        if (t != current)
            thread_destroy(t);
        t = next;
    }
}

static void waiters_tell(struct process *p)
{
    while (p->waiters.first != NULL) {
        struct call *c = p->waiters.first;
        struct capnp_bstruct root;
        call_list_remove(&p->waiters, c);
        call_resume(c);
        call_results(c, CAPOS_R_PROCESS_HANDLE_WAIT_WORDS, CAPOS_R_PROCESS_HANDLE_WAIT_PTRS, &root);
        capnp_set_u64(&root, CAPOS_R_PROCESS_HANDLE_WAIT_EXIT_CODE, (uint64_t)p->exit_code);
        call_complete(c);
    }
}

void process_discard(struct process *p)
{
    unlink_from_all(p);
    p->ended = true;
    threads_end(p, NULL);
    process_release(p);
    job_leave(p);
    process_unref(p);
}

void process_end(struct process *p, int64_t code, enum process_why why)
{
    struct thread *current = thread_current();
    bool self = current != NULL && current->process == p;
    if (p->ended)
        return;
    p->ended = true;
    p->exit_code = code;
    p->why = why;
    report_end(p);
    unlink_from_all(p);
    threads_end(p, current);
    process_release(p);
    job_leave(p);
    waiters_tell(p);
    if (end_hook != NULL)
        end_hook(p);
    process_unref(p);
    if (self) {
        scratch_release(); /* of a call that ended its own process: it does not return */
        thread_destroy(current);
    }
}

void process_end_all(void)
{
    struct thread *current = thread_current();
    struct process *p = all;
    while (p != NULL) {
        if (current != NULL && current->process == p) {
            p = p->next;
            continue;
        }
        process_end(p, PROCESS_CODE_KILLED, WHY_KILLED);
        p = all; /* ending one may have changed the list */
    }
}

/* ---- traps ---- */

bool process_page_fault(struct process *p, uint64_t va, unsigned access)
{
    return vm_fault(p, va, access);
}

void process_fault(struct process *p, const struct fault_info *f)
{
    enum process_why why = WHY_FAULT;
    if (f->vector == 14 && f->cr2 >= CAPOS_IMAGE_LIMIT && f->cr2 < CAPOS_STACK_BASE)
        why = WHY_STACK;
    klog("fault pid=%u name=%s vector=%u error=0x%lx rip=0x%lx rsp=0x%lx cr2=0x%lx", p->pid, p->name,
         f->vector, f->error, f->rip, f->rsp, f->cr2);
    if (p->out_of_frames)
        klog("pid=%u has no frame left: %lu in use, limit %lu, free in all %lu", p->pid, p->frames,
             p->frame_limit, frame_free_count());
    process_end(p, PROCESS_CODE_FAULT(f->vector), why);
    panic("process %u goes on after its end", p->pid);
}

void process_poll_rings(void) {}
