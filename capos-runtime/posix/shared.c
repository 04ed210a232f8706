/* SPDX-License-Identifier: MIT */
/* The shared table. Invariant: see abi/startup.h: only atomic operations, and no trust in what others wrote.
 * A table that was granted is mapped when something of it is first asked for. */
#include "posix/shared.h"

#include "abi/interfaces.h"
#include "capos/memory.h"
#include "capos/start.h"

static struct startup_shared *table;
static uint32_t table_cap, own_last;
static bool granted; /* table_cap is, and not mapped yet */

static bool table_map(uint32_t cap)
{
    uint64_t at;
    if (capos_memory_map(cap, 0, 0, sizeof *table, CAPOS_PROT_READ | CAPOS_PROT_WRITE, &at) < 0)
        return false;
    table = (struct startup_shared *)(uintptr_t)at;
    table_cap = cap;
    uint32_t none = 0; /* the first of the tree counts on from its own number */
    __atomic_compare_exchange_n(&table->last_pid, &none, (uint32_t)posix_pid(), false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
    return true;
}

void shared_start(void)
{
    granted = capos_grant_by_name(STARTUP_SHARED_NAME, CAPOS_IFACE_MEMORY_OBJECT, &table_cap) == 0;
}

static bool table_there(void)
{
    if (granted) {
        granted = false;
        table_map(table_cap);
    }
    return table != NULL;
}

bool shared_have(uint32_t *cap)
{
    uint32_t allocator, made;
    if (!table_there() && capos_grant_by_interface(CAPOS_IFACE_FRAME_ALLOCATOR, &allocator) == 0 &&
        capos_frames_alloc(allocator, STARTUP_SHARED_PAGES, &made) == 0 && !table_map(made))
        capos_release(made);
    *cap = table_cap;
    return table != NULL;
}

int shared_take(uint64_t offset, uint32_t flags)
{
    if (!table_there())
        return -ENOSYS;
    for (uint32_t i = 0; i < STARTUP_SHARED_SLOTS; i++) {
        struct startup_shared_ofd *o = &table->ofd[i];
        uint32_t none = 0;
        if (!__atomic_compare_exchange_n(&o->refs, &none, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            continue;
        __atomic_store_n(&o->offset, offset, __ATOMIC_RELAXED);
        __atomic_store_n(&o->flags, flags, __ATOMIC_RELEASE);
        return (int)i;
    }
    return -ENFILE;
}

struct startup_shared_ofd *shared_slot(uint32_t index)
{
    return index < STARTUP_SHARED_SLOTS && table_there() ? &table->ofd[index] : NULL;
}

struct startup_shared_box *shared_boxes(void)
{
    return table_there() ? table->box : NULL;
}

void shared_ref(uint32_t index)
{
    __atomic_add_fetch(&table->ofd[index].refs, 1, __ATOMIC_ACQ_REL);
}

void shared_drop(uint32_t index)
{
    __atomic_sub_fetch(&table->ofd[index].refs, 1, __ATOMIC_ACQ_REL);
}

uint32_t shared_terminal(void)
{
    return table_there() ? __atomic_load_n(&table->terminal, __ATOMIC_RELAXED) : 0;
}

void shared_parent(uint32_t pid, bool has)
{
    uint64_t bit = UINT64_C(1) << pid % 64;
    if (!table_there())
        return;
    if (has)
        __atomic_fetch_or(&table->parents, bit, __ATOMIC_RELAXED);
    else
        __atomic_fetch_and(&table->parents, ~bit, __ATOMIC_RELAXED);
}

bool shared_has_children(uint32_t pid)
{
    return table_there() && __atomic_load_n(&table->parents, __ATOMIC_RELAXED) >> pid % 64 & 1;
}

uint32_t shared_pid(void)
{
    const uint32_t wrap = 0x3fffffff; /* a pid_t stays positive */
    if (table_there())
        return __atomic_add_fetch(&table->last_pid, 1, __ATOMIC_RELAXED) & wrap;
    return ((uint32_t)posix_pid() << 10 | (++own_last & 0x3ff)) & wrap;
}
