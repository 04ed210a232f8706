/* SPDX-License-Identifier: MIT */
/*
 * ProcessSpawner: new processes from the boot package's binaries, and pipes for them. The same interface,
 * restricted (abi/ext.h: restrictSpawner): only binaries on a list, and no kernel source but those about the
 * child itself. Invariant: a binary is found by its whole name or not at all; a restricted spawner never
 * allows what the one it was made from does not.
 */
#include "kernel/cap_params.h"
#include "kernel/objects.h"
#include "kernel/process.h"
#include "kernel/spawn.h"

struct cap_spawner {
    struct cap_object object;
    struct cap_object *base; /* referenced; NULL: not restricted */
    bool any_name;
    uint32_t bytes;
    char names[]; /* each ends in a NUL */
};

static const struct cap_class spawner_class;

/* Whether it may start that binary, and everything it was made from may. */
static bool allows(const struct cap_spawner *s, const char *name, uint32_t len)
{
    for (; s->base != NULL; s = (const struct cap_spawner *)s->base) {
        const char *at = s->names, *end = s->names + s->bytes;
        while (!s->any_name && at < end && (strlen(at) != len || memcmp(at, name, len) != 0))
            at += strlen(at) + 1;
        if (!s->any_name && at == end)
            return false;
    }
    return true;
}

static int spawner_spawn(struct call *c)
{
    const struct cap_spawner *s = (const struct cap_spawner *)c->object;
    struct spawn_names n;
    int r = spawn_check(c, &n, s->base != NULL);
    if (r != 0)
        return r;
    if (!allows(s, n.binary, n.binary_len))
        return call_raise(c, CAPOS_EXC_FAILED, "not permitted: binary %.*s is not on this spawner's list",
                          (int)n.binary_len, n.binary);
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

/* all: every binary, every kernel source; any: every binary; restricted: those on a list. */
static const char *spawner_mode(const struct cap_object *o)
{
    const struct cap_spawner *s = (const struct cap_spawner *)o;
    const char *mode = s->base != NULL ? "any" : "all";
    for (; s->base != NULL; s = (const struct cap_spawner *)s->base)
        if (!s->any_name)
            mode = "restricted";
    return mode;
}

static void spawner_destroy(struct cap_object *o)
{
    struct cap_spawner *s = (struct cap_spawner *)o;
    if (s->base != NULL)
        cap_unref(s->base);
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
    .mode = spawner_mode,
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

/* Bytes of all names with their NULs, or -EINVAL. */
static int64_t names_size(struct capnp_list *names)
{
    int64_t bytes = 0;
    for (uint32_t i = 0; i < names->count; i++) {
        const char *name;
        uint32_t len;
        if (capnp_list_text(names, i, &name, &len) != 0 || len == 0 || strlen(name) != len)
            return -EINVAL;
        bytes += len + 1;
    }
    return bytes;
}

struct cap_object *cap_spawner_restrict(struct cap_object *base, struct capnp_list *names, bool any_name,
                                        int *err)
{
    int64_t bytes = names_size(names);
    *err = -EINVAL;
    if (base->cls != &spawner_class || bytes < 0 || (any_name && bytes > 0))
        return NULL;
    struct cap_spawner *s = heap_alloc(sizeof(*s) + (size_t)bytes);
    *err = -ENOMEM;
    if (s == NULL)
        return NULL;
    cap_object_init(&s->object, &spawner_class);
    cap_ref(base);
    s->base = base;
    s->any_name = any_name;
    for (uint32_t i = 0; i < names->count; i++) {
        const char *name;
        uint32_t len;
        capnp_list_text(names, i, &name, &len);
        memcpy(s->names + s->bytes, name, len + 1);
        s->bytes += len + 1;
    }
    *err = 0;
    return &s->object;
}
