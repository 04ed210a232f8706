/* SPDX-License-Identifier: MIT */
/*
 * A process: address space, capability table, ring, threads, limits and counters.
 * Invariant: everything a process holds is reachable from here, and process_end gives all of it back; the frame counter proves it.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include "abi/layout.h"
#include "abi/ring.h"
#include "kernel/cap.h"

struct vm;      /* vm.c: reserved and committed ranges */
struct captable; /* captable.c */

enum process_why { WHY_EXITED, WHY_FAULT, WHY_KILLED, WHY_STACK, WHY_RING, WHY_EXEC };

struct process {
    uint32_t pid, parent;
    char name[64];
    struct aspace *aspace;
    struct vm *vm;
    struct captable *caps;
    paddr_t ring_frame;
    struct thread *threads;
    uint32_t nthreads;
    struct call *outstanding;
    uint32_t noutstanding;
    uint8_t *scratch;            /* params copy and results: see ring.c */
    uint64_t frames, peak_frames, frame_limit; /* user frames and tables charged to it */
    uint64_t calls;
    int64_t exit_code;
    enum process_why why;
    bool ended;
    uint32_t refs;               /* one while it runs, one per handle */
    struct call_list waiters;    /* ProcessHandle.wait */
    struct process *next;        /* all processes */
};

struct process_grant {
    const char *name;
    struct cap_object *object;   /* referenced by the table on success; the caller keeps its own reference */
};

/* Makes a process from an ELF image: address space, segments, TLS, stack, ring and CapSet pages, table with the grants, first thread (started).
   0, or a negative errno with *why set to a static text (ENOEXEC + reason for a bad ELF). Nothing is left behind on failure. grants' objects that are
   bound to a process (VirtualMemory …) are made by cap_sources.c through `bound` sources after the struct exists: pass object NULL and a source. */
struct process_spec {
    const char *name;
    uint32_t parent;
    const uint8_t *elf;
    size_t elf_len;
    const struct process_source_grant *grants;
    size_t ngrants;
};
struct process_source_grant {
    const char *name;
    struct cap_object *object;    /* given, or NULL: made from `source` for the new process */
    unsigned source;              /* CAPOS_SRC_* */
};
int process_create(const struct process_spec *spec, struct process **out, const char **why);
void process_end(struct process *p, int64_t code, enum process_why why); /* any thread; if current belongs to p, never returns */
void process_ref(struct process *p);
void process_unref(struct process *p);
struct process *process_find(uint32_t pid);

/* User memory, through the page tables, committing lazily; -EFAULT if a page is not accessible that way. Never touches user mappings directly. */
int user_read(struct process *p, void *dst, uint64_t src, size_t n);
int user_write(struct process *p, uint64_t dst, const void *src, size_t n);
int user_check(struct process *p, uint64_t addr, size_t n, unsigned prot);

/* captable.c */
int captable_insert(struct process *p, struct cap_object *o, const char *name, uint32_t *cap_id); /* references o; -EMFILE */
struct cap_object *captable_lookup(struct process *p, uint32_t cap_id, const char **name);        /* NULL: stale or unknown; no reference taken */
int captable_remove(struct process *p, uint32_t cap_id, struct cap_object **out);                  /* out gets the reference; NULL out: dropped */
uint32_t captable_free_slots(const struct process *p);
void captable_each(struct process *p, void (*f)(void *ctx, uint32_t cap_id, const char *name, struct cap_object *o), void *ctx);

/* vm.c: used by cap_vm.c and cap_memory.c */
int vm_map(struct process *p, uint64_t hint, uint64_t size, unsigned prot, uint64_t *addr);      /* lazily zero-filled, counted as committed */
int vm_reserve(struct process *p, uint64_t hint, uint64_t size, uint64_t *addr);
int vm_commit(struct process *p, uint64_t addr, uint64_t size, unsigned prot);
int vm_decommit(struct process *p, uint64_t addr, uint64_t size);
int vm_protect(struct process *p, uint64_t addr, uint64_t size, unsigned prot);
int vm_unmap(struct process *p, uint64_t addr, uint64_t size);
/* Maps the given frames (referenced by each mapping) at a free place or at hint. */
int vm_map_frames(struct process *p, uint64_t hint, const paddr_t *frames, uint32_t n, unsigned prot, struct cap_object *owner, uint64_t *addr);
int vm_unmap_frames(struct process *p, uint64_t addr, uint64_t size, struct cap_object *owner);
int vm_protect_frames(struct process *p, uint64_t addr, uint64_t size, unsigned prot, struct cap_object *owner);

#endif
