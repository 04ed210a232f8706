/* SPDX-License-Identifier: MIT */
/* Address space and shared frames. Invariant: VirtualMemory and MemoryObject spell unmap and protect the same
 * way. */
#include "capos/memory.h"

/* Sends hint/addr, size and (words == 3) prot; all these structs begin alike. */
static int range_call(uint32_t cap, uint16_t method, uint16_t words, uint64_t addr, uint64_t size,
                      uint32_t prot, struct capos_reply *reply)
{
    struct capos_request r;
    capos_request_begin(&r, cap, method, words, 0);
    capnp_set_u64(&r.root, CAPOS_P_VIRTUAL_MEMORY_MAP_HINT, addr);
    capnp_set_u64(&r.root, CAPOS_P_VIRTUAL_MEMORY_MAP_SIZE, size);
    if (words == CAPOS_P_VIRTUAL_MEMORY_MAP_WORDS)
        capnp_set_u32(&r.root, CAPOS_P_VIRTUAL_MEMORY_MAP_PROT, prot);
    return capos_request_send(&r, reply);
}

int capos_vm_map(uint32_t vm, uint64_t hint, uint64_t size, uint32_t prot, uint64_t *addr)
{
    struct capos_reply reply;
    int err = range_call(vm, CAPOS_M_VIRTUAL_MEMORY_MAP, 3, hint, size, prot, &reply);
    if (err == 0)
        *addr = capnp_get_u64(&reply.root, CAPOS_R_VIRTUAL_MEMORY_MAP_ADDR);
    return err;
}

int capos_vm_unmap(uint32_t vm, uint64_t addr, uint64_t size)
{
    struct capos_reply reply;
    return range_call(vm, CAPOS_M_VIRTUAL_MEMORY_UNMAP, 2, addr, size, 0, &reply);
}

int capos_vm_protect(uint32_t vm, uint64_t addr, uint64_t size, uint32_t prot)
{
    struct capos_reply reply;
    return range_call(vm, CAPOS_M_VIRTUAL_MEMORY_PROTECT, 3, addr, size, prot, &reply);
}

int capos_vm_reserve(uint32_t vm, uint64_t hint, uint64_t size, uint64_t *addr)
{
    struct capos_reply reply;
    int err = range_call(vm, CAPOS_M_VIRTUAL_MEMORY_RESERVE, 2, hint, size, 0, &reply);
    if (err == 0)
        *addr = capnp_get_u64(&reply.root, CAPOS_R_VIRTUAL_MEMORY_RESERVE_ADDR);
    return err;
}

int capos_vm_commit(uint32_t vm, uint64_t addr, uint64_t size, uint32_t prot)
{
    struct capos_reply reply;
    return range_call(vm, CAPOS_M_VIRTUAL_MEMORY_COMMIT, 3, addr, size, prot, &reply);
}

int capos_vm_decommit(uint32_t vm, uint64_t addr, uint64_t size)
{
    struct capos_reply reply;
    return range_call(vm, CAPOS_M_VIRTUAL_MEMORY_DECOMMIT, 2, addr, size, 0, &reply);
}

int capos_frames_alloc(uint32_t allocator, uint32_t pages, uint32_t *object)
{
    struct capos_request r;
    struct capos_reply reply;
    capos_request_begin(&r, allocator, CAPOS_M_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS,
                        CAPOS_P_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_WORDS,
                        CAPOS_P_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_PTRS);
    capnp_set_u32(&r.root, CAPOS_P_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_COUNT, pages);
    int err = capos_request_send(&r, &reply);
    if (err < 0)
        return err;
    uint16_t index = capnp_get_u16(&reply.root, CAPOS_R_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_HANDLE_INDEX);
    return capos_reply_cap(&reply, index, CAPOS_IFACE_MEMORY_OBJECT, object);
}

int capos_memory_info(uint32_t object, uint32_t *pages, uint64_t *bytes)
{
    struct capos_reply reply;
    int err = capos_call_empty(object, CAPOS_M_MEMORY_OBJECT_INFO, &reply);
    if (err < 0)
        return err;
    *pages = capnp_get_u32(&reply.root, CAPOS_R_MEMORY_OBJECT_INFO_PAGE_COUNT);
    *bytes = capnp_get_u64(&reply.root, CAPOS_R_MEMORY_OBJECT_INFO_SIZE_BYTES);
    return 0;
}

int capos_memory_map(uint32_t object, uint64_t hint, uint64_t offset, uint64_t size, uint32_t prot,
                     uint64_t *addr)
{
    struct capos_request r;
    struct capos_reply reply;
    capos_request_begin(&r, object, CAPOS_M_MEMORY_OBJECT_MAP, CAPOS_P_MEMORY_OBJECT_MAP_WORDS,
                        CAPOS_P_MEMORY_OBJECT_MAP_PTRS);
    capnp_set_u64(&r.root, CAPOS_P_MEMORY_OBJECT_MAP_HINT, hint);
    capnp_set_u64(&r.root, CAPOS_P_MEMORY_OBJECT_MAP_OFFSET, offset);
    capnp_set_u64(&r.root, CAPOS_P_MEMORY_OBJECT_MAP_SIZE, size);
    capnp_set_u32(&r.root, CAPOS_P_MEMORY_OBJECT_MAP_PROT, prot);
    int err = capos_request_send(&r, &reply);
    if (err == 0)
        *addr = capnp_get_u64(&reply.root, CAPOS_R_MEMORY_OBJECT_MAP_ADDR);
    return err;
}

int capos_memory_unmap(uint32_t object, uint64_t addr, uint64_t size)
{
    struct capos_reply reply;
    return range_call(object, CAPOS_M_MEMORY_OBJECT_UNMAP, 2, addr, size, 0, &reply);
}

int capos_memory_protect(uint32_t object, uint64_t addr, uint64_t size, uint32_t prot)
{
    struct capos_reply reply;
    return range_call(object, CAPOS_M_MEMORY_OBJECT_PROTECT, 3, addr, size, prot, &reply);
}
