/* SPDX-License-Identifier: MIT */
/*
 * MemoryObject: a fixed set of frames that its holders may map, so that processes share memory.
 * Invariant: the object holds one reference to each frame; every mapping holds one of its own, so frames
 * outlive the object while mapped. The frames are counted in frame_grants of the process that asked for them
 * until the object goes.
 */
#include "kernel/cap_memory.h"
#include "kernel/cap_params.h"
#include "kernel/process.h"

struct memory_object {
    struct cap_object object;
    struct process *accounted; /* referenced; NULL: nobody */
    uint32_t pages;
    paddr_t frames[];
};

static struct memory_object *memory_of(struct call *c)
{
    return (struct memory_object *)c->object;
}

static int memory_info(struct call *c)
{
    const struct memory_object *m = memory_of(c);
    struct capnp_bstruct results;

    (void)call_results(c, CAPOS_R_MEMORY_OBJECT_INFO_WORDS, CAPOS_R_MEMORY_OBJECT_INFO_PTRS, &results);
    capnp_set_u32(&results, CAPOS_R_MEMORY_OBJECT_INFO_PAGE_COUNT, m->pages);
    capnp_set_u64(&results, CAPOS_R_MEMORY_OBJECT_INFO_SIZE_BYTES, (uint64_t)m->pages * PAGE_SIZE);
    return 0;
}

/* 0 or -EINVAL: protection bits that exist, and never write together with exec. */
static int prot_check(uint32_t prot)
{
    if ((prot & ~CAPOS_PROT_ALL) != 0)
        return -EINVAL;
    return (prot & CAPOS_PROT_WRITE) != 0 && (prot & CAPOS_PROT_EXEC) != 0 ? -EINVAL : 0;
}

static int range_check(uint64_t addr, uint64_t size)
{
    return size == 0 || size % PAGE_SIZE != 0 || addr % PAGE_SIZE != 0 || addr + size < addr ? -EINVAL : 0;
}

static int memory_map(struct call *c)
{
    struct memory_object *m = memory_of(c);
    uint64_t hint = capnp_get_u64(&c->params, CAPOS_P_MEMORY_OBJECT_MAP_HINT);
    uint64_t offset = capnp_get_u64(&c->params, CAPOS_P_MEMORY_OBJECT_MAP_OFFSET);
    uint64_t size = capnp_get_u64(&c->params, CAPOS_P_MEMORY_OBJECT_MAP_SIZE);
    uint32_t prot = capnp_get_u32(&c->params, CAPOS_P_MEMORY_OBJECT_MAP_PROT);
    uint64_t total = (uint64_t)m->pages * PAGE_SIZE, addr = 0;
    struct capnp_bstruct results;
    int err = range_check(offset, size);

    if (err == 0 && (offset > total || size > total - offset || hint % PAGE_SIZE != 0))
        err = -EINVAL;
    if (err == 0)
        err = prot_check(prot);
    if (err == 0)
        err = vm_map_frames(c->process, hint, m->frames + offset / PAGE_SIZE, (uint32_t)(size / PAGE_SIZE),
                            prot, c->object, &addr);
    if (err < 0)
        return call_raise_errno(c, err, "MemoryObject.map");
    (void)call_results(c, CAPOS_R_MEMORY_OBJECT_MAP_WORDS, CAPOS_R_MEMORY_OBJECT_MAP_PTRS, &results);
    capnp_set_u64(&results, CAPOS_R_MEMORY_OBJECT_MAP_ADDR, addr);
    return 0;
}

static int memory_unmap(struct call *c)
{
    uint64_t addr = capnp_get_u64(&c->params, CAPOS_P_MEMORY_OBJECT_UNMAP_ADDR);
    uint64_t size = capnp_get_u64(&c->params, CAPOS_P_MEMORY_OBJECT_UNMAP_SIZE);
    int err = range_check(addr, size);

    if (err == 0)
        err = vm_unmap_frames(c->process, addr, size, c->object);
    return err < 0 ? call_raise_errno(c, err, "MemoryObject.unmap") : 0;
}

static int memory_protect(struct call *c)
{
    uint64_t addr = capnp_get_u64(&c->params, CAPOS_P_MEMORY_OBJECT_PROTECT_ADDR);
    uint64_t size = capnp_get_u64(&c->params, CAPOS_P_MEMORY_OBJECT_PROTECT_SIZE);
    uint32_t prot = capnp_get_u32(&c->params, CAPOS_P_MEMORY_OBJECT_PROTECT_PROT);
    int err = range_check(addr, size);

    if (err == 0)
        err = prot_check(prot);
    if (err == 0)
        err = vm_protect_frames(c->process, addr, size, prot, c->object);
    return err < 0 ? call_raise_errno(c, err, "MemoryObject.protect") : 0;
}

static void memory_destroy(struct cap_object *o)
{
    struct memory_object *m = (struct memory_object *)o;

    for (uint32_t i = 0; i < m->pages; i++)
        if (m->frames[i] != 0)
            frame_unref(m->frames[i]);
    if (m->accounted != NULL) {
        m->accounted->frame_grants -= m->pages;
        process_unref(m->accounted);
    }
    heap_free(m);
}

static const struct cap_method memory_methods[] = {
    [CAPOS_M_MEMORY_OBJECT_INFO] = {"info", memory_info},
    [CAPOS_M_MEMORY_OBJECT_MAP] = {"map", memory_map},
    [CAPOS_M_MEMORY_OBJECT_UNMAP] = {"unmap", memory_unmap},
    [CAPOS_M_MEMORY_OBJECT_PROTECT] = {"protect", memory_protect},
};

static const struct cap_class memory_class = {
    .name = "MemoryObject",
    .interface_id = CAPOS_IFACE_MEMORY_OBJECT,
    .transferable = true,
    .methods = memory_methods,
    .nmethods = sizeof memory_methods / sizeof memory_methods[0],
    .destroy = memory_destroy,
};

/* Fills m->frames; false: out of memory (what was got stays in frames, for memory_destroy). */
static bool frames_get(struct memory_object *m, bool contiguous)
{
    paddr_t first = 0;

    if (!contiguous) {
        for (uint32_t i = 0; i < m->pages; i++)
            if ((m->frames[i] = frame_alloc()) == 0)
                return false;
        return true;
    }
    first = frame_alloc_contiguous(m->pages);
    for (uint32_t i = 0; first != 0 && i < m->pages; i++)
        m->frames[i] = first + (paddr_t)i * PAGE_SIZE;
    return first != 0;
}

int cap_memory_object_make(struct process *p, uint32_t pages, bool contiguous, struct cap_object **out)
{
    struct memory_object *m = NULL;

    if (pages == 0 || pages > CAPOS_MAX_FRAME_PAGES)
        return -EINVAL;
    if (p != NULL && p->frame_grants + pages > CAPOS_MAX_FRAME_PAGES)
        return -EDQUOT;
    m = heap_alloc(sizeof *m + pages * sizeof m->frames[0]);
    if (m == NULL)
        return -ENOMEM;
    cap_object_init(&m->object, &memory_class);
    m->pages = pages;
    if (p != NULL) {
        process_ref(p);
        p->frame_grants += pages;
        m->accounted = p;
    }
    if (!frames_get(m, contiguous)) {
        memory_destroy(&m->object);
        return -ENOMEM;
    }
    *out = &m->object;
    return 0;
}

struct cap_object *cap_memory_object_new(struct process *accounted, uint32_t pages)
{
    struct cap_object *o = NULL;

    return cap_memory_object_make(accounted, pages, false, &o) == 0 ? o : NULL;
}
