/* SPDX-License-Identifier: MIT */
/*
 * FileSpawner: new processes from the bytes of a File; ours (abi/ext.h), not of the published ABI.
 * Invariant: the bytes are copied out of the file before they are checked, so what runs is what was checked;
 * the copy is gone when the call ends.
 */
#include "abi/ext.h"
#include "kernel/cap_fs.h"
#include "kernel/cap_params.h"
#include "kernel/spawn.h"

struct cap_file_spawner {
    struct cap_object object;
    bool restricted;
};

static int file_spawner_spawn(struct call *c)
{
    bool restricted = ((struct cap_file_spawner *)c->object)->restricted;
    struct spawn_names n;
    uint8_t *bytes;
    size_t len;
    int r = c->ntransfers == 1 && c->moves == 0
                ? spawn_check(c, &n, restricted)
                : call_raise_errno(c, -EINVAL, "spawn takes one File, by copy");
    if (r != 0)
        return r;
    if (n.name_len == 0)
        return call_raise_errno(c, -EINVAL, "spawn needs a name");
    r = cap_file_bytes(c->transfer[0], CAPBENCH_FILE_SPAWN_MAX, &bytes, &len);
    if (r != 0)
        return call_raise_errno(c, r, "File");
    r = spawn_run(c, n.name, bytes, len, false);
    heap_free(bytes);
    return r;
}

static const char *file_spawner_mode(const struct cap_object *o)
{
    return ((const struct cap_file_spawner *)o)->restricted ? "any" : "all";
}

static void file_spawner_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method file_spawner_methods[] = {
    [CAPBENCH_M_FILE_SPAWNER_SPAWN] = {"spawn", file_spawner_spawn},
};

static const struct cap_class file_spawner_class = {
    .name = "FileSpawner",
    .interface_id = CAPBENCH_IFACE_FILE_SPAWNER,
    .transferable = true,
    .methods = file_spawner_methods,
    .nmethods = sizeof(file_spawner_methods) / sizeof(file_spawner_methods[0]),
    .destroy = file_spawner_destroy,
    .mode = file_spawner_mode,
    .transfer_methods = 1u << CAPBENCH_M_FILE_SPAWNER_SPAWN,
};

struct cap_object *cap_file_spawner_new(bool restricted)
{
    struct cap_file_spawner *o = heap_alloc(sizeof(*o));
    if (o == NULL)
        return NULL;
    cap_object_init(&o->object, &file_spawner_class);
    o->restricted = restricted;
    return &o->object;
}
