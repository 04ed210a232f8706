/* SPDX-License-Identifier: MIT */
/* See stub.h. */
#include "kernel/stub.h"
#include "abi/errno.h"
#include "kernel/paging.h"
#include "kernel/sched.h"
#include "kernel/string.h"

#define STUB_THREADS 2u

static struct stub_result *stub_results;
static struct thread *stub_threads[STUB_THREADS];
static unsigned stub_running;

static void stub_end(void) __attribute__((noreturn));
static void stub_end(void)
{
    stub_running--;
    thread_destroy(thread_current());
    __builtin_unreachable();
}

/* How far into the code page a label of stubs.S lies. */
static uint64_t code_offset(const char *label)
{
    return (uintptr_t)label - (uintptr_t)stubs_start;
}

static struct stub_result *result_of_current(void)
{
    return &stub_results[thread_current() == stub_threads[0] ? 0 : 1];
}

uint64_t stub_syscall(uint64_t nr, uint64_t a0, uint64_t a1)
{
    if (nr == 2)
        return STUB_MAGIC;
    if (nr == 3) {
        static uint8_t from[1000], to[1000]; /* bulk moves, as any call may make */
        memset(from, (int)(a0 ^ 0x5a), sizeof(from));
        memcpy(to, from, sizeof(to));
        sched_yield();
        return to[a1 % sizeof(to)];
    }
    if (nr != 1)
        return UINT64_MAX;
    result_of_current()->done = true;
    result_of_current()->code = a0;
    stub_end();
}

void stub_fault(const struct fault_info *f)
{
    result_of_current()->faulted = true;
    result_of_current()->fault = *f;
    stub_end();
}

static bool stub_done(void)
{
    return stub_running == 0;
}

static int page_map(struct aspace *as, uint64_t va, unsigned prot, paddr_t *pa)
{
    *pa = frame_alloc();
    return *pa ? aspace_map(as, va, *pa, prot) : -ENOMEM;
}

static int threads_start(struct aspace *as, const char *const *entries, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        stub_threads[i] = thread_create(NULL, as, STUB_CODE + code_offset(entries[i]),
                                        STUB_DATA + PAGE_SIZE - i * 1024, i, 0, 0, 0);
        if (!stub_threads[i])
            return -ENOMEM;
        stub_running++;
        thread_start(stub_threads[i]);
    }
    return 0;
}

static void edge_fill(uint8_t *page)
{
    static const uint8_t call[] = {0x0f, 0x05}; /* syscall, as the last two bytes */

    memcpy(page + PAGE_SIZE - sizeof(call), call, sizeof(call));
}

int stub_run(const char *const *entries, unsigned n, struct stub_result *results)
{
    struct aspace *as = aspace_create();
    paddr_t code, data, edge;
    int err;

    if (!as)
        return -ENOMEM;
    KASSERT(n <= STUB_THREADS && code_offset(stubs_end) <= PAGE_SIZE);
    memset(results, 0, n * sizeof(*results));
    stub_results = results;
    err = page_map(as, STUB_CODE, PROT_R | PROT_X, &code);
    if (!err)
        err = page_map(as, STUB_DATA, PROT_R | PROT_W, &data);
    if (!err)
        err = page_map(as, STUB_EDGE, PROT_R | PROT_X, &edge);
    if (!err) {
        memcpy(frame_ptr(code), stubs_start, code_offset(stubs_end));
        edge_fill(frame_ptr(edge));
        err = threads_start(as, entries, n);
    }
    sched_loop(stub_done);
    aspace_destroy(as);
    return err;
}
