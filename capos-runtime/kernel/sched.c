/* SPDX-License-Identifier: MIT */
/*
 * Threads: made, blocked, woken, switched, ended. Round robin; a slice counts only while somebody else waits.
 * Invariant: runs with interrupts off; the idle loop is the boot stack's context and not a thread. An ended
 * thread's stack is freed by whoever runs next on another one.
 */
#include "kernel/sched.h"
#include "kernel/clock.h"
#include "kernel/paging.h"
#include "kernel/string.h"
#include "kernel/x86.h"

#define SLICE_NS 5000000u

void context_switch(uint64_t *save_rsp, uint64_t load_rsp);
extern char thread_launch[];
void thread_first(struct trap_frame *f);
uint64_t syscall_handle(uint64_t nr, uint64_t a0, uint64_t a1);
void syscall_bad_return(uint64_t rip, uint64_t rsp) __attribute__((noreturn));

static struct thread *queue_head, *queue_tail;
static uint64_t slice_end = UINT64_MAX;
static void (*idle_call)(void *ctx);
static void *idle_ctx;

/* ---- the run queue ---- */

static void queue_push(struct thread *t)
{
    struct machine_thread *m = machine_of(t);

    m->state = THREAD_RUNNABLE;
    m->next = NULL;
    m->before = queue_tail;
    if (queue_tail)
        machine_of(queue_tail)->next = t;
    else
        queue_head = t;
    queue_tail = t;
    if (slice_end == UINT64_MAX && cpu_this()->current) { /* the one that runs now has competition */
        slice_end = clock_ns() + SLICE_NS;
        clock_program(slice_end, false);
    }
}

static void queue_remove(struct thread *t)
{
    struct machine_thread *m = machine_of(t);

    if (m->before)
        machine_of(m->before)->next = m->next;
    else
        queue_head = m->next;
    if (m->next)
        machine_of(m->next)->before = m->before;
    else
        queue_tail = m->before;
    m->next = m->before = NULL;
}

/* ---- switching ---- */

static void thread_free(struct thread *t)
{
    struct machine_thread *m = machine_of(t);
    struct cpu *c = cpu_this();

    if (c->vector_owner == t)
        c->vector_owner = NULL;
    paging_stack_free(m->stack_slot);
    heap_free(m);
    heap_free(t);
}

static void zombie_reap(void)
{
    struct cpu *c = cpu_this();
    struct thread *z = c->zombie;

    if (z) {
        c->zombie = NULL;
        thread_free(z);
    }
}

static void thread_install(struct cpu *c, struct thread *t)
{
    struct machine_thread *m = machine_of(t);

    m->state = THREAD_RUNNING;
    c->kernel_rsp = m->stack_top;
    gdt_set_kernel_stack(m->stack_top);
    aspace_load(m->aspace);
    if (c->vector_owner != t) {
        if (c->vector_owner)
            vector_save(machine_of(c->vector_owner)->vector);
        vector_restore(m->vector);
        c->vector_owner = t;
    }
    if (c->fs_base != t->fs_base) {
        c->fs_base = t->fs_base;
        x86_wrmsr(MSR_FS_BASE, t->fs_base);
    }
}

/* Leaves the current context (a thread, or idle) for the next runnable thread, or for idle. */
static void schedule(void)
{
    struct cpu *c = cpu_this();
    struct thread *prev = c->current, *next = queue_head;

    if (next)
        queue_remove(next);
    c->need_resched = false;
    if (queue_head) {
        slice_end = clock_ns() + SLICE_NS;
        clock_program(slice_end, false);
    } else {
        slice_end = UINT64_MAX;
    }
    if (next == prev) {
        if (next)
            machine_of(next)->state = THREAD_RUNNING;
        return;
    }
    c->current = next;
    if (next)
        thread_install(c, next);
    context_switch(prev ? &machine_of(prev)->kernel_rsp : &c->idle_rsp,
                   next ? machine_of(next)->kernel_rsp : c->idle_rsp);
    zombie_reap();
}

/*
 * Sleeps until something happens. Virtual time stands still while the disk works, unless a timer is armed:
 * then it jumps there, and a wait for the disk would cost whatever the next timer is away. So there is none
 * meanwhile.
 */
static void idle_sleep(void)
{
    const bool untimed = clock_virtual && block_busy();

    clock_program(untimed ? UINT64_MAX : clock_next_timer(), true);
    x86_idle();
    if (untimed)
        clock_program(clock_next_timer(), false);
}

void block_wait(const volatile bool *done)
{
    static bool waiting;

    KASSERT(!waiting);
    waiting = true;
    while (!*done)
        idle_sleep();
    waiting = false;
    clock_program(slice_end, false); /* the sleep may have put it off */
}

void sched_loop(bool (*done)(void))
{
    x86_cli();
    while (!done()) {
        zombie_reap();
        if (idle_call) {
            void (*f)(void *) = idle_call;
            idle_call = NULL;
            f(idle_ctx);
            continue;
        }
        clock_run_timers();
        if (queue_head) {
            schedule();
            continue;
        }
        idle_sleep();
    }
}

static bool never(void)
{
    return false;
}

void sched_run(void)
{
    sched_loop(never);
    panic("the idle loop came to an end");
}

void sched_call_idle(void (*f)(void *ctx), void *ctx)
{
    idle_call = f;
    idle_ctx = ctx;
}

void sched_tick(bool from_user)
{
    struct cpu *c = cpu_this();

    if (!queue_head || !c->current || !from_user)
        return;
    if (clock_ns() >= slice_end)
        c->need_resched = true;
    else
        clock_program(slice_end, false);
}

void sched_preempt(void)
{
    process_poll_rings();
    sched_yield();
}

void sched_yield(void)
{
    struct thread *t = cpu_this()->current;

    if (!queue_head || !t) {
        cpu_this()->need_resched = false;
        return;
    }
    queue_push(t);
    schedule();
}

/* ---- threads ---- */

static void block_timeout(struct ktimer *timer)
{
    struct machine_thread *m =
        (struct machine_thread *)((uint8_t *)timer - offsetof(struct machine_thread, timer));

    if (m->state == THREAD_BLOCKED)
        queue_push(m->owner);
}

/* The kernel stack from its top down: vector area, trap frame, then what context_switch pops. */
static void stack_prepare(struct machine_thread *m, uint64_t top, const struct trap_frame *frame)
{
    uint64_t *sp;

    m->vector = (void *)((top - vector_size) & ~63ul);
    vector_area_init(m->vector);
    m->stack_top = (uint64_t)m->vector;
    sp = (uint64_t *)(m->stack_top - sizeof(*frame));
    memcpy(sp, frame, sizeof(*frame));
    *--sp = (uint64_t)thread_launch;
    sp -= 6;
    memset(sp, 0, 6 * sizeof(*sp)); /* rbx, rbp, r12 to r15 */
    m->kernel_rsp = (uint64_t)sp;
}

struct thread *thread_create(struct process *p, struct aspace *as, uint64_t rip, uint64_t rsp, uint64_t rdi,
                             uint64_t rsi, uint64_t rdx, uint64_t fs_base)
{
    const struct trap_frame frame = {
        .rdi = rdi,
        .rsi = rsi,
        .rdx = rdx,
        .rip = rip,
        .rsp = rsp,
        .cs = SEL_USER_CODE,
        .ss = SEL_USER_DATA,
        .rflags = RFLAGS_FIXED | RFLAGS_IF,
    };
    struct thread *t = heap_alloc(sizeof(*t));
    struct machine_thread *m = heap_alloc(sizeof(*m));
    uint64_t top = t && m ? paging_stack_alloc(&m->stack_slot) : 0;

    if (!top) {
        heap_free(t);
        heap_free(m);
        return NULL;
    }
    t->process = p;
    t->machine = m;
    t->fs_base = fs_base < USER_END ? fs_base : 0;
    m->owner = t;
    m->aspace = as;
    m->state = THREAD_NEW;
    m->timer.fire = block_timeout;
    stack_prepare(m, top, &frame);
    return t;
}

/* First code of every thread, on its own kernel stack. */
void thread_first(struct trap_frame *f)
{
    zombie_reap();
    if (f->rip >= USER_END) /* iretq would fault in ring 0 */
        syscall_bad_return(f->rip, f->rsp);
}

void thread_start(struct thread *t)
{
    KASSERT(machine_of(t)->state == THREAD_NEW);
    queue_push(t);
}

bool thread_block(uint64_t deadline_ns)
{
    struct thread *t = cpu_this()->current;
    struct machine_thread *m = machine_of(t);

    if (m->wake_pending) {
        m->wake_pending = false;
        return true;
    }
    if (deadline_ns != UINT64_MAX) {
        if (deadline_ns <= clock_ns())
            return false;
        ktimer_arm(&m->timer, deadline_ns);
    }
    m->state = THREAD_BLOCKED;
    m->woken = false;
    schedule();
    ktimer_cancel(&m->timer);
    return m->woken;
}

void thread_wake(struct thread *t)
{
    struct machine_thread *m = machine_of(t);

    if (m->state == THREAD_BLOCKED) {
        m->woken = true;
        queue_push(t);
    } else {
        m->wake_pending = true;
    }
}

bool thread_dying(const struct thread *t)
{
    return machine_of(t)->dying;
}

struct thread *thread_current(void)
{
    return cpu_this()->current;
}

void thread_destroy(struct thread *t)
{
    struct machine_thread *m = machine_of(t);
    struct cpu *c = cpu_this();

    ktimer_cancel(&m->timer);
    m->dying = true;
    if (t == c->current) {
        m->state = THREAD_DEAD;
        KASSERT(!c->zombie);
        c->zombie = t;
        schedule();
        panic("a dead thread ran");
    }
    if (m->state == THREAD_RUNNABLE)
        queue_remove(t);
    thread_free(t);
}

void thread_set_fs_base(struct thread *t, uint64_t fs_base)
{
    struct cpu *c = cpu_this();

    t->fs_base = fs_base < USER_END ? fs_base : 0;
    if (t == c->current && c->fs_base != t->fs_base) {
        c->fs_base = t->fs_base;
        x86_wrmsr(MSR_FS_BASE, t->fs_base);
    }
}

/* ---- system calls, from entry.S ---- */

uint64_t syscall_handle(uint64_t nr, uint64_t a0, uint64_t a1)
{
    if (!cpu_this()->current->process)
        return stub_syscall(nr, a0, a1);
    return syscall_dispatch(nr, a0, a1);
}

void syscall_bad_return(uint64_t rip, uint64_t rsp)
{
    const struct fault_info f = {VECTOR_PROTECTION, 0, rip, rsp, 0};
    struct process *p = cpu_this()->current->process;

    if (!p)
        stub_fault(&f);
    process_fault(p, &f);
}
