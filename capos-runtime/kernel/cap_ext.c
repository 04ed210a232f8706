/* SPDX-License-Identifier: MIT */
/* capbench_ext: our extension (abi/ext.h). Invariant: it only ever gives less authority than it was handed.
 */
#include "abi/ext.h"
#include "kernel/cap_fs.h"
#include "kernel/cap_params.h"
#include "kernel/process.h"

static struct cap_object *view_of(const struct fs_object *given)
{
    struct fs_info info;

    given->fs->info(given->node, &info);
    given->fs->ref(given->node);
    return info.is_dir ? cap_directory_over(given->fs, given->node, true)
                       : cap_file_over(given->fs, given->node, true, false);
}

static int ext_read_only(struct call *c)
{
    struct capnp_bstruct results;
    struct fs_object *given = c->ntransfers == 1 ? cap_fs_object(c->transfer[0]) : NULL;
    struct cap_object *view = NULL;
    int index = 0;

    if (given == NULL || c->moves != 0)
        return call_raise_errno(c, -EINVAL, "readOnly takes one Directory or File, by copy");
    if (given->closed)
        return call_raise_errno(c, -EBADF, "File");
    view = view_of(given);
    if (view == NULL)
        return call_raise_errno(c, -ENOMEM, "readOnly");
    index = call_add_cap(c, view);
    if (index < 0) {
        cap_unref(view);
        return call_raise_errno(c, index, "readOnly");
    }
    (void)call_results(c, CAPBENCH_R_EXT_READ_ONLY_WORDS, CAPBENCH_R_EXT_READ_ONLY_PTRS, &results);
    capnp_set_u16(&results, CAPBENCH_R_EXT_READ_ONLY_HANDLE_INDEX, (uint16_t)index);
    return 0;
}

static int ext_restrict_spawner(struct call *c)
{
    bool any = capnp_get_bool(&c->params, CAPBENCH_P_EXT_RESTRICT_SPAWNER_ANY_NAME_BIT);
    struct cap_object *base = c->ntransfers == 1 && c->moves == 0 ? c->transfer[0] : NULL, *view = NULL;
    struct capnp_bstruct results;
    struct capnp_list names;
    int err = 0, index = 0;

    if (base == NULL || capnp_get_list(&c->params, CAPBENCH_P_EXT_RESTRICT_SPAWNER_NAMES_PTR, &names) != 0)
        return call_raise_errno(c, -EINVAL, "restrictSpawner takes one spawner, by copy, and names");
    if (base->cls->interface_id == CAPBENCH_IFACE_FILE_SPAWNER && any && names.count == 0) {
        view = cap_file_spawner_new(true);
        err = view == NULL ? -ENOMEM : 0;
    } else {
        view = cap_spawner_restrict(base, &names, any, &err);
    }
    if (view == NULL)
        return call_raise_errno(c, err, "restrictSpawner");
    index = call_add_cap(c, view);
    if (index < 0) {
        cap_unref(view);
        return call_raise_errno(c, index, "restrictSpawner");
    }
    (void)call_results(c, CAPBENCH_R_EXT_RESTRICT_SPAWNER_WORDS, CAPBENCH_R_EXT_RESTRICT_SPAWNER_PTRS,
                       &results);
    capnp_set_u16(&results, CAPBENCH_R_EXT_RESTRICT_SPAWNER_HANDLE_INDEX, (uint16_t)index);
    return 0;
}

static int ext_end_job(struct call *c)
{
    struct process *p =
        c->ntransfers == 1 && c->moves == 0 ? cap_process_handle_target(c->transfer[0]) : NULL;

    if (p == NULL)
        return call_raise_errno(c, -EINVAL, "endJob takes one ProcessHandle, by copy");
    job_end(p);
    return 0;
}

static void ext_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method ext_methods[] = {
    [CAPBENCH_M_EXT_READ_ONLY] = {"readOnly", ext_read_only},
    [CAPBENCH_M_EXT_RESTRICT_SPAWNER] = {"restrictSpawner", ext_restrict_spawner},
    [CAPBENCH_M_EXT_END_JOB] = {"endJob", ext_end_job},
};

static const struct cap_class ext_class = {
    .name = "CapbenchExt",
    .interface_id = CAPBENCH_IFACE_EXT,
    .transferable = true,
    .methods = ext_methods,
    .nmethods = sizeof ext_methods / sizeof ext_methods[0],
    .destroy = ext_destroy,
    .transfer_methods = (1u << CAPBENCH_M_EXT_READ_ONLY) | (1u << CAPBENCH_M_EXT_RESTRICT_SPAWNER) |
                        (1u << CAPBENCH_M_EXT_END_JOB),
};

struct cap_object *cap_ext_new(void)
{
    struct cap_object *o = heap_alloc(sizeof *o);

    if (o != NULL)
        cap_object_init(o, &ext_class);
    return o;
}
