/* SPDX-License-Identifier: MIT */
/*
 * VirtualMemory, FrameAllocator and MemoryObject.
 * Invariant: addresses and sizes are whole pages; protections are CAPOS_PROT_*, never write and exec
 * together. Errors are negative errno values: -EINVAL bad range or protection, -ENOMEM a limit. Source: the
 * published schema.
 */
#ifndef CAPOS_MEMORY_H
#define CAPOS_MEMORY_H

#include "abi/fields.h"
#include "capos/call.h"

/* capos_vm_map: fresh zeroed memory at `hint` (0: anywhere); *addr says where. */
int capos_vm_map(uint32_t vm, uint64_t hint, uint64_t size, uint32_t prot, uint64_t *addr);
/* capos_vm_unmap: gives the range back. */
int capos_vm_unmap(uint32_t vm, uint64_t addr, uint64_t size);
/* capos_vm_protect: changes the protection of committed pages. */
int capos_vm_protect(uint32_t vm, uint64_t addr, uint64_t size, uint32_t prot);
/* capos_vm_reserve: address space without memory behind it. */
int capos_vm_reserve(uint32_t vm, uint64_t hint, uint64_t size, uint64_t *addr);
/* capos_vm_commit, capos_vm_decommit: puts zeroed memory behind a reservation, and takes it away again. */
int capos_vm_commit(uint32_t vm, uint64_t addr, uint64_t size, uint32_t prot);
int capos_vm_decommit(uint32_t vm, uint64_t addr, uint64_t size);

/* capos_frames_alloc: a new MemoryObject of `pages` contiguous zeroed pages; the caller owns *object. */
int capos_frames_alloc(uint32_t allocator, uint32_t pages, uint32_t *object);
/* capos_memory_info: its size. */
int capos_memory_info(uint32_t object, uint32_t *pages, uint64_t *bytes);
/* capos_memory_map, _unmap, _protect: the object's pages in this address space. */
int capos_memory_map(uint32_t object, uint64_t hint, uint64_t offset, uint64_t size, uint32_t prot,
                     uint64_t *addr);
int capos_memory_unmap(uint32_t object, uint64_t addr, uint64_t size);
int capos_memory_protect(uint32_t object, uint64_t addr, uint64_t size, uint32_t prot);

#endif
