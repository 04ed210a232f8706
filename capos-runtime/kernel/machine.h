/* SPDX-License-Identifier: MIT */
/*
 * What the machine part of the kernel (boot, paging, frames, traps, scheduler, devices) gives the object part
 * (processes, ring, capabilities), and the few calls that go the other way. The object part includes nothing
 * else of it, so that it also runs on a host over tests/unit/host_machine.c. Invariant: one CPU; kernel code
 * runs with interrupts off and is never preempted; only user code and idle are.
 */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096u
typedef uint64_t paddr_t; /* physical address of a frame; 0 is never one */

/* ---- frames (frame.c) ---- */
paddr_t frame_alloc(void);       /* one zeroed frame with one reference; 0 when none is left */
paddr_t frame_alloc_dirty(void); /* the same, but whatever was in it still is */
paddr_t
frame_alloc_contiguous(uint32_t n); /* n zeroed frames in a row, one reference each; 0 when there are none */
void frame_ref(paddr_t pa);         /* one more holder */
void frame_unref(paddr_t pa); /* one less; the last one frees it. Frames of the boot image are never freed */
void *frame_ptr(paddr_t pa);  /* where the kernel sees it */
uint64_t frame_free_count(void); /* frames free now, caches of the allocator included */
uint64_t frame_total_count(void);
/* Whether there is room for bytes kept on behalf of programs (files, pipes): the last part is for running on.
 */
static inline bool frames_spare(void)
{
    return frame_free_count() > frame_total_count() / 64;
}
/* Test hook: the n-th allocation from now fails, be it a frame, a run of frames, a heap block, a piece of
 * scratch, or a look for free capability slots; 0 = off. Counted are those for which frame_fail_for says yes
 * (NULL: all). */
extern uint64_t frame_fail_after;
extern bool (*frame_fail_for)(void);
/* Every allocator asks, by its name: true, and this one is to fail; the name is then kept. */
bool frame_fail(const char *allocator);
extern const char *frame_failed;

/* ---- kernel heap (heap.c): for kernel objects; zeroed; NULL when there is no memory ---- */
void *heap_alloc(size_t bytes);
void heap_free(void *p); /* NULL is fine; whole free pages go back to the frame allocator */

/* ---- address spaces (aspace.c): page tables only; which ranges may be used is vm.c's affair ---- */
#define PROT_R 1u
#define PROT_W 2u
#define PROT_X 4u
struct aspace;
struct aspace *aspace_create(void);
void aspace_destroy(struct aspace *as); /* with a reference to each frame that is still mapped */
int aspace_map(struct aspace *as, uint64_t va, paddr_t pa,
               unsigned prot);                        /* -ENOMEM, -EEXIST; W and X together -EINVAL */
paddr_t aspace_unmap(struct aspace *as, uint64_t va); /* the frame that was there, or 0 */
int aspace_protect(struct aspace *as, uint64_t va,
                   unsigned prot); /* -ENOENT; prot 0 keeps the frame, no access */
paddr_t aspace_lookup(struct aspace *as, uint64_t va,
                      unsigned *prot); /* frame of a mapped page (any prot), or 0 */
/* Calls f for each mapped page in [start, end), skipping empty tables quickly; f may unmap that page. */
void aspace_each(struct aspace *as, uint64_t start, uint64_t end,
                 void (*f)(void *ctx, uint64_t va, paddr_t pa), void *ctx);

/* ---- threads and scheduling (sched.c) ---- */
struct process;
struct thread {
    struct process *process;
    uint32_t tid; /* from 1 within its process */
    struct thread *next_in_process;
    void *machine; /* the machine part's own state: kernel stack, vector state, queue links */
    uint64_t fs_base;
    uint64_t wake_token; /* the object part's use while blocked */
};
/* A user thread that will start at rip with rdi, rsi, rdx as given and everything else zero; not runnable
 * yet. NULL: no memory. */
struct thread *thread_create(struct process *p, struct aspace *as, uint64_t rip, uint64_t rsp, uint64_t rdi,
                             uint64_t rsi, uint64_t rdx, uint64_t fs_base);
void thread_start(struct thread *t); /* makes it runnable for the first time */
/* Blocks the current thread until thread_wake or the deadline (monotonic ns; UINT64_MAX = none). Returns true
   if woken. May return because the thread is being killed: check thread_dying. Called from a system call
   only. */
bool thread_block(uint64_t deadline_ns);
void thread_wake(struct thread *t); /* makes it runnable; a wake before the block is remembered once */
bool thread_dying(const struct thread *t);
struct thread *thread_current(void); /* NULL in idle and at boot */
/* Ends t. If it is current, never returns (its stack is freed later by another); else it is taken off every
 * queue and freed. */
void thread_destroy(struct thread *t);
void thread_set_fs_base(struct thread *t, uint64_t fs_base);
void sched_yield(void);
void sched_run(void) __attribute__((noreturn)); /* gives the CPU to the scheduler for good; idles in hlt */
/* f(ctx) will run once on the idle stack, with no thread current and before any other thread: for the end of
   the last process, whose own kernel stack is in use until then. */
void sched_call_idle(void (*f)(void *ctx), void *ctx);

/* ---- time (clock.c) ---- */
uint64_t clock_ns(void);             /* monotonic since boot */
uint64_t clock_tick(void);           /* raw TSC */
int64_t clock_wall(uint32_t *nanos); /* UTC seconds since 1970 (CMOS RTC or boot parameter plus monotonic);
                                        INT64_MIN unknown */
struct ktimer {
    uint64_t deadline_ns;
    void (*fire)(struct ktimer *); /* called with interrupts off, from the timer interrupt or the idle loop */
    struct ktimer *next, **prev;   /* NULL when not armed */
};
void ktimer_arm(struct ktimer *t, uint64_t deadline_ns);
void ktimer_cancel(struct ktimer *t); /* fine if not armed */

/* ---- devices ---- */
int entropy_fill(void *buf, size_t n); /* virtio-rng or RDRAND/RDSEED; -ENODEV when the machine has none */
/* Virtio consoles by index: 0 bench channel, 1 program console. Write queues all n bytes and waits if the
   device is slow (without time running out for others: bounded), returns 0 or -ENODEV. Read takes what is
   there, 0 if nothing. */
int vconsole_write(unsigned index, const void *buf, size_t n);
size_t vconsole_read(unsigned index, void *buf, size_t n);
bool vconsole_present(unsigned index);
void vconsole_on_input(unsigned index, void (*f)(void *ctx),
                       void *ctx); /* f from interrupt context when bytes come in */
/*
 * The machine's disk (virtio_blk.c), in blocks of BLOCK_SIZE bytes. Requests are queued, done in any order,
 * and end in `done` from interrupt context, never inside block_submit. A flush covers the writes that had
 * ended before it was submitted.
 */
#define BLOCK_SIZE      512u
#define BLOCK_PAGES_MAX 32u
enum block_op { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH };
struct block_request {
    enum block_op op;
    uint32_t count; /* blocks; 0 for a flush */
    uint64_t lba;
    void *data; /* heap or frame memory in one piece, count blocks; the device's until done. Flush: NULL */
    void *const
        *pages; /* instead of data, if not NULL: whole pages, up to BLOCK_PAGES_MAX, count blocks in all */
    void (*done)(struct block_request *r, int err); /* 0, -EIO (host out of space too), -EOPNOTSUPP */
    struct block_request *next;                     /* the driver's */
};
bool block_present(void);
uint64_t block_count(void); /* blocks; 0 without a disk */
bool block_read_only(void);
/* Queues r; 0, or without any effect -ENODEV, -EINVAL (no blocks, or pages that do not fit), -ERANGE, -EROFS.
 * 1: nothing to do, r has ended well (a flush of a disk that has no cache); `done` will not be called. */
int block_submit(struct block_request *r);
/* Are requests out? */
bool block_busy(void);
/*
 * Sleeps with interrupts on until *done, which an interrupt sets: the way a call waits for the disk inside
 * itself. Callable from a system call, at boot and in the idle loop. The invariant that makes it sound: no
 * other thread runs meanwhile, so everything that belongs to the running call (scratch buffers, the process's
 * table, the store) stays as it was; what interrupts end meanwhile are pending calls, of any process, which
 * have a result buffer of their own (call_resume) and leave the running call its place in the CQ
 * (process.taking). So nothing that runs from an interrupt may enter the store or wait here itself.
 */
void block_wait(const volatile bool *done);
/* Waits (bounded) until no request is out: at the end, so that buffers of processes long gone come back. */
void block_drain(void);
/* Kernel messages to the serial port. klog adds "capos: " and the newline; %s arguments are escaped as
   workloads/PROTOCOL.md says. Understands %s %.*s %d %u %x %lu %lx %ld %c %%. */
void klog(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A message in pieces: begin, any number of parts, end. klog is the three in one. */
void klog_begin(void);
void klog_part(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void klog_end(void);
void panic(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
#define KASSERT(x) ((x) ? (void)0 : panic("assertion failed: %s at %s:%u", #x, __FILE__, (unsigned)__LINE__))
void machine_exit(unsigned debug_exit_value)
    __attribute__((noreturn)); /* drains the consoles, then isa-debug-exit */

/* ---- from the machine part into the object part ---- */
/* Boot is done: image (may be absent: NULL) and command line. Makes the first process; returns, then
 * sched_run is called. */
void objects_start(const uint8_t *image, size_t image_len, const char *cmdline);
/* A system call of the current thread. Return value goes to rax. */
uint64_t syscall_dispatch(uint64_t nr, uint64_t a0, uint64_t a1);
/* A user page fault: true if it was resolved (lazy commit, copy-on-write) and the access may be repeated. */
bool process_page_fault(struct process *p, uint64_t va, unsigned access /* PROT_* */);
/* Any other user exception, or an unresolved page fault: ends the process with a report; never returns. */
struct fault_info {
    unsigned vector;
    uint64_t error, rip, rsp, cr2;
};
void process_fault(struct process *p, const struct fault_info *f) __attribute__((noreturn));
/* From the timer tick, once a period, for ring work that may be done outside cap_enter (NOP, RELEASE): may do
 * nothing. */
void process_poll_rings(void);

#endif
