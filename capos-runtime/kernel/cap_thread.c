/* SPDX-License-Identifier: MIT */
/*
 * ThreadControl (the calling thread's FS base and its end) and ThreadSpawner (not served yet:
 * `unimplemented`). Invariant: an FS base is a canonical user address; the end of the last thread is the end
 * of the process.
 */
#include "kernel/cap_params.h"
#include "kernel/process.h"

#define USER_LIMIT UINT64_C(0x800000000000)

struct cap_thread {
    struct cap_object object;
};

static int thread_get_fs_base(struct call *c)
{
    struct capnp_bstruct root;
    call_results(c, CAPOS_R_THREAD_CONTROL_GET_FS_BASE_WORDS, CAPOS_R_THREAD_CONTROL_GET_FS_BASE_PTRS, &root);
    capnp_set_u64(&root, CAPOS_R_THREAD_CONTROL_GET_FS_BASE_FS_BASE, c->thread->fs_base);
    return 0;
}

static int thread_set_fs_base_method(struct call *c)
{
    uint64_t base = capnp_get_u64(&c->params, CAPOS_P_THREAD_CONTROL_SET_FS_BASE_FS_BASE);
    if (base >= USER_LIMIT)
        return call_raise_errno(c, -EINVAL, "FS base outside the user address space");
    thread_set_fs_base(c->thread, base);
    return 0;
}

static int thread_exit_thread(struct call *c)
{
    int64_t code = (int64_t)capnp_get_u64(&c->params, CAPOS_P_THREAD_CONTROL_EXIT_THREAD_CODE);
    process_end(c->process, code,
                WHY_EXITED); /* one thread a process, as long as ThreadSpawner is not served */
    return 0;
}

static void thread_cap_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method control_methods[] = {
    [CAPOS_M_THREAD_CONTROL_GET_FS_BASE] = {"getFsBase", thread_get_fs_base},
    [CAPOS_M_THREAD_CONTROL_SET_FS_BASE] = {"setFsBase", thread_set_fs_base_method},
    [CAPOS_M_THREAD_CONTROL_EXIT_THREAD] = {"exitThread", thread_exit_thread},
};

static const struct cap_class control_class = {
    .name = "ThreadControl",
    .interface_id = CAPOS_IFACE_THREAD_CONTROL,
    .methods = control_methods,
    .nmethods = sizeof(control_methods) / sizeof(control_methods[0]),
    .destroy = thread_cap_destroy,
    .bound = true,
};

static const struct cap_method spawner_methods[] = {
    [CAPOS_M_THREAD_SPAWNER_CREATE] = {"create", NULL},
};

static const struct cap_class spawner_class = {
    .name = "ThreadSpawner",
    .interface_id = CAPOS_IFACE_THREAD_SPAWNER,
    .methods = spawner_methods,
    .nmethods = sizeof(spawner_methods) / sizeof(spawner_methods[0]),
    .destroy = thread_cap_destroy,
    .bound = true,
};

static struct cap_object *thread_cap_new(const struct cap_class *cls)
{
    struct cap_thread *o = heap_alloc(sizeof(*o));
    if (o == NULL)
        return NULL;
    cap_object_init(&o->object, cls);
    return &o->object;
}

struct cap_object *cap_thread_control_new(struct process *p)
{
    (void)p;
    return thread_cap_new(&control_class);
}

struct cap_object *cap_thread_spawner_new(struct process *p)
{
    (void)p;
    return thread_cap_new(&spawner_class);
}
