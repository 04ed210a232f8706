/* SPDX-License-Identifier: MIT */
/*
 * A process: address space, capability table, ring, threads, limits and counters.
 * Invariant: everything a process holds is reachable from here, and process_end gives all of it back; the
 * frame counter proves it.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include "abi/capset.h"
#include "abi/exitcode.h"
#include "abi/layout.h"
#include "abi/ring.h"
#include "kernel/cap.h"
#include "kernel/job.h"

struct vm;       /* vm.c: reserved and committed ranges */
struct captable; /* captable.c */

enum process_why { WHY_EXITED, WHY_FAULT, WHY_KILLED, WHY_STACK, WHY_RING, WHY_EXEC };

/* Exit codes the kernel gives to a process that did not exit by itself: abi/exitcode.h. */
#define PROCESS_CODE_FAULT(vector) EXITCODE_FAULT(vector) /* a stack overflow is vector 14 */
#define PROCESS_CODE_KILLED        EXITCODE_KILLED

struct process {
    uint32_t pid, parent;
    struct job *job; /* referenced while the struct lives */
    uint32_t depth;  /* how many processes stand above it: who started whom */
    char name[64];
    struct aspace *aspace;
    struct vm *vm;
    struct captable *caps;
    paddr_t ring_frame;
    uint8_t *ring;             /* the ring page as the kernel sees it */
    uint32_t sq_head, cq_tail; /* the kernel's own indices: the page's copies are only published */
    bool taking;               /* an entry is being served: one place in the CQ is its own */
    struct thread *threads;
    uint32_t nthreads;
    struct call *outstanding; /* pending calls, and done ones waiting for room in the CQ */
    uint32_t noutstanding, ndone;
    struct call *spare;    /* the call object the next CALL will use, or NULL: made then */
    struct call *running;  /* the call being invoked now, or NULL */
    uint32_t nsleepers;    /* Timer.sleep calls pending */
    uint32_t frame_grants; /* FrameAllocator pages held */
    uint64_t frames, peak_frames, frame_limit; /* user frames charged to it */
    uint64_t calls;
    uint32_t refused; /* calls refused for want of authority */
    int64_t exit_code;
    enum process_why why;
    uint64_t started_ns;
    uint64_t interrupted_ns; /* tty.c: the last ^C that it, or somebody below it, was told of */
    bool ended, out_of_frames;
    uint32_t refs;            /* one while it runs, one per handle */
    struct call_list waiters; /* ProcessHandle.wait */
    struct process *next;     /* all processes */
};

/* One capability of a new process. */
struct process_grant {
    const char *name; /* 1..32 bytes */
    struct cap_object
        *object; /* the table takes a reference of its own, or NULL: made from `source` for the new process */
    unsigned source; /* CAPOS_SRC_* or SRC_* of cap_sources.h */
};

struct process_spec {
    const char *name;
    uint32_t parent;
    const uint8_t *elf;
    size_t elf_len;
    bool lasting; /* the ELF bytes stay and never change: read-only pages may be shared between processes */
    const struct process_grant *grants;
    size_t ngrants;
};

/* Makes a process from an ELF image: address space, segments, TLS, stack, ring and CapSet pages, table with
   the grants, first thread. Not runnable yet: process_start. 0, or a negative errno with *why set to a static
   text. Nothing is left behind on failure. */
int process_create(const struct process_spec *spec, struct process **out, const char **why);
void process_start(struct process *p);   /* writes the `spawn` line, makes the first thread runnable */
void process_discard(struct process *p); /* undoes process_create instead of process_start */
void process_end(struct process *p, int64_t code,
                 enum process_why why); /* any thread; if current belongs to p, never returns */
void process_ref(struct process *p);
void process_unref(struct process *p);
struct process *process_find(uint32_t pid);
uint32_t process_count(void);
uint32_t process_children(uint32_t pid);             /* how many of them live */
struct process *process_of_job(const struct job *j); /* one that lives, or NULL */
void process_end_all(void);                          /* every process but the current thread's is killed */
void process_on_end(
    void (*f)(struct process *p)); /* called when a process has given everything back but its threads */
const char *process_why_name(enum process_why why);

/* process_refused: counts a call that authority was missing for, and says so on the serial line while there
 * are not many: the capability's name in the table (or "-"), interface and method (or NULL), and one word
 * why. */
void process_refused(struct process *p, const char *cap, const char *interface, const char *method,
                     const char *why);

/* Charges or gives back user frames of p: false when its limit is reached. */
bool process_charge(struct process *p, uint64_t frames);
void process_uncharge(struct process *p, uint64_t frames);

/* User memory, through the page tables, committing lazily; -EFAULT if a page is not accessible that way.
 * Never touches user mappings directly. */
int user_read(struct process *p, void *dst, uint64_t src, size_t n);
int user_write(struct process *p, uint64_t dst, const void *src, size_t n);
/* Where the kernel sees the user page at va, a page's address, brought in if its range allows the access;
 * NULL. */
uint8_t *user_page(struct process *p, uint64_t va, unsigned access);
int user_check(struct process *p, uint64_t addr, size_t n,
               unsigned prot); /* by range only: commits nothing */

/* captable.c */
/* An empty table that will know `names` grants by name, at most CAPOS_CAPSET_MAX_ENTRIES. 0, -ENOMEM: to be
 * destroyed all the same. */
int captable_create(struct process *p, uint32_t names);
void captable_destroy(struct process *p); /* removes every capability first */
int captable_insert(struct process *p, struct cap_object *o, const char *name,
                    uint32_t *cap_id); /* references o; -EMFILE */
/* captable_grant: the same for a granted name that the table does not know yet, `len` bytes long. */
int captable_grant(struct process *p, struct cap_object *o, const char *name, size_t len, uint32_t *cap_id);
struct cap_object *captable_lookup(struct process *p, uint32_t cap_id,
                                   const char **name); /* NULL: stale or unknown; no reference taken */
int captable_remove(struct process *p, uint32_t cap_id,
                    struct cap_object **out); /* out gets the reference; NULL out: dropped; -ENOENT */
uint32_t captable_free_slots(const struct process *p);
/* Slots that hold a capability; retired ones do not. */
uint32_t captable_held_slots(const struct process *p);
void captable_each(struct process *p,
                   void (*f)(void *ctx, uint32_t cap_id, const char *name, struct cap_object *o), void *ctx);
void captable_count_call(
    struct process *p, const char *name); /* one call more on the granted name (as captable_lookup gave it) */
/* A slot being moved: lookups fail until it is committed by captable_remove or put back. -ENOENT. */
int captable_lock(struct process *p, uint32_t cap_id);
void captable_unlock(struct process *p, uint32_t cap_id);
/* A granted name, zero behind its end; what it stood for at first; calls made on it and on what came of it.
 */
struct captable_grant {
    char name[(CAPOS_CAPSET_NAME_MAX + 8) & ~7u];
    const char *cls, *mode; /* mode: NULL or the word of its class */
    uint64_t calls;
};
/* Granted names in order. */
const struct captable_grant *captable_grants(const struct process *p, uint32_t *n);

/* ring.c */
void ring_init(struct process *p); /* writes the header of the zeroed ring page */
uint64_t ring_enter(struct process *p, struct thread *t, uint32_t min_complete, uint64_t timeout_ns);
void ring_post(struct process *p, uint64_t user_data, int32_t result, uint16_t flags,
               uint16_t caps);         /* needs room: see ring_room */
uint32_t ring_room(struct process *p); /* free CQ entries; a corrupted cq_head is repaired */
void ring_wake(struct process *p);     /* after completions: wakes whoever waits for them */

/* call.c */
int call_init(void); /* scratch buffers; once, at start */
void call_dispatch(struct process *p, struct thread *t, const struct capos_sqe *s); /* a checked CALL */
void call_flush(struct process *p);      /* posts done calls while the CQ has room */
void call_cancel_all(struct process *p); /* the process is dying */

/* vm.c: used by cap_vm.c and cap_memory.c */
int vm_create(struct process *p);
void vm_destroy(struct process *p); /* forgets every range; their frames go with the address space */
/* vm_fixed: a range of the process's own layout, outside what vm_unmap … may touch. Lazily zero-filled unless
 * frames are mapped into it. */
int vm_fixed(struct process *p, uint64_t addr, uint64_t size, unsigned prot);
/* vm_fixed_page: maps a frame (its reference passes on) into a fixed range, charged. */
int vm_fixed_page(struct process *p, uint64_t va, paddr_t pa, unsigned prot);
/* vm_fixed_shared: n frames in a row, each with a reference of its own. */
int vm_fixed_shared(struct process *p, uint64_t va, const paddr_t *frames, uint32_t n, unsigned prot);
bool vm_fault(struct process *p, uint64_t va, unsigned access);
int vm_check(struct process *p, uint64_t addr, uint64_t size, unsigned prot);
int vm_map(struct process *p, uint64_t hint, uint64_t size, unsigned prot,
           uint64_t *addr); /* lazily zero-filled, counted as reserved */
int vm_reserve(struct process *p, uint64_t hint, uint64_t size, uint64_t *addr);
int vm_commit(struct process *p, uint64_t addr, uint64_t size, unsigned prot);
int vm_decommit(struct process *p, uint64_t addr, uint64_t size);
int vm_protect(struct process *p, uint64_t addr, uint64_t size, unsigned prot);
int vm_unmap(struct process *p, uint64_t addr, uint64_t size);
/* Maps the given frames (referenced by each mapping) at a free place or at hint. owner is referenced while
 * mapped. */
int vm_map_frames(struct process *p, uint64_t hint, const paddr_t *frames, uint32_t n, unsigned prot,
                  struct cap_object *owner, uint64_t *addr);
int vm_unmap_frames(struct process *p, uint64_t addr, uint64_t size, struct cap_object *owner);
int vm_protect_frames(struct process *p, uint64_t addr, uint64_t size, unsigned prot,
                      struct cap_object *owner);

#endif
