/* SPDX-License-Identifier: MIT */
/*
 * CapabilityManager: seeing and revoking the capabilities of one process.
 * Invariant: after the process has ended its table is empty: list gives nothing, revoke finds nothing. revoke
 * answers with an empty struct, as the published client expects (list and revoke both have decodable roots).
 */
#include "kernel/cap_params.h"
#include "kernel/process.h"

struct cap_manager {
    struct cap_object object;
    struct process *process;
};

struct listing {
    struct capnp_blist list;
    uint32_t n;
};

static struct process *target(struct call *c)
{
    return ((struct cap_manager *)c->object)->process;
}

static void count_one(void *ctx, uint32_t cap_id, const char *name, struct cap_object *o)
{
    (void)cap_id;
    (void)name;
    (void)o;
    ++*(uint32_t *)ctx;
}

static void list_one(void *ctx, uint32_t cap_id, const char *name, struct cap_object *o)
{
    struct listing *l = ctx;
    struct capnp_bstruct info;
    if (capnp_blist_struct(&l->list, l->n++, &info) != 0)
        return;
    capnp_set_u32(&info, CAPOS_S_CAPABILITY_INFO_ID, cap_id);
    capnp_set_u64(&info, CAPOS_S_CAPABILITY_INFO_INTERFACE_ID, o->cls->interface_id);
    capnp_set_text(&info, CAPOS_S_CAPABILITY_INFO_LABEL_PTR, name, strlen(name));
}

static int manager_list(struct call *c)
{
    struct process *p = target(c);
    struct listing l = {.n = 0};
    struct capnp_bstruct root;
    uint32_t count = 0;
    if (!p->ended)
        captable_each(p, count_one, &count);
    call_results(c, CAPOS_R_CAPABILITY_MANAGER_LIST_WORDS, CAPOS_R_CAPABILITY_MANAGER_LIST_PTRS, &root);
    capnp_set_struct_list(&root, CAPOS_R_CAPABILITY_MANAGER_LIST_CAPABILITIES_PTR, count,
                          CAPOS_S_CAPABILITY_INFO_WORDS, CAPOS_S_CAPABILITY_INFO_PTRS, &l.list);
    if (count > 0)
        captable_each(p, list_one, &l);
    return 0;
}

static int manager_revoke(struct call *c)
{
    struct process *p = target(c);
    struct capnp_bstruct root;
    uint32_t cap_id = capnp_get_u32(&c->params, CAPOS_P_CAPABILITY_MANAGER_REVOKE_CAP_ID);
    if (p->ended || captable_lookup(p, cap_id, NULL) == NULL)
        return call_raise_errno(c, -ENOENT, "capability id unknown or stale");
    captable_remove(p, cap_id, NULL);
    call_results(c, 0, 0, &root);
    return 0;
}

static void manager_destroy(struct cap_object *o)
{
    process_unref(((struct cap_manager *)o)->process);
    heap_free(o);
}

static const struct cap_method manager_methods[] = {
    [CAPOS_M_CAPABILITY_MANAGER_LIST] = {"list", manager_list},
    [CAPOS_M_CAPABILITY_MANAGER_REVOKE] = {"revoke", manager_revoke},
};

static const struct cap_class manager_class = {
    .name = "CapabilityManager",
    .interface_id = CAPOS_IFACE_CAPABILITY_MANAGER,
    .transferable = true,
    .methods = manager_methods,
    .nmethods = sizeof(manager_methods) / sizeof(manager_methods[0]),
    .destroy = manager_destroy,
};

struct cap_object *cap_manager_new(struct process *p)
{
    struct cap_manager *o = heap_alloc(sizeof(*o));
    if (o == NULL)
        return NULL;
    cap_object_init(&o->object, &manager_class);
    o->process = p;
    process_ref(p);
    return &o->object;
}
