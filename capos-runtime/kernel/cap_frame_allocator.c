/* SPDX-License-Identifier: MIT */
/*
 * FrameAllocator: gives its process memory objects, up to the process's limit of granted pages.
 * Invariant: the caller is charged, whoever holds the capability, so that the limit cannot be evaded.
 */
#include "kernel/cap_memory.h"
#include "kernel/cap_params.h"
#include "kernel/process.h"

static int allocator_give(struct call *c, uint32_t pages, const char *what)
{
    struct capnp_bstruct results;
    struct cap_object *o = NULL;
    int index = 0, err = cap_memory_object_make(c->process, pages, true, &o);

    if (err == -EDQUOT)
        return call_raise(c, CAPOS_EXC_OVERLOADED, "no memory: over the limit of granted pages: %s", what);
    if (err < 0)
        return call_raise_errno(c, err, what);
    index = call_add_cap(c, o);
    if (index < 0) {
        cap_unref(o);
        return call_raise_errno(c, index, what);
    }
    (void)call_results(c, CAPOS_R_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_WORDS,
                       CAPOS_R_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_PTRS, &results);
    capnp_set_u16(&results, CAPOS_R_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_HANDLE_INDEX, (uint16_t)index);
    return 0;
}

static int allocator_frame(struct call *c)
{
    return allocator_give(c, 1, "FrameAllocator.allocFrame");
}

static int allocator_contiguous(struct call *c)
{
    return allocator_give(c, capnp_get_u32(&c->params, CAPOS_P_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_COUNT),
                          "FrameAllocator.allocContiguous");
}

static void allocator_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method allocator_methods[] = {
    [CAPOS_M_FRAME_ALLOCATOR_ALLOC_FRAME] = {"allocFrame", allocator_frame},
    [CAPOS_M_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS] = {"allocContiguous", allocator_contiguous},
};

static const struct cap_class allocator_class = {
    .name = "FrameAllocator",
    .interface_id = CAPOS_IFACE_FRAME_ALLOCATOR,
    .transferable = false,
    .methods = allocator_methods,
    .nmethods = sizeof allocator_methods / sizeof allocator_methods[0],
    .destroy = allocator_destroy,
};

/* Whoever calls is charged; p only says that the object is made for a process. */
struct cap_object *cap_frame_allocator_new(struct process *p)
{
    struct cap_object *o = heap_alloc(sizeof *o);

    (void)p;
    if (o != NULL)
        cap_object_init(o, &allocator_class);
    return o;
}
