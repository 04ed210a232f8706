/* SPDX-License-Identifier: MIT */
/*
 * Spawning: see spawn.h.
 * Invariant: all grants are checked before anything is made; a spawn that fails leaves the caller's table as
 * it was. A raw grant copies whatever the caller holds but objects bound to a process; a move needs a
 * transferable one.
 */
#include "kernel/spawn.h"

#include "kernel/cap_params.h"
#include "kernel/cap_sources.h"
#include "kernel/counts.h"
#include "kernel/process.h"
#include "kernel/scratch.h"
#include "kernel/memfault.h"

#define SPAWN_RESULT_BYTES (24u + 2u * 16u) /* framing, root, one data word; two records */

struct grants {
    struct process_grant list[CAPOS_CAPSET_MAX_ENTRIES];
    uint32_t cap_id[CAPOS_CAPSET_MAX_ENTRIES];
    bool moved[CAPOS_CAPSET_MAX_ENTRIES];
    uint32_t n;
};

static bool sources_limited;  /* of the spawn being checked */
static struct grants *grants; /* the same spawn's, in scratch: it is over when the call is */

/* Sources of objects about the child itself: no authority over anything else. */
static bool source_bound(unsigned source)
{
    return source == CAPOS_SRC_VIRTUAL_MEMORY || source == CAPOS_SRC_THREAD_CONTROL ||
           source == CAPOS_SRC_THREAD_SPAWNER;
}

static int grant_from_kernel(struct call *c, struct capnp_struct *source, uint64_t interface, uint16_t mode,
                             struct process_grant *g)
{
    g->source = capnp_get_u16(source, CAPOS_S_CAP_GRANT_SOURCE_KERNEL);
    uint64_t served = source_interface(g->source);
    if (served == 0)
        return call_raise(c, CAPOS_EXC_UNIMPLEMENTED, "unimplemented: kernel source %u of grant %s",
                          g->source, g->name);
    if (sources_limited && !source_bound(g->source))
        return call_raise(c, CAPOS_EXC_FAILED, "not permitted: kernel source %u of grant %s", g->source,
                          g->name);
    if (mode != CAPOS_GRANT_RAW)
        return call_raise(c, CAPOS_EXC_INVALID_ARGUMENT, "invalid argument: mode of grant %s", g->name);
    if (interface != 0 && interface != served)
        return call_raise(c, CAPOS_EXC_INVALID_ARGUMENT, "invalid argument: interface of grant %s", g->name);
    return 0;
}

static int grant_from_table(struct call *c, uint32_t cap_id, uint64_t interface, uint16_t mode, uint32_t i)
{
    struct process_grant *g = &grants->list[i];
    g->object = captable_lookup(c->process, cap_id, NULL);
    if (g->object == NULL)
        return call_raise(c, CAPOS_EXC_INVALID_ARGUMENT, "invalid argument: capability of grant %s unknown",
                          g->name);
    const struct cap_class *cls = g->object->cls;
    if (interface != 0 && interface != cls->interface_id)
        return call_raise(c, CAPOS_EXC_INVALID_ARGUMENT, "invalid argument: interface of grant %s", g->name);
    if (mode != CAPOS_GRANT_RAW && mode != CAPOS_GRANT_MOVE)
        return call_raise(c, CAPOS_EXC_UNIMPLEMENTED, "unimplemented: mode %u of grant %s", mode, g->name);
    if (cls->bound || (mode == CAPOS_GRANT_MOVE && !cls->transferable))
        return call_raise(c, CAPOS_EXC_FAILED, "not permitted: %s cannot be granted", cls->name);
    grants->cap_id[i] = cap_id;
    grants->moved[i] = mode == CAPOS_GRANT_MOVE;
    for (uint32_t j = 0; j < i; j++)
        if (grants->list[j].object != NULL && grants->cap_id[j] == cap_id &&
            (grants->moved[i] || grants->moved[j]))
            return call_raise(c, CAPOS_EXC_INVALID_ARGUMENT, "invalid argument: %s is moved twice", g->name);
    return 0;
}

/* grant_read: checks one CapGrant into list[i]. 0 or an exception. */
static int grant_read(struct call *c, struct capnp_struct *s, uint32_t i)
{
    struct process_grant *g = &grants->list[i];
    struct capnp_struct source;
    uint32_t len;
    memset(g, 0, sizeof(*g));
    grants->moved[i] = false;
    if (capnp_get_text(s, CAPOS_S_CAP_GRANT_NAME_PTR, &g->name, &len) != 0 || strlen(g->name) != len ||
        capnp_get_struct(s, CAPOS_S_CAP_GRANT_SOURCE_PTR, &source) != 0)
        return call_raise_errno(c, -EINVAL, "malformed grant");
    uint64_t interface = capnp_get_u64(s, CAPOS_S_CAP_GRANT_INTERFACE_ID);
    uint16_t mode = capnp_get_u16(s, CAPOS_S_CAP_GRANT_MODE);
    switch (capnp_get_u16(&source, CAPOS_S_CAP_GRANT_SOURCE_TAG)) {
    case CAPOS_S_CAP_GRANT_SOURCE_TAG_KERNEL:
        return grant_from_kernel(c, &source, interface, mode, g);
    case CAPOS_S_CAP_GRANT_SOURCE_TAG_CAPABILITY:
        return grant_from_table(c, capnp_get_u32(s, CAPOS_S_CAP_GRANT_CAP_ID), interface, mode, i);
    default:
        return call_raise(c, CAPOS_EXC_UNIMPLEMENTED, "unimplemented: kind of source of grant %s", g->name);
    }
}

static int grants_read(struct call *c)
{
    struct capnp_list list;
    if (capnp_get_list(&c->params, CAPOS_P_PROCESS_SPAWNER_SPAWN_GRANTS_PTR, &list) != 0)
        return call_raise_errno(c, -EINVAL, "malformed list of grants");
    if (list.count > CAPOS_CAPSET_MAX_ENTRIES)
        return call_raise_errno(c, -E2BIG, "more than 85 grants");
    grants = scratch_take(sizeof(*grants));
    if (grants == NULL)
        return call_raise_errno(c, -ENOMEM, "scratch for grants");
    for (uint32_t i = 0; i < list.count; i++) {
        struct capnp_struct s;
        if (capnp_list_struct(&list, i, &s) != 0)
            return call_raise_errno(c, -EINVAL, "malformed list of grants");
        int r = grant_read(c, &s, i);
        if (r != 0)
            return r;
    }
    grants->n = list.count;
    return 0;
}

/* moves_commit: the child has its own references: the caller's slots go, without anybody being told that a
 * capability closed. */
static void moves_commit(struct process *caller)
{
    for (uint32_t i = 0; i < grants->n; i++) {
        struct cap_object *o;
        if (grants->moved[i] && captable_remove(caller, grants->cap_id[i], &o) == 0)
            cap_unref(o);
    }
}

/* handles_add: ProcessHandle and CapabilityManager as the results. */
static int handles_add(struct call *c, struct process *child)
{
    struct capnp_bstruct root;
    struct cap_object *handle = cap_process_handle_new(child), *manager = cap_manager_new(child);
    if (handle == NULL || manager == NULL) {
        if (handle != NULL)
            cap_unref(handle);
        if (manager != NULL)
            cap_unref(manager);
        return -ENOMEM;
    }
    int handle_index = call_add_cap(c, handle), manager_index = call_add_cap(c, manager);
    KASSERT(handle_index >= 0 && manager_index >= 0); /* slots were counted before */
    call_results(c, CAPOS_R_PROCESS_SPAWNER_SPAWN_WORDS, CAPOS_R_PROCESS_SPAWNER_SPAWN_PTRS, &root);
    capnp_set_u16(&root, CAPOS_R_PROCESS_SPAWNER_SPAWN_HANDLE_INDEX, (uint16_t)handle_index);
    capnp_set_u16(&root, CAPOS_R_PROCESS_SPAWNER_SPAWN_CAPABILITY_MANAGER_INDEX, (uint16_t)manager_index);
    return 0;
}

int spawn_check(struct call *c, struct spawn_names *names, bool restricted)
{
    sources_limited = restricted;
    int r = param_text(c, CAPOS_P_PROCESS_SPAWNER_SPAWN_NAME_PTR, &names->name, &names->name_len);
    if (r == 0)
        r = param_text(c, CAPOS_P_PROCESS_SPAWNER_SPAWN_BINARY_NAME_PTR, &names->binary, &names->binary_len);
    if (r == 0)
        r = grants_read(c);
    if (r != 0)
        return r;
    if (c->result_cap < SPAWN_RESULT_BYTES)
        return call_refuse(c, CAPOS_ERR_INVALID_RESULT_BUFFER);
    if (captable_free_slots(c->process) < 2)
        return call_raise_errno(c, -EMFILE, "no slots for the handles");
    return 0;
}

int spawn_run(struct call *c, const char *name, const uint8_t *elf, size_t len, bool lasting)
{
    const char *why = "no memory";
    struct process_spec spec = {.name = name,
                                .parent = c->process->pid,
                                .elf = elf,
                                .elf_len = len,
                                .lasting = lasting,
                                .grants = grants->list,
                                .ngrants = grants->n};
    struct process *child;
    counts_spawn(c->process, name);
    memfault_spawn(c->process->depth);
    int r = process_create(&spec, &child, &why);
    if (r != 0) {
        memfault_end(c->process->depth);
        return call_raise_errno(c, r, why);
    }
    r = handles_add(c, child);
    if (r != 0) {
        process_discard(child);
        memfault_end(c->process->depth);
        return call_raise_errno(c, r, "handles of the process");
    }
    moves_commit(c->process);
    process_start(child);
    return 0;
}
