/* SPDX-License-Identifier: MIT */
/*
 * ProcessSpawner: new processes from the boot package's binaries, and pipes for them.
 * Invariant: a binary is found by its whole name or not at all.
 */
#include "kernel/cap_params.h"
#include "kernel/objects.h"
#include "kernel/process.h"
#include "kernel/spawn.h"

struct cap_spawner {
    struct cap_object object;
};

static int spawner_spawn(struct call *c)
{
    struct spawn_names n;
    int r = spawn_check(c, &n);
    if (r != 0)
        return r;
    const struct manifest_binary *b = manifest_find(objects_manifest(), n.binary, n.binary_len);
    if (b == NULL)
        return call_raise(c, CAPOS_EXC_FAILED, "not found: no binary %.*s", (int)n.binary_len, n.binary);
    return spawn_run(c, n.name_len > 0 ? n.name : n.binary, b->elf, b->len, true);
}

static int spawner_create_pipe(struct call *c)
{
    struct cap_object *reader, *writer;
    struct capnp_bstruct root;
    if (captable_free_slots(c->process) < 2)
        return call_raise_errno(c, -EMFILE, "no slots for the pipe");
    int r = cap_pipe_new(capnp_get_u32(&c->params, CAPOS_P_PROCESS_SPAWNER_CREATE_PIPE_BUFFER_BYTES), &reader,
                         &writer);
    if (r != 0)
        return call_raise_errno(c, r, "pipe");
    int read_index = call_add_cap(c, reader), write_index = call_add_cap(c, writer);
    KASSERT(read_index >= 0 && write_index >= 0);
    call_results(c, CAPOS_R_PROCESS_SPAWNER_CREATE_PIPE_WORDS, CAPOS_R_PROCESS_SPAWNER_CREATE_PIPE_PTRS,
                 &root);
    capnp_set_u16(&root, CAPOS_R_PROCESS_SPAWNER_CREATE_PIPE_READ_INDEX, (uint16_t)read_index);
    capnp_set_u16(&root, CAPOS_R_PROCESS_SPAWNER_CREATE_PIPE_WRITE_INDEX, (uint16_t)write_index);
    return 0;
}

static void spawner_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method spawner_methods[] = {
    [CAPOS_M_PROCESS_SPAWNER_SPAWN] = {"spawn", spawner_spawn},
    [CAPOS_M_PROCESS_SPAWNER_CREATE_PIPE] = {"createPipe", spawner_create_pipe},
};

static const struct cap_class spawner_class = {
    .name = "ProcessSpawner",
    .interface_id = CAPOS_IFACE_PROCESS_SPAWNER,
    .transferable = true,
    .methods = spawner_methods,
    .nmethods = sizeof(spawner_methods) / sizeof(spawner_methods[0]),
    .destroy = spawner_destroy,
};

struct cap_object *cap_spawner_new(struct process *p)
{
    struct cap_spawner *o = heap_alloc(sizeof(*o));
    (void)p;
    if (o == NULL)
        return NULL;
    cap_object_init(&o->object, &spawner_class);
    return &o->object;
}
