/* SPDX-License-Identifier: MIT */
/* Processes. Invariant: what a spawn's reply brings is owned by the caller or released; nothing is left in
 * the table. */
#include "capos/process.h"

_Static_assert((int)CAPBENCH_M_FILE_SPAWNER_SPAWN == (int)CAPOS_M_PROCESS_SPAWNER_SPAWN,
               "one request serves both");

static size_t text_len(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

static int grant_set(const struct capnp_blist *list, uint32_t i, const struct capos_grant *g)
{
    struct capnp_bstruct s, source;
    int err = capnp_blist_struct(list, i, &s);
    if (err < 0)
        return err;
    capnp_set_u16(&s, CAPOS_S_CAP_GRANT_MODE, g->mode);
    capnp_set_u64(&s, CAPOS_S_CAP_GRANT_INTERFACE_ID, g->interface_id);
    err = capnp_set_text(&s, CAPOS_S_CAP_GRANT_NAME_PTR, g->name, text_len(g->name));
    if (err < 0)
        return err;
    if (g->kernel_source < 0) {
        capnp_set_u32(&s, CAPOS_S_CAP_GRANT_CAP_ID, g->cap);
        return 0;
    }
    err = capnp_set_struct(&s, CAPOS_S_CAP_GRANT_SOURCE_PTR, CAPOS_S_CAP_GRANT_SOURCE_WORDS,
                           CAPOS_S_CAP_GRANT_SOURCE_PTRS, &source);
    if (err < 0)
        return err;
    capnp_set_u16(&source, CAPOS_S_CAP_GRANT_SOURCE_TAG, CAPOS_S_CAP_GRANT_SOURCE_TAG_KERNEL);
    capnp_set_u16(&source, CAPOS_S_CAP_GRANT_SOURCE_KERNEL, (uint16_t)g->kernel_source);
    return 0;
}

/* The request both ways of spawning send. */
static int spawn_request(struct capos_request *r, uint32_t spawner, const char *name, const char *binary,
                         const struct capos_grant *grants, size_t n)
{
    struct capnp_blist list;
    capos_request_begin(r, spawner, CAPOS_M_PROCESS_SPAWNER_SPAWN, CAPOS_P_PROCESS_SPAWNER_SPAWN_WORDS,
                        CAPOS_P_PROCESS_SPAWNER_SPAWN_PTRS);
    capnp_set_text(&r->root, CAPOS_P_PROCESS_SPAWNER_SPAWN_NAME_PTR, name, text_len(name));
    capnp_set_text(&r->root, CAPOS_P_PROCESS_SPAWNER_SPAWN_BINARY_NAME_PTR, binary, text_len(binary));
    int err = capnp_set_struct_list(&r->root, CAPOS_P_PROCESS_SPAWNER_SPAWN_GRANTS_PTR, (uint32_t)n,
                                    CAPOS_S_CAP_GRANT_WORDS, CAPOS_S_CAP_GRANT_PTRS, &list);
    for (uint32_t i = 0; err == 0 && i < n; i++)
        err = grant_set(&list, i, &grants[i]);
    return err;
}

static int spawn_send(struct capos_request *r, uint32_t *handle, uint32_t *manager)
{
    struct capos_reply reply;
    int err = capos_request_send(r, &reply);
    if (err < 0)
        return err;
    uint16_t hi = capnp_get_u16(&reply.root, CAPOS_R_PROCESS_SPAWNER_SPAWN_HANDLE_INDEX);
    uint16_t mi = capnp_get_u16(&reply.root, CAPOS_R_PROCESS_SPAWNER_SPAWN_CAPABILITY_MANAGER_INDEX);
    err = capos_reply_cap(&reply, hi, CAPOS_IFACE_PROCESS_HANDLE, handle);
    if (err < 0)
        return err;
    for (uint32_t i = 0; i < reply.ncaps; i++)
        if (i != hi && !(manager && i == mi))
            capos_release(reply.caps[i].cap_id);
    if (!manager)
        return 0;
    *manager = mi < reply.ncaps ? reply.caps[mi].cap_id : UINT32_MAX;
    return mi < reply.ncaps ? 0 : -EPROTO;
}

int capos_spawn(uint32_t spawner, const char *name, const char *binary, const struct capos_grant *grants,
                size_t n, uint32_t *handle, uint32_t *manager)
{
    struct capos_request r;
    int err = spawn_request(&r, spawner, name, binary, grants, n);
    return err < 0 ? err : spawn_send(&r, handle, manager);
}

int capos_file_spawn(uint32_t spawner, const char *name, uint32_t file, const struct capos_grant *grants,
                     size_t n, uint32_t *handle, uint32_t *manager)
{
    struct capos_request r;
    int err = spawn_request(&r, spawner, name, "", grants, n);
    if (err == 0)
        err = capos_request_transfer(&r, file, CAPOS_XFER_COPY);
    return err < 0 ? err : spawn_send(&r, handle, manager);
}

int capos_pipe_create(uint32_t spawner, uint32_t bytes, uint32_t *read_end, uint32_t *write_end)
{
    struct capos_request r;
    struct capos_reply reply;
    capos_request_begin(&r, spawner, CAPOS_M_PROCESS_SPAWNER_CREATE_PIPE,
                        CAPOS_P_PROCESS_SPAWNER_CREATE_PIPE_WORDS, CAPOS_P_PROCESS_SPAWNER_CREATE_PIPE_PTRS);
    capnp_set_u32(&r.root, CAPOS_P_PROCESS_SPAWNER_CREATE_PIPE_BUFFER_BYTES, bytes);
    int err = capos_request_send(&r, &reply);
    if (err < 0)
        return err;
    uint16_t ri = capnp_get_u16(&reply.root, CAPOS_R_PROCESS_SPAWNER_CREATE_PIPE_READ_INDEX);
    uint16_t wi = capnp_get_u16(&reply.root, CAPOS_R_PROCESS_SPAWNER_CREATE_PIPE_WRITE_INDEX);
    err = capos_reply_cap(&reply, ri, CAPOS_IFACE_PIPE, read_end);
    return err < 0 ? err : capos_reply_cap(&reply, wi, CAPOS_IFACE_PIPE, write_end);
}

int capos_process_wait(uint32_t handle, int64_t *exit_code)
{
    struct capos_reply reply;
    int err = capos_call_empty(handle, CAPOS_M_PROCESS_HANDLE_WAIT, &reply);
    if (err == 0)
        *exit_code = (int64_t)capnp_get_u64(&reply.root, CAPOS_R_PROCESS_HANDLE_WAIT_EXIT_CODE);
    return err;
}

int capos_process_wait_begin(struct capos_async *a, uint32_t handle, void *buf, size_t bytes)
{
    struct capos_request r;
    capos_async_begin(a, &r, handle, CAPOS_M_PROCESS_HANDLE_WAIT, 0, 0, buf, bytes);
    return capos_async_submit(a, &r);
}

int capos_process_wait_end(const struct capos_async *a, int64_t *exit_code)
{
    struct capos_reply reply;
    int err = capos_async_reply(a, &reply);
    if (err == 0)
        *exit_code = (int64_t)capnp_get_u64(&reply.root, CAPOS_R_PROCESS_HANDLE_WAIT_EXIT_CODE);
    return err;
}

int capos_process_terminate(uint32_t handle)
{
    struct capos_reply reply;
    return capos_call_empty(handle, CAPOS_M_PROCESS_HANDLE_TERMINATE, &reply);
}

int capos_manager_list(uint32_t manager,
                       int (*f)(void *ctx, uint32_t id, uint64_t interface_id, const char *label,
                                uint32_t len),
                       void *ctx)
{
    struct capos_reply reply;
    struct capnp_list list;
    int err = capos_call_empty(manager, CAPOS_M_CAPABILITY_MANAGER_LIST, &reply);
    if (err == 0)
        err = capnp_get_list(&reply.root, CAPOS_R_CAPABILITY_MANAGER_LIST_CAPABILITIES_PTR, &list);
    for (uint32_t i = 0; err == 0 && i < list.count; i++) {
        struct capnp_struct s;
        const char *label;
        uint32_t len;
        err = capnp_list_struct(&list, i, &s);
        if (err == 0)
            err = capnp_get_text(&s, CAPOS_S_CAPABILITY_INFO_LABEL_PTR, &label, &len);
        if (err == 0)
            err = f(ctx, capnp_get_u32(&s, CAPOS_S_CAPABILITY_INFO_ID),
                    capnp_get_u64(&s, CAPOS_S_CAPABILITY_INFO_INTERFACE_ID), label, len);
    }
    return err;
}

int capos_manager_revoke(uint32_t manager, uint32_t id)
{
    struct capos_request r;
    capos_request_begin(&r, manager, CAPOS_M_CAPABILITY_MANAGER_REVOKE,
                        CAPOS_P_CAPABILITY_MANAGER_REVOKE_WORDS, CAPOS_P_CAPABILITY_MANAGER_REVOKE_PTRS);
    capnp_set_u32(&r.root, CAPOS_P_CAPABILITY_MANAGER_REVOKE_CAP_ID, id);
    return capos_request_do(&r);
}

int capos_thread_fs_base(uint32_t control, uint64_t *base)
{
    struct capos_reply reply;
    int err = capos_call_empty(control, CAPOS_M_THREAD_CONTROL_GET_FS_BASE, &reply);
    if (err == 0)
        *base = capnp_get_u64(&reply.root, CAPOS_R_THREAD_CONTROL_GET_FS_BASE_FS_BASE);
    return err;
}

int capos_thread_set_fs_base(uint32_t control, uint64_t base)
{
    struct capos_request r;
    capos_request_begin(&r, control, CAPOS_M_THREAD_CONTROL_SET_FS_BASE,
                        CAPOS_P_THREAD_CONTROL_SET_FS_BASE_WORDS, CAPOS_P_THREAD_CONTROL_SET_FS_BASE_PTRS);
    capnp_set_u64(&r.root, CAPOS_P_THREAD_CONTROL_SET_FS_BASE_FS_BASE, base);
    return capos_request_do(&r);
}

int capos_thread_exit(uint32_t control, int64_t code)
{
    struct capos_request r;
    capos_request_begin(&r, control, CAPOS_M_THREAD_CONTROL_EXIT_THREAD,
                        CAPOS_P_THREAD_CONTROL_EXIT_THREAD_WORDS, CAPOS_P_THREAD_CONTROL_EXIT_THREAD_PTRS);
    capnp_set_u64(&r.root, CAPOS_P_THREAD_CONTROL_EXIT_THREAD_CODE, (uint64_t)code);
    return capos_request_do(&r);
}
