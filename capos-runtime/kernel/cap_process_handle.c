/* SPDX-License-Identifier: MIT */
/*
 * ProcessHandle: waiting for a process's end, and ending it.
 * Invariant: the handle keeps the struct alive, so the exit code stays readable after the end; any number may
 * wait.
 */
#include "kernel/cap_params.h"
#include "kernel/process.h"

struct cap_process_handle {
    struct cap_object object;
    struct process *process;
};

static struct process *target(struct call *c)
{
    return ((struct cap_process_handle *)c->object)->process;
}

static void wait_cancel(struct call *c)
{
    call_list_remove(&target(c)->waiters, c);
}

static int handle_wait(struct call *c)
{
    struct process *p = target(c);
    struct capnp_bstruct root;
    if (!p->ended) {
        call_list_push(&p->waiters, c);
        c->cancel = wait_cancel;
        return CALL_PENDING;
    }
    call_results(c, CAPOS_R_PROCESS_HANDLE_WAIT_WORDS, CAPOS_R_PROCESS_HANDLE_WAIT_PTRS, &root);
    capnp_set_u64(&root, CAPOS_R_PROCESS_HANDLE_WAIT_EXIT_CODE, (uint64_t)p->exit_code);
    return 0;
}

static int handle_terminate(struct call *c)
{
    process_end(target(c), PROCESS_CODE_KILLED, WHY_KILLED); /* nothing happens when it has ended */
    return 0;
}

static void handle_destroy(struct cap_object *o)
{
    process_unref(((struct cap_process_handle *)o)->process);
    heap_free(o);
}

static const struct cap_method handle_methods[] = {
    [CAPOS_M_PROCESS_HANDLE_WAIT] = {"wait", handle_wait},
    [CAPOS_M_PROCESS_HANDLE_TERMINATE] = {"terminate", handle_terminate},
};

static const struct cap_class handle_class = {
    .name = "ProcessHandle",
    .interface_id = CAPOS_IFACE_PROCESS_HANDLE,
    .transferable = true,
    .methods = handle_methods,
    .nmethods = sizeof(handle_methods) / sizeof(handle_methods[0]),
    .destroy = handle_destroy,
};

struct cap_object *cap_process_handle_new(struct process *p)
{
    struct cap_process_handle *o = heap_alloc(sizeof(*o));
    if (o == NULL)
        return NULL;
    cap_object_init(&o->object, &handle_class);
    o->process = p;
    process_ref(p);
    return &o->object;
}

struct process *cap_process_handle_target(struct cap_object *o)
{
    return o->cls == &handle_class ? ((struct cap_process_handle *)o)->process : NULL;
}
