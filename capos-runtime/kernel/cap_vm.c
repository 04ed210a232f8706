/* SPDX-License-Identifier: MIT */
/*
 * VirtualMemory: the memory map of the process it was made for.
 * Invariant: only that process calls it (a bound object is never granted on); what may be mapped is vm.c's
 * decision.
 */
#include "kernel/cap_params.h"
#include "kernel/process.h"

struct cap_vm {
    struct cap_object object;
    struct process *process;
};

static struct process *target(struct call *c)
{
    return ((struct cap_vm *)c->object)->process;
}

static int answer_addr(struct call *c, int err, uint64_t addr, const char *what)
{
    struct capnp_bstruct root;
    if (err != 0)
        return call_raise_errno(c, err, what);
    call_results(c, CAPOS_R_VIRTUAL_MEMORY_MAP_WORDS, CAPOS_R_VIRTUAL_MEMORY_MAP_PTRS, &root);
    capnp_set_u64(&root, CAPOS_R_VIRTUAL_MEMORY_MAP_ADDR, addr);
    return 0;
}

static int answer(struct call *c, int err, const char *what)
{
    return err != 0 ? call_raise_errno(c, err, what) : 0;
}

static int vm_cap_map(struct call *c)
{
    uint64_t addr = 0;
    int r = vm_map(target(c), capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_MAP_HINT),
                   capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_MAP_SIZE),
                   capnp_get_u32(&c->params, CAPOS_P_VIRTUAL_MEMORY_MAP_PROT), &addr);
    return answer_addr(c, r, addr, "map");
}

static int vm_cap_unmap(struct call *c)
{
    int r = vm_unmap(target(c), capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_UNMAP_ADDR),
                     capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_UNMAP_SIZE));
    return answer(c, r, "unmap");
}

static int vm_cap_protect(struct call *c)
{
    int r = vm_protect(target(c), capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_PROTECT_ADDR),
                       capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_PROTECT_SIZE),
                       capnp_get_u32(&c->params, CAPOS_P_VIRTUAL_MEMORY_PROTECT_PROT));
    return answer(c, r, "protect");
}

static int vm_cap_reserve(struct call *c)
{
    uint64_t addr = 0;
    int r = vm_reserve(target(c), capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_RESERVE_HINT),
                       capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_RESERVE_SIZE), &addr);
    return answer_addr(c, r, addr, "reserve");
}

static int vm_cap_commit(struct call *c)
{
    int r = vm_commit(target(c), capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_COMMIT_ADDR),
                      capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_COMMIT_SIZE),
                      capnp_get_u32(&c->params, CAPOS_P_VIRTUAL_MEMORY_COMMIT_PROT));
    return answer(c, r, "commit");
}

static int vm_cap_decommit(struct call *c)
{
    int r = vm_decommit(target(c), capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_DECOMMIT_ADDR),
                        capnp_get_u64(&c->params, CAPOS_P_VIRTUAL_MEMORY_DECOMMIT_SIZE));
    return answer(c, r, "decommit");
}

static void vm_cap_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method vm_methods[] = {
    [CAPOS_M_VIRTUAL_MEMORY_MAP] = {"map", vm_cap_map},
    [CAPOS_M_VIRTUAL_MEMORY_UNMAP] = {"unmap", vm_cap_unmap},
    [CAPOS_M_VIRTUAL_MEMORY_PROTECT] = {"protect", vm_cap_protect},
    [CAPOS_M_VIRTUAL_MEMORY_RESERVE] = {"reserve", vm_cap_reserve},
    [CAPOS_M_VIRTUAL_MEMORY_COMMIT] = {"commit", vm_cap_commit},
    [CAPOS_M_VIRTUAL_MEMORY_DECOMMIT] = {"decommit", vm_cap_decommit},
};

static const struct cap_class vm_class = {
    .name = "VirtualMemory",
    .interface_id = CAPOS_IFACE_VIRTUAL_MEMORY,
    .methods = vm_methods,
    .nmethods = sizeof(vm_methods) / sizeof(vm_methods[0]),
    .destroy = vm_cap_destroy,
    .bound = true,
};

struct cap_object *cap_vm_new(struct process *p)
{
    struct cap_vm *o = heap_alloc(sizeof(*o));
    if (o == NULL)
        return NULL;
    cap_object_init(&o->object, &vm_class);
    o->process = p;
    return &o->object;
}
